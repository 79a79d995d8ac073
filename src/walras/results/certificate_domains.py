"""What flow-based domains earn at posted prices and rents (formulation, eq. 8.8 and 8.9).

A MW that a zone exports for one period costs it the price of its cell, and uses each
critical branch by its PTDF at that branch's rent. In every period exchanges sum to zero,
so any number may be added to the worth of all of them: the best one leaves next to
nothing, and what floating point leaves is counted at the most that a zone could exchange.

Axes: x exchanges, r periods, k rows of branches, v leaves of a proof by cases.
Units: currency, and MW.
"""

from __future__ import annotations

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.results.raw import Raw, spread, total_by
from walras.results.results import Certificate

MOST_EXCHANGE = 1e6
"""MW that no zone exchanges with a domain: asked only where cells do not limit it (see `most_exchanges`)."""


def branch_rents(book: Book, certificate: Certificate) -> FloatArray:
    """Return the posted rent of each row of the domains, zero where a certificate posts none at all; shape (k,)."""
    return certificate.branch_rent if len(certificate.branch_rent) else np.zeros(len(book.domains.ram))


def domain_rent(raw: Raw, price: FloatArray, branch_rent: FloatArray) -> FloatArray:
    """Return the most that each period of the domains can earn, rents times margins included; shape (r,)."""
    domains = raw.book.domains
    if domains.count == 0:
        return np.zeros(0)
    export, import_ = most_exchanges(raw)
    count = len(domains.period_domain)
    worth = exchange_worth(raw, price, branch_rent)[None, :]
    rows = total_by(domains.row_period, branch_rent * domains.ram, count)
    return np.asarray(rows + exchange_rent(worth, domains.exchange_period, export, import_, count)[0])


def exchange_worth(raw: Raw, price: FloatArray, branch_rent: FloatArray) -> FloatArray:
    """Return what a MW of export costs each zone's period in its cell and on the branches; shape (x,)."""
    domains = raw.book.domains
    rent = branch_rent[domains.entry_row] * domains.ptdf
    own = price[domains.exchange_cell] * domains.exchange_hours
    return np.asarray(own + total_by(domains.entry_exchange, rent, len(own)))


def exchange_rent(
    worth: FloatArray, period: IntArray, export: FloatArray, import_: FloatArray, periods: int
) -> FloatArray:
    """Return the most that exchanges earn beside the rows of branches, by leaf and period; shape (v, r).

    The sum over a period's exchanges of `(a - worth) x` with `-import_ <= x <= export`, at
    the number `a` that makes its greatest value least: a weighted quantile of the worths.

    Example:
        Worth 10, 10 and 10.5, each at most 4 MW either way: a = 10 leaves 0.5 x 4 = 2.

        >>> most = np.full(3, 4.0)
        >>> exchange_rent(np.array([[10.0, 10.0, 10.5]]), np.zeros(3, dtype=np.int64), most, most, 1).tolist()
        [[2.0]]
    """
    leaves = len(worth)
    group = (np.arange(leaves)[:, None] * periods + period[None, :]).ravel()
    flat = worth.ravel()
    export, import_ = np.tile(export, leaves), np.tile(import_, leaves)
    line = np.lexsort((flat, group))
    key = group[line]
    begin = np.searchsorted(key, np.arange(leaves * periods))
    weight = np.cumsum((export + import_)[line])
    passed = weight - np.concatenate([[0.0], weight])[begin][key]
    reached = passed >= total_by(group, import_, leaves * periods)[key]
    place = np.full(leaves * periods, -1)
    hit = np.flatnonzero(reached)[::-1]
    place[key[hit]] = hit
    level = np.zeros(leaves * periods)
    level[place >= 0] = flat[line][place[place >= 0]]
    gain = level[group] - flat
    most = np.maximum(gain * export, -gain * import_)
    return total_by(group, most, leaves * periods).reshape(leaves, periods)


