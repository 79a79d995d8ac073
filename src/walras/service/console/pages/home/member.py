"""The first page of a member: open gates, what waits for its consent or money, its last result, what was told last."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from nicegui import ui

from walras.service.console import shown
from walras.service.console.desk import Declined, Desk
from walras.service.console.pages.money.invoices import state_of
from walras.service.console.pages.money.notices import show
from walras.service.console.pages.money.whose import money
from walras.service.console.pages.orders.mine import countdown, rights_of
from walras.service.console.sections import heading, part
from walras.service.queries import (
    GetOwnResult,
    ListBills,
    ListContracts,
    ListMarginCalls,
    ListNotices,
    ListSessions,
    ListSupplyAgreements,
)

Row = dict[str, Any]
Line = tuple[str, str, str, bool]
"""Kind, text, where it leads, and whether it is late."""
NOTICES = 5
GATES = 6
SESSIONS = 30


async def member_home(desk: Desk) -> None:
    """Show what a member has to look at today."""
    t = desk.t
    markets = await rights_of(desk)
    if not markets:
        ui.label(t("Your company has no rights in any market yet: the market operator gives them."))
        ui.link(t("My company"), "/company").classes("q-btn-like own-width")
    with part(t("Open gates")):
        box = ui.element("div").classes("section")

        async def gates() -> None:
            box.clear()
            with box:
                await _gates(desk, markets, gates)

        await gates()
    with part(t("Waits for you")):
        await _waiting(desk, markets)
    with part(t("Last result")):
        await _result(desk, markets)
    with part(t("Told last")):
        found = (await desk.ask(ListNotices(first="newest", limit=NOTICES)))["items"]
        if found:
            show(desk, found, is_inbox=False)
            ui.link(t("All notices"), "/notices")
        else:
            ui.label(t("Nothing was told to your company yet.")).classes("empty")


async def _gates(desk: Desk, markets: list[str], again: Any) -> None:
    """Show sessions whose book is open with the time that is left, else the next that is planned."""
    t = desk.t
    found: list[Row] = []
    for market in markets:
        for state in ("open", "scheduled"):
            found += (await desk.ask(ListSessions(market=market, state=state, limit=SESSIONS)))["items"]
    live = sorted((s for s in found if s["state"] == "open"), key=lambda s: str(s["gate_at"]))
    planned = sorted((s for s in found if s["state"] == "scheduled"), key=lambda s: str(s["opens_at"]))
    if not live and not planned:
        empty = t("No book is open and none is planned. The next session stands here as soon as it is.")
        ui.label(empty).classes("empty")
    with ui.element("div").classes("cards"):
        for session in (live or planned[:1])[:GATES]:
            _gate(desk, session, again)


def _gate(desk: Desk, session: Row, again: Any) -> None:
    t, count, is_open = desk.t, session["own_orders"], session["state"] == "open"
    at = session["gate_at"] if is_open else session["opens_at"]
    with ui.element("section").classes("card section").mark(f"gate-{session['session']}"):
        heading(shown.day(session["delivery_day"], desk.language), 3)
        ui.label(session["session"]).classes("quiet anywhere")
        with ui.element("div").classes("row-of-acts"):
            ui.label(t("Gate closes in") if is_open else t("Opens in"))
            label = countdown(desk, at, t("the gate is closed") if is_open else t("due"))
            label.on("over", again)
        ui.label(shown.time(at, desk.zone, desk.language)).classes("quiet")
        if is_open and not count:
            ui.label(t("You have no order in it.")).classes("badge badge-preliminary own-width")
        elif is_open:
            ui.label(t.n_("{count} order stands", "{count} orders stand", count).format(count=count))
        text = t("Enter orders") if is_open else t("Prepare orders")
        ui.link(text, f"/orders/{session['session']}").classes("q-btn-like")


async def _waiting(desk: Desk, markets: list[str]) -> None:
    lines: list[Line] = []
    for market in markets:
        lines += [*await _calls(desk, market), *await _bills(desk, market), *await _consent(desk, market)]
    if not lines:
        ui.label(desk.t("Nothing: no contract to confirm, no margin call, no invoice that is due.")).classes("empty")
        return
    with ui.element("ul").classes("alerts").mark("waits"):
        for kind, text, address, is_late in sorted(lines, key=lambda line: not line[3]):
            with ui.element("li"):
                ui.label(kind).classes("badge badge-bad" if is_late else "badge badge-preliminary")
                ui.link(text, address)


async def _calls(desk: Desk, market: str) -> list[Line]:
    t = desk.t
    found = await desk.items(ListMarginCalls(market=market))
    text = t("{call}: {amount} until {time}")
    return [
        (t("Margin call"), text.format(
            call=c["id"], amount=money(desk, c["amount_minor"], c["currency"]),
            time=shown.time(c["due_at"], desk.zone, desk.language),
        ), f"/money?market={market}", True)
        for c in found if c["state"] == "open"
    ]  # fmt: skip


async def _bills(desk: Desk, market: str) -> list[Line]:
    t = desk.t
    today = datetime.fromisoformat(await desk.now()).astimezone(desk.zone).date()
    found = [b for b in await desk.items(ListBills(market=market)) if b["open_minor"] < 0]
    text = t("{number}: {amount} due {day}")
    return [
        (t("Overdue") if state_of(b, today) == "overdue" else t("Invoice"), text.format(
            number=b["number"], amount=money(desk, -b["open_minor"], b["currency"]),
            day=shown.day(b["due_day"], desk.language),
        ), f"/invoices?market={market}", state_of(b, today) == "overdue")
        for b in found
    ]  # fmt: skip


async def _consent(desk: Desk, market: str) -> list[Line]:
    """Return contracts and agreements that wait for the member's word."""
    t, own = desk.t, desk.actor.company
    contracts = await desk.items(ListContracts(market=market))
    agreements = await desk.items(ListSupplyAgreements(market=market))
    is_new = {True: t("a new contract of {company}"), False: t("new volumes of the contract with {company}")}
    lines: list[Line] = []
    for c in contracts:
        if c["waits_for"] == own:
            other = c["buyer"] if c["seller"] == own else c["seller"]
            words = is_new[c["state"] == "registered"].format(company=other)
            text = f"{c['contract']} {c['reference']}: {words}"
            lines.append((t("Contract"), text, f"/contracts/{c['contract']}", False))
    for a in agreements:
        if own in a["waits_for"]:
            words = t("version {number} waits for your consent").format(number=a["waiting"])
            text = f"{a['agreement']} {a['name']}: {words}"
            lines.append((t("Supply agreement"), text, f"/supply/{a['agreement']}", False))
    return lines


