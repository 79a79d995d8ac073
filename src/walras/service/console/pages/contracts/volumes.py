"""Volumes that are typed: a band at once, or rows of a sheet that takes paste; drawn before they are sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from nicegui import ui

from walras.errors import Mistake
from walras.service.console import plots
from walras.service.console.desk import Desk
from walras.service.console.grid import Grid
from walras.service.console.inputs import as_moment, as_number
from walras.service.console.pages.orders.pasting import PasteBox
from walras.service.console.paste import usual_sign
from walras.service.intake.sheets import Sheet, SheetColumn

SHEET = Sheet("volumes", "", (
    SheetColumn("start", "time", "start", note="Local time at which the power begins"),
    SheetColumn("minutes", "integer", "minutes", note="How long it holds; 60 = an hour, 1440 = a day"),
    SheetColumn("mw", "number", "mw", note="Power in MW"),
))  # fmt: skip


class VolumesEditor:
    """A sheet of volumes with a form for bands above it and a drawing below.

    Args:
        desk: Where it stands.
        about: Whose volumes they are, a contract or the market of a new one: the browser keeps them under it.
    """

    def __init__(self, desk: Desk, about: str) -> None:
        self.desk = desk
        t = desk.t
        with ui.element("div").classes("filters"):
            self.begin, self.end = (self._moment(text, mark) for text, mark in
                                    ((t("Band from"), "band-from"), (t("Band until"), "band-until")))  # fmt: skip
            self.mw = ui.input(t("Power, MW")).props("outlined dense inputmode=decimal").mark("band-mw")
            ui.button(t("Add the band"), icon="add", on_click=self._add).props("outline no-caps").mark("add-band")
        label, kept = t("Volumes: start, minutes and MW"), f"volumes {about}"
        self.grid = Grid(desk, SHEET, {}, self._changed, first_row=1, label=label, kept=kept)
        self.grid.grid.classes("short")
        PasteBox(desk, lambda: self.grid)
        self.plot = ui.element("div")

    def _moment(self, label: str, mark: str) -> Any:
        named = f"{label} ({self.desk.zone.key})"
        return ui.input(named).props("outlined dense type=datetime-local stack-label").mark(mark)

    def _add(self) -> None:
        try:
            begin, end = (datetime.fromisoformat(box.value or "") for box in (self.begin, self.end))
        except ValueError:
            ui.notify(self.desk.t("Say from when until when the band holds."), type="warning")
            return
        passed = end.replace(tzinfo=self.desk.zone).timestamp() - begin.replace(tzinfo=self.desk.zone).timestamp()
        minutes = round(passed / 60)
        mw = as_number(self.mw.value or "", usual_sign(self.desk.language))
        row = {"start": f"{begin:%Y-%m-%d %H:%M}", "minutes": minutes, "mw": mw}
        self.grid.put([*self.grid.filled, row])
        self._changed()

    def body(self) -> list[dict[str, Any]]:
        """Return what was typed as the volumes of a command."""
        return [
            {"start": as_moment(str(row.get("start", "")), self.desk.zone)}
            | {n: row[n] for n in ("minutes", "mw") if row.get(n) not in (None, "")}
            for row in self.grid.filled
        ]

    def mark(self, mistakes: list[Mistake]) -> None:
        """Mark the rows that mistakes are about."""
        wrong: dict[int, dict[str, str]] = {}
        for mistake in mistakes:
            parts = mistake.where.split(".")
            if parts[0] == "volumes" and len(parts) > 1 and parts[1].isdigit():
                wrong.setdefault(int(parts[1]), {})[parts[2] if len(parts) > 2 else "*"] = mistake.what
        self.grid.mark(wrong)

    def _changed(self) -> None:
        points: list[tuple[Any, float | None]] = []
        for row in self.grid.filled:
            try:
                begin = datetime.fromisoformat(str(row.get("start", "")))
                mw = float(row.get("mw", ""))
                end = begin + timedelta(minutes=float(row.get("minutes") or 60))
            except (ValueError, OverflowError):
                continue
            if points and points[-1][0] != begin.isoformat():
                points.append((points[-1][0], None))
            points += [(begin.isoformat(), mw), (end.isoformat(), mw)]
        self.plot.clear()
        if points:
            with self.plot:
                t = self.desk.t
                plots.plot(plots.lines({t("typed"): points}, "MW"), t("Power that was typed, over time"))
