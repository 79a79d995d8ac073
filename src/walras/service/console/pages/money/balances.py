"""Money of a company in a market: balances of the ledger, collateral with what binds it, margin calls."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.results.minor_units import decimals_of
from walras.service.console import plots
from walras.service.console.desk import Declined, Desk
from walras.service.console.listing import Column, facts, listing
from walras.service.console.pages.money.whose import company_of, money, of, priced
from walras.service.console.places import mark, place
from walras.service.console.sections import heading, market_of, part
from walras.service.queries import GetHeadroom, ListBalances, ListMarginCalls
from walras.settlement.accounts import ROLES, role_of

Row = dict[str, Any]
GUARANTOR = "guarantor"


@place("/money", mark("Balances"), group="Money", icon="account_balance_wallet", order=10)
async def balances(desk: Desk) -> None:
    """Show what a company has and owes, and what of its collateral is free."""
    t = desk.t
    market = await market_of(desk)
    if market is None:
        return
    company = await company_of(desk)
    with part(t("Balances")):
        await _balances(desk, market, company)
    if desk.may(GetHeadroom.word()):
        with part(t("Collateral")):
            await _collateral(desk, market, company)
        with part(t("Margin calls")):
            await _calls(desk, market, company)


async def _balances(desk: Desk, market: str, company: str) -> None:
    t = desk.t
    found = (await desk.ask(ListBalances(market=market)))["items"]
    rows = [r for r in found if of(company, r["account"]) and role_of(r["account"]) != GUARANTOR]
    own = [r for r in rows if role_of(r["account"]) in ("member", "operator")] if company else []
    with ui.element("div").classes("cards"):
        for row in own:
            with ui.element("div").classes("card"):
                name = t("The market owes you") if row["amount_minor"] > 0 else t("You owe the market")
                even = t("Even: nothing is owed")
                ui.label(name if row["amount_minor"] else even).classes("figure-name")
                ui.label(money(desk, abs(row["amount_minor"]), row["currency"])).classes("figure")
    columns = [
        Column("account", t("Account"), "code"), Column("currency", t("Currency")),
        Column("amount_minor", t("Balance"), "money"), Column("meaning", t("What it says"), "wide"),
    ]  # fmt: skip
    note = t("Positive: the market owes it to the account. Negative: the account owes it to the market.")
    ui.label(note).classes("quiet")
    written = [
        priced(r, "amount_minor")
        | {"key": f"{r['account']} {r['currency']}", "meaning": t(ROLES[role_of(r["account"])])}
        for r in sorted(rows, key=lambda r: not r["amount_minor"])
    ]
    empty = t("No money has moved yet. Balances stand here after the first settlement or deposit.")
    listing(desk, columns, written, title=t("Balances"), key="key", empty=empty)


async def _collateral(desk: Desk, market: str, company: str) -> None:
    t = desk.t
    try:
        found = (await desk.ask(GetHeadroom(market=market, member=company or None)))["items"]
    except Declined as declined:
        ui.label("; ".join(m.what for m in declined.mistakes)).classes("empty")
        return
    if not found:
        ui.label(t("Nobody has given collateral in this market yet.")).classes("empty")
        return
    if len(found) == 1:
        _one(desk, found[0])
        return
    names = ("cash_minor", "guarantees_minor", "set_offs_minor", "debt_minor", "reserved_minor", "headroom_minor")
    labels = (t("Cash"), t("Guarantees"), t("Set-offs"), t("Debt"), t("Bound"), t("Free"))
    columns = [Column("member", t("Member"), "code"), Column("currency", t("Currency"))]
    columns += [Column(n, label, "money") for n, label in zip(names, labels, strict=True)]
    rows = [priced(r, *names) | {"member_href": f"/money?market={market}&company={r['member']}"} for r in found]
    listing(desk, columns, rows, title=t("Collateral"), key="member")


def _one(desk: Desk, found: Row) -> None:
    """Show one member's collateral: what it gave, and what of it is bound."""
    t, currency = desk.t, found["currency"]
    given = [
        (t("cash"), found["cash_minor"]), (t("guarantees"), found["guarantees_minor"]),
        (t("set-offs"), found["set_offs_minor"]),
    ]  # fmt: skip
    used = [
        (t("debt"), found["debt_minor"]), (t("bound"), found["reserved_minor"]),
        (t("free"), max(found["headroom_minor"], 0)),
    ]  # fmt: skip
    with ui.element("div").classes("card"):
        rows = [(name.capitalize(), money(desk, minor, currency)) for name, minor in [*given, *used[:2]]]
        facts(desk, [*rows, (t("Headroom"), money(desk, found["headroom_minor"], currency))])
    if any(minor for _, minor in (*given, *used)):
        scale = 10 ** decimals_of(currency)
        parts = {
            name: [(part_name, minor / scale) for part_name, minor in made_of if minor]
            for name, made_of in ((t("given"), given), (t("used"), used))
        }
        options = lying(parts, currency)
        plots.plot(options, t("What was given as collateral, and what of it is bound or free")).classes("low")
    else:
        empty = t("No collateral was given. The market operator books deposits and files guarantees.")
        ui.label(empty).classes("empty")
    if found["sessions"]:
        heading(t("Bound by sessions"), 3)
        columns = [
            Column("session", t("Session"), "code"),
            Column("reserved_minor", t("Bound"), "money", currency, decimals_of(currency)),
            Column("is_sealed", t("Sealed until the gate"), "flag"),
        ]  # fmt: skip
        listing(desk, columns, found["sessions"], title=t("Bound by sessions"), key="session")
    heading(t("Guarantees and set-offs"), 3)
    columns = [
        Column("reference", t("Reference"), "code"), Column("kind", t("Kind"), "words"),
        Column("currency", t("Currency")), Column("left_minor", t("Left"), "money"),
        Column("valid_from", t("From"), "time"), Column("valid_to", t("Until"), "time"),
    ]  # fmt: skip
    covers = [priced(c, "left_minor") for c in found["covers"]]
    listing(desk, columns, covers, title=t("Guarantees and set-offs"), key="reference", empty=t("None was filed."))


def lying(parts: dict[str, list[tuple[str, float]]], currency: str) -> Row:
    """Return stacked bars that lie: one a name of `parts`, made of its (part, amount), amounts along the axis."""
    series = {part: [(name, amount)] for name, made_of in parts.items() for part, amount in made_of}
    options = plots.bars(series, currency, is_stacked=True)
    names = list(reversed(parts))
    values = options["yAxis"] | {"nameLocation": "middle", "nameGap": 26, "axisLabel": {"hideOverlap": True}}
    options["grid"]["right"] = 56
    options["xAxis"], options["yAxis"] = values, {"type": "category", "data": names}
    for drawn, points in zip(options["series"], series.values(), strict=True):
        drawn["data"] = [points[0][1] if name == points[0][0] else None for name in names]
    return options


async def _calls(desk: Desk, market: str, company: str) -> None:
    t = desk.t
    found = await desk.items(ListMarginCalls(market=market))
    rows = [priced(r, "amount_minor") for r in reversed(found) if not company or r["member"] == company]
    columns = [
        Column("id", t("Call"), "code"), Column("member", t("Member"), "code"), Column("state", t("State"), "state"),
        Column("amount_minor", t("Amount"), "money"), Column("currency", t("Currency")),
        Column("due_at", t("Due"), "time"), Column("at", t("Made"), "time"),
    ]  # fmt: skip
    empty = t("No margin was called. A call stands here where collateral does not cover what is owed.")
    listing(desk, columns, rows, title=t("Margin calls"), key="id", empty=empty)
