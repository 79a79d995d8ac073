"""One market as it is defined on a day: places, grids, lines, times and limits in tables, and its versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from walras.service.console import pictures, shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, facts, listing
from walras.service.console.pages.proposals.content import Schema, content, records
from walras.service.console.pages.sessions.glance import carrier_name
from walras.service.console.places import mark, place
from walras.service.console.sections import addressed, heading
from walras.service.definition import MarketDefinition
from walras.service.publication.picture import Edge, Node
from walras.service.queries import GetMarket, ListMarketVersions

Definition = Mapping[str, Any]
MOST_LINES = 60
"""Lines in the picture; a table has all."""


@place("/markets/{market}", mark("Market"))
async def market(desk: Desk) -> None:
    """Show the definition that holds today, on the day or of the version that the address names."""
    code = desk.path["market"]
    query = addressed(desk, GetMarket, ("day", "version"), market=code)
    versions = (await desk.ask(ListMarketVersions(market=code)))["items"]
    found = await desk.ask(query)
    definition = found["definition"]
    desk.heading.text = definition["name"]
    _head(desk, found, versions)
    _network(desk, definition)
    schema = Schema.of(MarketDefinition)
    for name, title in (
        ("zones", desk.t("Zones")), ("grids", desk.t("Grids: MTU, limits and ticks")), ("lines", desk.t("Lines")),
        ("cross_sections", desk.t("Cross-sections")),
    ):  # fmt: skip
        heading(title)
        if definition[name]:
            records(desk, title, definition[name], schema.field(name).item())
        else:
            ui.label(desk.t("None.")).classes("empty")
    heading(desk.t("Times and limits"))
    with ui.element("div").classes("card section"):
        own = {name: definition[name] for name in ("timetable", "capacity", "run")}
        ui.label(desk.t("What is not said here, the profile of the rules says.")).classes("quiet")
        content(desk, own, schema)
        ui.link(desk.t("Timetable"), f"/timetable?market={code}")
    _versions(desk, code, versions, found["version"])


def _head(desk: Desk, found: Mapping[str, Any], versions: Sequence[Mapping[str, Any]]) -> None:
    t, one = desk.t, found["definition"]
    own: Mapping[str, Any] = next((v for v in versions if v["version"] == found["version"]), {})
    with ui.element("div").classes("card section"):
        facts(desk, [
            (t("Code"), found["market"]), (t("Currency"), one["currency"]), (t("Time zone"), one["time_zone"]),
            (t("Profile of the rules"), one["profile"]), (t("Version"), str(found["version"])),
            (t("Valid from"), shown.day(own.get("valid_from"), desk.language)),
            (t("Valid to"), shown.day(own.get("valid_to"), desk.language)),
        ])  # fmt: skip
        with ui.element("div").classes("row-of-acts"):
            ui.link(t("Sessions"), f"/sessions?market={found['market']}")
            ui.link(t("Timetable"), f"/timetable?market={found['market']}")
            if desk.may("set-market"):
                address = f"/define-market?market={found['market']}&version={found['version']}"
                ui.link(t("Define a new version"), address).classes("q-btn-like")


def _network(desk: Desk, one: Definition) -> None:
    """Draw the lines of each carrier between its zones, with what they carry both ways."""
    t, language = desk.t, desk.language
    if not one["lines"]:
        return
    heading(t("Network"))
    known = {
        z["zone"]: (z["latitude"], z["longitude"])
        for z in one["zones"] if z.get("latitude") is not None and z.get("longitude") is not None
    }  # fmt: skip
    for carrier in dict.fromkeys(line["carrier"] for line in one["lines"]):
        lines = [line for line in one["lines"] if line["carrier"] == carrier][:MOST_LINES]
        grids = [g for g in one["grids"] if g["carrier"] == carrier]
        nodes = [Node(g["zone"], (t("{minutes} min").format(minutes=g["mtu_minutes"]),)) for g in grids]
        edges = [
            Edge(line["line"], line["from_zone"], line["to_zone"], line["capacity_forward_mw"], _both(line, language))
            for line in lines
        ]
        title = t("{carrier}: capacities along and against each line, MW; length of an MTU at each zone").format(
            carrier=carrier_name(desk, carrier)
        )
        ui.label(title).classes("figure-name")
        pictures.network(desk, nodes, edges, known, title)


def _both(line: Mapping[str, Any], language: str) -> str:
    along, against = (shown.number(line[f"capacity_{way}_mw"], 0, language) for way in ("forward", "backward"))
    return f"→ {along} ← {against} MW"


def _versions(desk: Desk, code: str, versions: Sequence[Mapping[str, Any]], here: int) -> None:
    t = desk.t
    heading(t("Versions"))
    ui.label(t("Of two versions that hold on a day the newer one counts.")).classes("quiet")
    rows = [
        dict(v) | {"name": t("Version {number}").format(number=v["version"]),
                   "name_href": f"/markets/{code}?version={v['version']}",
                   "shown": t("shown here") if v["version"] == here else ""}
        for v in versions
    ]  # fmt: skip
    columns = [
        Column("name", t("Version")), Column("valid_from", t("Valid from"), "day"),
        Column("valid_to", t("Valid to"), "day"), Column("at", t("Made"), "time"), Column("shown", t("Note")),
    ]  # fmt: skip
    listing(desk, columns, rows, title=t("Versions"), key="version", page=10)