def most_exchanges(raw: Raw) -> tuple[FloatArray, FloatArray]:
    """Return the most that each zone can export to and import from its domain in each period, in MW; shape (x,).

    No more than all its supply and all that lines and borders bring, or all its demand and
    all that they take; and no more than the others of the domain can take or give. Where a
    cell is longer than the period, or shared by two domains, the first says nothing: if
    that is so for two zones of a domain, `MOST_EXCHANGE` stands instead.
    """
    domains, cells = raw.book.domains, raw.book.cells
    supply, demand = most_injections(raw)
    grid = cells.grid[domains.exchange_cell]
    joined = np.bincount(domains.member_grid, minlength=len(cells.grids))
    own = (joined[grid] == 1) & (domains.exchange_hours >= cells.hours[domains.exchange_cell])
    out = []
    count = len(domains.period_domain)
    export = np.where(own, np.minimum(supply[domains.exchange_cell], MOST_EXCHANGE), MOST_EXCHANGE)
    import_ = np.where(own, np.minimum(demand[domains.exchange_cell], MOST_EXCHANGE), MOST_EXCHANGE)
    for mine, others in ((export, import_), (import_, export)):
        rest = total_by(domains.exchange_period, others, count)[domains.exchange_period] - others
        out.append(np.minimum(mine, rest * (1 + 1e-12)))
    return out[0], out[1]


def most_injections(raw: Raw) -> tuple[FloatArray, FloatArray]:
    """Return all that orders, lines and borders could bring into each cell, and take out, in MW; shape (c,) each."""
    book, count = raw.book, raw.book.cells.count
    supply, demand = np.zeros(count), np.zeros(count)
    item, cell = spread(raw.curves.cell, raw.curves.cells)
    flexibles = book.flexibles
    choice, choice_cell = spread(flexibles.first_cell, flexibles.choices + flexibles.cells - 1)
    power = book.cells.quantities(flexibles.quantity, flexibles.grid)
    inputs, steps = raw.inputs, raw.scalables
    taken = inputs.share * (steps.quantity * steps.hours)[inputs.step] / book.cells.hours[inputs.cell]
    sides = [
        (cell, raw.curves.sign[item], raw.curves.quantity[item]),
        (raw.blocks.cell, raw.blocks.sign, raw.blocks.quantity),
        (raw.scalables.cell, raw.scalables.sign, raw.scalables.quantity),
        (choice_cell, flexibles.side[choice].astype(np.float64), power[choice]),
        (inputs.cell, -np.ones(len(taken)), taken),
    ]
    for at, sign, quantity in sides:
        supply += total_by(at[sign > 0], quantity[sign > 0], count)
        demand += total_by(at[sign < 0], quantity[sign < 0], count)
    lines, borders = book.lines, book.borders
    for first, cells, into, out in (
        (lines.to_cell, lines.to_cells, lines.capacity_forward, lines.capacity_backward),
        (lines.from_cell, lines.from_cells, lines.capacity_backward, lines.capacity_forward),
    ):
        item, cell = spread(first, cells)
        supply += total_by(cell, into[item], count)
        demand += total_by(cell, out[item], count)
    fixed = np.nan_to_num(borders.exchange)
    into = np.nan_to_num(borders.capacity_import) + np.maximum(-fixed, 0)
    supply += total_by(borders.period_cell, into, count)
    demand += total_by(borders.period_cell, np.nan_to_num(borders.capacity_export) + np.maximum(fixed, 0), count)
    return supply, demand


def domain_size(raw: Raw, certificate: Certificate) -> float:
    """Return the sum of magnitudes that rounding errors of the domains' rents are a share of, in currency."""
    domains = raw.book.domains
    if domains.count == 0:
        return 0.0
    rent = np.abs(branch_rents(raw.book, certificate))
    absolute = np.abs(certificate.price[domains.exchange_cell]) * domains.exchange_hours
    share = np.abs(domains.ptdf) * rent[domains.entry_row]
    absolute += total_by(domains.entry_exchange, share, len(absolute))
    period = domains.exchange_period
    tallest = np.zeros(len(domains.period_domain))
    np.maximum.at(tallest, period, absolute)
    export, import_ = most_exchanges(raw)
    most = np.maximum(export, import_)
    return float(np.sum((absolute + tallest[period]) * most) + np.sum(rent * domains.ram))
