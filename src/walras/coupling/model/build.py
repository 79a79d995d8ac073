"""The whole program, family by family, in the reading order of docs/formulation.md.

Minimise cost = minus welfare, but for a constant: what all demand would pay. Balance rows
come first, one a cell: injections and imports sum to zero, so the dual of a balance row is
the cell's price (formulation, eq. 2.2). What a search adds while it runs comes last:
buckets of curves among the columns, critical branches among the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.coupling.market import Market
from walras.coupling.model.blocks import add_groups, add_links, add_order_columns
from walras.coupling.model.domains import add_branches, add_domain_exchanges
from walras.coupling.model.lines import add_lines
from walras.coupling.model.program import Program, ProgramBuilder
from walras.coupling.model.scalable import add_gradients, add_minimums, add_steps
from walras.coupling.model.storage import add_stores
from walras.coupling.runs import spread, summed
from walras.coupling.window import Buckets

LIMIT_MARGIN = 1e-4


@dataclass(frozen=True)
class Model:
    """A program and where each family begins in it; buckets are the last columns, branches the last rows."""

    program: Program
    slack: int
    line: int
    domain: int
    order: int
    step: int
    bucket: int
    domain_row: int
    link_row: int
    group_row: int
    step_row: int
    minimum_row: int
    up_row: int
    down_row: int
    store_row: int
    branch_row: int


def build(market: Market, buckets: Buckets, branches: IntArray | None = None) -> Model:
    """Return the program of a market with its curves as buckets and some of its branch rows, all unless given."""
    builder = ProgramBuilder()
    base = -span_energy(market, market.residual.base)
    builder.rows(base, base)
    slack = _add_slack(builder, market)
    line = add_lines(builder, market)
    domain, domain_row = add_domain_exchanges(builder, market)
    order = add_order_columns(builder, market)
    link_row = add_links(builder, market, order)
    group_row = add_groups(builder, market, order)
    step, step_row = add_steps(builder, market, order)
    minimum_row = add_minimums(builder, market, order, step)
    up_row, down_row = add_gradients(builder, market, order, step)
    store_row = add_stores(builder, market, order, step)
    chosen = np.arange(len(market.domains.ram)) if branches is None else branches
    branch_row = add_branches(builder, market, domain, chosen)
    bucket = _add_buckets(builder, market, buckets)
    return Model(
        program=builder.build(),
        slack=slack,
        line=line,
        domain=domain,
        order=order,
        step=step,
        bucket=bucket,
        domain_row=domain_row,
        link_row=link_row,
        group_row=group_row,
        step_row=step_row,
        minimum_row=minimum_row,
        up_row=up_row,
        down_row=down_row,
        store_row=store_row,
        branch_row=branch_row,
    )


def _add_slack(builder: ProgramBuilder, market: Market) -> int:
    """Add what keeps prices inside their limits where coarse orders could push them out; return the first.

    Energy from nowhere just above the upper limit, into nowhere just below the lower one
    (formulation, eq. 2.7). A legal result uses none: the search rejects orders until
    that holds. Where nothing joins cells in time no price can leave its limits.
    """
    count = market.cells if market.has_slack else 0
    cells = np.arange(count)
    first = builder.column_count
    for sign, price in ((1.0, market.price_max + LIMIT_MARGIN), (-1.0, market.price_min - LIMIT_MARGIN)):
        column = builder.columns(sign * price[:count], np.zeros(count), np.full(count, np.inf))
        builder.entries(cells, column + cells, np.full(count, sign))
    return first


def span_energy(market: Market, power: FloatArray) -> FloatArray:
    """Return the energy in each cell of a power in each span; MWh, shape (n,)."""
    which, cell = spread(market.residual.cell, market.residual.cells)
    out: FloatArray = summed(cell, power[which] * market.hours[cell], market.cells)
    return out


def span_hours(market: Market) -> FloatArray:
    """Return the hours of each span; shape (s,)."""
    which, cell = spread(market.residual.cell, market.residual.cells)
    return summed(which, market.hours[cell], len(market.residual.cell))


def _add_buckets(builder: ProgramBuilder, market: Market, buckets: Buckets) -> int:
    """Add a column a bucket, MW of its span at its mean price; return the first."""
    residual = market.residual
    cells = residual.cells[buckets.span]
    which, cell = spread(residual.cell[buckets.span], cells)
    hours = summed(which, market.hours[cell], len(cells))
    first = builder.columns(buckets.mean * hours, np.zeros(len(cells)), buckets.quantity)
    builder.entries(cell, first + which, market.hours[cell])
    return first
