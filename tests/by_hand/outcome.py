"""A cleared market by the names of a test: `clear_by_hand(market).price("A")`.

Clears, audits (every test here fails on a violation), and asks the second opinion whether
the selection is legal and the rest is cleared best. Hours count from the start of the
horizon. Prices are exact ones, volumes decided ones: before rounding.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tests.builders import Market
from tests.second_opinion import verdict

from walras.book.book import Book
from walras.coupling.clear import clear
from walras.results.results import Results


@dataclass(frozen=True)
class ByHand:
    """A book, its results, and views of them by name."""

    book: Book
    results: Results

    def _cell(self, zone: str, hour: float) -> int:
        cells = self.book.cells
        g = next(i for i, grid in enumerate(cells.grids) if cells.zones[grid.zone].name == zone)
        return int(cells.first[g]) + round(hour * 60) // cells.grids[g].mtu_minutes

    def price(self, zone: str = "A", hour: float = 0) -> float:
        """Price of a zone in the MTU that starts at an hour."""
        return float(self.results.price_exact[self._cell(zone, hour)])

    def prices(self, zone: str = "A") -> list[float]:
        """Prices of all MTUs of a zone."""
        cells = self.book.cells
        return [
            float(p)
            for p, g in zip(self.results.price_exact, cells.grid, strict=True)
            if cells.zones[cells.grids[g].zone].name == zone
        ]

    def volume(self, order: str, hour: float | None = None) -> float:
        """Accepted power of a curve order, over all its steps (in one MTU)."""
        curves = self.book.curves
        o = curves.name.index(order)
        chosen = curves.step_order == o
        if hour is not None:
            zone = self.book.cells.zones[self.book.cells.grids[curves.grid[o]].zone].name
            chosen &= curves.step_cell == self._cell(zone, hour)
        return float(self.results.decided.curve[chosen].sum())

    def ratio(self, block: str) -> float:
        """Acceptance ratio of a block."""
        return float(self.results.decided.block_ratio[self.book.blocks.name.index(block)])

    def start(self, flexible: str) -> float | None:
        """Hour at which a flexible order starts, None if it is rejected."""
        o = self.book.flexibles.name.index(flexible)
        cell = int(self.results.decided.flexible_start[o])
        start = self.book.cells.start
        return None if cell < 0 else float(start[cell] - start[self.book.cells.first[self.book.flexibles.grid[o]]]) / 60

    def scalable(self, order: str) -> list[float] | None:
        """Power of each cell with a step of a scalable order, None if it is rejected."""
        s = self.book.scalables
        o = s.name.index(order)
        if not self.results.decided.scalable_accepted[o]:
            return None
        return self.stopped(order)

    def stopped(self, order: str) -> list[float]:
        """Power of each cell with a step of a scalable order, whether accepted or not."""
        s = self.book.scalables
        mine = s.step_order == s.name.index(order)
        cells = np.unique(s.step_cell[mine])
        return [float(self.results.decided.scalable[mine & (s.step_cell == c)].sum()) for c in cells]

    def exchange(self, line: str, period: int = 0) -> float:
        """Exchange of a line in one of its periods."""
        lines = self.book.lines
        return float(self.results.decided.exchange[lines.period_line == lines.name.index(line)][period])

    def border(self, border: str, period: int = 0) -> float:
        """Exchange of a border in one MTU, positive = export."""
        borders = self.book.borders
        return float(self.results.decided.border[borders.period_border == borders.name.index(border)][period])

    @property
    def welfare(self) -> float:
        """Welfare of the decided volumes."""
        return self.results.welfare

    @property
    def bound(self) -> float:
        """Welfare that no result can exceed."""
        return self.results.bound


def clear_by_hand(market: Market) -> ByHand:
    """Clear a market; fail if the audit or the second opinion complains."""
    book = market.book()
    results = clear(book)
    complaints = verdict.selection_complaints(book, results)
    assert not complaints, "\n".join(complaints)
    return ByHand(book, results)
