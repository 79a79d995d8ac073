"""What became of each order, and what it gained: accepted, curtailed, rejected, paradoxical or not.

Axes: o orders of a family, k curve steps. Surplus is in the trade currency at published
prices; an accepted order's is of its accepted volumes, a rejected one's is what it would
have gained if accepted whole (negative if it would have lost). Written into
`order_acceptances` and counted in the summary.

Paradoxically rejected: the order would have gained more than rounding explains, and
nothing else kept it out, such as a rejected parent or a group that is used up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from walras.book.book import Book
from walras.book.cells import BoolArray, FloatArray
from walras.results.audit.case import DECIDED, Case, published_case
from walras.results.audit.families import block_surplus, losing_blocks
from walras.results.audit.scalables import scalable_surplus
from walras.results.certificate import best_power, own_gain
from walras.results.raw import Raw, mean_over, spread
from walras.results.results import Results
from walras.vocabulary import Outcome

Codes = npt.NDArray[np.int8]
"""Outcomes as places in `WORDS`: a byte an order instead of a text."""

WORDS: tuple[str, ...] = tuple(word.value for word in Outcome)
ACCEPTED, CURTAILED, REJECTED, PARADOXICALLY_REJECTED, PARADOXICALLY_ACCEPTED = range(5)


@dataclass(frozen=True)
class Outcomes:
    """Outcome code and surplus of each order of one family; each of shape (o,)."""

    outcome: Codes
    surplus: FloatArray


@dataclass(frozen=True)
class AllOutcomes:
    """Outcomes of every family; `curve` has a code a step and no surplus."""

    curve: Codes
    block: Outcomes
    flexible: Outcomes
    scalable: Outcomes


def outcomes_of(book: Book, results: Results, raw: Raw | None = None) -> AllOutcomes:
    """Return what became of every order of a book; `raw` spares converting its ticks again."""
    case = published_case(raw or Raw(book), results)
    return AllOutcomes(curve_words(case), block_outcomes(case), flexible_outcomes(case), scalable_outcomes(case))


def counts_of(outcomes: AllOutcomes) -> dict[str, dict[str, int]]:
    """Return how many curve steps and orders of each family had each outcome."""
    words = {
        "curve_steps": outcomes.curve,
        "block": outcomes.block.outcome,
        "flexible": outcomes.flexible.outcome,
        "scalable": outcomes.scalable.outcome,
    }
    counted = {kind: np.bincount(column, minlength=len(WORDS)).tolist() for kind, column in words.items()}
    return {kind: dict(zip(WORDS, numbers, strict=True)) for kind, numbers in counted.items()}


def curve_words(case: Case) -> Codes:
    """Return the outcome of each curve step; an order over several MTUs may be rejected paradoxically; shape (k,)."""
    curves, accepted = case.raw.curves, case.volumes.curve
    out = _words(accepted > 0, accepted >= curves.quantity)
    out[(accepted == 0) & (curves.quantity == 0)] = REJECTED
    many = (curves.cells > 1) & (accepted == 0) & (curves.quantity > 0)
    if many.any():
        gain = curves.sign * (case.price_at(curves.cell, curves.cells) - curves.price_start)
        out[many & (gain > case.half_price_tick[curves.cell])] = PARADOXICALLY_REJECTED
    return out


def block_outcomes(case: Case) -> Outcomes:
    """Return outcome and surplus of each block."""
    raw, ratio = case.raw, case.volumes.block_ratio
    accepted = ratio > DECIDED
    whole = np.where(accepted, ratio, 1.0)
    filled = replace(
        case.volumes,
        block_ratio=whole,
        block_leg=np.where(accepted[raw.blocks.order], case.volumes.block_leg, raw.blocks.quantity),
    )
    surplus, excused = block_surplus(replace(case, volumes=filled))
    words = _words(accepted, ratio >= 1 - DECIDED)
    words[~accepted & (surplus > excused) & ~excluded_blocks(case)] = PARADOXICALLY_REJECTED
    words[losing_blocks(case) > 0] = PARADOXICALLY_ACCEPTED
    return Outcomes(words, surplus)


def excluded_blocks(case: Case) -> BoolArray:
    """Return the blocks that a parent or their group left too little room for; shape (o,)."""
    blocks, ratio = case.raw.book.blocks, case.volumes.block_ratio
    room = np.ones(blocks.count)
    np.minimum.at(room, blocks.link_child, ratio[blocks.link_parent])
    member = blocks.group >= 0
    used = np.zeros(len(blocks.group_name))
    np.add.at(used, blocks.group[member], ratio[member])
    room[member] = np.minimum(room[member], 1 - used[blocks.group[member]])
    out: BoolArray = room < blocks.min_acceptance_ratio - DECIDED
    return out


def flexible_outcomes(case: Case) -> Outcomes:
    """Return outcome and surplus of each flexible order; a rejected one's surplus is that of its best start."""
    raw, book, cells = case.raw, case.raw.book.flexibles, case.raw.book.cells
    start = case.volumes.flexible_start
    accepted = start >= 0
    order, first = spread(book.first_cell, book.choices)
    mean = mean_over(case.price, first, book.cells[order])
    own = cells.prices(book.price, book.grid)
    energy = cells.quantities(book.quantity, book.grid) * book.cells * cells.hours[book.first_cell]
    gain = (book.side * energy)[order] * (mean - own[order])
    chosen = ~accepted[order] | (first == start[order])
    surplus = np.full(book.count, -np.inf)
    np.maximum.at(surplus, order[chosen], gain[chosen])
    words = _words(accepted, accepted)
    excused = raw.price_tick[book.first_cell] / 2 * energy + case.relative * energy * (np.abs(own) + 1)
    words[~accepted & (surplus > excused)] = PARADOXICALLY_REJECTED
    words[accepted & (surplus < -excused)] = PARADOXICALLY_ACCEPTED
    return Outcomes(words, surplus)


