"""The sessions with a result, newest first."""

from __future__ import annotations

from nicegui import ui

from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.pages.orders.mine import MEMBER, rights_of
from walras.service.console.places import mark, place
from walras.service.queries import ListSessions

MOST_SESSIONS = 200


@place("/results", mark("My results"), MEMBER, group="Orders", icon="insights", order=20)
async def results(desk: Desk) -> None:
    """List the sessions that have a result, market by market."""
    t = desk.t
    markets = await rights_of(desk)
    if not markets:
        ui.label(t("Your company has no rights in any market yet; its results will stand here.")).classes("empty")
    for market in markets:
        with ui.element("h2"):
            ui.label(market).classes("inline")
        found = await desk.items(ListSessions(market=market), MOST_SESSIONS)
        rows = [
            s | {"session_href": f"/results/{s['session']}", "own": s["own_orders"] or None}
            for s in found if s["version"] or s["state"] in ("closed", "cleared")
        ]  # fmt: skip
        columns = [
            Column("delivery_day", t("Delivery day"), "day"), Column("session", t("Session"), "code"),
            Column("kind", t("Kind")), Column("state", t("State"), "state"),
            Column("version", t("Version"), "number", decimals=0), Column("own", t("My orders"), "number", decimals=0),
            Column("objections_until", t("Objections until"), "time"),
        ]  # fmt: skip
        for row in rows:
            row["kind"] = t(row["kind"].replace("_", " "))
        empty = t("No session has a result yet. Results stand here minutes after the gate.")
        listing(desk, columns, rows, title=t("Sessions with a result"), key="session", empty=empty)
