"""Plots of the console as ECharts options: prices, curves, capacities, what happens when, the gap of a run.

Drawn as SVG, so that the page's style sheet gives texts and axes their colour in light and dark.
Colours are from a set that colour-blind readers can tell apart, and every line differs in its
dash as well. A plot comes with a name that screen readers speak; its numbers stand in a table
beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

Point = tuple[Any, float | None]
COLOURS = ("#1f77b4", "#d9730d", "#2a9d5c", "#a05cc5", "#c0392b", "#8a6d3b", "#d6589f", "#2aa6b8")
DASHES = ("solid", "solid", "dashed", "dashed", "dotted", "dotted", [8, 3, 2, 3], [8, 3, 2, 3])
GREY = "#888"
LEVEL_DASHES = ("dashed", "dotted", "solid")
FEW = 4
"""So many names stand side by side below bars; of more each is slanted."""
SLANTED = 50
"""Pixels beside the axis, so that the first slanted name is not cut."""
MOST_LABELS = 12
"""With more boxes their names stand in the legend alone."""


def plot(options: Mapping[str, Any], name: str, *, is_tall: bool = False) -> ui.echart:
    """Show a plot; `name` says what it shows to whoever does not see it."""
    chart = ui.echart(dict(options), renderer="svg")
    chart.classes("plot tall" if is_tall else "plot").props('role="img"')
    chart.props["aria-label"] = name
    return chart


def lines(
    series: Mapping[str, Sequence[Point]], unit: str, *, is_step: bool = True, is_time: bool = True,
    across: str = "", marks: Sequence[tuple[str, float]] = (),
) -> dict[str, Any]:  # fmt: skip
    """Return lines over time (or another axis), one a name.

    Args:
        series: Points (ISO time or number, value) by name, in order.
        unit: Of the values.
        is_step: Whether a value holds until the next point; a value of None breaks the line.
        is_time: Whether the axis is time.
        across: Name of an axis that is not time.
        marks: Level lines as (name, value).
    """
    drawn: list[dict[str, Any]] = []
    for n, (name, points) in enumerate(series.items()):
        look = {"width": 2, "type": DASHES[n % len(DASHES)], "color": COLOURS[n % len(COLOURS)]}
        drawn.append(
            {"name": name, "type": "line", "showSymbol": False, "data": [list(p) for p in points], "lineStyle": look,
             "itemStyle": {"color": look["color"]}, "step": "end" if is_step else False, "connectNulls": False,
             "emphasis": {"disabled": True}}
        )  # fmt: skip
    return _frame(unit, is_time=is_time, across=across) | {"series": drawn + _levels(marks)}


def layers(
    areas: Mapping[str, Sequence[Point]], unit: str, over: Mapping[str, Sequence[Point]] | None = None
) -> dict[str, Any]:
    """Return areas over time that stand on each other, what is below zero downwards, with lines over them."""
    over = over or {}
    options = lines({**areas, **over}, unit)
    for n, (series, name) in enumerate(zip(options["series"], [*areas, *over], strict=True)):
        if name in areas:
            series |= {"stack": "all", "stackStrategy": "samesign", "areaStyle": {"opacity": 0.45}}
            series["lineStyle"] = {"width": 1, "color": COLOURS[n % len(COLOURS)]}
    return options


def curves(
    demand: Sequence[tuple[float, float]], supply: Sequence[tuple[float, float]], unit: str, names: tuple[str, str],
    clearing: tuple[float, float] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return aggregated demand and supply as (MW, price) points, with the point where they clear."""
    options = lines({names[0]: demand, names[1]: supply}, unit, is_step=False, is_time=False, across="MW")
    if clearing is not None:
        point = {"type": "scatter", "data": [list(clearing)], "symbolSize": 12, "itemStyle": {"color": COLOURS[4]}}
        options["series"].append(point | {"name": f"{clearing[0]:,.1f} MW, {clearing[1]:,.2f} {unit}"})
    return options


