"""Columns in trade units to MWh: exactly, or to ticks in favour of who sent the order.

Axes: r rows of a table, g grids. Used by `trade_unit_orders` and `trade_unit_network`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import polars as pl

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.book.findings import Findings
from walras.book.read_places import Places
from walras.book.tables import Table
from walras.book.trade_units import times, whole_ticks
from walras.formats.trade_unit_table import GridUnits


@dataclass
class Conversion:
    """One folder being converted: where its grids are, their units, what is wrong and what rounding took."""

    places: Places
    units: GridUnits
    findings: Findings
    orders: dict[int, set[str]] = field(default_factory=dict)
    touched: dict[int, set[str]] = field(default_factory=dict)
    mwh_lost: dict[int, float] = field(default_factory=dict)
    price_shift: dict[int, float] = field(default_factory=dict)

    def grid_of(self, table: Table) -> IntArray:
        """Return the grid of each row, of a line that of its `from_zone`; -1 where the readers will find none."""
        zone = "from_zone" if table.name == "lines" else "zone"
        return self.places.grid_of(table, Findings(), zone)

    def each(self, grid: IntArray) -> list[tuple[int, IntArray]]:
        """Return grids in trade units with their rows."""
        return [(g, np.flatnonzero(grid == g)) for g in self.units.counted if (grid == g).any()]

    def exact(self, table: Table, grid: IntArray, quantities: tuple[str, ...], prices: tuple[str, ...] = ()) -> Table:
        """Return a table with some columns in MW, MWh or a MWh, to the nearest float."""
        for columns, is_price in ((quantities, False), (prices, True)):
            for column in columns:
                values = table.floats(column).copy()
                for g, at in self.each(grid):
                    mwh = self.units.unit[g].mwh
                    values[at] = times(values[at], 1 / mwh if is_price else mwh)
                table = with_numbers(table, column, values)
        return table

    def down(
        self, table: Table, column: str, grid: IntArray, hours: FloatArray | None = None
    ) -> tuple[Table, BoolArray]:
        """Return a table with a column of power rounded down to ticks, and rows where nothing is left (reported).

        Args:
            table: Orders, or rows of orders.
            column: In units per hour.
            grid: Of each row.
            hours: Over which each row delivers, for the account of MWh lost; none if it offers nothing.
        """
        said = table.floats(column)
        values, vanished = said.copy(), np.zeros(len(said), dtype=np.bool_)
        for g, at in self.each(grid):
            tick = self.places.cells.grids[g].quantity_tick
            ticks, moved = whole_ticks(said[at], self.units.unit[g].mwh, tick, np.zeros(len(at), dtype=np.bool_))
            values[at] = ticks * tick.step / tick.scale
            vanished[at] = (ticks == 0) & (said[at] > 0)
            self._note(table, g, at, moved)
            if hours is not None:
                lost = float(np.nansum(moved * hours[at])) * tick.size
                self.mwh_lost[g] = self.mwh_lost.get(g, 0.0) + lost
        self._report(table, column, grid, vanished)
        return with_numbers(table, column, values), vanished

    def prices(self, table: Table, column: str, grid: IntArray, up: BoolArray) -> tuple[Table, BoolArray]:
        """Return a table with a column of prices rounded to ticks, and rows beyond the limits (reported).

        A spread, which is a difference of prices, has no limits.
        """
        said = table.floats(column)
        values, outside = said.copy(), np.zeros(len(said), dtype=np.bool_)
        for g, at in self.each(grid):
            terms = self.places.cells.grids[g]
            ticks, moved = whole_ticks(said[at], 1 / self.units.unit[g].mwh, terms.price_tick, up[at])
            values[at] = ticks * terms.price_tick.step / terms.price_tick.scale
            if not column.startswith("spread"):
                outside[at] = (ticks < terms.price_min) | (ticks > terms.price_max)
            self._note(table, g, at, moved)
            shift = float(np.nanmax(moved, initial=0.0)) * terms.price_tick.size
            self.price_shift[g] = max(self.price_shift.get(g, 0.0), shift)
        self._report_prices(table, column, grid, outside)
        return with_numbers(table, column, values), outside

    def up_to(self, table: Table, column: str, grid: IntArray, most: FloatArray) -> Table:
        """Return a table with a column of power rounded up to ticks, at most to `most` MW (NaN: no limit)."""
        said = table.floats(column)
        values = said.copy()
        for g, at in self.each(grid):
            tick = self.places.cells.grids[g].quantity_tick
            ticks, moved = whole_ticks(said[at], self.units.unit[g].mwh, tick, np.ones(len(at), dtype=np.bool_))
            values[at] = np.fmin(ticks * tick.step / tick.scale, most[at])
            self._note(table, g, at, moved)
        return with_numbers(table, column, values)

    def rounding(self) -> pl.DataFrame:
        """Return what rounding to ticks took away, a row a grid in trade units (see `TradeUnitMarket`)."""
        cells, grids = self.places.cells, self.units.counted
        return pl.DataFrame(
            {
                "zone": pl.Series([cells.zones[cells.grids[g].zone].name for g in grids], dtype=pl.String),
                "carrier": pl.Series([cells.grids[g].carrier for g in grids], dtype=pl.String),
                "unit": pl.Series([self.units.unit[g].name for g in grids], dtype=pl.String),
                "mwh_per_unit": pl.Series([float(self.units.unit[g].mwh) for g in grids], dtype=pl.Float64),
                "orders": pl.Series([len(self.orders.get(g, ())) for g in grids], dtype=pl.Int64),
                "orders_touched": pl.Series([len(self.touched.get(g, ())) for g in grids], dtype=pl.Int64),
                "mwh_lost": pl.Series([self.mwh_lost.get(g, 0.0) for g in grids], dtype=pl.Float64),
                "price_shift_cur_per_mwh": pl.Series([self.price_shift.get(g, 0.0) for g in grids], dtype=pl.Float64),
            }
        )

    def _note(self, table: Table, grid: int, at: IntArray, moved: FloatArray) -> None:
        """Remember the orders of rows, and those that rounding moved."""
        names = table.texts("order").gather(at)
        self.orders.setdefault(grid, set()).update(names.to_list())
        self.touched.setdefault(grid, set()).update(names.filter(pl.Series(moved > 0)).to_list())

    def _report(self, table: Table, column: str, grid: IntArray, vanished: BoolArray) -> None:
        said, title, unit = table.floats(column), table.title(column), self._unit(grid)

        def tick(i: int) -> float:
            return self.places.cells.grids[int(grid[i])].quantity_tick.size

        self.findings.rows(
            table,
            vanished,
            "quantity_above_tick",
            what=lambda i: (
                f"{title} {said[i]:g} ({unit(i)[0]} per hour) is {said[i] * float(unit(i)[1]):.6g} MW, "
                f"less than the tick of {tick(i):g} MW"
            ),
            fix=lambda i: f"Send {tick(i) / float(unit(i)[1]):.6g} {unit(i)[0]} per hour or more, or nothing at all.",
        )

    def _report_prices(self, table: Table, column: str, grid: IntArray, outside: BoolArray) -> None:
        said, title, money = table.floats(column), table.title(column), table.currency or "cur"
        unit = self._unit(grid)

        def limits(i: int) -> tuple[float, float]:
            terms = self.places.cells.grids[grid[i]]
            return terms.price_tick.value(terms.price_min), terms.price_tick.value(terms.price_max)

        def what(i: int) -> str:
            (name, mwh), (low, high) = unit(i), limits(i)
            inside = f"[{low:.2f}, {high:.2f}] {money}/MWh"
            return f"{title} {said[i]:g} {money} per {name} is {said[i] / float(mwh):.2f} {money}/MWh, outside {inside}"

        def fix(i: int) -> str:
            (name, mwh), (low, high) = unit(i), limits(i)
            return f"Send a price from {low * float(mwh):.10g} to {high * float(mwh):.10g} {money} per {name}."

        self.findings.rows(table, outside, "price_limits", what=what, fix=fix)

    def _unit(self, grid: IntArray) -> Callable[[int], tuple[str, Fraction]]:
        return lambda i: (self.units.unit[grid[i]].name, self.units.unit[grid[i]].mwh)


def with_numbers(table: Table, column: str, values: FloatArray) -> Table:
    """Return a table with other numbers in a column, NaN for an empty field."""
    return replace(table, frame=table.frame.with_columns(pl.Series(column, values).fill_nan(None)))


def grids_by_name(header: Table, grid: IntArray, rows: Table) -> IntArray:
    """Return what `grid` says of the header that each row names in its first key column, -1 without one."""
    key = header.spec.key[0]
    said = header.frame.select(key).with_columns(pl.Series("said", grid)).unique(key, keep="first")
    found = rows.frame.select(key).join(said, on=key, how="left", maintain_order="left")
    return found["said"].fill_null(-1).to_numpy()
