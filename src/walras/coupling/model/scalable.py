"""Scalable complex orders: steps that stand or fall together (formulation, eq. 4.6 to 4.10).

Every right-hand side is multiplied by the order's acceptance u, so that the relaxation is
tight at u = 0 and u = 1 (minimum power, gradient, step size). A stop step of a rejected
order is freed by `Relaxation.kill`: its row then reads y <= q (eq. 4.10).
"""

from __future__ import annotations

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.book.inputs import conversion_inputs
from walras.coupling.market import Market, ScalableSteps
from walras.coupling.model.program import ProgramBuilder


def scalable_steps(book: Book, first_column: int) -> ScalableSteps:
    """Return the steps, minimums and gradients of all scalable complex orders."""
    orders, cells = book.scalables, book.cells
    grid = orders.grid[orders.step_order]
    lead = cells.first[orders.grid]
    stop = (orders.step_number == 1) & (
        orders.step_cell - lead[orders.step_order] < orders.stop_cells[orders.step_order]
    )
    ramp_order, ramp_cell, up, down = _gradients(book)
    inputs = conversion_inputs(cells, orders)
    return ScalableSteps(
        step=np.arange(len(orders.step_order)),
        column=first_column + orders.step_order,
        cell=orders.step_cell,
        side=orders.side[orders.step_order],
        power=cells.quantities(orders.quantity, grid),
        price=cells.prices(orders.price, grid),
        is_stop=stop,
        min_column=first_column + orders.minimum_order,
        min_cell=orders.minimum_cell,
        min_power=cells.quantities(orders.minimum_quantity, orders.grid[orders.minimum_order]),
        ramp_column=first_column + ramp_order,
        ramp_cell=ramp_cell,
        ramp_up=up,
        ramp_down=down,
        input_step=inputs.step,
        input_cell=inputs.cell,
        input_share=inputs.share,
    )


def _gradients(book: Book) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Return order, cell, up and down limit for each cell that a gradient ties to the next."""
    orders, cells = book.scalables, book.cells
    tied = np.flatnonzero((orders.gradient_up >= 0) | (orders.gradient_down >= 0))
    length = np.diff(cells.first)[orders.grid[tied]] - 1
    order = np.repeat(tied, length)
    offset = np.arange(len(order)) - np.repeat(np.cumsum(length) - length, length)
    grid = orders.grid[order]
    limits = [
        np.where(ticks[order] >= 0, cells.quantities(ticks[order], grid), np.inf)
        for ticks in (orders.gradient_up, orders.gradient_down)
    ]
    return order, cells.first[grid] + offset, limits[0], limits[1]


def add_steps(builder: ProgramBuilder, market: Market, first_order: int) -> tuple[int, int]:
    """Add a column a step and its row y <= q u; return first column and first row."""
    steps = market.steps
    count = len(steps.step)
    hours = market.hours[steps.cell]
    column = builder.columns(steps.side * steps.price * hours, np.zeros(count), steps.power)
    at = np.arange(count)
    step, cell, energy = steps.entries(market.hours)
    builder.entries(cell, column + step, energy)
    row = builder.rows(np.full(count, -np.inf), np.zeros(count))
    builder.entries(row + at, column + at, np.ones(count))
    builder.entries(row + at, first_order + steps.column, -steps.power)
    return column, row


def add_minimums(builder: ProgramBuilder, market: Market, first_order: int, first_step: int) -> int:
    """Add a row a minimum, power of the cell at least the minimum times u; return the first."""
    steps = market.steps
    count = len(steps.min_cell)
    row = builder.rows(np.zeros(count), np.full(count, np.inf))
    at = np.arange(count)
    which, step = _steps_of(market, steps.min_column, steps.min_cell)
    builder.entries(row + which, first_step + step, np.ones(len(step)))
    builder.entries(row + at, first_order + steps.min_column, -steps.min_power)
    return row


def add_gradients(builder: ProgramBuilder, market: Market, first_order: int, first_step: int) -> tuple[int, int]:
    """Add a row a gradient upwards and one downwards; return the first of each.

    Stop steps of a rejected order are curve orders, not part of the gradient: rejecting
    an order frees these rows too (`Relaxation.kill`).
    """
    steps = market.steps
    count = len(steps.ramp_cell)
    now, step_now = _steps_of(market, steps.ramp_column, steps.ramp_cell)
    then, step_then = _steps_of(market, steps.ramp_column, steps.ramp_cell + 1)
    first = []
    for sign, limit in ((1.0, steps.ramp_up), (-1.0, steps.ramp_down)):
        finite = np.isfinite(limit)
        row = builder.rows(np.full(count, -np.inf), np.where(finite, 0.0, np.inf))
        builder.entries(row + then, first_step + step_then, np.full(len(then), sign))
        builder.entries(row + now, first_step + step_now, np.full(len(now), -sign))
        builder.entries(row + np.arange(count), first_order + steps.ramp_column, -np.where(finite, limit, 0.0))
        first.append(row)
    return first[0], first[1]


def _steps_of(market: Market, column: IntArray, cell: IntArray) -> tuple[IntArray, IntArray]:
    """Return (index of the pair, step) for every step of each (order column, cell) pair."""
    steps = market.steps
    base = market.cells + 1
    key = steps.column * base + steps.cell
    order = np.argsort(key, kind="stable")
    wanted = column * base + cell
    left = np.searchsorted(key[order], wanted, side="left")
    count = np.searchsorted(key[order], wanted, side="right") - left
    which = np.repeat(np.arange(len(wanted)), count)
    offset = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
    return which, order[left[which] + offset]