def boxes(drawn: Sequence[tuple[str, str, bool, Sequence[Sequence[Any]]]], unit: str = "MW") -> dict[str, Any]:
    """Return orders as boxes over time, as high as their power: supply above the axis, demand below.

    Args:
        drawn: (what is written in it, and in the legend, whether it is supply, spans (begin, end, MW)) of each.
        unit: Of the power.
    """
    options = _frame(unit, is_time=True)
    options["tooltip"] = {"show": False}
    options["series"], has_names = [], len(drawn) <= MOST_LABELS
    for n, (short, name, is_supply, spans) in enumerate(drawn):
        colour, sign = COLOURS[n % len(COLOURS)], 1 if is_supply else -1
        areas: list[Any] = []
        for i, (begin, end, mw) in enumerate(spans):
            label = {"show": has_names and i == 0, "formatter": short, "position": "inside", "color": "inherit"}
            areas.append([{"coord": [begin, 0], "name": name, "label": label}, {"coord": [end, sign * mw]}])
        look = {"color": colour, "opacity": 0.28, "borderColor": colour, "borderWidth": 2}
        look["borderType"] = "solid" if is_supply else "dashed"
        ends = [[x, sign * mw] for begin, end, mw in spans for x in (begin, end)]
        options["series"].append({
            "name": name, "type": "scatter", "symbolSize": 0, "data": [[spans[0][0], 0], *ends],
            "itemStyle": {"color": colour}, "markArea": {"silent": True, "itemStyle": look, "data": areas},
        })  # fmt: skip
    return options


