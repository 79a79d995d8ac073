"""How figures of market power look: bars with their limits, lines over days where there are several, and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from walras.service.console import plots
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.places import mark

SIDES = (mark("supply"), mark("demand"))
PIVOTAL = 1.0
MOST_BARS = 40
Rows = Sequence[Mapping[str, Any]]


def concentration(desk: Desk, found: Mapping[str, Any]) -> None:
    """Show the HHI of each side, with the levels above which a market counts as concentrated."""
    t = desk.t
    marks = [(t("moderate"), found["moderate"]), (t("high"), found["high"])]
    for side in SIDES:
        rows = [r for r in found["items"] if r["side"] == side]
        if not rows:
            continue
        title = t("Supply") if side == "supply" else t("Demand")
        with ui.element("div").classes("card section"):
            with ui.element("h3"):
                ui.label(title).classes("inline")
            series = {
                t("accepted"): [(_market(desk, r), r["mean_hhi_accepted"]) for r in rows[:MOST_BARS]],
                t("offered"): [(_market(desk, r), r["mean_hhi_offered"]) for r in rows[:MOST_BARS]],
            }
            plots.plot(plots.bars(series, "HHI", marks=marks), t("Mean HHI, {side}").format(side=title))
            _over_days(desk, [r for r in found["days"] if r["side"] == side], "mean_hhi_accepted", "HHI", marks, title)
    place = "zone" if any("zone" in r for r in found["items"]) else "area"
    columns = [
        Column(place, t("Zone") if place == "zone" else t("Area")), Column("carrier", t("Carrier"), "words"),
        Column("side", t("Side"), "words"), Column("hours", t("Hours"), "number", decimals=2),
        Column("mean_hhi_accepted", t("Mean, accepted"), "number", decimals=0),
        Column("max_hhi_accepted", t("Highest, accepted"), "number", decimals=0),
        Column("mean_hhi_offered", t("Mean, offered"), "number", decimals=0),
        Column("above_moderate", t("Above moderate"), "number", t("% of hours"), 1),
        Column("above_high", t("Above high"), "number", t("% of hours"), 1),
    ]  # fmt: skip
    rows = [dict(r) | {"key": f"{_market(desk, r)} {r['side']}"} for r in found["items"]]
    listing(desk, columns, rows, title=t("Concentration"), key="key")


def pivotal(desk: Desk, found: Mapping[str, Any]) -> None:
    """Show the lowest RSI of each supplier, the least first, and who fails the screen."""
    t = desk.t
    rows = sorted(found["items"], key=lambda r: r["lowest_rsi"])
    marks = [(t("pivotal"), PIVOTAL), (t("threshold"), found["threshold"])]
    if not rows:
        ui.label(t("Nothing was demanded: there is no index.")).classes("empty")
        return
    with ui.element("div").classes("card section"):
        series = {
            t("lowest"): [(_supplier(desk, r), r["lowest_rsi"]) for r in rows[:MOST_BARS]],
            t("lowest, net"): [(_supplier(desk, r), r["lowest_rsi_net"]) for r in rows[:MOST_BARS]],
        }
        plots.plot(plots.bars(series, "RSI", marks=marks), t("Lowest residual supply index by supplier"))
        _over_days(desk, found["days"], "lowest_rsi", "RSI", marks, t("Suppliers"), _supplier)
    text = t("A supplier fails the screen where its index is below {threshold} in more than {share} % of the hours.")
    ui.label(text.format(threshold=found["threshold"], share=found["share_of_hours"])).classes("quiet")
    columns = [
        Column("supplier", t("Supplier"), "code"), Column("zone", t("Zone")), Column("carrier", t("Carrier"), "words"),
        Column("hours", t("Hours"), "number", decimals=2), Column("lowest_rsi", t("Lowest"), "number", decimals=3),
        Column("pivotal_hours", t("Pivotal"), "number", "h", 2),
        Column("below", t("Below screen"), "number", t("% of hours"), 1),
        Column("fails", t("Fails"), "flag"), Column("lowest_rsi_net", t("Lowest, net"), "number", decimals=3),
        Column("pivotal_hours_net", t("Pivotal, net"), "number", "h", 2), Column("fails_net", t("Fails, net"), "flag"),
    ]  # fmt: skip
    linked = [dict(r) | {"key": _supplier(desk, r), "supplier_href": f"/companies/{r['supplier']}"} for r in rows]
    listing(desk, columns, linked, title=t("Pivotal suppliers"), key="key")


def _over_days(
    desk: Desk, rows: Rows, field: str, unit: str, marks: Sequence[tuple[str, float]], title: str, name: Any = None,
) -> None:  # fmt: skip
    """Show a figure day by day, where there is more than one."""
    if len({r["delivery_day"] for r in rows}) < 2:
        return
    naming = name or _market
    series: dict[str, list[tuple[str, float]]] = {}
    for row in rows:
        series.setdefault(naming(desk, row), []).append((row["delivery_day"], row[field]))
    text = desk.t("{title}: {unit} day by day").format(title=title, unit=unit)
    plots.plot(plots.lines(series, unit, marks=marks), text)


def _market(desk: Desk, row: Mapping[str, Any]) -> str:
    """Return zone or area with its carrier."""
    return f"{row.get('zone') or row.get('area')}, {desk.t(row['carrier'].replace('_', ' '))}"


def _supplier(desk: Desk, row: Mapping[str, Any]) -> str:
    return f"{row['supplier']} ({_market(desk, row)})"
