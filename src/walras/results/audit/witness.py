"""Void leaves: a witness proves that no legal result lies in a case (fact F2; formulation, eq. 8.12).

At the prices of a legal result, every order that it accepts earns the most that it can on
the set of its own smaller acceptances, and curves, lines, borders and domains the most that
they can at all. So volumes which accept nothing but some of the leaf's accepted orders,
each within that set, have no more welfare than the result. Where they have more than the
leaf's prices allow, no legal result lies there. It holds where prices are free of other
rules: no curve step and no line longer than an MTU, no line with losses, a direction of which a
result may have closed, nothing that joins the cluster to others.

The set is, for a block, from nothing to its minimum ratio; for a child, its minimum ratio
times what the parent takes; for a flexible order the accepted start; for a scalable order
everything times its acceptance. Scheduled stops count only for orders that the leaf rejects.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.results.audit.violation import Report
from walras.results.certificate_orders import curve_surplus, minimum_power, order_cell
from walras.results.certificate_tree import Worths, leaf_nodes, paths, start_column
from walras.results.raw import Raw, purchases, spread, total_by
from walras.results.results import Certificate
from walras.results.tree import BLOCK, BORDER, CURVE, DOMAIN, EXCHANGE, FLEXIBLE, RATIO, SCALABLE, STEP, Tree
from walras.results.welfare import border_price, curve_welfare, tariff_cost

ROUNDING = 1e-12
"""Of the sum of magnitudes of a row: what floating point may do to it."""


@dataclass(frozen=True)
class Witness:
    """Volumes of one witness on the book's axes, and what its leaf decides (-1 nothing, 0, 1)."""

    curve: FloatArray
    ratio: FloatArray
    start: FloatArray
    accepted: FloatArray
    step: FloatArray
    exchange: FloatArray
    border: FloatArray
    domain: FloatArray
    block_is: IntArray
    start_is: IntArray
    scalable_is: IntArray


def check_witnesses(
    raw: Raw, certificate: Certificate, tree: Tree, worths: Worths, error: float, report: Report
) -> None:
    """tree_witness: each void leaf has a feasible witness with more welfare than the leaf's prices allow."""
    void = np.unique(tree.witness_node)
    if not len(void):
        return
    if (void < 0).any() or (void >= len(tree.node_parent)).any() or not leaf_nodes(tree)[void].all():
        report.one("tree_witness", "cases, witness", "a witness is of no leaf", 1.0)
        return
    plain = curve_surplus(raw, certificate.price)
    for node in void.tolist():
        what = _flaw(raw, certificate, tree, worths, error, plain, node)
        if what:
            report.one("tree_witness", f"case {node}", what, 1.0)


def _flaw(
    raw: Raw, certificate: Certificate, tree: Tree, worths: Worths, error: float, plain: FloatArray, node: int
) -> str:
    """Return what is wrong with the witness of one leaf, "" if nothing is."""
    number = int(tree.node_cluster[node])
    inside = (tree.cluster == number)[raw.book.cells.grid]
    witness = _read(raw, tree, node)
    if witness is None:
        return "its witness has unknown or doubled rows"
    for what in (_alone(raw, tree, number), _placed(raw, witness, number, tree), _within(raw, witness)):
        if what:
            return what
    welfare, missed = _welfare(raw, witness)
    grouped = raw.book.blocks.group
    groups = np.unique(grouped[(grouped >= 0) & (tree.cluster == number)[raw.book.blocks.grid]])
    allowed = float(worths.of_nodes[node]) + float(np.sum(plain[inside[raw.curves.cell]]))
    allowed += float(np.sum(certificate.group_rent[groups]))
    if not welfare - missed - error > allowed:
        return f"its witness has a welfare of {welfare:.6f}, its prices allow {allowed:.6f}"
    return ""


