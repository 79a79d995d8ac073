"""A member's part of one result: prices of its zones, its volumes and money, its orders explained, objections."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.service.console import files, shown
from walras.service.console.desk import Declined, Desk
from walras.service.console.listing import Column, facts, listing
from walras.service.console.pages.orders.mine import MEMBER
from walras.service.console.pages.results.drawn import prices, volumes
from walras.service.console.pages.results.explained import explained
from walras.service.console.pages.results.objecting import Objecting
from walras.service.console.places import mark, place
from walras.service.console.watching import watch
from walras.service.publication.reading import PUBLIC_KINDS
from walras.service.queries import GetBundle, GetOwnResult, GetSession

WAIT_SECONDS = 5.0


@place("/results/{session}", mark("My result"), MEMBER)
async def result(desk: Desk) -> None:
    """Show a result from top to bottom; where there is none yet, wait for it."""
    t, name = desk.t, desk.path["session"]
    session = await desk.ask(GetSession(session=name))
    desk.heading.text = t("Result of {day}").format(day=shown.day(session["delivery_day"], desk.language))
    if not session["version"]:
        _await(desk, session)
        return
    try:
        own = await desk.ask(GetOwnResult(session=name))
    except Declined as declined:
        _head(desk, session, None)
        if any(m.rule == "artefact_known" for m in declined.mistakes):
            ui.label(t("You had no order in this session, so there is no part of it that is yours.")).classes("empty")
            _everybody(desk, session)
            return
        raise
    _head(desk, session, own)
    _money(desk, own)
    prices(desk, own)
    volumes(desk, own)
    explained(desk, own)
    await Objecting(desk, session).build()
    _proof(desk, session)


def _await(desk: Desk, session: dict[str, Any]) -> None:
    """Say that there is no result yet, and look for it."""
    t = desk.t
    if session["state"] in ("cancelled", "fallback"):
        ui.label(t("This session ended without a result.")).classes("banner bad")
        return
    text = t("There is no result yet. This page shows it as soon as there is one; it is due at {time}.")
    ui.label(text.format(time=shown.time(session["results_due_at"], desk.zone, desk.language))).classes("banner")

    async def look() -> None:
        found = await desk.ask(GetSession(session=session["session"]), is_watching=True)
        if found["version"]:
            timer.deactivate()
            ui.navigate.reload()

    timer = watch(desk, WAIT_SECONDS, look)


def _head(desk: Desk, session: dict[str, Any], own: dict[str, Any] | None) -> None:
    t = desk.t
    with ui.element("div").classes("card section"):
        with ui.element("div").classes("row-of-acts"):
            if session["state"] == "final":
                ui.label(t("final")).classes("badge badge-final")
            elif session["state"] == "cleared":
                ui.label(t("preliminary")).classes("badge badge-preliminary")
            else:
                ui.label(t(session["state"])).classes(f"state state-{session['state']}")
            ui.label(t("Version {number}").format(number=session["version"]))
        if own is not None:
            total = sum(row["amount_minor"] for row in own["totals"])
            amount = f"{shown.money(abs(total), own['decimals'], desk.language)} {own['currency']}"
            ui.label(amount).classes("figure")
            words = t("you receive for energy, all zones and carriers together") if total >= 0 else t(
                "you pay for energy, all zones and carriers together")  # fmt: skip
            ui.label(words).classes("figure-name")
        facts(desk, [
            (t("Session"), session["session"]), (t("Market"), session["market"]),
            (t("Fallback"), "" if session["rung"] in ("", "coupled") else t(session["rung"].replace("_", " "))),
        ])  # fmt: skip
        with ui.element("div").classes("row-of-acts"):
            ui.link(t("Orders of this session"), f"/orders/{session['session']}")
            ui.link(t("All results"), "/results")


def _money(desk: Desk, own: dict[str, Any]) -> None:
    """Show energy and money of the day by zone and carrier."""
    t, unit = desk.t, own["currency"]
    with ui.element("h2"):
        ui.label(t("Position and money")).classes("inline")
    text = t("Energy at clearing prices; fees, contracts and deviations are in the statement of the settlement.")
    ui.label(text).classes("quiet")
    rows = [
        row | {"key": f"{row['zone']} {row['carrier']} {row['side']}", "carrier": t(row["carrier"].replace("_", " ")),
               "side": t(row["side"])}
        for row in own["totals"]
    ]  # fmt: skip
    columns = [
        Column("zone", t("Zone")), Column("carrier", t("Carrier")), Column("side", t("Side")),
        Column("energy_mwh", t("Accepted"), "number", "MWh", 3),
        Column("mean_price_per_mwh", t("Mean price"), "number", f"{unit}/MWh"),
        Column("amount_minor", t("Amount, positive = you receive"), "money", unit, own["decimals"]),
    ]  # fmt: skip
    listing(desk, columns, rows, title=t("Position and money"), key="key")


def _proof(desk: Desk, session: dict[str, Any]) -> None:
    """Offer the member's bundle, and say how it is verified."""
    t, name = desk.t, session["session"]
    with ui.element("section").classes("section"):
        with ui.element("h2"):
            ui.label(t("Check it yourself")).classes("inline")
        ui.label(t(
            "Your bundle holds your orders, what became of each and why, and the proof that they are in the book that "
            "was cleared. Verify it on your own machine, with the operator's public keys from elsewhere:"
        ))  # fmt: skip
        code = f"walras verify bundle-{name}-member.zip --ring ring.json --receipts receipts.json"
        with ui.element("pre").classes("code-line").props('tabindex="0"'):
            ui.label(code).classes("inline")
        text = t("receipts.json is one JSON list of the receipts that you saved when you sent orders.")
        ui.label(text).classes("quiet")
        ui.link(t("Your bundle (ZIP)"), files.link(GetBundle(session=name, level="member")))
        _everybody(desk, session)


def _everybody(desk: Desk, session: dict[str, Any]) -> None:
    if session["kind"] in PUBLIC_KINDS:
        ui.link(desk.t("The result as everybody sees it"), f"/public/{session['session']}")
