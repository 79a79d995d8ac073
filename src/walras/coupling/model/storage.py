"""Storage orders: three steps and one row an MTU (formulation, eq. 4.17 to 4.20).

Charging takes energy out of the cell and puts it into the store, discharging the other way
round, and the level is carried to the next MTU. They are steps as those of scalable
orders are: none is larger than its limit times the acceptance u of the order. What enters
the store leaves it, so each MTU is a row, whose dual is the value of stored energy.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray
from walras.book.stores import stores_of
from walras.coupling.market import Market, ScalableSteps, StoreRows
from walras.coupling.model.program import ProgramBuilder


def with_storages(book: Book, steps: ScalableSteps, first_column: int) -> ScalableSteps:
    """Return steps with those of storage orders after them: all charging, all discharging, all levels."""
    orders, cells = book.storages, book.cells
    if not orders.count:
        return steps
    stores, first = stores_of(cells, orders), len(steps.step)
    count = stores.count
    at, grid = stores.order, orders.grid[stores.order]
    held = np.where(stores.is_last, orders.end[at], 0.0)
    power = np.concatenate(
        [
            cells.quantities(orders.charge[at], grid),
            cells.quantities(orders.discharge[at], grid),
            orders.capacity[at] - held,
        ]
    )
    nothing = np.zeros(count)
    price = np.concatenate([nothing, cells.prices(orders.spread[at], grid), nothing])
    return replace(
        steps,
        step=np.arange(first + 3 * count),
        column=np.concatenate([steps.column, first_column + np.tile(at, 3)]),
        cell=np.concatenate([steps.cell, np.tile(stores.cell, 3)]),
        side=np.concatenate([steps.side, np.repeat([-1, 1, 0], count)]),
        power=np.concatenate([steps.power, power]),
        price=np.concatenate([steps.price, price]),
        is_stop=np.concatenate([steps.is_stop, np.zeros(3 * count, dtype=bool)]),
        stores=_rows(book, first, first_column),
    )


def _rows(book: Book, first: int, first_column: int) -> StoreRows:
    orders = book.storages
    stores = stores_of(book.cells, orders)
    row, at = np.arange(stores.count), stores.order
    goes_on = np.flatnonzero(~stores.is_last)
    charge, discharge, level = first + row, first + stores.count + row, first + 2 * stores.count + row
    begins = stores.first[:-1]
    held = stores.keep[begins] * orders.start
    ends = stores.first[1:] - 1
    return StoreRows(
        store=row,
        column=first_column + at,
        entry_row=np.concatenate([row, row, row, goes_on + 1]),
        entry_step=np.concatenate([charge, discharge, level, level[goes_on]]),
        entry_energy=np.concatenate(
            [
                orders.charge_efficiency[at] * stores.hours,
                -stores.hours / orders.discharge_efficiency[at],
                -np.ones(stores.count),
                stores.keep[goes_on + 1],
            ]
        ),
        hold_row=np.concatenate([begins, ends]),
        hold_energy=np.concatenate([held, -orders.end]),
        is_closed=np.zeros(stores.count, dtype=bool),
    )


def add_stores(builder: ProgramBuilder, market: Market, first_order: int, first_step: int) -> int:
    """Add a row a store MTU, what enters leaves, and return the first."""
    stores = market.steps.stores
    nothing: FloatArray = np.zeros(stores.count)
    row = builder.rows(nothing, nothing)
    builder.entries(row + stores.entry_row, first_step + stores.entry_step, stores.entry_energy)
    builder.entries(row + stores.hold_row, first_order + stores.column[stores.hold_row], stores.hold_energy)
    return row