def _read(raw: Raw, tree: Tree, node: int) -> Witness | None:
    book = raw.book
    starts = int(np.sum(book.flexibles.choices))
    counts = [book.blocks.count, starts, book.scalables.count]
    lengths = {
        CURVE: book.curves.step_count,
        RATIO: sum(counts),
        STEP: len(raw.scalables.order),
        EXCHANGE: len(book.lines.period_line),
        BORDER: len(book.borders.period_border),
        DOMAIN: len(book.domains.exchange_cell),
    }
    mine = np.flatnonzero(tree.witness_node == node)
    kind, index = tree.witness_kind[mine], tree.witness_index[mine]
    if not np.isin(kind, list(lengths)).all() or np.unique(np.stack([kind, index]), axis=1).shape[1] < len(mine):
        return None
    columns = {}
    for family, length in lengths.items():
        at = index[kind == family]
        if len(at) and not 0 <= at.min() <= at.max() < length:
            return None
        columns[family] = np.zeros(length)
        columns[family][at] = tree.witness[mine[kind == family]]
    ratio, start, accepted = np.split(columns[RATIO], np.cumsum(counts)[:2])
    decided = [np.full(count, -1) for count in counts]
    _, way = paths(tree, np.array([node]))
    for kind_, table in zip((BLOCK, FLEXIBLE, SCALABLE), decided, strict=True):
        of = way[(tree.node_kind[way] == kind_) & (tree.node_parent[way] >= 0)]
        place = tree.node_order[of]
        if kind_ == FLEXIBLE:
            place = start_column(raw, place, tree.node_start[of])
        table[place] = tree.node_accepted[of]
    rest = (columns[STEP], columns[EXCHANGE], columns[BORDER], columns[DOMAIN])
    return Witness(columns[CURVE], ratio, start, accepted, *rest, *decided)


def _alone(raw: Raw, tree: Tree, number: int) -> str:
    """Return what keeps fact F2 from holding in a cluster."""
    book, lines, blocks = raw.book, raw.book.lines, raw.book.blocks
    inside = (tree.cluster == number)[book.cells.grid]
    ends = [inside[cell] if len(cell) else np.zeros(0, dtype=bool) for cell in (lines.from_cell, lines.to_cell)]
    touches, is_open = ends[0] | ends[1], (lines.capacity_forward > 0) | (lines.capacity_backward > 0)
    arrives, returns, _ = raw.line_terms
    of_block = (tree.cluster == number)[blocks.grid]
    flaws = (
        ((tree.cluster == number)[book.storages.grid], "storage orders"),
        (inside[raw.curves.cell] & (raw.curves.cells > 1), "curve steps longer than an MTU"),
        ((ends[0] != ends[1]) & is_open, "lines to others"),
        (touches & is_open & ((arrives < 1) | (returns < 1)), "lines with losses, a direction of which may be closed"),
        (touches & ((lines.from_cells > 1) | (lines.to_cells > 1)), "lines longer than an MTU"),
        (of_block[blocks.link_child] != of_block[blocks.link_parent], "families that reach into others"),
    )
    return next((f"its cluster has {word}" for is_flaw, word in flaws if is_flaw.any()), "")


def _placed(raw: Raw, witness: Witness, number: int, tree: Tree) -> str:
    """Return what of a witness lies outside its cluster or accepts what its leaf does not."""
    book = raw.book
    inside = (tree.cluster == number)[book.cells.grid]
    places = (
        (witness.curve, raw.curves.cell),
        (witness.step, raw.scalables.cell),
        (witness.exchange, book.lines.from_cell),
        (witness.border, book.borders.period_cell),
        (witness.domain, book.domains.exchange_cell),
    )
    if any((~inside[cell[volume != 0]]).any() for volume, cell in places):
        return "its witness trades outside its cluster"
    pairs = (
        (witness.ratio, witness.block_is),
        (witness.start, witness.start_is),
        (witness.accepted, witness.scalable_is),
    )
    if any((ratio[decided != 1] != 0).any() for ratio, decided in pairs):
        return "its witness accepts an order that the case does not accept"
    return ""


def _within(raw: Raw, witness: Witness) -> str:
    """Return which limit a witness breaks: all but balance, which `_welfare` counts."""
    book, steps, lines = raw.book, raw.scalables, raw.book.lines
    _, outward, inward = book.borders.terms(book.cells)
    fixed = book.borders.is_fixed[book.borders.period_border].astype(bool)
    outward = np.where(fixed, np.maximum(book.borders.exchange, 0), outward)
    inward = np.where(fixed, np.maximum(-book.borders.exchange, 0), inward)
    whole = np.ones(book.scalables.count)
    stop = np.where(raw.is_stop_step & (witness.scalable_is[steps.order] == 0), steps.quantity, 0.0)
    limits = (
        ("curve steps", witness.curve, 0.0, raw.curves.quantity),
        ("blocks", witness.ratio, 0.0, book.blocks.min_acceptance_ratio),
        ("flexible orders", witness.start, 0.0, np.ones(len(witness.start))),
        ("scalable orders", witness.accepted, 0.0, whole),
        ("scalable steps", witness.step, 0.0, steps.quantity * witness.accepted[steps.order] + stop),
        ("lines", witness.exchange, -lines.capacity_backward, lines.capacity_forward),
        ("borders", witness.border, -inward, outward),
    )
    for word, volume, low, high in limits:
        if ((volume < low) | (volume > high)).any():
            return f"its witness breaks limits of {word}"
    child, parent = book.blocks.link_child, book.blocks.link_parent
    if (witness.ratio[child] > book.blocks.min_acceptance_ratio[child] * witness.ratio[parent]).any():
        return "its witness accepts a child further than its parent"
    return _rows(raw, witness)


