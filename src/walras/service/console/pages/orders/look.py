"""What orders look like before they are sent: curves of a zone, power of the day, and whole orders as boxes."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.service.checking import Checked
from walras.service.console import plots, shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.outline import Outline


class Look:
    """The drawings of what was checked last."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.checked: Checked | None = None
        self.starts: list[tuple[str, int]] = []
        self.box = ui.element("section").classes("section").mark("look")

    async def show(self, checked: Checked) -> None:
        """Draw what was checked; zone, MTU and whose orders can be chosen."""
        t, self.checked = self.desk.t, checked
        places = await self.desk.work(checked.after.places)
        self.box.clear()
        with self.box:
            with ui.element("h3"):
                ui.label(t("What your orders look like")).classes("inline")
            with ui.element("div").classes("row-of-acts"):
                names = {i: f"{zone}, {t(carrier.replace('_', ' '))}" for i, (zone, carrier) in enumerate(places)}
                self.place = ui.select(names, value=0, label=t("Zone and carrier")).props("outlined dense")
                self.place.classes("choice").on_value_change(self._places)
                self.mtu = ui.select({}, label=t("MTU")).props("outlined dense").classes("choice")
                self.mtu.on_value_change(self._curve)
                self.is_all = ui.checkbox(t("With my orders that stand already"), value=True)
                self.is_all.on_value_change(self._places)
            self.drawings = ui.element("div").classes("section")
        self.offered = places
        await self._places()

    @property
    def outline(self) -> Outline:
        """Return the orders that are drawn."""
        assert self.checked is not None
        return self.checked.after if self.is_all.value else self.checked.sent

    async def _places(self) -> None:
        """Draw the chosen zone and carrier."""
        zone, carrier = self.offered[self.place.value or 0]
        outline = self.outline
        self.curves = await self.desk.work(outline.curves, zone, carrier)
        boxes = await self.desk.work(outline.boxes, zone, carrier)
        power = [r for r in await self.desk.work(outline.power) if (r["zone"], r["carrier"]) == (zone, carrier)]
        starts = sorted({(c["mtu_start"], c["minutes"]) for c in self.curves})
        self.drawings.clear()
        with self.drawings:
            with ui.element("div").classes("two"):
                self.curve_box = ui.element("div").classes("section")
                with ui.element("div").classes("section"):
                    self._power(zone, carrier, power)
            self._boxes(zone, carrier, boxes)
        before = self.mtu.value
        options = {i: self._when(*s) for i, s in enumerate(starts)}
        self.starts = starts
        self.mtu.set_options(options, value=before if before in options else (0 if options else None))
        self.mtu.set_visibility(bool(options))
        self._curve()

    def _when(self, start: str, minutes: int) -> str:
        text = shown.time(start, self.desk.zone, self.desk.language)
        return f"{text}, {minutes} min"

    def _curve(self) -> None:
        """Draw the curves of the chosen MTU, with their points as a table."""
        t, unit = self.desk.t, f"{self.outline.book.currency}/MWh"
        self.curve_box.clear()
        if not self.starts or self.mtu.value is None:
            return
        start = self.starts[self.mtu.value]
        own = {c["side"]: c["points"] for c in self.curves if (c["mtu_start"], c["minutes"]) == start}
        names = (t("my demand"), t("my supply"))
        with self.curve_box:
            ui.label(t("Curves of {when}").format(when=self._when(*start))).classes("figure-name")
            options = plots.curves(own.get("demand", []), own.get("supply", []), unit, names)
            options["yAxis"]["scale"] = True
            plots.plot(options, t("My curves of one MTU"))
            rows = [
                {"n": i, "side": t(side), "mw": mw, "price": price}
                for i, (side, (mw, price)) in enumerate((s, p) for s, points in own.items() for p in points)
            ]
            with ui.expansion(t("Points of the curves")):
                columns = [
                    Column("side", t("Side")), Column("mw", t("Power"), "number", "MW", 3),
                    Column("price", t("Price"), "number", unit),
                ]  # fmt: skip
                listing(self.desk, columns, rows, title=t("Points of the curves"), key="n")

    def _power(self, zone: str, carrier: str, power: list[dict[str, Any]]) -> None:
        t = self.desk.t
        ui.label(t("The most that can be accepted in each MTU")).classes("figure-name")
        series = {
            t("my supply"): self._over_time(power, "supply_mw"),
            t("my demand"): self._over_time(power, "demand_mw"),
        }
        name = t("Power of my orders over the day, {zone}, {carrier}").format(zone=zone, carrier=carrier)
        plots.plot(plots.lines({n: p for n, p in series.items() if any(v for _, v in p)}, "MW"), name)
        with ui.expansion(t("Power of each MTU")):
            columns = [
                Column("mtu_start", t("Start"), "time"), Column("minutes", t("Length"), "number", "min", 0),
                Column("supply_mw", t("Supply"), "number", "MW", 3),
                Column("demand_mw", t("Demand"), "number", "MW", 3),
            ]  # fmt: skip
            listing(self.desk, columns, power, title=name, key="mtu_start")

    def _over_time(self, power: list[dict[str, Any]], field: str) -> list[tuple[str, float | None]]:
        """Return points over time as clocks show it, broken where no order has power."""
        return shown.steps([(r["mtu_start"], r["minutes"], r[field]) for r in power], self.desk.zone)

    def _boxes(self, zone: str, carrier: str, boxes: list[dict[str, Any]]) -> None:
        if not boxes:
            return
        t, unit = self.desk.t, f"{self.outline.book.currency}/MWh"
        ui.label(t("Blocks and other whole orders over time; what is below the line is demand")).classes("figure-name")
        zone_of = self.desk.zone
        drawn = [
            (b["order"], self._label(b, unit), b["side"] == "supply",
             [(shown.wall(a, zone_of), shown.wall(e, zone_of), mw) for a, e, mw in b["spans"]])
            for b in boxes
        ]  # fmt: skip
        name = t("Whole orders over time, {zone}, {carrier}").format(zone=zone, carrier=carrier)
        plots.plot(plots.boxes(drawn), name)
        rows = [
            b | {"key": f"{b['order']} {i}", "side": t(b["side"]), "family": t(b["family"]),
                 "begin": begin, "end": end, "mw": mw}
            for b in boxes for i, (begin, end, mw) in enumerate(b["spans"])
        ]  # fmt: skip
        with ui.expansion(t("Spans of the boxes")):
            columns = [
                Column("order", t("Order"), "code"), Column("family", t("Kind")), Column("side", t("Side")),
                Column("begin", t("From"), "time"), Column("end", t("To"), "time"),
                Column("mw", t("Power"), "number", "MW", 3), Column("price_per_mwh", t("Price"), "number", unit),
                Column("group", t("Exclusive group"), "code"),
            ]  # fmt: skip
            listing(self.desk, columns, rows, title=name, key="key")

    def _label(self, box: dict[str, Any], unit: str) -> str:
        price = box["price_per_mwh"]
        return str(box["order"]) + ("" if price is None else f" {shown.number(price, 2, self.desk.language)} {unit}")
