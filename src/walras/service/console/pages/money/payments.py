"""Payments of a company, the market's bank accounts where they go, and the fixings that convert currencies."""

from __future__ import annotations

from fractions import Fraction

from nicegui import ui

from walras.service.console import plots
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.pages.money.whose import company_of, of, priced
from walras.service.console.places import mark, place
from walras.service.console.sections import market_of, part
from walras.service.queries import ListBankAccounts, ListFixings, ListPayments


@place("/payments", mark("Payments and rates"), group="Money", icon="payments", order=40)
async def payments(desk: Desk) -> None:
    """Show payments, bank accounts and fixings of a market."""
    t = desk.t
    market = await market_of(desk)
    if market is None:
        return
    company = await company_of(desk)
    with part(t("Payments")):
        found = await desk.items(ListPayments(market=market))
        rows = [priced(r, "amount_minor") for r in reversed(found) if of(company, r["party"])]
        columns = [
            Column("id", t("Payment"), "code"), Column("direction", t("Direction"), "words"),
            Column("party", t("Account"), "code"), Column("amount_minor", t("Amount"), "money"),
            Column("currency", t("Currency")), Column("value_day", t("Value day"), "day"),
            Column("state", t("State"), "state"), Column("bank", t("Bank account")),
            Column("bank_reference", t("Reference of the bank")), Column("at", t("Booked"), "time"),
        ]  # fmt: skip
        empty = t("Nothing was paid yet. What came in and went out stands here as the market operator books it.")
        listing(desk, columns, rows, title=t("Payments"), key="id", empty=empty)
    with part(t("Bank accounts of the market")):
        banks = (await desk.ask(ListBankAccounts(market=market)))["items"]
        columns = [
            Column("name", t("Name")), Column("currency", t("Currency")), Column("number", t("Number"), "code"),
            Column("is_open", t("Open"), "flag"),
        ]  # fmt: skip
        empty = t("No bank account was named yet. Pay to one that stands here, with the number of the document.")
        listing(desk, columns, banks, title=t("Bank accounts of the market"), key="name", empty=empty)
    with part(t("Fixings")):
        await _fixings(desk, market)


async def _fixings(desk: Desk, market: str) -> None:
    t = desk.t
    found = await desk.items(ListFixings(market=market))
    newest = {(f["base"], f["quote"], f["day"]): f for f in found}
    series: dict[str, list[tuple[str, float | None]]] = {}
    for (base, quote, day), one in sorted(newest.items()):
        series.setdefault(f"{quote}/{base}", []).append((day, float(Fraction(one["rate"]))))
    if any(len(points) > 1 for points in series.values()):
        ui.label(t("Units of the second currency for one of the first.")).classes("quiet")
        plots.plot(plots.lines(series, t("rate"), is_step=False), t("Fixings over time"))
    columns = [
        Column("day", t("Day"), "day"), Column("pair", t("Pair")), Column("rate", t("Rate")),
        Column("version", t("Version"), "number", decimals=0), Column("source", t("Source")),
        Column("fixed_at", t("Fixed at"), "time"), Column("at", t("Stored"), "time"),
    ]  # fmt: skip
    rows = [f | {"pair": f"{f['base']}/{f['quote']}"} for f in reversed(found)]
    empty = t("No rate was fixed. Where a party pays in another currency, the rate of each day stands here.")
    listing(desk, columns, rows, title=t("Fixings"), key="id", empty=empty)