def _rows(raw: Raw, witness: Witness) -> str:
    """Return which row of scalable orders or branches a witness breaks."""
    book, steps, count = raw.book, raw.scalables, raw.book.cells.count
    power = np.where(witness.scalable_is[steps.order] == 1, witness.step, 0.0)
    keys, cell = np.unique(order_cell(raw), return_inverse=True)
    total = total_by(cell, power, len(keys))
    asked = np.zeros(len(keys))
    np.maximum.at(asked, cell, minimum_power(raw) * witness.accepted[steps.order])
    if (total < asked * (1 - ROUNDING)).any():
        return "its witness breaks a minimum power"
    table = np.zeros((book.scalables.count, count))
    table[keys // count, keys % count] = total
    for order in np.flatnonzero((witness.accepted > 0) & np.isin(witness.scalable_is, 1)).tolist():
        first, end = (int(v) for v in book.cells.first[[book.scalables.grid[order], book.scalables.grid[order] + 1]])
        change = np.diff(table[order, first:end])
        for ticks, move in ((book.scalables.gradient_up, change), (book.scalables.gradient_down, -change)):
            size = book.cells.quantities(ticks[[order]], book.scalables.grid[[order]])[0]
            if (
                ticks[order] >= 0
                and (move > size * witness.accepted[order] + ROUNDING * np.abs(table[order]).max()).any()
            ):
                return "its witness breaks a load gradient"
    domains = book.domains
    exchange = balanced(raw, witness.domain)
    used = domains.ptdf * exchange[domains.entry_exchange]
    load, size = (total_by(domains.entry_row, part, len(domains.ram)) for part in (used, np.abs(used)))
    return "its witness breaks a critical branch" if (load > domains.ram + ROUNDING * size).any() else ""


def balanced(raw: Raw, exchange: FloatArray) -> FloatArray:
    """Return exchanges with domains that sum to zero in each period: the first takes what is left over."""
    domains, out = raw.book.domains, exchange.copy()
    periods, first = np.unique(domains.exchange_period, return_index=True)
    out[first] -= total_by(domains.exchange_period, exchange, len(domains.period_domain))[periods]
    return out


def _welfare(raw: Raw, witness: Witness) -> tuple[float, float]:
    """Return the welfare of a witness, and what its imbalance may have added at any price within the limits."""
    book, cells, blocks, steps = raw.book, raw.book.cells, raw.blocks, raw.scalables
    flexibles = book.flexibles
    order, start = spread(flexibles.first_cell, flexibles.choices)
    which, cell = spread(start, flexibles.cells[order])
    power = (flexibles.side * cells.quantities(flexibles.quantity, flexibles.grid))[order] * witness.start
    money = -power * cells.prices(flexibles.price, flexibles.grid)[order] * flexibles.cells[order] * cells.hours[start]
    leg = blocks.sign * blocks.quantity * witness.ratio[blocks.order]
    parts = [
        curve_welfare(raw, witness.curve),
        -leg * blocks.price * blocks.hours,
        money,
        -steps.sign * steps.price * witness.step * steps.hours,
        -book.scalables.fixed_term * witness.accepted,
        border_price(raw, witness.border) * witness.border * cells.hours[book.borders.period_cell],
        -tariff_cost(raw, witness.exchange),
    ]
    left = total_by(raw.curves.cell, raw.curves.sign * witness.curve, cells.count)
    left += total_by(blocks.cell, leg, cells.count) + total_by(cell, power[which], cells.count)
    left += total_by(steps.cell, steps.sign * witness.step, cells.count)
    left -= total_by(raw.inputs.bought_cell, purchases(raw, witness.step), cells.count)
    left -= total_by(book.borders.period_cell, witness.border, cells.count)
    left -= total_by(book.lines.from_cell, witness.exchange, cells.count)
    left += total_by(book.lines.to_cell, witness.exchange, cells.count)
    energy = left * cells.hours
    domains = book.domains
    exchanged = balanced(raw, witness.domain) * domains.exchange_hours
    energy -= total_by(domains.exchange_cell, exchanged, cells.count)
    tallest = np.maximum(np.abs(cells.price_max), np.abs(cells.price_min))
    return float(sum(np.sum(part) for part in parts)), float(np.sum(np.abs(energy) * tallest))