async def _result(desk: Desk, markets: list[str]) -> None:
    """Show the newest session in which the member has a result, with its money by carrier."""
    t = desk.t
    found: list[Row] = []
    for market in markets:
        found += (await desk.ask(ListSessions(market=market, limit=SESSIONS)))["items"]
    have = [s for s in found if s["version"] and s["own_orders"] and s["kind"] == "live"]
    for session in sorted(have, key=lambda s: str(s["delivery_day"]), reverse=True)[:3]:
        try:
            own = await desk.ask(GetOwnResult(session=session["session"]))
        except Declined:
            continue
        _figures(desk, session, own)
        return
    ui.label(t("You have no result yet. It stands here minutes after a gate in which you had orders.")).classes("empty")


def _figures(desk: Desk, session: Row, own: Row) -> None:
    t, currency = desk.t, own["currency"]
    with ui.element("section").classes("card section").mark("last-result"):
        with ui.element("h3"):
            ui.link(shown.day(session["delivery_day"], desk.language), f"/results/{session['session']}")
        is_final = session["state"] == "final"
        ui.label(t("final") if is_final else t("preliminary")).classes(
            "badge own-width " + ("badge-final" if is_final else "badge-preliminary")
        )
        with ui.element("div").classes("figures"):
            for row in own["totals"]:
                with ui.element("div"):
                    place = f"{row['zone']}, {t(row['carrier'].replace('_', ' '))}, {t(row['side'])}"
                    ui.label(place).classes("figure-name")
                    ui.label(money(desk, row["amount_minor"], currency)).classes("figure")
                    energy = shown.number(row["energy_mwh"], 1, desk.language)
                    price = shown.number(row["mean_price_per_mwh"], 2, desk.language)
                    ui.label(f"{energy} MWh, {price} {currency}/MWh").classes("quiet")
        ui.label(t("Positive: you receive.")).classes("quiet")
