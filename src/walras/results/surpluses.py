"""Whose gain the welfare is: by state, by carrier, and by kind (docs/result-folder.md, `surpluses`).

A buyer gains what an accepted order was worth to it less what it pays, a seller what it is paid
less what it asked for and its fixed term. A conversion belongs to the state and carrier in which
it sells; what it pays for its input is a cost there. A line keeps the difference of the prices at
its ends (it has paid for what is lost on the way) less its tariff, half for the state of either
end; a flow-based domain likewise, in equal parts for its zones; a price-taking border half for
the state and half for the neighbour, at the price outside as it counts in the auction. A fixed
exchange counts in the welfare at a price limit; what that is worth beyond the zone's price
belongs to nobody inside, and no income arises. These halves and this worth are `outside`.

Every payment is somebody's income, but for energy that ticks leave without another side: what the
market pays for it is `rounding`. So the parts sum to the welfare of the published volumes
(formulation, eq. 2.1), whatever the market holds::

    welfare = sum of worth = sum of surpluses,  rounding = - sum of P h (supply - demand - exports)

Axes: a places (a state and a carrier; then no state and each carrier), i kinds as in
`SurplusKind`, g grids, c cells. Published prices and volumes, unrounded, in the currency.
Written into the result folder by `tables`; read by the command line, the report and `accede`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.results.raw import Legs, Raw, injection, line_ends, mean_over, net_exports, total_by
from walras.results.results import Results
from walras.results.welfare import border_price, order_parts, tariff_cost
from walras.vocabulary import Side, SurplusKind

KINDS = tuple(SurplusKind)
DEMAND, SUPPLY, CONVERSION, STORAGE, CONGESTION, OUTSIDE, ROUNDING = range(len(KINDS))
NOBODY = (OUTSIDE, ROUNDING)


@dataclass(frozen=True)
class Surpluses:
    """Gains of one result.

    Attributes:
        place: State (None: no state of the market) and carrier, sorted, the former first; axis a.
        amount: Gain of each place and kind; shape (a, i).
        is_there: Whether the market has anything that a place and kind could gain by; shape (a, i).
    """

    place: tuple[tuple[str | None, str], ...]
    amount: FloatArray
    is_there: BoolArray


def surpluses_of(raw: Raw, results: Results) -> Surpluses:
    """Return whose gain the welfare of the published volumes is.

    Example:
        A sells 20 MW for an hour at 10 to B, whose price is 50 and whose buyers would have paid
        90: demand of B gains 800, supply of A (which asked for 10) nothing, and the line leaves
        400 of congestion income to either state. Welfare: 20 x 90 - 20 x 10 = 1,600.
    """
    place, home, nobody = _places(raw.book)
    rows = [*_orders(raw, results), *_network(raw, results), *_borders(raw, results), _rounding(raw, results)]
    kind, grid, gain = (np.concatenate(column) for column in zip(*rows, strict=True))
    key = np.where(np.isin(kind, NOBODY), nobody[grid], home[grid]) * len(KINDS) + kind
    shape, size = (len(place), len(KINDS)), len(place) * len(KINDS)
    is_there = np.bincount(key, minlength=size) > 0
    is_there.reshape(shape)[home] |= np.isin(np.arange(len(KINDS)), (DEMAND, SUPPLY))
    return Surpluses(place, total_by(key, gain, size).reshape(shape), is_there.reshape(shape))


def surpluses_table(raw: Raw, results: Results) -> pl.DataFrame:
    """Return the table `surpluses`: a row a state, carrier and kind that the market has, rounded to 1e-6.

    What belongs to no state of the market has no country. The sum is the welfare of the published
    volumes but for the rounding of each row.
    """
    found = surpluses_of(raw, results)
    place, kind = np.nonzero(found.is_there)
    country, carrier = ([found.place[a][k] for a in place] for k in (0, 1))
    return pl.DataFrame(
        {
            "country": pl.Series(country, dtype=pl.String),
            "carrier": pl.Series(carrier, dtype=pl.String),
            "kind": pl.Series([KINDS[k].value for k in kind], dtype=pl.String),
            f"surplus_{raw.book.currency.lower()}": np.round(found.amount[place, kind], 6) + 0.0,
        }
    )


Rows = tuple[IntArray, IntArray, FloatArray]
"""Kind, grid and gain of some rows; three columns of one length."""


def _places(book: Book) -> tuple[tuple[tuple[str | None, str], ...], IntArray, IntArray]:
    """Return the places, and for each grid that of its state and carrier and that of its carrier alone; shape (g,)."""
    own = [(book.cells.zones[g.zone].country, g.carrier) for g in book.cells.grids]
    states, carriers = sorted(set(own)), sorted({carrier for _, carrier in own})
    home = [states.index(pair) for pair in own]
    nobody = [len(states) + carriers.index(carrier) for _, carrier in own]
    return (*states, *((None, c) for c in carriers)), np.array(home, dtype=np.int64), np.array(nobody, dtype=np.int64)


def _orders(raw: Raw, results: Results) -> Iterator[Rows]:
    """Yield a row an order: what its volumes are worth to it, and what it receives less what it pays."""
    book, volumes, price = raw.book, results.published, results.price
    curve, block, flexible, scalable, fixed, discharged, kept = order_parts(raw, volumes)
    steps, legs = raw.curves, raw.flexible_legs(volumes.flexible_start)
    received = steps.sign * volumes.curve * mean_over(price, steps.cell, steps.cells) * steps.hours
    gain = total_by(book.curves.step_order, curve + received, len(book.curves.name))
    yield _of_side(book.curves.side), book.curves.grid, gain
    gain = total_by(raw.blocks.order, block + _received(raw.blocks, volumes.block_leg, price), book.blocks.count)
    yield _of_side(book.blocks.side), book.blocks.grid, gain
    gain = total_by(legs.order, flexible + _received(legs, legs.quantity, price), book.flexibles.count)
    yield _of_side(book.flexibles.side), book.flexibles.grid, gain
    orders, received = book.scalables, _received(raw.scalables, volumes.scalable, price)
    gain = total_by(raw.scalables.order, scalable + received, orders.count) + fixed
    kind = _of_side(orders.side)
    kind[orders.conversions.order] = CONVERSION
    yield kind, orders.grid, gain - _input_cost(raw, results)
    stores = raw.stores.mtus
    received = (volumes.discharge - volumes.charge) * price[stores.cell] * stores.hours
    gain = total_by(stores.order, discharged + received, book.storages.count) + kept
    yield np.full(book.storages.count, STORAGE), book.storages.grid, gain


def _received(legs: Legs, power: FloatArray, price: FloatArray) -> FloatArray:
    """Return what legs receive for their power; what they pay is negative."""
    return legs.sign * power * price[legs.cell] * legs.hours


def _input_cost(raw: Raw, results: Results) -> FloatArray:
    """Return what each scalable order pays for what it converts; shape (o,)."""
    inputs = raw.inputs
    cost = results.published.bought * results.price[inputs.bought_cell] * raw.book.cells.hours[inputs.bought_cell]
    return total_by(inputs.bought_order, cost, raw.book.scalables.count)


def _of_side(side: IntArray) -> IntArray:
    """Return the kind of orders by their side."""
    return np.where(side == Side.DEMAND, DEMAND, SUPPLY)


def _network(raw: Raw, results: Results) -> Iterator[Rows]:
    """Yield half of what each line period keeps, for either end, and equal parts of each domain for its zones."""
    book, volumes, price = raw.book, results.published, results.price
    lines, domains = book.lines, book.domains
    leaving, arriving = line_ends(volumes)
    bought = leaving * mean_over(price, lines.from_cell, lines.from_cells)
    sold = arriving * mean_over(price, lines.to_cell, lines.to_cells)
    income = (sold - bought) * raw.line_hours - tariff_cost(raw, volumes.exchange)
    by_line = total_by(lines.period_line, income, lines.count) / 2
    for end in (lines.from_grid, lines.to_grid):
        yield np.full(lines.count, CONGESTION), end, by_line
    kept = -price[domains.exchange_cell] * volumes.domain * domains.exchange_hours
    by_domain = total_by(domains.period_domain[domains.exchange_period], kept, domains.count)
    share = by_domain / np.maximum(np.bincount(domains.member_domain, minlength=domains.count), 1)
    yield np.full(len(domains.member_grid), CONGESTION), domains.member_grid, share[domains.member_domain]


def _borders(raw: Raw, results: Results) -> Iterator[Rows]:
    """Yield half of what each price-taking border keeps; the rest, and the worth of fixed exchanges, is outside."""
    borders, at, exchange = raw.book.borders, raw.book.borders.period_cell, results.published.border
    earned = (border_price(raw, exchange) - results.price[at]) * exchange * raw.book.cells.hours[at]
    by_border = total_by(borders.period_border, earned, borders.count)
    taking = np.flatnonzero(borders.is_fixed == 0)
    half = np.where(borders.is_fixed == 0, by_border / 2, 0.0)
    yield np.full(len(taking), CONGESTION), borders.grid[taking], half[taking]
    yield np.full(borders.count, OUTSIDE), borders.grid, by_border - half


def _rounding(raw: Raw, results: Results) -> Rows:
    """Return a row a cell: what the market pays for energy that has no other side."""
    cells, volumes = raw.book.cells, results.published
    left = injection(raw, volumes) - net_exports(raw, volumes)
    return np.full(cells.count, ROUNDING), cells.grid, -left * results.price * cells.hours