def bars(
    series: Mapping[str, Sequence[Point]], unit: str, *, is_stacked: bool = False,
    marks: Sequence[tuple[str, float]] = (), names: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Return bars over categories, one group a name, with level lines as (name, value).

    Args:
        series: Points (category, value) by name; a series has no bar at a category that it lacks.
        unit: Of the values.
        is_stacked: Whether the bars of a category stand on each other.
        marks: Level lines as (name, value).
        names: Categories in their order, where not that in which the series name them.
    """
    names = list(dict.fromkeys([*names, *(str(p[0]) for points in series.values() for p in points)]))
    by_name = [{str(category): value for category, value in points} for points in series.values()]
    options = _frame(unit, is_time=False)
    label: dict[str, Any] = {"interval": 0, "hideOverlap": True}
    if len(names) > FEW:
        label |= {"rotate": 35, "width": 150, "overflow": "truncate"}
        options["grid"]["left"] = SLANTED
    options["xAxis"] = {
        "type": "category", "data": names, "axisLabel": label, "axisLine": {"lineStyle": {"color": GREY}},
    }  # fmt: skip
    options["series"] = [
        {"name": name, "type": "bar", "stack": "all" if is_stacked else None,
         "itemStyle": {"color": COLOURS[n % len(COLOURS)]}, "data": [values.get(category) for category in names]}
        for n, (name, values) in enumerate(zip(series, by_name, strict=True))
    ]  # fmt: skip
    options["series"] += _levels(marks)
    return options


def gap(
    moments: Sequence[tuple[float, float | None, float | None]], names: tuple[str, str], unit: str
) -> dict[str, Any]:
    """Return how a run closes in: the bound falls, the best solution rises, over its seconds."""
    bound = [(s, b) for s, b, _ in moments if b is not None]
    best = [(s, w) for s, _, w in moments if w is not None]
    options = lines({names[0]: bound, names[1]: best}, unit, is_time=False, across="s")
    options["yAxis"]["scale"] = True
    return options


def timeline(
    rows: Sequence[tuple[str, Sequence[tuple[str, str, str]]]], kinds: Sequence[str], *,
    events: Sequence[tuple[str, str]] = (), now: tuple[str, str] | None = None, ends: tuple[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return what happens when: a row each, with thick lines for spans and level marks for moments.

    Args:
        rows: (name, spans (kind, begin, end)) of each, from the bottom up.
        kinds: What spans are, in the order of the legend.
        events: (name, time) of moments that concern all rows.
        now: Name and time of the moment that it is.
        ends: Where the axis of time begins and ends.
    """
    options = _frame("", is_time=True)
    options["grid"] |= {"top": 46, "bottom": 12}
    options["tooltip"] = {"trigger": "item", "confine": True}
    options["xAxis"] |= {"splitLine": {"show": True, "lineStyle": {"color": GREY, "opacity": 0.25}}}
    options["xAxis"] |= dict(zip(("min", "max"), ends, strict=True)) if ends else {}
    options["yAxis"] = {"type": "category", "data": [name for name, _ in rows], "axisLine": {"show": False},
                        "axisTick": {"show": False}, "axisLabel": {"width": 190, "overflow": "truncate"}}  # fmt: skip
    series: list[dict[str, Any]] = []
    for n, kind in enumerate(kinds):
        colour, points = COLOURS[n % len(COLOURS)], list[Any]()
        for name, spans in rows:
            for what, begin, end in spans:
                points += [[begin, name], [end, name], [end, None]] if what == kind else []
        look = {"width": 12 - 3 * n, "color": colour, "cap": "butt"}
        series.append({"name": kind, "type": "line", "showSymbol": False, "data": points, "lineStyle": look,
                       "itemStyle": {"color": colour}, "emphasis": {"disabled": True}})  # fmt: skip
    moments = [(*event, GREY, "dotted") for event in events] + ([(*now, COLOURS[4], "solid")] if now else [])
    if series and moments:
        series[0]["markLine"] = {
            "symbol": "none", "silent": True,
            "data": [{"xAxis": at, "lineStyle": {"color": colour, "type": dash}, "label": {"formatter": name}}
                     for name, at, colour, dash in moments],
        }  # fmt: skip
    return options | {"series": series}


def moments(events: Sequence[tuple[str, str]], now: tuple[str, str] | None = None) -> dict[str, Any]:
    """Return moments over time, (name, time) each in a row of its own, from the top down."""
    options = _frame("", is_time=True)
    options["grid"] |= {"top": 26, "bottom": 12}
    options["legend"] = {"show": False}
    options["tooltip"] = {"show": False}
    options["xAxis"] |= {"splitLine": {"show": True, "lineStyle": {"color": GREY, "opacity": 0.25}},
                         "boundaryGap": ["4%", "4%"]}  # fmt: skip
    options["yAxis"] = {"type": "category", "data": [name for name, _ in events], "inverse": True,
                        "axisTick": {"show": False}, "splitLine": {"show": True, "lineStyle": {"opacity": 0.15}},
                        "axisLabel": {"width": 170, "overflow": "truncate"}}  # fmt: skip
    point: dict[str, Any] = {"type": "scatter", "symbolSize": 12, "data": [[at, name] for name, at in events],
                             "itemStyle": {"color": COLOURS[0]}}  # fmt: skip
    if now is not None:
        label, at = now
        point["markLine"] = {"symbol": "none", "silent": True, "lineStyle": {"color": COLOURS[4], "type": "solid"},
                             "data": [{"xAxis": at, "label": {"formatter": label, "position": "start"}}]}  # fmt: skip
    return options | {"series": [point]}


def _levels(marks: Sequence[tuple[str, float]]) -> list[dict[str, Any]]:
    """Return level lines as series without points: their names stand in the legend, where nothing is below them."""
    return [
        {"name": f"{name}: {value:g}", "type": "line", "data": [], "itemStyle": {"color": GREY}, "markLine": {
            "symbol": "none", "silent": True, "label": {"show": False}, "data": [{"yAxis": value}],
            "lineStyle": {"color": GREY, "type": LEVEL_DASHES[n % len(LEVEL_DASHES)], "width": 2}}}
        for n, (name, value) in enumerate(marks)
    ]  # fmt: skip


def _frame(unit: str, *, is_time: bool, across: str = "") -> dict[str, Any]:
    axis = {"lineStyle": {"color": GREY}}
    label = {"hideOverlap": True, "alignMaxLabel": None if is_time else "right"}  # the last number stays inside
    return {
        "animation": False,
        "color": list(COLOURS),
        "grid": {"left": 12, "right": 24, "top": 58, "bottom": 28, "containLabel": True},
        "legend": {"type": "scroll", "top": 0, "icon": "roundRect", "itemHeight": 4},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "time" if is_time else "value", "name": across, "nameLocation": "middle", "nameGap": 24,
                  "axisLine": axis, "splitLine": {"show": False}, "axisLabel": label},
        "yAxis": {"type": "value", "name": unit, "nameGap": 12, "nameTextStyle": {"align": "left"}, "axisLine": axis,
                  "splitLine": {"lineStyle": {"color": GREY, "opacity": 0.25}}},
    }  # fmt: skip
