"""The bound of welfare, recomputed from posted prices and rents (formulation, section 8).

At any prices and non-negative rents, no feasible volumes can exceed the sum of what
every order could gain at the most, what every line and border could earn at the most,
and the rents of the rows that join orders (weak duality). So whoever holds the book can
check a claim of optimality with this file alone.

Axes as in `results.raw`. Units: currency. Source: rules 3, 5 and 9; theory, sections 1 to 3.
"""

from __future__ import annotations

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.results.raw import Legs, Raw, mean_over, spread, total_by
from walras.results.results import Certificate

UNIT = 2.0**-53


def bound_of(book: Book, certificate: Certificate, raw: Raw | None = None) -> float:
    """Return the welfare that no feasible result can exceed, in the trade currency (eq. 8.1).

    Not checked here: that rents are not negative (the audit does; with a negative rent
    the figure proves nothing).
    """
    raw = raw or Raw(book)
    parts = [
        curve_surplus(raw, certificate.price),
        block_surplus(raw, certificate),
        certificate.group_rent,
        flexible_surplus(raw, certificate.price),
        scalable_surplus(raw, certificate),
        line_rent(raw, certificate.price),
        border_rent(raw, certificate.price),
    ]
    return float(sum(np.sum(part) for part in parts))


def bound_error(book: Book, certificate: Certificate, raw: Raw | None = None) -> float:
    """Return how far floating-point rounding may have moved `bound_of` at the most.

    Every summand is a product of sums of at most 8 numbers, except orders over n cells;
    numpy adds in pairs of blocks of 128. So `(128 + log2 N + n) * 2^-53 * sum of magnitudes`.
    """
    raw, price = raw or Raw(book), np.abs(certificate.price)
    curves = raw.curves
    size = float(
        np.sum(
            curves.quantity
            * curves.hours
            * (mean_over(price, curves.cell, curves.cells) + np.maximum(abs(curves.price_start), abs(curves.price_end)))
        )
    )
    for legs in (raw.blocks, raw.scalables):
        size += float(np.sum(legs.quantity * legs.hours * (price[legs.cell] + abs(legs.price))))
    flexibles, cells, lines, borders = book.flexibles, book.cells, book.lines, book.borders
    tallest = float(price.max(initial=0.0))
    own = abs(cells.prices(flexibles.price, flexibles.grid)) + tallest
    size += float(np.sum(cells.quantities(flexibles.quantity, flexibles.grid) * own * flexibles.cells))
    size += float(
        np.sum((lines.capacity_forward + lines.capacity_backward) * 2 * tallest * lines.minutes[lines.period_line] / 60)
    )
    outside = np.nan_to_num(np.maximum(borders.capacity_export + borders.capacity_import, 0)) + abs(
        np.nan_to_num(borders.exchange)
    )
    limit = max(tallest, float(abs(cells.price_max).max()), float(abs(cells.price_min).max()))
    size += float(np.sum(outside * (limit + abs(np.nan_to_num(borders.price)))))
    rents = (certificate.link_rent, certificate.group_rent, book.scalables.fixed_term)
    size += float(sum(np.sum(abs(rent)) for rent in rents))
    size += float(np.sum(gradient_allowance(raw, certificate)))
    count = len(curves.cell) + len(raw.blocks.cell) + len(raw.scalables.cell) + cells.count
    return float((128 + np.log2(count + 2) + cells.count / max(1, len(cells.grids))) * UNIT * size)


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
    """Return the best surplus of each block, whole or not at all, after links and group rent (eq. 8.3); shape (o,)."""
    blocks, legs = raw.book.blocks, raw.blocks
    gain = legs.sign * (certificate.price[legs.cell] - legs.price) * legs.quantity * legs.hours
    total = total_by(legs.order, gain, blocks.count)
    total += total_by(blocks.link_parent, certificate.link_rent, blocks.count)
    total -= total_by(blocks.link_child, certificate.link_rent, blocks.count)
    member = blocks.group >= 0
    total[member] -= certificate.group_rent[blocks.group[member]]
    return np.maximum(total, 0)


def flexible_surplus(raw: Raw, price: FloatArray) -> FloatArray:
    """Return the best surplus of each flexible order over its starts, or 0; shape (o,)."""
    book, cells = raw.book.flexibles, raw.book.cells
    if book.count == 0:
        return np.zeros(0)
    order, start = spread(book.first_cell, book.choices)
    mean = mean_over(price, start, book.cells[order])
    energy = cells.quantities(book.quantity, book.grid) * book.cells * cells.hours[book.first_cell]
    own = cells.prices(book.price, book.grid)
    best = np.zeros(book.count)
    np.maximum.at(best, order, (book.side * energy)[order] * (mean - own[order]))
    return best


def scalable_surplus(raw: Raw, certificate: Certificate) -> FloatArray:
    """Return the best surplus of each scalable order, accepted or rejected with its stop (eq. 8.4); shape (o,)."""
    book, steps = raw.book.scalables, raw.scalables
    if book.count == 0:
        return np.zeros(0)
    price = certificate.price
    value = steps.sign * (price[steps.cell] - steps.price) * steps.hours
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
    steps = raw.scalables
    line = np.lexsort((-value, steps.cell, steps.order))
    quantity, key = steps.quantity[line], order_cell(raw)[line]
    before = np.cumsum(quantity) - quantity
    is_first = np.ones(len(line), dtype=bool)
    is_first[1:] = key[1:] != key[:-1]
    group = np.cumsum(is_first) - 1
    before -= before[is_first][group]
    must = np.clip(minimum_power(raw)[line] - before, 0, quantity)
    out = np.empty(len(line))
    out[line] = np.where(value[line] > 0, quantity, must)
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
    """Return the most that each line period can earn between its two ends (eq. 8.6); shape (p,)."""
    lines, hours = raw.book.lines, raw.book.cells.hours
    gain = _value(price * hours, lines.to_cell, lines.to_cells) - _value(
        price * hours, lines.from_cell, lines.from_cells
    )
    return lines.capacity_forward * np.maximum(gain, 0) + lines.capacity_backward * np.maximum(-gain, 0)


def border_rent(raw: Raw, price: FloatArray) -> FloatArray:
    """Return the most that each border period can earn against its cell (eq. 8.7); shape (q,)."""
    borders, cells = raw.book.borders, raw.book.cells
    cell = borders.period_cell
    is_fixed = borders.is_fixed[borders.period_border].astype(bool)
    outside, export, import_ = borders.terms(cells)
    outward = np.maximum(outside - price[cell], 0) * export
    inward = np.maximum(price[cell] - outside, 0) * import_
    served = np.maximum(cells.price_max[cell] - price[cell], 0) * np.maximum(borders.exchange, 0)
    taken = np.maximum(price[cell] - cells.price_min[cell], 0) * np.maximum(-borders.exchange, 0)
    return np.where(is_fixed, served + taken, outward + inward) * cells.hours[cell]


def own_gain(legs: Legs, price: FloatArray) -> FloatArray:
    """Return the gain of one MW of each leg at its cell's price, in currency; same shape as `legs`."""
    return legs.sign * (price[legs.cell] - legs.price) * legs.hours


def _value(money: FloatArray, first: IntArray, count: IntArray) -> FloatArray:
    if len(first) == 0:
        return np.zeros(0)
    return mean_over(money, first, count) * count
