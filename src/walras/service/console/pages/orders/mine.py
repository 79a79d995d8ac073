"""The sessions that a member may trade in: their state, how long until the gate, what stands, what is free to bind."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.results.minor_units import decimals_of
from walras.service.console import shown
from walras.service.console.desk import Declined, Desk
from walras.service.console.listing import Column, facts, listing
from walras.service.console.places import mark, place
from walras.service.queries import GetCompany, GetHeadroom, ListSessions
from walras.service.roles import Role

AHEAD = ("open", "scheduled")
MOST_SESSIONS = 40
MEMBER = frozenset({Role.MEMBER})


@place("/orders", mark("My orders"), MEMBER, group="Orders", icon="edit_note", order=10)
async def mine(desk: Desk) -> None:
    """List sessions by market: those ahead as cards, those behind as a table."""
    t = desk.t
    markets = await rights_of(desk)
    if not markets:
        ui.label(t("Your company has no rights in any market yet. The operator admits it; then sessions stand here."))
        return
    for market in markets:
        with ui.element("h2"):
            ui.label(market).classes("inline")
        await _headroom(desk, market)
        sessions = (await desk.ask(ListSessions(market=market, limit=MOST_SESSIONS)))["items"]
        ahead = [s for s in sessions if s["state"] in AHEAD]
        with ui.element("div").classes("cards"):
            for session in sorted(ahead, key=lambda s: s["gate_at"]):
                _card(desk, session)
        if not ahead:
            text = t("No session takes orders or is planned. The next one stands here as soon as it is.")
            ui.label(text).classes("empty")
        _behind(desk, [s for s in sessions if s["state"] not in AHEAD])


async def rights_of(desk: Desk) -> list[str]:
    """Return the markets that the person's company may trade in."""
    found = await desk.ask(GetCompany(company=desk.actor.company))
    return sorted({right["market"] for right in found.get("rights", [])})


async def _headroom(desk: Desk, market: str) -> None:
    """Show what the company's collateral leaves free, where the market asks for any."""
    t = desk.t
    try:
        found = (await desk.ask(GetHeadroom(market=market)))["items"]
    except Declined:
        return
    for one in found:
        unit, decimals = one["currency"], decimals_of(one["currency"])
        rows = [
            (t("Headroom"), "headroom_minor"), (t("Bound by orders"), "reserved_minor"), (t("Cash"), "cash_minor"),
            (t("Guarantees"), "guarantees_minor"), (t("Debt"), "debt_minor"),
        ]  # fmt: skip
        with ui.element("div").classes("card"):
            facts(desk, [(name, f"{shown.money(one[field], decimals, desk.language)} {unit}") for name, field in rows])


def _card(desk: Desk, session: dict[str, Any]) -> None:
    t, name, count = desk.t, session["session"], session["own_orders"]
    with ui.element("section").classes("card section"):
        with ui.element("h3"):
            ui.label(shown.day(session["delivery_day"], desk.language)).classes("inline")
        ui.label(name).classes("quiet")
        ui.label(t(session["state"])).classes(f"state state-{session['state']}")
        with ui.element("div").classes("row-of-acts"):
            is_open = session["state"] == "open"
            ui.label(t("Time to the gate:") if is_open else t("Time to the opening:"))
            countdown(
                desk,
                session["gate_at"] if is_open else session["opens_at"],
                t("over, the gate is closed") if is_open else t("over"),
            )
        when = session["gate_at"] if is_open else session["opens_at"]
        ui.label(shown.time(when, desk.zone, desk.language)).classes("quiet")
        ui.label(desk.t.n_("{count} order stands", "{count} orders stand", count).format(count=count))
        ui.link(t("Enter orders") if is_open else t("Prepare orders"), f"/orders/{name}").classes("q-btn-like")


def countdown(desk: Desk, until: str, over: str) -> ui.label:
    """Show how long it is until a moment, on the market's clock; it runs in the browser."""
    at = shown.moment_of(until)
    assert at is not None
    stamp = round(at.timestamp() * 1000)
    return ui.label("").classes("countdown").props(f'data-until="{stamp}" data-over="{over}" role="timer"')


def _behind(desk: Desk, sessions: list[dict[str, Any]]) -> None:
    t = desk.t
    rows = [
        s | {"session_href": f"/orders/{s['session']}", "result": t("results") if s["version"] else "",
             **({"result_href": f"/results/{s['session']}"} if s["version"] else {})}
        for s in sessions
    ]  # fmt: skip
    if rows:
        with ui.element("h3"):
            ui.label(t("Earlier sessions")).classes("inline")
        columns = [
            Column("delivery_day", t("Delivery day"), "day"), Column("session", t("Session"), "code"),
            Column("state", t("State"), "state"), Column("gate_at", t("Gate"), "time"),
            Column("result", t("Result")),
        ]  # fmt: skip
        listing(desk, columns, rows, title=t("Earlier sessions"), key="session")
