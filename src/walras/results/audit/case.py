"""What one pass of the audit looks at: volumes, prices, and how much rounding may excuse.

The audit passes twice: over published volumes at published prices, where a rule may be
missed by what rounding to ticks explains, and over the decided volumes at exact prices,
where only 1e-6 relative is excused (theory, section 4). Axes as in `results.raw`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.results.raw import Raw, mean_over
from walras.results.results import Results, Volumes

DECIDED = 1e-6
FLOAT = 1e-9


@dataclass(frozen=True)
class Case:
    """Volumes and prices of one pass.

    Attributes:
        raw: The book as floats.
        volumes: Published or decided.
        price: Of each cell, snapped to its tick where published; shape (c,).
        half_price_tick: tp of the formulas, 0 for the decided pass; shape (c,).
        volume_tick: Whole quantity tick, 0 for the decided pass; shape (c,). Controlled
            rounding moves a volume to the tick below or above, so by less than this.
        relative: What is excused beside ticks, relative to the size of the numbers.
    """

    raw: Raw
    volumes: Volumes
    price: FloatArray
    half_price_tick: FloatArray
    volume_tick: FloatArray
    relative: float

    @cached_property
    def line_tick(self) -> FloatArray:
        """Return the coarser quantity tick of the two ends of each line period, in MW; shape (p,)."""
        lines = self.raw.book.lines
        return np.maximum(self.volume_tick[lines.from_cell], self.volume_tick[lines.to_cell])

    def dust(self, quantity: FloatArray) -> FloatArray:
        """Return how much of a volume is noise, in MW; same shape as `quantity`."""
        return self.relative * np.maximum(1.0, np.abs(quantity))

    def price_at(self, first: IntArray, count: IntArray) -> FloatArray:
        """Return the mean price over the cells that items cover; same shape as `first`."""
        return mean_over(self.price, first, count)


def published_case(raw: Raw, results: Results) -> Case:
    """Return the pass over what is published."""
    return Case(raw, results.published, snapped(raw, results.price), raw.price_tick / 2, raw.quantity_tick, FLOAT)


def decided_case(raw: Raw, volumes: Volumes, results: Results) -> Case:
    """Return the pass over what was decided before rounding."""
    nothing = np.zeros(raw.book.cells.count)
    return Case(raw, volumes, results.price_exact, nothing, nothing, DECIDED)


def snapped(raw: Raw, price: FloatArray) -> FloatArray:
    """Return prices moved to the nearest tick exactly as the book spells ticks; shape (c,)."""
    cells = raw.book.cells
    return cells.prices(np.rint(price / raw.price_tick).astype(np.int64), cells.grid)
