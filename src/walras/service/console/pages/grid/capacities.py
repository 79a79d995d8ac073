"""Capacities of a delivery day: what each side declares, what is agreed, given away and free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.pages.grid.chosen import Chosen, choose, due
from walras.service.console.pages.grid.corridors import show_corridors
from walras.service.console.pages.grid.element import show_element
from walras.service.console.pages.grid.entries import show_entries, show_rights
from walras.service.console.pages.grid.figures import LAYERS, WAYS, differing_words
from walras.service.console.places import SIGNED_IN, mark, place
from walras.service.console.sections import part
from walras.service.queries import GetCapacity


@place("/capacities", mark("Capacities"), SIGNED_IN, group="Grid", icon="swap_horiz", order=10)
async def capacities(desk: Desk) -> None:
    """Show a day's capacities, one element closer, and let a system operator declare its own."""
    chosen = await choose(desk)
    if chosen is not None:
        await Capacities(desk, chosen).build()


class Capacities:
    """The page of one market and day."""

    def __init__(self, desk: Desk, chosen: Chosen) -> None:
        self.desk, self.chosen = desk, chosen

    async def build(self) -> None:
        """Draw the deadline, corridors that wait, the whole day, one element, and what stands behind it."""
        desk, chosen, t = self.desk, self.chosen, self.desk.t
        found = await desk.ask(GetCapacity(market=chosen.market, delivery_day=chosen.day))
        over = t("over: nothing more can be declared for this day")
        self.is_open = due(desk, t("Capacities are due"), found["capacity_due"], chosen.at, over)
        if desk.may("get-corridor"):
            await show_corridors(desk, chosen)
        with part(t("The whole day")):
            self.whole = ui.element("div").classes("section")
        self._draw_whole(found["elements"])
        element = self._element(found["elements"])
        if element is not None:
            with ui.element("section").classes("section") as self.one:
                await show_element(desk, chosen, element, is_open=self.is_open, refresh=self.refresh)
        if desk.may("list-capacity-rights"):
            await show_rights(desk, chosen)
        if desk.may("list-capacity-entries"):
            show_entries(desk, chosen)

    async def refresh(self, name: str) -> None:
        """Draw the whole day and one element anew, after something was declared."""
        found = await self.desk.ask(GetCapacity(market=self.chosen.market, delivery_day=self.chosen.day))
        self._draw_whole(found["elements"])
        element = next(e for e in found["elements"] if e["element"] == name)
        self.one.clear()
        with self.one:
            await show_element(self.desk, self.chosen, element, is_open=self.is_open, refresh=self.refresh)

    def _element(self, elements: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """Return the element of the address, or else the first with a side of the person's company."""
        asked = [e for e in elements if e["element"] == self.desk.query.get("element")]
        own = [e for e in elements if any(s["side"] == self.desk.actor.company for s in e.get("sides", ()))]
        return next(iter([*asked, *own, *elements]), None)

    def _draw_whole(self, elements: Sequence[Mapping[str, Any]]) -> None:
        t, desk = self.desk.t, self.desk
        rows = [row_of(desk, self.chosen, e, way) for e in elements for way in WAYS]
        layers = [name for name in LAYERS if any(name in row for row in rows)]
        sides = [Column("sides", t("Declared in version"))] if any("sides" in e for e in elements) else []
        columns = [
            Column("element", t("Line or cross-section")), Column("ends", t("From, to")),
            Column("agreed", t("Agreed"), "span", "MW"),
            *(Column(name, t(LAYERS[name]), "span", "MW") for name in layers), Column("free", t("Free"), "span", "MW"),
            *([Column("differs", t("Sides differ"))] if sides else []), *sides,
        ]  # fmt: skip
        self.whole.clear()
        with self.whole:
            ui.label(t("Least and most of the day. Choose an element to see its MTUs.")).classes("quiet")
            empty = t("The market has no lines on this day. A market with lines between its zones shows them here.")
            listing(desk, columns, rows, title=t("Capacities of the day"), key="key", empty=empty, page=0)


def row_of(desk: Desk, chosen: Chosen, element: Mapping[str, Any], way: str) -> dict[str, Any]:
    """Return the row of one element and direction."""
    t, sides = desk.t, element.get("sides", [])
    figures: Mapping[str, Any] = element[way]
    ends = (element["from"], element["to"]) if way == "forward" else (element["to"], element["from"])
    declared = [(s["side"], t("none yet") if s["version"] is None else str(s["version"])) for s in sides]
    differing = differing_of(sides, way)
    found = {
        "key": f"{element['element']} {way}", "element": element["element"],
        "element_href": chosen.link("/capacities", element=element["element"]),
        "ends": f"{ends[0]} → {ends[1]}", "agreed": figures["agreed_mw"],
        "free": figures["free_mw"],
        "sides": ", ".join(f"{side}: {version}" for side, version in declared),
        "differs": differing_words(t, differing),
    }  # fmt: skip
    return {**found, **figures["allocated_mw"]}


def differing_of(sides: Sequence[Mapping[str, Any]], way: str) -> int:
    """Return in how many MTUs the sides declared different figures.

    >>> differing_of([{"version": 1, "forward": {"differs": [True, False]}}, {"version": None}], "forward")
    1
    """
    return max((sum(s[way]["differs"]) for s in sides if s["version"] is not None), default=0)
