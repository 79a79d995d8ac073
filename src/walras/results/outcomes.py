"""What became of each order, and what it gained: accepted, curtailed, rejected, paradoxical or not.

Axes: o orders of a family, k curve steps. Surplus is in the trade currency at published
prices; an accepted order's is of its accepted volumes, a rejected one's is what it would
have gained if accepted whole (negative if it would have lost). Written into
`order_acceptances` and counted in the summary.

Paradoxically rejected: the order would have gained more than rounding explains, and
nothing else kept it out, such as a rejected parent or a group whose accepted members earn
more (`rejected`).
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
from walras.results.audit.storage_schedules import best_earnings, storage_surplus
from walras.results.certificate_orders import step_gain
from walras.results.raw import Raw, mean_over, spread
from walras.results.rejected import best_schedules, group_surplus, room_below_parents, room_in_group, with_descendants
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
    storage: Outcomes


def outcomes_of(book: Book, results: Results, raw: Raw | None = None) -> AllOutcomes:
    """Return what became of every order of a book; `raw` spares converting its ticks again."""
    case = published_case(raw or Raw(book), results)
    return AllOutcomes(
        curve_words(case),
        block_outcomes(case),
        flexible_outcomes(case),
        scalable_outcomes(case),
        storage_outcomes(case),
    )


def counts_of(outcomes: AllOutcomes) -> dict[str, dict[str, int]]:
    """Return how many curve steps and orders of each family had each outcome."""
    words = {
        "curve_steps": outcomes.curve,
        "block": outcomes.block.outcome,
        "flexible": outcomes.flexible.outcome,
        "scalable": outcomes.scalable.outcome,
    }
    if len(outcomes.storage.outcome):
        words["storage"] = outcomes.storage.outcome
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
    """Return outcome and surplus of each block.

    The surplus is each block's own. A rejected one is paradoxically rejected if it gains
    together with the rejected descendants that help it, its parents leave it room, and its
    exclusive group does, too, or earns less with the members that it accepted instead.
    """
    raw, book, ratio = case.raw, case.raw.book.blocks, case.volumes.block_ratio
    accepted = ratio > DECIDED
    filled = replace(
        case.volumes,
        block_ratio=np.where(accepted, ratio, 1.0),
        block_leg=np.where(accepted[raw.blocks.order], case.volumes.block_leg, raw.blocks.quantity),
    )
    surplus, excused = block_surplus(replace(case, volumes=filled))
    words = _words(accepted, ratio >= 1 - DECIDED)
    gain = with_descendants(case, surplus - excused)
    least = book.min_acceptance_ratio - DECIDED
    displaced = np.where(room_in_group(case) >= least, 0.0, group_surplus(book, surplus, accepted))
    missed = ~accepted & (gain > np.maximum(displaced, 0.0)) & (room_below_parents(case) >= least)
    words[missed] = PARADOXICALLY_REJECTED
    words[losing_blocks(case) > 0] = PARADOXICALLY_ACCEPTED
    return Outcomes(words, surplus)


def excluded_blocks(case: Case) -> BoolArray:
    """Return the blocks that a parent or their group left too little room for; shape (o,)."""
    least = case.raw.book.blocks.min_acceptance_ratio - DECIDED
    out: BoolArray = np.minimum(room_below_parents(case), room_in_group(case)) < least
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

    A rejected order's surplus is that of its best power in every MTU that keeps minimums and
    load gradients. It is paradoxically rejected if that earns the fixed term, whatever its
    scheduled stop earns meanwhile (rules, 3.5).
    """
    raw, book = case.raw, case.raw.book.scalables
    if book.count == 0:
        return Outcomes(_words(np.zeros(0, bool), np.zeros(0, bool)), np.zeros(0))
    accepted = case.volumes.scalable_accepted == 1
    best = best_schedules(raw, step_gain(raw, case.price), ~accepted)
    power = np.where(accepted[raw.scalables.order], case.volumes.scalable, best)
    filled = replace(case.volumes, scalable=power)
    surplus, excused = scalable_surplus(replace(case, volumes=filled))
    surplus = surplus - book.fixed_term
    offered = np.bincount(raw.scalables.order, weights=raw.scalables.quantity, minlength=book.count)
    taken = np.bincount(raw.scalables.order, weights=case.volumes.scalable, minlength=book.count)
    words = _words(accepted, taken >= offered - DECIDED)
    words[~accepted & (surplus > excused)] = PARADOXICALLY_REJECTED
    words[accepted & (surplus < -excused)] = PARADOXICALLY_ACCEPTED
    return Outcomes(words, surplus)


def storage_outcomes(case: Case) -> Outcomes:
    """Return outcome and surplus, after its fixed term, of each storage order; at its best schedule if rejected."""
    book, accepted = case.raw.book.storages, case.volumes.storage_accepted == 1
    surplus, excused = storage_surplus(case)
    best, reach = best_earnings(case, np.flatnonzero(~accepted))
    surplus = np.where(accepted, surplus, best) - book.fixed_term
    words = _words(accepted, accepted)
    words[~accepted & (surplus > reach + DECIDED * np.maximum(1.0, book.fixed_term))] = PARADOXICALLY_REJECTED
    words[accepted & (surplus < -excused)] = PARADOXICALLY_ACCEPTED
    return Outcomes(words, surplus)


def _words(accepted: BoolArray, is_whole: BoolArray) -> Codes:
    out = np.full(len(accepted), REJECTED, dtype=np.int8)
    out[accepted] = CURTAILED
    out[accepted & is_whole] = ACCEPTED
    return out
