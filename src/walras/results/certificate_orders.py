"""The most that every order, line and border gains at posted prices and rents (formulation, eq. 8.2 to 8.7).

Summed by `certificate` over the whole market, by `certificate_cluster` leaf by leaf, and
read by the explanation for what a rejected order would have gained.

Axes as in `results.raw`. Units: currency. Source: rules 3, 5 and 9; theory, sections 1 to 3.
"""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.results.raw import Raw, mean_over, spread, total_by
from walras.results.results import Certificate


def best_step_surplus(gain_start: FloatArray, gain_end: FloatArray) -> FloatArray:
    """Return the most that one MW of a step gains when it takes only the part that gains (eq. 8.2).

    `gain_start >= gain_end` are the gains per MWh of its first and last MWh; between them
    the gain falls linearly, so the best part is a triangle where the sign changes.

    >>> best_step_surplus(np.array([4.0, 4.0, -1.0]), np.array([2.0, -4.0, -2.0])).tolist()
    [3.0, 1.0, 0.0]
    """
    fall = gain_start - gain_end
    triangle = np.divide(gain_start**2, 2 * fall, out=np.zeros_like(fall), where=fall > 0)
    return np.where(gain_end >= 0, (gain_start + gain_end) / 2, np.where(gain_start <= 0, 0.0, triangle))


def curve_surplus(raw: Raw, price: FloatArray) -> FloatArray:
    """Return the best surplus of each curve step at its mean price; shape (k,)."""
    curves = raw.curves
    applies = mean_over(price, curves.cell, curves.cells)
    energy = curves.quantity * curves.hours
    start = curves.sign * (applies - curves.price_start)
    if curves.price_end is curves.price_start:
        return energy * np.maximum(start, 0)
    return energy * best_step_surplus(start, curves.sign * (applies - curves.price_end))


def block_surplus(raw: Raw, certificate: Certificate) -> FloatArray:
    """Return the best surplus of each block, whole or not at all (eq. 8.3); shape (o,)."""
    return np.maximum(block_gain(raw, certificate), 0)


def block_gain(raw: Raw, certificate: Certificate) -> FloatArray:
    """Return what each block gains if accepted whole, after links and group rent; shape (o,)."""
    blocks, legs = raw.book.blocks, raw.blocks
    gain = legs.sign * (certificate.price[legs.cell] - legs.price) * legs.quantity * legs.hours
    total = total_by(legs.order, gain, blocks.count)
    total += total_by(blocks.link_parent, certificate.link_rent, blocks.count)
    total -= total_by(blocks.link_child, certificate.link_rent, blocks.count)
    member = blocks.group >= 0
    total[member] -= certificate.group_rent[blocks.group[member]]
    return total


def flexible_surplus(raw: Raw, price: FloatArray) -> FloatArray:
    """Return the best surplus of each flexible order over its starts, or 0; shape (o,)."""
    order, _, gain = flexible_gain(raw, price)
    best = np.zeros(raw.book.flexibles.count)
    np.maximum.at(best, order, gain)
    return best


