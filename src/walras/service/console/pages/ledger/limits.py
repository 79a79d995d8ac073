"""Collateral of all members: who has least left, what binds it, margin calls, covers, funds and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from walras.results.minor_units import decimals_of
from walras.service.commands import (
    AcceptSetOff,
    CallMargin,
    CollectGuarantee,
    Command,
    ContributeDefaultFund,
    DeclareDefault,
    DepositCollateral,
    EndGuarantee,
    FileGuarantee,
    ReleaseCollateral,
)
from walras.service.console import plots
from walras.service.console.desk import Declined, Desk
from walras.service.console.forms import open_form
from walras.service.console.listing import Column, listing
from walras.service.console.pages.ledger.defaults import default_funds, defaults
from walras.service.console.pages.ledger.ways import with_decimals
from walras.service.console.places import mark, place
from walras.service.console.sections import act, market_of, part
from walras.service.queries import GetHeadroom, GetSettlementTerms, ListBalances, ListLedgerEvents, ListMarginCalls
from walras.service.queries.query import WATCHING

MOST_BARS = 30
AMOUNTS = (
    "cash_minor", "guarantees_minor", "set_offs_minor", "debt_minor", "reserved_minor", "headroom_minor",
)  # fmt: skip
ON_MEMBER: dict[str, type[Command]] = {
    "call": CallMargin, "deposit": DepositCollateral, "release": ReleaseCollateral, "default": DeclareDefault,
}  # fmt: skip
STATES = (mark("open"), mark("met"))
COVERS = (mark("guarantee"), mark("set off"))
Rows = list[dict[str, Any]]


@place("/limits", mark("Limits"), WATCHING, group="Money", icon="speed", order=50)
async def limits(desk: Desk) -> None:
    """Show headroom by member, calls, covers, funds and defaults."""
    market = await market_of(desk)
    if market is None:
        return
    box = ui.element("div").classes("page")
    is_asked = await _asks_for_collateral(desk, market)

    async def refresh() -> None:
        members: Rows = (await desk.ask(GetHeadroom(market=market)))["items"]
        calls = await desk.items(ListMarginCalls(market=market), most=20_000)
        balances = (await desk.ask(ListBalances(market=market)))["items"]
        asked = ListLedgerEvents(market=market, kind="default", first="newest", limit=100)
        declared = (await desk.ask(asked))["items"]
        box.clear()
        with box:
            if not is_asked:
                text = desk.t("The terms of this market ask for no collateral: orders bind nothing, nobody is called.")
                ui.label(text).classes("banner")
            _headroom(desk, market, members, refresh)
            _calls(desk, market, calls, refresh)
            _covers(desk, market, members, refresh)
            default_funds(desk, market, balances)
            defaults(desk, market, declared)

    await refresh()


async def _asks_for_collateral(desk: Desk, market: str) -> bool:
    """Return whether the terms of today say what secures orders; a market without terms asks for nothing."""
    try:
        found = await desk.ask(GetSettlementTerms(market=market))
    except Declined:
        return False
    return found["terms"].get("collateral") is not None


def _headroom(desk: Desk, market: str, members: Rows, refresh: Any) -> None:
    t = desk.t
    rows = sorted(members, key=lambda m: m["headroom_minor"])
    with part(t("Headroom, least first")):
        with ui.element("div").classes("row-of-acts"):
            offered = ((DepositCollateral, t("Book a deposit")), (FileGuarantee, t("File a guarantee")),
                       (AcceptSetOff, t("Accept a set-off")))  # fmt: skip
            for command, text in offered:
                act(desk, command, text, {"market": market}, fixed=("market",), on_done=lambda _: refresh())
        if rows:
            _bars(desk, rows)
        columns = [
            Column("member", t("Member"), "code"), Column("headroom_minor", t("Headroom"), "money"),
            Column("cash_minor", t("Cash"), "money"), Column("guarantees_minor", t("Guarantees"), "money"),
            Column("set_offs_minor", t("Set-offs"), "money"), Column("debt_minor", t("Debt"), "money"),
            Column("reserved_minor", t("Bound by orders"), "money"), Column("currency", t("Currency")),
            Column("sealed", t("Open books"), "number", decimals=0),
        ]  # fmt: skip
        shown = [
            with_decimals(m, *AMOUNTS)
            | {"member_href": f"/companies/{m['member']}", "sealed": sum(s["is_sealed"] for s in m["sessions"])}
            for m in rows
        ]
        empty = t("No member has given collateral. What a member deposits, or a guarantor promises, stands here.")
        listing(
            desk, columns, shown, title=t("Headroom, least first"), key="member", empty=empty,
            acts=lambda m: _acts(desk, m), on_act=lambda word, member: _do(desk, word, market, member, refresh),
        )  # fmt: skip
        if any(m["sealed"] for m in shown):
            text = t("What orders bind in an open book is sealed: it is counted here once the gate has closed.")
            ui.label(text).classes("quiet")


def _bars(desk: Desk, rows: Rows) -> None:
    """Show what covers each member as one bar: what debt and orders use of it, and what is free."""
    t, unit = desk.t, rows[0]["currency"]
    whole = 10 ** decimals_of(unit)
    names = ((t("Debt"), "debt_minor"), (t("Bound by orders"), "reserved_minor"), (t("Free"), "headroom_minor"))
    series = {name: [(r["member"], r[field] / whole) for r in rows[:MOST_BARS]] for name, field in names}
    with ui.element("div").classes("card"):
        plots.plot(plots.bars(series, unit, is_stacked=True), t("Debt, bound and free collateral by member"))


def _acts(desk: Desk, member: Mapping[str, Any]) -> list[tuple[str, str]]:
    t = desk.t
    offered = [("call", t("Call margin"))] if member["headroom_minor"] < 0 else []
    offered += [("deposit", t("Deposit")), ("release", t("Give back"))]
    if member["debt_minor"] > 0:
        offered.append(("default", t("Declare default")))
    return [(word, text) for word, text in offered if desk.may(ON_MEMBER[word].word())]


def _do(desk: Desk, word: str, market: str, member: str, refresh: Any) -> None:
    preset = {"market": market, "member": member}
    open_form(desk, ON_MEMBER[word], preset, fixed=("market", "member"), on_done=lambda _: refresh())


def _calls(desk: Desk, market: str, calls: Rows, refresh: Any) -> None:
    t = desk.t
    columns = [
        Column("id", t("No."), "code"), Column("member", t("Member"), "code"), Column("state", t("State"), "state"),
        Column("amount_minor", t("Amount"), "money"), Column("currency", t("Currency")),
        Column("at", t("Called"), "time"), Column("due_at", t("Due"), "time"),
    ]  # fmt: skip
    with part(t("Margin calls")):
        rows = [with_decimals(c) | {"member_href": f"/companies/{c['member']}"} for c in reversed(calls)]
        empty = t("Nobody was called. Whoever lacks collateral is, and it stands here until it is met.")
        listing(desk, columns, rows, title=t("Margin calls"), key="id", empty=empty)
        with ui.element("div").classes("row-of-acts"):
            act(desk, CallMargin, t("Call margin"), {"market": market}, fixed=("market",), on_done=lambda _: refresh())


def _covers(desk: Desk, market: str, members: Rows, refresh: Any) -> None:
    t = desk.t
    rows = [with_decimals(c, "left_minor") | {"member": m["member"]} for m in members for c in m["covers"]]
    columns = [
        Column("reference", t("Reference"), "code"), Column("member", t("Member"), "code"),
        Column("kind", t("Kind"), "words"), Column("left_minor", t("Left"), "money"), Column("currency", t("Currency")),
        Column("valid_from", t("From"), "time"), Column("valid_to", t("Until"), "time"),
    ]  # fmt: skip

    def end(_word: str, reference: str) -> None:
        preset = {"market": market, "reference": reference}
        open_form(desk, EndGuarantee, preset, fixed=("market", "reference"), on_done=lambda _: refresh())

    with part(t("Guarantees and set-offs")):
        listing(
            desk, columns, rows, title=t("Guarantees and set-offs"), key="reference",
            empty=t("No guarantee and no set-off counts now."), on_act=end,
            acts=lambda _: [("end", t("End"))] if desk.may(EndGuarantee.word()) else [],
        )  # fmt: skip
        with ui.element("div").classes("row-of-acts"):
            offered = ((CollectGuarantee, t("Book what a guarantor paid")),
                       (ContributeDefaultFund, t("Book a contribution to the default fund")))  # fmt: skip
            for command, text in offered:
                act(desk, command, text, {"market": market}, fixed=("market",), on_done=lambda _: refresh())
