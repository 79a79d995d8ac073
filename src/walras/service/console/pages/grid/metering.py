"""Meters of the lines: what each side measured, where the two differ, and the sheet in which one's own is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from walras.service.console import plots, shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.mtu_sheet import clock
from walras.service.console.pages.grid.chosen import Chosen, choose
from walras.service.console.pages.grid.meter_sheet import Meter, MeterSheet
from walras.service.console.places import mark, place
from walras.service.console.sections import heading, part
from walras.service.queries import GetCapacity, GetMarket, ListMetering
from walras.service.queries.capacity import AT_THE_BORDER

SIDES = ("from", "to")


@place("/metering", mark("Metering"), AT_THE_BORDER, group="Grid", icon="speed", order=40)
async def metering(desk: Desk) -> None:
    """Show a day's meters of every line, and let a system operator send its own."""
    chosen = await choose(desk, is_over=True)
    if chosen is not None:
        await Metering(desk, chosen).build()


class Metering:
    """The page of one market and day."""

    def __init__(self, desk: Desk, chosen: Chosen) -> None:
        self.desk, self.chosen = desk, chosen

    async def build(self) -> None:
        """Draw all lines, then one closer."""
        found = await self.desk.ask(GetCapacity(market=self.chosen.market, delivery_day=self.chosen.day))
        market = await self.desk.ask(GetMarket(market=self.chosen.market, day=self.chosen.day))
        operators = {z["zone"]: z["system_operator"] for z in market["definition"]["zones"]}
        self.lines = [e for e in found["elements"] if e["is_line"]]
        for line in self.lines:
            line["operators"] = (operators.get(line["from"]), operators.get(line["to"]))
        with part(self.desk.t("All lines of the day")):
            self.whole = ui.element("div").classes("section")
        self.one = ui.element("section").classes("section")
        await self.draw()

    async def draw(self) -> None:
        """Draw everything as it is now."""
        query = ListMetering(market=self.chosen.market, delivery_day=self.chosen.day)
        series = await self.desk.items(query)
        newest = {(s["line"], s["side"]): s for s in series}
        self.whole.clear()
        with self.whole:
            self._draw_whole(newest)
        line = self._line(newest)
        self.one.clear()
        if line is not None:
            with self.one:
                self._draw_line(line, newest, [s for s in series if s["line"] == line["element"]])

    def _line(self, newest: Mapping[tuple[str, str], Any]) -> Mapping[str, Any] | None:
        """Return the line of the address, or else the first that was metered or is one's own."""
        asked = [x for x in self.lines if x["element"] == self.desk.query.get("line")]
        metered = [x for x in self.lines if any((x["element"], side) in newest for side in SIDES)]
        own = [x for x in self.lines if self.desk.actor.company in x["operators"]]
        return next(iter([*asked, *metered, *own, *self.lines]), None)

    def _draw_whole(self, newest: Mapping[tuple[str, str], Mapping[str, Any]]) -> None:
        t, rows = self.desk.t, []
        for line in self.lines:
            name = line["element"]
            row = {"line": name, "line_href": self.chosen.link("/metering", line=name)}
            for side, operator in zip(SIDES, line["operators"], strict=True):
                sent = newest.get((name, side))
                row |= {f"{side}_at": f"{line[side]} ({operator or '-'})"}
                row |= {f"{side}_mwh": None if sent is None else sum(sent["kwh"]) / 1000}
                row |= {f"{side}_version": t("nothing sent") if sent is None else str(sent["version"])}
            both = [newest.get((name, side)) for side in SIDES]
            row["differs"] = _difference(both)
            rows.append(row)
        columns = [
            Column("line", t("Line")), Column("from_at", t("Begins at")), Column("from_version", t("Version")),
            Column("from_mwh", t("Metered"), "number", "MWh", 3), Column("to_at", t("Ends at")),
            Column("to_version", t("Version")), Column("to_mwh", t("Metered"), "number", "MWh", 3),
            Column("differs", t("Difference"), "number", "MWh", 3),
        ]  # fmt: skip
        empty = t("The market has no lines on this day, so nothing is metered.")
        listing(self.desk, columns, rows, title=t("Meters of all lines"), key="line", empty=empty, page=0)

    def _draw_line(
        self, line: Mapping[str, Any], newest: Mapping[tuple[str, str], Any], every: Sequence[Mapping[str, Any]]
    ) -> None:
        t, name = self.desk.t, line["element"]
        heading(f"{name}: {line['from']} → {line['to']}")
        both = {side: newest[name, side] for side in SIDES if (name, side) in newest}
        if both:
            self._draw_meters(line, both)
        else:
            ui.label(t("Neither side has sent its meter of this day.")).classes("empty")
        mine = [s for s, operator in zip(SIDES, line["operators"], strict=True) if operator == self.desk.actor.company]
        if mine and self.desk.may("submit-metering"):
            heading(t("Send my meter"), 3)
            meters = [Meter(self.chosen, name, side, line["mtu_starts"], both.get(side)) for side in mine]
            for meter in meters:
                MeterSheet(self.desk, meter, self.draw).build()
        heading(t("Versions"), 3)
        rows = [dict(s) | {"key": f"{s['side']} {s['version']}", "mwh": sum(s["kwh"]) / 1000} for s in reversed(every)]
        for row in rows:
            row |= {"side": t(row["side"]), "digest": row["digest"][:12]}
        columns = [
            Column("side", t("Side")), Column("version", t("Version"), "number", decimals=0),
            Column("company", t("Sent by")), Column("at", t("Sent"), "time"),
            Column("mwh", t("Metered"), "number", "MWh", 3), Column("digest", t("Digest"), "code"),
        ]  # fmt: skip
        empty = t("No version yet. Each one that is sent stays readable here.")
        listing(self.desk, columns, rows, title=t("Versions of the meters of {line}").format(line=name), key="key",
                empty=empty)  # fmt: skip

    def _draw_meters(self, line: Mapping[str, Any], both: Mapping[str, Mapping[str, Any]]) -> None:
        """Draw both meters, their difference, and the figures."""
        t, name = self.desk.t, line["element"]
        labels = {"from": t("Meter at {place}").format(place=line["from"]),
                  "to": t("Meter at {place}").format(place=line["to"])}  # fmt: skip
        drawn = {labels[side]: self._points(line, one["kwh"]) for side, one in both.items()}
        columns = [Column("at", t("Begins"))]
        columns += [Column(side, labels[side], "number", "kWh", 0) for side in both]
        plots.plot(plots.lines(drawn, "MW"), t("Meters of {line} over the day, as mean power").format(line=name))
        series: dict[str, Sequence[Any]] = {side: one["kwh"] for side, one in both.items()}
        if len(both) == len(SIDES):
            series["differs"] = [b - a for a, b in zip(both["from"]["kwh"], both["to"]["kwh"], strict=True)]
            columns.append(Column("differs", t("Difference"), "number", "kWh", 0))
            if any(series["differs"]):
                bars = [(clock(self.desk, s)[11:], d)
                        for s, d in zip(line["mtu_starts"], series["differs"], strict=True)]  # fmt: skip
                title = t("Difference of the two meters of {line}: to less from").format(line=name)
                plots.plot(plots.bars({t("Difference"): bars}, "kWh"), title)
            else:
                ui.label(t("Both meters say the same in every MTU.")).classes("quiet")
        rows = [{"at": clock(self.desk, s), "key": s} | {n: v[i] for n, v in series.items()}
                for i, s in enumerate(line["mtu_starts"])]  # fmt: skip
        with ui.expansion(t("Figures of each MTU"), icon="table_rows"):
            listing(self.desk, columns, rows, title=t("Meters of {line} in each MTU").format(line=name), key="key",
                    page=0)  # fmt: skip

    def _points(self, line: Mapping[str, Any], kwh: Sequence[int]) -> list[tuple[str, float | None]]:
        minutes = line["minutes"]
        power = [(s, minutes, e * 60 / minutes / 1000) for s, e in zip(line["mtu_starts"], kwh, strict=True)]
        return shown.steps(power, self.desk.zone)


def _difference(both: Sequence[Mapping[str, Any] | None]) -> float | None:
    """Return how much more the end measured than the beginning, MWh; None while one of them is missing."""
    begin, end = both
    return None if begin is None or end is None else (sum(end["kwh"]) - sum(begin["kwh"])) / 1000
