"""Cells, the coordinates of everything: one zone, one carrier, one span of time.

Axes: z zones, g grids (one zone and carrier with its time grid, limits and ticks),
c cells. Cells are sorted by grid and start, so the cells of one grid are consecutive
and gapless in time. Written by `book.folder` and the builders of tests; read by all.

Ticks: a value is `count * step / scale` with whole numbers, so that a price of 70.12
is the float nearest to 70.12 whatever was computed before.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Zone:
    """A bidding zone: its name in tables, EIC code, country, and place on a picture."""

    name: str
    eic: str | None
    country: str
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True)
class Tick:
    """Smallest step of a value, exactly `step / scale` (scale a power of ten).

    Example:
        >>> Tick(1, 100).value(7012)
        70.12
        >>> Tick(25, 1).count(100.0)
        4
    """

    step: int
    scale: int

    def value(self, count: int) -> float:
        """Return the value of a number of ticks."""
        return count * self.step / self.scale

    def count(self, value: float) -> int:
        """Return the nearest number of ticks, halves upwards."""
        return int(np.floor(value * self.scale / self.step + 0.5))

    @property
    def size(self) -> float:
        """Return the value of one tick."""
        return self.step / self.scale

    @property
    def decimals(self) -> int:
        """Return how many decimals show a value of this tick in full.

        >>> Tick(1, 100).decimals
        2
        """
        return len(str(self.scale)) - 1


@dataclass(frozen=True)
class Grid:
    """One zone and carrier: time grid [start, end) in UTC minutes, price limits and ticks."""

    zone: int
    carrier: str
    mtu_minutes: int
    start: int
    end: int
    price_min: int
    price_max: int
    price_tick: Tick
    quantity_tick: Tick

    @property
    def cell_count(self) -> int:
        """Return how many MTUs the horizon holds."""
        return (self.end - self.start) // self.mtu_minutes


@dataclass(frozen=True)
class Cells:
    """The table that everything refers to (axis c), with per-cell views of its grid."""

    zones: tuple[Zone, ...]
    grids: tuple[Grid, ...]

    @cached_property
    def first(self) -> IntArray:
        """First cell of each grid, and the number of all cells at the end; shape (g + 1,)."""
        return np.concatenate([[0], np.cumsum([g.cell_count for g in self.grids])]).astype(np.int64)

    @property
    def count(self) -> int:
        """Return the number of cells."""
        return int(self.first[-1])

    @cached_property
    def grid(self) -> IntArray:
        """Grid of each cell; shape (c,)."""
        return np.repeat(np.arange(len(self.grids)), np.diff(self.first))

    @cached_property
    def zone(self) -> IntArray:
        """Zone of each cell; shape (c,)."""
        return np.array([g.zone for g in self.grids], dtype=np.int64)[self.grid]

    @cached_property
    def minutes(self) -> IntArray:
        """Length of each cell in minutes; shape (c,)."""
        return np.array([g.mtu_minutes for g in self.grids], dtype=np.int64)[self.grid]

    @cached_property
    def start(self) -> IntArray:
        """Start of each cell in UTC minutes since 1970; shape (c,)."""
        begin = np.array([g.start for g in self.grids], dtype=np.int64)[self.grid]
        return begin + (np.arange(self.count) - self.first[self.grid]) * self.minutes

    @cached_property
    def hours(self) -> FloatArray:
        """Length of each cell in hours, which turns MW into MWh; shape (c,)."""
        return self.minutes / 60.0

    @cached_property
    def price_min(self) -> FloatArray:
        """Lower price limit of each cell; shape (c,), currency per MWh."""
        return np.array([g.price_tick.value(g.price_min) for g in self.grids])[self.grid]

    @cached_property
    def price_max(self) -> FloatArray:
        """Upper price limit of each cell; shape (c,), currency per MWh."""
        return np.array([g.price_tick.value(g.price_max) for g in self.grids])[self.grid]

    def prices(self, ticks: IntArray, grid: IntArray) -> FloatArray:
        """Return prices of tick counts, each of its own grid; same shape as `ticks`."""
        step = np.array([g.price_tick.step for g in self.grids], dtype=np.int64)
        scale = np.array([g.price_tick.scale for g in self.grids], dtype=np.int64)
        out: FloatArray = ticks * step[grid] / scale[grid]
        return out

    def quantities(self, ticks: IntArray, grid: IntArray) -> FloatArray:
        """Return quantities in MW of tick counts, each of its own grid; same shape as `ticks`."""
        step = np.array([g.quantity_tick.step for g in self.grids], dtype=np.int64)
        scale = np.array([g.quantity_tick.scale for g in self.grids], dtype=np.int64)
        out: FloatArray = ticks * step[grid] / scale[grid]
        return out