def scalable_outcomes(case: Case) -> Outcomes:
    """Return outcome and surplus, after its fixed term, of each scalable complex order.

    A rejected order's surplus is that of its best power in every cell. Its load gradients
    are left out of that, so an order with gradients is called paradoxically rejected only
    if that best power keeps them.
    """
    raw, book = case.raw, case.raw.book.scalables
    if book.count == 0:
        return Outcomes(_words(np.zeros(0, bool), np.zeros(0, bool)), np.zeros(0))
    accepted = case.volumes.scalable_accepted == 1
    best = best_power(raw, own_gain(raw.scalables, case.price))
    power = np.where(accepted[raw.scalables.order], case.volumes.scalable, best)
    filled = replace(case.volumes, scalable=power)
    surplus, excused = scalable_surplus(replace(case, volumes=filled))
    surplus = surplus - book.fixed_term
    offered = np.bincount(raw.scalables.order, weights=raw.scalables.quantity, minlength=book.count)
    taken = np.bincount(raw.scalables.order, weights=case.volumes.scalable, minlength=book.count)
    words = _words(accepted, taken >= offered - DECIDED)
    missed = ~accepted & (surplus > excused) & keeps_gradients(raw, power)
    words[missed] = PARADOXICALLY_REJECTED
    words[accepted & (surplus < -excused)] = PARADOXICALLY_ACCEPTED
    return Outcomes(words, surplus)


def keeps_gradients(raw: Raw, power: FloatArray) -> BoolArray:
    """Return which scalable orders keep their load gradients with this power of each step; shape (o,)."""
    book, cells = raw.book.scalables, raw.book.cells
    out = np.ones(book.count, dtype=bool)
    for order in np.flatnonzero((book.gradient_up >= 0) | (book.gradient_down >= 0)).tolist():
        grid = int(book.grid[order])
        mine = book.step_order == order
        first, count = int(cells.first[grid]), cells.grids[grid].cell_count
        climb = np.diff(np.bincount(book.step_cell[mine] - first, weights=power[mine], minlength=count))
        tick = cells.grids[grid].quantity_tick
        for ticks, change in ((int(book.gradient_up[order]), climb), (int(book.gradient_down[order]), -climb)):
            if ticks >= 0 and (change > tick.value(ticks) + DECIDED).any():
                out[order] = False
    return out


def _words(accepted: BoolArray, is_whole: BoolArray) -> Codes:
    out = np.full(len(accepted), REJECTED, dtype=np.int8)
    out[accepted] = CURTAILED
    out[accepted & is_whole] = ACCEPTED
    return out
