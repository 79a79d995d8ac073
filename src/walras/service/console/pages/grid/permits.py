"""Permits to use the border, over time; and transmission that is no trade."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.service.commands import EndPermit, GrantPermit
from walras.service.console import plots, shown
from walras.service.console.desk import Desk
from walras.service.console.forms import open_form
from walras.service.console.listing import Column, listing
from walras.service.console.pages.grid.figures import WAYS
from walras.service.console.pages.grid.transmission import show_transmission
from walras.service.console.places import mark, place
from walras.service.console.problems import guarded
from walras.service.console.sections import act, market_of, part
from walras.service.queries import ListPermits

DRAWN = 30
"""Permits in the drawing: those that end last."""


@place("/permits", mark("Permits"), group="Grid", icon="badge", order=20)
async def permits(desk: Desk) -> None:
    """Show who may use which element, in which direction, how much and until when."""
    market = await market_of(desk)
    if market is None:
        return
    await Permits(desk, market).build()
    if desk.may("list-transmissions"):
        await show_transmission(desk, market)


class Permits:
    """The permits of one market."""

    def __init__(self, desk: Desk, market: str) -> None:
        self.desk, self.market = desk, market

    async def build(self) -> None:
        """Draw the acts, the picture and the list."""
        t = self.desk.t
        said = t("A permit says who may use a line or cross-section, in which direction, up to which power, and when.")
        ui.label(said).classes("quiet")
        button = act(
            self.desk, GrantPermit, t("Grant a permit"), {"market": self.market}, fixed=("market",),
            on_done=lambda _answer: self.draw(), icon="add",
        )  # fmt: skip
        if button is not None:
            button.classes("own-width")
        self.box = ui.element("div").classes("section")
        await self.draw()

    async def draw(self) -> None:
        """Draw the permits as they are now."""
        t, desk = self.desk.t, self.desk
        self.rows = await desk.items(ListPermits(market=self.market))
        now = await desk.now()
        for row in self.rows:
            row["state"] = state_of(row, now)
            row["way"] = t(WAYS[row["direction"]])
        self.box.clear()
        with self.box:
            if self.rows:
                self._draw_time(now)
            columns = [
                Column("permit", t("Permit"), "code"), Column("holder", t("Holder")),
                Column("element", t("Line or cross-section")), Column("way", t("Direction")),
                Column("most_mw", t("At most"), "number", "MW", 1), Column("begin", t("From"), "time"),
                Column("end", t("Until"), "time"), Column("state", t("State"), "state"),
                Column("granted_by", t("Granted by")),
            ]  # fmt: skip
            empty = t("Nobody has a permit here. One that a system operator or the regulator grants stands here.")
            has_acts = desk.may("end-permit")
            listing(
                desk, columns, self.rows, title=t("Permits"), key="permit", empty=empty,
                acts=self._acts if has_acts else None, on_act=guarded(desk)(self._on_act) if has_acts else None,
            )  # fmt: skip

    def _acts(self, row: Any) -> list[tuple[str, str]]:
        return [("end", self.desk.t("End permit"))] if row["state"] != "ended" else []

    async def _on_act(self, _word: str, permit: str) -> None:
        open_form(
            self.desk, EndPermit, {"permit": permit}, fixed=("permit",), on_done=lambda _answer: self.draw(),
            title=self.desk.t("End permit {permit}").format(permit=permit),
        )  # fmt: skip

    def _draw_time(self, now: str) -> None:
        """Draw each permit as a bar from its begin to its end."""
        t, zone = self.desk.t, self.desk.zone
        kinds = {way: t(word) for way, word in WAYS.items()}
        drawn = sorted(self.rows, key=lambda r: str(r["end"]))[-DRAWN:]
        rows = [
            (f"{r['permit']} {r['holder']} {r['element']} {shown.plain(r['most_mw'], self.desk.language)} MW",
             [(kinds[r["direction"]], shown.wall(r["begin"], zone), shown.wall(r["end"], zone))])
            for r in reversed(drawn)
        ]  # fmt: skip
        options = plots.timeline(rows, list(kinds.values()), now=(t("now"), shown.wall(now, zone)))
        with part(t("Over time")):
            chart = plots.plot(options, t("Permits over time: holder, element, power, from when to when"))
            chart.style(f"height: {110 + 34 * len(rows)}px")


def state_of(row: dict[str, Any], now: str) -> str:
    """Return whether a permit is to come, holds, or has ended.

    >>> state_of({"begin": "2027-01-01T00:00Z", "end": "2027-02-01T00:00Z"}, "2027-01-15T00:00:00.000000Z")
    'active'
    """
    at, begin, end = (shown.moment_of(text) for text in (now, row["begin"], row["end"]))
    assert at is not None
    assert begin is not None
    assert end is not None
    if at >= end:
        return "ended"
    return "to_come" if at < begin else "active"
