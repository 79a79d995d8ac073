"""The sheet in which a system operator declares capacities of one element: a figure for each criterion, both ways."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from nicegui import ui

from walras.errors import Mistake
from walras.service.commands import SubmitCapacity
from walras.service.console.desk import Declined, Desk, new_key
from walras.service.console.forms import tell
from walras.service.console.mtu_sheet import MtuSheet, draw_fill
from walras.service.console.pages.grid.chosen import Chosen
from walras.service.console.pages.grid.figures import WAYS
from walras.service.console.pages.grid.pointed import point
from walras.service.console.problems import guarded
from walras.service.console.sections import heading
from walras.service.queries import GetMarket

USUAL = ("thermal",)
"""Criteria that are offered where neither the market nor an earlier version names any."""
Refresh = Callable[[str], Awaitable[None]]


async def show_declaring(
    desk: Desk, chosen: Chosen, element: Mapping[str, Any], own: Sequence[Mapping[str, Any]], *, is_open: bool,
    refresh: Refresh,
) -> None:  # fmt: skip
    """Draw the person's own sheet; it begins with the newest version, and after the deadline there is none."""
    t = desk.t
    heading(t("Declare for my side"), 3)
    if not is_open:
        ui.label(t("Capacities of this day were due. Choose a later day to declare.")).classes("empty")
        return
    found = await desk.ask(GetMarket(market=chosen.market, day=chosen.day))
    named = tuple(found["definition"]["capacity"]["criteria"])
    criteria = named or (tuple(own[-1]["criteria"]) if own else USUAL)
    Declaring(desk, chosen, element, own[-1] if own else None, refresh).build(criteria, is_free=not named)


class Declaring:
    """The sheet of one element and day."""

    def __init__(
        self, desk: Desk, chosen: Chosen, element: Mapping[str, Any], newest: Mapping[str, Any] | None, refresh: Refresh
    ) -> None:
        self.desk, self.chosen, self.element, self.newest, self.refresh = desk, chosen, element, newest, refresh
        self.key = new_key()

    def build(self, criteria: tuple[str, ...], *, is_free: bool) -> None:
        """Draw criteria, where the market leaves them free, and the sheet."""
        t = self.desk.t
        ui.label(t(
            "For each MTU the largest flow that each criterion permits, both ways, and what is kept in reserve. "
            "The lowest criterion less the reserve is offered; of both sides the lower figure holds."
        )).classes("quiet")  # fmt: skip
        if is_free:
            with ui.element("div").classes("row-of-acts"):
                box = ui.input(t("Criteria, with commas between"), value=", ".join(criteria)).props("outlined dense")
                box.mark("criteria")
                button = ui.button(t("Use these criteria"), on_click=lambda: self._columns(_split(box.value)))
                button.props("flat no-caps")
        self.box = ui.element("div").classes("section")
        self._columns(criteria)

    def _columns(self, criteria: tuple[str, ...]) -> None:
        """Draw the sheet with a column for each criterion and way."""
        if not criteria:
            return
        t, element, day = self.desk.t, self.element, self.chosen.day.isoformat()
        self.criteria = criteria
        labels = {column(way, c): f"{t(word)}: {c}, MW" for way, word in WAYS.items() for c in criteria}
        labels |= {column("reserve", way): f"{t('Reserve')} {t(word)}, MW" for way, word in WAYS.items()}
        self.box.clear()
        with self.box:
            title = t("Capacities of {element} to be declared").format(element=element["element"])
            name = f"capacity {element['element']} {day}"
            self.sheet = MtuSheet(
                self.desk, name, title, element["mtu_starts"], list(labels.items()), self._values(),
                market=self.chosen.market,
            )  # fmt: skip
            draw_fill(self.desk, self.sheet, labels)
            self.button = ui.button(t("Declare"), on_click=guarded(self.desk, self.sheet.problems)(self.send))
            self.button.props('no-caps unelevated color="primary"').mark("declare")

    def _values(self) -> dict[str, list[float]]:
        """Return the newest version by column, of the criteria that the sheet has; without one no reserve."""
        count = len(self.element["mtu_starts"])
        values = {column("reserve", way): [0.0] * count for way in WAYS}
        if self.newest is None:
            return values
        for d, way in enumerate(WAYS):
            values[column("reserve", way)] = [kw / 1000 for kw in self.newest["reserve_kw"][d]]
            for criterion, limits in zip(self.newest["criteria"], self.newest["limits_kw"], strict=True):
                if criterion in self.criteria:
                    values[column(way, criterion)] = [kw / 1000 for kw in limits[d]]
        return values

    def fields(self) -> dict[str, Any]:
        """Return what the sheet holds as the body of the act."""
        mtus = [
            {"mtu_start": start}
            | {f"{way}_mw": [self.sheet.series(column(way, c))[i] for c in self.criteria] for way in WAYS}
            | {f"reserve_{way}_mw": self.sheet.series(column("reserve", way))[i] for way in WAYS}
            for i, start in enumerate(self.sheet.starts)
        ]
        figures = {"element": self.element["element"], "criteria": list(self.criteria), "mtus": mtus}
        return {"market": self.chosen.market, "delivery_day": self.chosen.day.isoformat(), "figures": [figures]}

    async def send(self) -> None:
        """Declare; mistakes are marked in their cells and listed below."""
        self.button.disable()
        try:
            answer = await self.desk.do_fields(SubmitCapacity, self.fields(), self.key)
        except Declined as declined:
            raise point(self.sheet, declined, self._field) from declined
        finally:
            self.button.enable()
        self.key = new_key()
        self.sheet.forget()
        tell(self.desk, answer)
        if answer["mismatches"]:
            count = answer["mismatches"]
            text = self.desk.t.n_("The other side declared other figures in {count} MTU.",
                                  "The other side declared other figures in {count} MTUs.", count)  # fmt: skip
            ui.notify(text.format(count=count), type="warning", timeout=8000)
        await self.refresh(self.element["element"])

    def _field(self, path: Sequence[str], mistake: Mistake) -> str:
        """Return the column of a field of an MTU, such as `forward_mw`, 0."""
        name, *rest = path
        if mistake.rule == "reserve_within":
            return column("reserve", name.removesuffix("_mw"))
        if name.startswith("reserve_"):
            return column("reserve", name.removeprefix("reserve_").removesuffix("_mw"))
        k = int(rest[0]) if rest and rest[0].isdigit() else 0
        return column(name.removesuffix("_mw"), self.criteria[min(k, len(self.criteria) - 1)])


def column(way: str, of: str) -> str:
    """Return the name of a column, as a paste may have it in its first line.

    >>> column("forward", "N-1 thermal"), column("reserve", "backward")
    ('forward_n-1_thermal_mw', 'reserve_backward_mw')
    """
    return f"{way}_{of}_mw".casefold().replace(" ", "_")


def _split(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c.strip() for c in (text or "").split(",") if c.strip()))
