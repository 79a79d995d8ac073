"""One line or cross-section of a day: both sides' figures on a plot, its MTUs, versions, and the entry of one's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nicegui import ui

from walras.service.console import plots
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.mtu_sheet import clock
from walras.service.console.pages.grid.chosen import Chosen
from walras.service.console.pages.grid.declaring import show_declaring
from walras.service.console.pages.grid.figures import LAYERS, WAYS, mtu_rows, points
from walras.service.console.sections import heading
from walras.service.queries import ListDeclarations

Refresh = Callable[[str], Awaitable[None]]


async def show_element(
    desk: Desk, chosen: Chosen, element: Mapping[str, Any], *, is_open: bool, refresh: Refresh
) -> None:
    """Show one element of a day both ways; below it what its sides declared, and the person's own sheet."""
    t, name = desk.t, element["element"]
    heading(f"{name}: {element['from']} → {element['to']}")
    if element["lines"]:
        ui.label(t("Its lines: {lines}").format(lines=", ".join(element["lines"]))).classes("quiet")
    _say_mismatches(desk, element)
    with ui.element("div").classes("two"):
        for way in WAYS:
            with ui.element("div").classes("section"):
                _draw_way(desk, element, way)
    declared: list[dict[str, Any]] = []
    if desk.may("list-declarations"):
        query = ListDeclarations(market=chosen.market, delivery_day=chosen.day, element=name)
        declared = await desk.items(query)
    is_own = any(s["side"] == desk.actor.company for s in element.get("sides", ()))
    if is_own and desk.may("submit-capacity"):
        own = [d for d in declared if d["side"] == desk.actor.company]
        await show_declaring(desk, chosen, element, own, is_open=is_open, refresh=refresh)
    if desk.may("list-declarations"):
        _draw_versions(desk, declared)


def _say_mismatches(desk: Desk, element: Mapping[str, Any]) -> None:
    """Name the MTUs in which the sides differ; the lower figure holds there."""
    t = desk.t
    for way, word in WAYS.items():
        sides = [s for s in element.get("sides", ()) if s["version"] is not None]
        differing = [any(s[way]["differs"][i] for s in sides) for i in range(len(element["mtu_starts"]))]
        if not any(differing):
            continue
        starts = [clock(desk, s) for s, d in zip(element["mtu_starts"], differing, strict=True) if d]
        text = t.n_(
            "{way}: the sides differ in {count} MTU, first at {first}; the lower figure holds.",
            "{way}: the sides differ in {count} MTUs, first at {first}; the lower figure holds.", len(starts),
        )  # fmt: skip
        with ui.element("div").classes("banner bad").props('role="status"'):
            ui.label(text.format(way=t(word), count=len(starts), first=starts[0]))


def _draw_way(desk: Desk, element: Mapping[str, Any], way: str) -> None:
    t, starts, minutes = desk.t, element["mtu_starts"], element["minutes"]
    ends = (element["from"], element["to"]) if way == "forward" else (element["to"], element["from"])
    heading(f"{t(WAYS[way])}: {ends[0]} → {ends[1]}", 3)
    series = series_of(desk, element, way)
    drawn = {label: points(desk, starts, minutes, values) for label, values in series.items()}
    title = t("Declared and agreed capacity of {element}, {way}").format(element=element["element"], way=t(WAYS[way]))
    plots.plot(plots.lines(drawn, "MW"), title)
    figures = element[way]
    given = {t(LAYERS[n]): points(desk, starts, minutes, v) for n, v in figures["allocated_mw"].items()}
    if given:
        over = {t("Agreed"): points(desk, starts, minutes, figures["agreed_mw"])}
        title = t("Capacity of {element} that is given away, {way}").format(
            element=element["element"], way=t(WAYS[way])
        )
        plots.plot(plots.layers(given, "MW", over), title)
    with ui.expansion(t("Figures of each MTU"), icon="table_rows"):
        _draw_table(desk, element, way)


def series_of(desk: Desk, element: Mapping[str, Any], way: str) -> dict[str, list[float]]:
    """Return what is drawn of a direction by its translated name: each side's figures, what is agreed, what is free."""
    t = desk.t
    found = {}
    for side in element.get("sides", ()):
        if side["version"] is not None:
            own = side["side"] == desk.actor.company
            label = t("{side} (my side)") if own else t("{side} declares")
            found[label.format(side=side["side"])] = side[way]["offered_mw"]
    return found | {t("Agreed"): element[way]["agreed_mw"], t("Free"): element[way]["free_mw"]}


def _draw_table(desk: Desk, element: Mapping[str, Any], way: str) -> None:
    t, figures, starts = desk.t, element[way], element["mtu_starts"]
    sides = [s for s in element.get("sides", ()) if s["version"] is not None]
    columns = [Column("at", t("Begins"))]
    series: dict[str, list[Any]] = {"at": [clock(desk, s) for s in starts]}
    for n, side in enumerate(sides):
        columns.append(Column(f"side{n}", side["side"], "number", "MW", 1))
        series[f"side{n}"] = side[way]["offered_mw"]
    if len(sides) > 1:
        columns.append(Column("differs", t("Sides differ")))
        series["differs"] = ["≠" if any(s[way]["differs"][i] for s in sides) else "" for i in range(len(starts))]
    columns.append(Column("agreed", t("Agreed"), "number", "MW", 1))
    series["agreed"] = figures["agreed_mw"]
    for layer, values in figures["allocated_mw"].items():
        columns.append(Column(layer, t(LAYERS[layer]), "number", "MW", 1))
        series[layer] = values
    columns += [Column("scheduled", t("Scheduled"), "number", "MW", 1), Column("free", t("Free"), "number", "MW", 1)]
    series |= {"scheduled": figures["scheduled_mw"], "free": figures["free_mw"]}
    title = t("Capacity of {element} in each MTU").format(element=element["element"])
    listing(desk, columns, mtu_rows(starts, series), title=title, key="mtu_start", page=0)


def _draw_versions(desk: Desk, declared: list[dict[str, Any]]) -> None:
    """List every version of both sides, the newest first."""
    t = desk.t
    heading(t("Versions"), 3)
    rows = []
    for one in sorted(declared, key=lambda d: d["at"], reverse=True):
        least = [[min(v) / 1000 for v in zip(*(c[d] for c in one["limits_kw"]), strict=True)] for d in (0, 1)]
        reserve = [v / 1000 for way in one["reserve_kw"] for v in way]
        rows.append({
            "key": f"{one['side']} {one['version']}", "side": one["side"], "version": one["version"], "at": one["at"],
            "criteria": ", ".join(one["criteria"]), "forward": least[0],
            "backward": least[1], "reserve": reserve, "digest": one["digest"][:12],
        })  # fmt: skip
    columns = [
        Column("side", t("Side")), Column("version", t("Version"), "number", decimals=0),
        Column("at", t("Sent"), "time"), Column("criteria", t("Criteria")),
        Column("forward", t("forward"), "span", "MW"),
        Column("backward", t("backward"), "span", "MW"), Column("reserve", t("Reserve"), "span", "MW"),
        Column("digest", t("Digest"), "code"),
    ]  # fmt: skip
    empty = t("Neither side has declared anything: the capacity of the market's definition stands.")
    listing(desk, columns, rows, title=t("Versions of declared capacities"), key="key", empty=empty, page=10)
