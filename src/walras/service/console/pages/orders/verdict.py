"""What the door said: mistakes in place and in one list, or what was found to be right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nicegui import ui

from walras.errors import Mistake
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.intake.sheets import SHEETS, Sheet
from walras.service.intake.typed import Spot, spot_of

Marks = dict[int, dict[str, str]]
"""Why cells are wrong, by position and column; `*` is the whole row."""


class Verdict:
    """The place on the page where the door's answer stands.

    Args:
        desk: Where it stands.
        go: Shows the cell that a mistake is about.
    """

    def __init__(self, desk: Desk, go: Callable[[Spot], None]) -> None:
        self.desk, self.go = desk, go
        self.mistakes: list[Mistake] = []
        self.box = ui.element("div").classes("section").props('aria-live="polite"').mark("said")

    def say(self, text: str, look: str = "") -> None:
        """Say one thing in place of what was said before."""
        self.clear()
        self.add(text, look)

    def add(self, text: str, look: str = "") -> None:
        """Say one thing more."""
        with self.box:
            ui.label(text).classes(f"banner {look}")

    def clear(self) -> None:
        """Take everything away."""
        self.mistakes = []
        self.box.clear()

    def show(self, mistakes: Sequence[Mistake]) -> None:
        """List every mistake; what is about a cell leads there."""
        t = self.desk.t
        self.clear()
        self.mistakes = list(mistakes)
        spots = [spot_of(m) for m in mistakes]
        rows: list[dict[str, Any]] = [
            {"n": n, "where": m.where, "what": m.what, "fix": m.fix, "rule": m.rule, "spot": spot}
            for n, (m, spot) in enumerate(zip(mistakes, spots, strict=True))
        ]
        columns = [
            Column("where", t("Where")), Column("what", t("What is wrong")), Column("fix", t("What to do")),
            Column("rule", t("Rule"), "code"),
        ]  # fmt: skip
        with self.box:
            head = t("Mistakes: {count}").format(count=len(mistakes))
            ui.label(head).classes("problems-head").props('role="alert"')
            ui.label(t("Nothing was sent. Every mistake is listed; those of a row are marked there.")).classes("quiet")
            table = listing(
                self.desk, columns, rows, title=t("Mistakes"), key="n", page=50,
                acts=lambda row: [("go", t("Show"))] if row["spot"] is not None else [],
                on_act=lambda _act, key: self._go(int(key)),
            )  # fmt: skip
            if table is not None:
                table.props("wrap-cells")

    def _go(self, number: int) -> None:
        spot = spot_of(self.mistakes[number])
        if spot is not None:
            self.go(spot)

    def spots(self, sheets: Iterable[Sheet] = SHEETS) -> Mapping[str, Marks]:
        """Return what is to be marked, by sheet, in the order of the mistakes."""
        known = tuple(sheets)
        wrong: dict[str, Marks] = defaultdict(lambda: defaultdict(dict))
        for mistake in self.mistakes:
            spot = spot_of(mistake, known)
            if spot is not None and spot.at >= 0:
                wrong[spot.sheet][spot.at].setdefault(spot.column or "*", f"{mistake.what}. {mistake.fix}")
        return wrong
