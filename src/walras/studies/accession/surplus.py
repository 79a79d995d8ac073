"""Who gains how much in one auction, state by state.

A buyer gains what an accepted order was worth to it less what it pays, a seller what it is
paid less what it asked for; a line earns the difference of the prices at its ends
(net of what it loses and of its tariff), half for
either end, a flow-based domain likewise in equal parts for its zones. Where volumes balance,
these sum to the welfare (formulation, eq. 2.1), since every payment is somebody's income.
Energy that rounding to ticks leaves without another side is nobody's (it is part of what
the summary calls rounding).

Plants that buy what they convert and storage orders count as sellers, where they sell.

A price-taking border earns the difference to the price outside, half for the state and
half for the neighbour. A fixed border counts in the welfare at a price limit; what that is
worth beyond the zone's price belongs to nobody inside. Both go to `outside`.

Axes: s states (country codes of zones, sorted), c cells. Published prices and volumes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.results.raw import Raw, line_ends, mean_over, total_by
from walras.results.results import Results
from walras.results.welfare import border_price, order_parts, tariff_cost


@dataclass(frozen=True)
class Surplus:
    """Gains of one auction in its currency, unrounded.

    Attributes:
        states: Country codes, sorted; axis s.
        buyers, sellers, congestion: Gains of each state; shape (s,).
        outside: What belongs to neighbours outside the auction.
    """

    states: tuple[str, ...]
    buyers: FloatArray
    sellers: FloatArray
    congestion: FloatArray
    outside: float

    @property
    def total(self) -> float:
        """Return the sum over all states and the outside: the welfare of published volumes, where they balance."""
        return float(self.buyers.sum() + self.sellers.sum() + self.congestion.sum()) + self.outside


def state_of_cell(book: Book) -> tuple[tuple[str, ...], IntArray]:
    """Return the states of a market and the state of each cell; shape (c,)."""
    states = tuple(sorted({z.country for z in book.cells.zones}))
    of_zone = np.array([states.index(z.country) for z in book.cells.zones], dtype=np.int64)
    return states, of_zone[book.cells.zone]


def surplus_of(book: Book, results: Results) -> Surplus:
    """Return the gains of every state.

    Example:
        A sells 20 MW for an hour at 10 to B, whose price is 50 and whose buyers would have paid
        90: buyers of B gain 800, sellers of A (who asked for 10) nothing, and the line earns
        800, half for each state. Welfare: 20 x 90 - 20 x 10 = 1,600.
    """
    raw, volumes, price = Raw(book), results.published, results.price
    states, home = state_of_cell(book)
    worth, paid, cell, sign = _orders(raw, results)
    gain = worth - paid
    buyers, sellers = (total_by(home[cell][sign == s], gain[sign == s], len(states)) for s in (-1, 1))
    lines = book.lines
    ends = [
        mean_over(price, first, count)
        for first, count in ((lines.from_cell, lines.from_cells), (lines.to_cell, lines.to_cells))
    ]
    leaving, arriving = line_ends(volumes)
    income = (arriving * ends[1] - leaving * ends[0]) * lines.minutes[lines.period_line] / 60
    income = income - tariff_cost(raw, volumes.exchange)
    congestion = sum(
        (total_by(home[c], income / 2, len(states)) for c in (lines.from_cell, lines.to_cell)), np.zeros(1)
    )
    border, outside = _borders(raw, results, home, len(states))
    return Surplus(states, buyers, sellers, congestion + border + _domains(book, results, home, len(states)), outside)


def _orders(raw: Raw, results: Results) -> tuple[FloatArray, FloatArray, IntArray, FloatArray]:
    """Return worth, payment (negative = receives), a cell and the sign of every accepted step, leg and fixed term."""
    book, volumes, price = raw.book, results.published, results.price
    curves, flexible = raw.curves, raw.flexible_legs(volumes.flexible_start)
    families = [
        (curves.sign, volumes.curve, mean_over(price, curves.cell, curves.cells), curves.hours, curves.cell),
        (raw.blocks.sign, volumes.block_leg, price[raw.blocks.cell], raw.blocks.hours, raw.blocks.cell),
        (flexible.sign, flexible.quantity, price[flexible.cell], flexible.hours, flexible.cell),
        (raw.scalables.sign, volumes.scalable, price[raw.scalables.cell], raw.scalables.hours, raw.scalables.cell),
    ]
    worth = order_parts(raw, volumes)
    paid = [-sign * power * at * hours for sign, power, at, hours, _ in families]
    fixed, cells = book.scalables, book.cells  # a fixed term has no payment of its own
    cell = [f[4] for f in families] + [cells.first[fixed.grid]]
    sign = [f[0] for f in families] + [fixed.side.astype(np.float64)]
    paid.append(np.zeros(fixed.count))
    stores, inputs = raw.stores.mtus, raw.inputs
    paid += [(volumes.charge - volumes.discharge) * price[stores.cell] * stores.hours, np.zeros(book.storages.count)]
    cell += [stores.cell, cells.first[book.storages.grid]]
    sign += [np.ones(stores.count), np.ones(book.storages.count)]
    worth.append(np.zeros(inputs.count))
    paid.append(volumes.bought * price[inputs.bought_cell] * cells.hours[inputs.bought_cell])
    cell.append(cells.first[fixed.grid[inputs.bought_order]])  # a plant is at home where it sells
    sign.append(np.ones(inputs.count))
    return np.concatenate(worth), np.concatenate(paid), np.concatenate(cell), np.concatenate(sign)


def _borders(raw: Raw, results: Results, home: IntArray, states: int) -> tuple[FloatArray, float]:
    """Return what borders leave to each state, and what to the outside."""
    borders, cells = raw.book.borders, raw.book.cells
    at = borders.period_cell
    bought = results.price[at] * results.published.border * cells.hours[at]
    earned = border_price(raw, results.published.border) * results.published.border * cells.hours[at] - bought
    is_fixed = borders.is_fixed[borders.period_border].astype(bool)
    half = np.where(is_fixed, 0.0, earned / 2)
    return total_by(home[at], half, states), float((earned - half).sum())


def _domains(book: Book, results: Results, home: IntArray, states: int) -> FloatArray:
    """Return what flow-based domains leave to each state: equal parts for the zones of each."""
    domains = book.domains
    if not domains.count:
        return np.zeros(states)
    at = domains.exchange_cell
    earned = -results.price[at] * results.published.domain * domains.exchange_hours
    of_domain = total_by(domains.period_domain[domains.exchange_period], earned, domains.count)
    share = of_domain / np.bincount(domains.member_domain, minlength=domains.count)
    return total_by(home[book.cells.first[domains.member_grid]], share[domains.member_domain], states)
