"""The network: lines between zones of the auction, borders to the world outside.

Axes: l lines, p periods of lines (sorted by line and start), b borders, q periods of
borders (one border in one cell, sorted by border and cell). An exchange is positive
along the line, from `from_grid` to `to_grid`; on a border, positive = export.

A line has its own time grid, no finer than that of either end: one exchange for all
the cells that its period covers at each end (rules, 2.1 and 4). Its exchange is what is sent;
a share of it may be lost on the way, and sending may cost a tariff.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from walras.book.cells import Cells, FloatArray, IntArray


@dataclass(frozen=True)
class Lines:
    """All lines and their capacities.

    Attributes:
        name: One a line; shape (l,).
        from_grid, to_grid: Grids that the line joins, of one carrier; shape (l,).
        minutes: Length of the line's periods; shape (l,).
        period_line, period_start: Line and start (UTC minutes) of each period; shape (p,).
        from_cell, from_cells: First cell and number of cells covered at the sending end; shape (p,).
        to_cell, to_cells: The same at the receiving end; shape (p,).
        capacity_forward, capacity_backward: MW sent, not negative; shape (p,).
        loss_forward, loss_backward: Share of what is sent that does not arrive, 0 to below 1; shape (l,).
        tariff: What sending a MWh costs, either way, in currency, not negative; shape (l,).

    Losses and tariffs are of shape (0,) in a network that has none.
    """

    name: tuple[str, ...]
    from_grid: IntArray
    to_grid: IntArray
    minutes: IntArray
    period_line: IntArray
    period_start: IntArray
    from_cell: IntArray
    from_cells: IntArray
    to_cell: IntArray
    to_cells: IntArray
    capacity_forward: FloatArray
    capacity_backward: FloatArray
    loss_forward: FloatArray = field(default_factory=lambda: np.zeros(0))
    loss_backward: FloatArray = field(default_factory=lambda: np.zeros(0))
    tariff: FloatArray = field(default_factory=lambda: np.zeros(0))

    @property
    def count(self) -> int:
        """Return the number of lines."""
        return len(self.name)

    @property
    def has_losses(self) -> bool:
        """Whether less arrives over any line than is sent."""
        return bool((self.loss_forward > 0).any() or (self.loss_backward > 0).any())

    @property
    def has_tariffs(self) -> bool:
        """Whether sending costs anything over any line."""
        return bool((self.tariff > 0).any())

    def period_terms(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return loss forward, loss backward and tariff of each period; shape (p,) each."""
        none = np.zeros(len(self.period_line))
        forward, backward, tariff = (
            column[self.period_line] if len(column) else none
            for column in (self.loss_forward, self.loss_backward, self.tariff)
        )
        return forward, backward, tariff

    @staticmethod
    def none() -> Lines:
        """Return a network's lines when there are none."""
        i, f = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Lines((), i, i, i, i, i, i, i, i, i, f, f)


@dataclass(frozen=True)
class Borders:
    """All borders and their terms.

    Attributes:
        name, neighbour: One a border; shape (b,).
        grid: Zone and carrier inside; shape (b,).
        is_fixed: Fixed exchange (true) or price-taking within a capacity; shape (b,).
        period_border, period_cell: Border and cell of each period; shape (q,).
        price: Price outside, NaN on fixed borders; not bound to the grid's ticks and limits; shape (q,).
        capacity_export, capacity_import: MW, not negative, NaN on fixed borders; shape (q,).
        exchange: Fixed exchange in MW, positive = export, NaN on price-taking borders; shape (q,).
    """

    name: tuple[str, ...]
    neighbour: tuple[str, ...]
    grid: IntArray
    is_fixed: IntArray
    period_border: IntArray
    period_cell: IntArray
    price: FloatArray
    capacity_export: FloatArray
    capacity_import: FloatArray
    exchange: FloatArray

    @property
    def count(self) -> int:
        """Return the number of borders."""
        return len(self.name)

    def terms(self, cells: Cells) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return price, export and import capacity of price-taking periods as they count in the auction; shape (q,).

        A price beyond the limits of its cell counts as the limit, and the direction that
        could only lose against it is closed. NaN on fixed borders.
        """
        low, high = cells.price_min[self.period_cell], cells.price_max[self.period_cell]
        return (
            np.clip(self.price, low, high),
            np.where(self.price < low, 0.0, self.capacity_export),
            np.where(self.price > high, 0.0, self.capacity_import),
        )

    @staticmethod
    def none() -> Borders:
        """Return a network's borders when there are none."""
        i, f = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Borders((), (), i, i, i, i, f, f, f, f)
