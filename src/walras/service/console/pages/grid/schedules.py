"""Schedules of a day: planned net interchange by layer, what the parties of contracts nominated, market documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from walras.service.console import plots, shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.mtu_sheet import clock
from walras.service.console.pages.grid.chosen import Chosen, choose, due
from walras.service.console.pages.grid.documents import show_documents
from walras.service.console.pages.grid.figures import LAYERS, differing_words, mtu_rows, points
from walras.service.console.places import mark, place
from walras.service.console.sections import heading, part
from walras.service.queries import GetCapacity, GetSchedules


@place("/schedules", mark("Schedules"), group="Grid", icon="stacked_line_chart", order=30)
async def schedules(desk: Desk) -> None:
    """Show what is planned to flow over each line and cross-section of a day, and who nominated what."""
    chosen = await choose(desk)
    if chosen is None:
        return
    t = desk.t
    found = await desk.ask(GetSchedules(market=chosen.market, delivery_day=chosen.day))
    times = await desk.ask(GetCapacity(market=chosen.market, delivery_day=chosen.day))
    due(desk, t("Nominations are due"), times["nomination_due"], chosen.at, t("over"))
    said = t("The nominations of this day are matched.") if found["is_matched"] else t(
        "The nominations of this day are not matched yet: figures may still change."
    )  # fmt: skip
    ui.label(said).classes("quiet").props('role="status"')
    with part(t("Planned net interchange")):
        _draw_whole(desk, chosen, found["elements"])
    element = _element(desk, found["elements"])
    if element is not None:
        with ui.element("section").classes("section"):
            _draw_element(desk, element)
    with part(t("Nominations of contracts")):
        _draw_contracts(desk, found["contracts"])
    if desk.may("get-market-document"):
        await show_documents(desk, chosen)


def _element(desk: Desk, elements: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the element of the address, or else the first on which something is planned."""
    asked = [e for e in elements if e["element"] == desk.query.get("element")]
    planned = [e for e in elements if e["layers_mw"]]
    return next(iter([*asked, *planned, *elements]), None)


def _draw_whole(desk: Desk, chosen: Chosen, elements: Sequence[Mapping[str, Any]]) -> None:
    t = desk.t
    rows = []
    for one in elements:
        hours = one["minutes"] / 60
        net = one["planned_net_interchange_mw"]
        rows.append({
            "element": one["element"], "element_href": chosen.link("/schedules", element=one["element"]),
            "ends": f"{one['from']} → {one['to']}", "net": net, "energy": sum(net) * hours,
            "layers": ", ".join(t(LAYERS[n]) for n in LAYERS if n in one["layers_mw"]),
        })  # fmt: skip
    columns = [
        Column("element", t("Line or cross-section")), Column("ends", t("From, to")),
        Column("net", t("Net"), "span", "MW"), Column("energy", t("Net over the day"), "number", "MWh", 1),
        Column("layers", t("Layers")),
    ]  # fmt: skip
    ui.label(t("Forward is positive: from the first place to the second.")).classes("quiet")
    empty = t("The market has no lines on this day, so nothing is scheduled over any.")
    listing(desk, columns, rows, title=t("Planned net interchange"), key="element", empty=empty, page=0)


def _draw_element(desk: Desk, element: Mapping[str, Any]) -> None:
    t, starts, minutes = desk.t, element["mtu_starts"], element["minutes"]
    heading(f"{element['element']}: {element['from']} → {element['to']}")
    layers, net = element["layers_mw"], element["planned_net_interchange_mw"]
    if not layers:
        ui.label(t("Nothing is planned here on this day.")).classes("empty")
        return
    areas = {t(LAYERS[n]): points(desk, starts, minutes, layers[n]) for n in LAYERS if n in layers}
    over = {t("Net"): points(desk, starts, minutes, net)}
    title = t("Planned net interchange of {element} by layer").format(element=element["element"])
    plots.plot(plots.layers(areas, "MW", over), title)
    columns = [Column("at", t("Begins"))]
    columns += [Column(n, t(LAYERS[n]), "number", "MW", 3) for n in LAYERS if n in layers]
    columns.append(Column("net", t("Net"), "number", "MW", 3))
    series = {"at": [clock(desk, s) for s in starts], **layers, "net": net}
    with ui.expansion(t("Figures of each MTU"), icon="table_rows"):
        listing(desk, columns, mtu_rows(starts, series), title=title, key="mtu_start", page=0)


def _draw_contracts(desk: Desk, contracts: Sequence[Mapping[str, Any]]) -> None:
    """List matched contracts with both sides' nominations; where they differ, MTU by MTU."""
    t = desk.t
    rows = []
    for one in contracts:
        differing = sum(one["differs"])
        rows.append({
            "contract": one["contract"], "contract_href": f"/contracts/{one['contract']}", "seller": one["seller"],
            "buyer": one["buyer"], "seller_mw": one["seller_mw"], "buyer_mw": one["buyer_mw"],
            "scheduled_mw": one["scheduled_mw"],
            "differs": differing_words(t, differing),
        })  # fmt: skip
    columns = [
        Column("contract", t("Contract")), Column("seller", t("Seller")), Column("buyer", t("Buyer")),
        Column("seller_mw", t("Seller nominated"), "span", "MW"),
        Column("buyer_mw", t("Buyer nominated"), "span", "MW"),
        Column("scheduled_mw", t("Scheduled"), "span", "MW"), Column("differs", t("Sides differ")),
    ]  # fmt: skip
    empty = t("No contract is matched on this day. Once nominations are due, both sides of each contract stand here.")
    listing(desk, columns, rows, title=t("Nominations of contracts"), key="contract", empty=empty)
    for one in contracts:
        if any(one["differs"]):
            _draw_mismatch(desk, one)


def _draw_mismatch(desk: Desk, one: Mapping[str, Any]) -> None:
    t = desk.t
    title = t("{contract}: MTUs in which the nominations differ; the lower figure is scheduled")
    with ui.expansion(title.format(contract=one["contract"]), icon="difference").classes("paste-box"):
        found = [i for i, d in enumerate(one["differs"]) if d]
        rows = [
            {"at": clock(desk, one["mtu_starts"][i]), "key": i}
            | {n: one[n][i] for n in ("seller_mw", "buyer_mw", "scheduled_mw")}
            for i in found
        ]
        columns = [
            Column("at", t("Begins")), Column("seller_mw", t("Seller nominated"), "number", "MW", 3),
            Column("buyer_mw", t("Buyer nominated"), "number", "MW", 3),
            Column("scheduled_mw", t("Scheduled"), "number", "MW", 3),
        ]  # fmt: skip
        listing(desk, columns, rows, title=title.format(contract=one["contract"]), key="key", page=0)
    spans = {
        t("Seller nominated"): one["seller_mw"], t("Buyer nominated"): one["buyer_mw"],
        t("Scheduled"): one["scheduled_mw"],
    }  # fmt: skip
    drawn = {
        n: shown.steps([(s, one["minutes"], v) for s, v in zip(one["mtu_starts"], values, strict=True)], desk.zone)
        for n, values in spans.items()
    }
    name = t("Nominations of both sides of {contract}").format(contract=one["contract"])
    plots.plot(plots.lines(drawn, "MW"), name)