def flexible_gain(raw: Raw, price: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Return order, first cell and gain of every possible start of flexible orders; shape (s,) each."""
    book, cells = raw.book.flexibles, raw.book.cells
    order, start = spread(book.first_cell, book.choices)
    mean = mean_over(price, start, book.cells[order])
    energy = cells.quantities(book.quantity, book.grid) * book.cells * cells.hours[book.first_cell]
    own = cells.prices(book.price, book.grid)
    return order, start, np.asarray((book.side * energy)[order] * (mean - own[order]))


def scalable_surplus(raw: Raw, certificate: Certificate) -> FloatArray:
    """Return the best surplus of each scalable order, accepted or rejected with its stop (eq. 8.4); shape (o,)."""
    book, steps = raw.book.scalables, raw.scalables
    if book.count == 0:
        return np.zeros(0)
    value = step_gain(raw, certificate.price)
    accepted = best_fill(raw, value + gradient_value(raw, certificate))
    accepted += np.sum(gradient_allowance(raw, certificate), axis=1) - book.fixed_term
    stopped = np.where(raw.is_stop_step, np.maximum(value, 0) * steps.quantity, 0.0)
    return np.maximum(accepted, total_by(steps.order, stopped, book.count))


def best_fill(raw: Raw, value: FloatArray) -> FloatArray:
    """Return what each accepted scalable order gains with its best power in every cell; shape (o,).

    Steps of positive value are taken whole; where they do not reach the minimum
    acceptance power, the least bad further steps fill it up. `value` is per MW; shape (k,).
    """
    book, steps = raw.book.scalables, raw.scalables
    power = best_power(raw, value)
    return total_by(steps.order, value * power, book.count)


def best_power(raw: Raw, value: FloatArray) -> FloatArray:
    """Return the power of each step that `best_fill` takes, in MW; shape (k,)."""
    return np.where(value > 0, raw.scalables.quantity, least_power(raw))


def least_power(raw: Raw) -> FloatArray:
    """Return the power of each step that the minimum acceptance power asks for, best price first, in MW; shape (k,).

    The order of an order's steps in one cell does not depend on the price of the cell.
    """
    steps = raw.scalables
    line = np.lexsort((steps.sign * steps.price, steps.cell, steps.order))
    quantity, key = steps.quantity[line], order_cell(raw)[line]
    before = np.cumsum(quantity) - quantity
    is_first = np.ones(len(line), dtype=bool)
    is_first[1:] = key[1:] != key[:-1]
    group = np.cumsum(is_first) - 1
    before -= before[is_first][group]
    out = np.empty(len(line))
    out[line] = np.clip(minimum_power(raw)[line] - before, 0, quantity)
    return out


def order_cell(raw: Raw) -> IntArray:
    """Return one number for order and cell of each scalable step; shape (k,)."""
    return raw.scalables.order * raw.book.cells.count + raw.scalables.cell


def minimum_power(raw: Raw) -> FloatArray:
    """Return the minimum acceptance power that applies to each step's order and cell, in MW; shape (k,)."""
    book, count = raw.book.scalables, raw.book.cells.count
    out = np.zeros(len(raw.scalables.cell))
    if len(book.minimum_cell) == 0:
        return out
    key = book.minimum_order * count + book.minimum_cell
    line = np.argsort(key, kind="stable")
    wanted = order_cell(raw)
    place = np.minimum(np.searchsorted(key[line], wanted), len(line) - 1)
    found = key[line][place] == wanted
    out[found] = raw.minimum[line][place][found]
    return out


def gradient_value(raw: Raw, certificate: Certificate) -> FloatArray:
    """Return what the gradient rents add to a MW of each scalable step (eq. 8.5); shape (k,).

    A MW in cell t makes room for the climb to t + 1 and for the fall from t - 1, and uses
    up the climb from t - 1 and the fall to t + 1.
    """
    steps, grid = raw.scalables, raw.book.scalables.grid
    net = certificate.gradient_up_rent - certificate.gradient_down_rent
    padded = np.zeros((net.shape[0], net.shape[1] + 2))
    padded[:, 1:-1] = net
    offset = steps.cell - raw.book.cells.first[grid[steps.order]]
    out: FloatArray = padded[steps.order, offset + 1] - padded[steps.order, offset]
    return out


def gradient_allowance(raw: Raw, certificate: Certificate) -> FloatArray:
    """Return rent times limit of every gradient row, in currency; shape (orders, longest horizon - 1)."""
    book = raw.book.scalables
    out: FloatArray = np.zeros_like(certificate.gradient_up_rent)
    for ticks, rent in (
        (book.gradient_up, certificate.gradient_up_rent),
        (book.gradient_down, certificate.gradient_down_rent),
    ):
        limit = raw.book.cells.quantities(np.maximum(ticks, 0), book.grid)
        out = out + limit[:, None] * rent
    return out


def line_rent(raw: Raw, price: FloatArray) -> FloatArray:
    """Return the most that each line period can earn between its two ends, one way (eq. 8.6); shape (p,)."""
    lines, hours = raw.book.lines, raw.book.cells.hours
    end = _value(price * hours, lines.to_cell, lines.to_cells)
    start = _value(price * hours, lines.from_cell, lines.from_cells)
    return best_direction(raw, np.arange(len(end)), line_gain(raw, start, end))


def line_gain(raw: Raw, start: FloatArray, end: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return what a MW sent forward, and one sent backward, gains over each line period (eq. 8.6); shape (p,) each.

    `start` and `end` are what a MW is worth at either end of the line, in currency.
    """
    forward, backward, tariff = raw.line_terms
    cost = tariff * raw.line_hours
    return forward * end - start - cost, backward * start - end - cost


def best_direction(raw: Raw, period: IntArray, gain: tuple[FloatArray, FloatArray]) -> FloatArray:
    """Return the most that some line periods can earn if they are used one way; shape of the gains, periods last."""
    lines = raw.book.lines
    forward = lines.capacity_forward[period] * np.maximum(gain[0], 0)
    backward = lines.capacity_backward[period] * np.maximum(gain[1], 0)
    out: FloatArray = np.maximum(forward, backward)
    return out


def border_rent(raw: Raw, price: FloatArray) -> FloatArray:
    """Return the most that each border period can earn against its cell (eq. 8.7); shape (q,)."""
    periods = np.arange(len(raw.book.borders.period_cell))
    return border_rent_at(raw, periods, price[raw.book.borders.period_cell])


def border_rent_at(raw: Raw, period: IntArray, price: FloatArray) -> FloatArray:
    """Return `border_rent` of some border periods at prices of their cells; shape of `price`, periods last."""
    borders, cells = raw.book.borders, raw.book.cells
    cell = borders.period_cell[period]
    is_fixed = borders.is_fixed[borders.period_border[period]].astype(bool)
    outside, export, import_ = (term[period] for term in borders.terms(cells))
    exchange = borders.exchange[period]
    outward = np.maximum(outside - price, 0) * export
    inward = np.maximum(price - outside, 0) * import_
    served = np.maximum(cells.price_max[cell] - price, 0) * np.maximum(exchange, 0)
    taken = np.maximum(price - cells.price_min[cell], 0) * np.maximum(-exchange, 0)
    return np.where(is_fixed, served + taken, outward + inward) * cells.hours[cell]


def step_gain(raw: Raw, price: FloatArray) -> FloatArray:
    """Return the gain of one MW of each scalable step at the price that it sees, in currency; shape (k,)."""
    steps = raw.scalables
    return steps.sign * (raw.step_price(price) - steps.price) * steps.hours


def _value(money: FloatArray, first: IntArray, count: IntArray) -> FloatArray:
    if len(first) == 0:
        return np.zeros(0)
    return mean_over(money, first, count) * count
