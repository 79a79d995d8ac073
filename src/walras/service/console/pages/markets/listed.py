"""All markets, with the way to each and to the form of a new one."""

from __future__ import annotations

from nicegui import ui

from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.places import mark, place
from walras.service.queries import ListMarkets


@place("/markets", mark("Markets"), group="Market", icon="hub", order=40)
async def markets(desk: Desk) -> None:
    """List markets with their newest versions."""
    t = desk.t
    items = (await desk.ask(ListMarkets()))["items"]
    if desk.may("set-market"):
        with ui.element("div").classes("row-of-acts"):
            ui.link(t("Define a market"), "/define-market").classes("q-btn-like")
    rows = [m | {"name_href": f"/markets/{m['market']}"} for m in items]
    columns = [
        Column("name", t("Market")), Column("market", t("Code"), "code"), Column("currency", t("Currency")),
        Column("time_zone", t("Time zone")), Column("profile", t("Profile of the rules")),
        Column("version", t("Newest version"), "number", decimals=0), Column("valid_from", t("Valid from"), "day"),
        Column("valid_to", t("Valid to"), "day"),
    ]  # fmt: skip
    empty = t("There is no market yet. Two officers define one: zones, grids, lines, timetable, profile of its rules.")
    listing(desk, columns, rows, title=t("Markets"), key="market", empty=empty)
