"""Balances of a market's ledger, now or at a past moment, and whether they sum to zero in every currency."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nicegui import ui

from walras.results.minor_units import decimals_of
from walras.service.commands import ReverseEvent
from walras.service.console import plots, shown
from walras.service.console.desk import Desk
from walras.service.console.files import link
from walras.service.console.inputs import as_moment
from walras.service.console.listing import Column, listing
from walras.service.console.pages.ledger.ways import ENTRIES, LEDGER, begin, with_decimals
from walras.service.console.places import mark, place
from walras.service.console.sections import act, addressed, go, part
from walras.service.queries import GetLedgerFile, ListBalances
from walras.service.queries.query import WATCHING
from walras.settlement.accounts import PARTIES, ROLES, role_of

MOST_BARS = 24
Rows = list[dict[str, Any]]


@place(LEDGER, mark("Ledger"), WATCHING, group="Money", icon="account_balance", order=60)
async def balances(desk: Desk) -> None:
    """Show sums, parties as bars, and every balance with a search."""
    market = await begin(desk, LEDGER)
    if market is None:
        return
    asked = addressed(desk, ListBalances, ("at",), market=market)
    rows: Rows = (await desk.ask(asked))["items"]
    _moment(desk, asked.at)
    if not rows:
        text = desk.t("Nothing was booked. The first settlement of a session books what everybody owes and is owed.")
        ui.label(text).classes("empty")
        return
    _sums(desk, rows)
    _parties(desk, rows)
    _every(desk, market, rows)


def _moment(desk: Desk, at: datetime | None) -> None:
    t = desk.t
    with ui.element("div").classes("filters"):
        local = at.astimezone(desk.zone).strftime("%Y-%m-%dT%H:%M") if at else ""
        box = ui.input(t("As of ({zone})").format(zone=desk.zone.key), value=local)
        box.props("outlined dense type=datetime-local stack-label")

        def show() -> None:
            go(desk, at=as_moment(box.value, desk.zone) if box.value else None)

        ui.button(t("Show"), on_click=show).props("outline no-caps")
    if at:
        time = shown.time(at.isoformat(), desk.zone, desk.language)
        ui.label(t("Balances as of {time}.").format(time=time)).classes("banner")


def _sums(desk: Desk, rows: Rows) -> None:
    """Show the sum of each currency: whatever is booked, it is zero."""
    t = desk.t
    with ui.element("div").classes("cards"):
        for currency in sorted({r["currency"] for r in rows}):
            of = [r for r in rows if r["currency"] == currency]
            total = sum(r["amount_minor"] for r in of)
            with ui.element("div").classes("card"):
                ui.label(t("Sum of all accounts in {currency}").format(currency=currency)).classes("figure-name")
                ui.label(shown.money(total, decimals_of(currency), desk.language)).classes("figure")
                text = t("balanced") if total == 0 else t("not zero: run walras trail verify")
                ui.label(text).classes("badge badge-final" if total == 0 else "badge badge-bad")
                count = sum(r["amount_minor"] != 0 for r in of)
                note = t("{open} of {all} accounts are not at zero").format(open=count, all=len(of))
                ui.label(note).classes("quiet")


def _parties(desk: Desk, rows: Rows) -> None:
    """Show who is owed and who owes, as bars, a plot for each currency."""
    t = desk.t
    owed = [r for r in rows if role_of(r["account"]) in PARTIES and r["amount_minor"]]
    with part(t("Who is owed, who owes")):
        ui.label(t("Above zero: the market owes the party. Below: the party owes the market.")).classes("quiet")
        if not owed:
            ui.label(t("Every party is at zero: all that was billed is paid.")).classes("empty")
        for currency in sorted({r["currency"] for r in owed}):
            of = sorted((r for r in owed if r["currency"] == currency), key=lambda r: -abs(r["amount_minor"]))
            unit = 10 ** decimals_of(currency)
            points = [(r["account"], r["amount_minor"] / unit) for r in of[:MOST_BARS]]
            name = t("Balances of parties in {currency}").format(currency=currency)
            plots.plot(plots.bars({t("Balance"): points}, currency), name)


def _every(desk: Desk, market: str, rows: Rows) -> None:
    t = desk.t
    with part(t("All balances")):
        with ui.element("div").classes("filters"):
            text = ui.input(t("Search an account")).props("outlined dense clearable").mark("search")
            roles = sorted({role_of(r["account"]) for r in rows})
            role = ui.select(roles, label=t("Role"), clearable=True).props("outlined dense")
            zeros = ui.checkbox(t("Zero ones too"))
        box = ui.element("div").classes("section")

        def show() -> None:
            wanted = [
                _row(desk, market, r) for r in rows
                if (zeros.value or r["amount_minor"]) and role.value in (None, role_of(r["account"]))
                and (text.value or "").casefold() in r["account"].casefold()
            ]  # fmt: skip
            box.clear()
            with box:
                empty = t("No account is like that, or all of them are at zero.")
                listing(desk, _columns(desk), wanted, title=t("All balances"), key="key", empty=empty, page=50)

        for one in (text, role, zeros):
            one.on_value_change(show)
        show()
        with ui.element("div").classes("row-of-acts"):
            ui.link(t("All postings (CSV)"), link(GetLedgerFile(market=market)))
            act(desk, ReverseEvent, t("Reverse an event"), {"market": market}, fixed=("market",))


def _columns(desk: Desk) -> list[Column]:
    t = desk.t
    return [
        Column("account", t("Account"), "code"), Column("currency", t("Currency")),
        Column("amount_minor", t("Balance"), "money"), Column("says", t("What it says")),
        Column("meaning", t("What stands there"), "wide"),
    ]  # fmt: skip


def _row(desk: Desk, market: str, row: dict[str, Any]) -> dict[str, Any]:
    t, minor = desk.t, row["amount_minor"]
    says = "" if not minor else t("the market owes it") if minor > 0 else t("it owes the market")
    more = {
        "key": f"{row['account']} {row['currency']}", "says": says, "meaning": t(ROLES[role_of(row["account"])]),
        "account_href": f"{ENTRIES}?market={market}&account={row['account']}",
    }  # fmt: skip
    return with_decimals(row) | more
