"""What is wrong with one curve order alone: its steps against each other and its grid's terms.

Axes as in `curves`: o orders, k steps sorted by order, first cell and number. A curve
here is the steps of one order that begin at one cell. The same rules hold for the steps
of scalable complex orders, which are steps one cell long with one price.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.orders.breach import BoolArray, Breach, GridTerms, IntArray, price_limits, quantity_not_negative


@dataclass(frozen=True)
class Steps:
    """The steps of a family as the rules see them; all shapes (k,), sorted by order, cell and number."""

    order: IntArray
    cell: IntArray
    cells: IntArray
    number: IntArray
    grid: IntArray
    side: IntArray
    price_start: IntArray
    price_end: IntArray
    quantity: IntArray

    @property
    def follows(self) -> BoolArray:
        """Whether a step follows another of its curve; shape (k - 1,), for steps 1, 2, ..."""
        out: BoolArray = (self.order[1:] == self.order[:-1]) & (self.cell[1:] == self.cell[:-1])
        return out


def step_breaches(steps: Steps, terms: GridTerms, complete: BoolArray, max_steps: int = 0) -> list[Breach]:
    """Return everything that is wrong with steps.

    Args:
        steps: The steps, sorted.
        terms: Of every grid.
        complete: Whether all steps of the step's order are here; shape (k,). Where some
            could not be read, their numbers say nothing.
        max_steps: Most steps of one curve, 0 = no limit.
    """
    follows = steps.follows
    start = price_limits(steps.price_start, steps.grid, terms, "price")
    end = price_limits(steps.price_end, steps.grid, terms, "end price")
    is_sloped = steps.price_end[end.at] != steps.price_start[end.at]
    found = [
        start,
        Breach(end.rule, end.at[is_sloped], end.what, end.fix),
        quantity_not_negative(steps.quantity, steps.grid, terms),
        _monotone_inside(steps, terms),
        _monotone_between(steps, terms, follows),
        _numbers(steps, complete, follows),
        _one_length(steps, follows),
        _overlap(steps, follows),
    ]
    if max_steps:
        found.append(_at_most(steps, max_steps, follows))
    return [b for b in found if len(b.at)]


def _direction(side: int) -> tuple[str, str]:
    return ("supply", "rise or stay") if side > 0 else ("demand", "fall or stay")


def _monotone(steps: Steps, terms: GridTerms, at: IntArray, before: IntArray, after: IntArray) -> Breach:
    """Return the breach of steps `at` whose price goes from `before` to `after` the wrong way."""
    was = dict(zip(at.tolist(), before.tolist(), strict=True))
    becomes = dict(zip(at.tolist(), after.tolist(), strict=True))

    def what(k: int) -> str:
        verb = "falls" if steps.side[k] > 0 else "rises"
        g = steps.grid[k]
        prices = f"from {terms.price(g, was[k])} to {terms.price(g, becomes[k])} {terms.currency}/MWh"
        return f"{_direction(steps.side[k])[0]} price {verb} {prices} at step {steps.number[k]}"

    def fix(k: int) -> str:
        side, verb = _direction(steps.side[k])
        return f"Order the steps so that {side} prices {verb} from step to step."

    return Breach("curve_monotone", at, what, fix)


def _monotone_inside(steps: Steps, terms: GridTerms) -> Breach:
    at = np.flatnonzero((steps.price_end - steps.price_start) * steps.side < 0)
    return _monotone(steps, terms, at, steps.price_start[at], steps.price_end[at])


def _monotone_between(steps: Steps, terms: GridTerms, follows: BoolArray) -> Breach:
    at = 1 + np.flatnonzero(follows & ((steps.price_start[1:] - steps.price_end[:-1]) * steps.side[1:] < 0))
    return _monotone(steps, terms, at, steps.price_end[at - 1], steps.price_start[at])


def _numbers(steps: Steps, complete: BoolArray, follows: BoolArray) -> Breach:
    expected = np.ones(len(steps.number), dtype=np.int64)
    expected[1:] = np.where(follows, steps.number[:-1] + 1, 1)
    # a repeated number is a duplicate key, reported as such
    repeated = np.zeros(len(steps.number), dtype=np.bool_)
    repeated[1:] = follows & (steps.number[1:] == steps.number[:-1])
    bad = (steps.number != expected) & ~repeated & complete
    return Breach(
        "step_numbers",
        np.flatnonzero(bad),
        lambda k: f"step {steps.number[k]} stands where step {expected[k]} is expected",
        lambda k: "Number the steps of each order and MTU from 1 without gaps.",
    )


def _one_length(steps: Steps, follows: BoolArray) -> Breach:
    at = 1 + np.flatnonzero(follows & (steps.cells[1:] != steps.cells[:-1]))
    return Breach(
        "one_product_length",
        at,
        lambda k: f"step {steps.number[k]} covers {steps.cells[k]} MTUs, the step before it {steps.cells[k - 1]}",
        lambda k: "Give all steps of one order and start the same minutes.",
    )


def _overlap(steps: Steps, follows: BoolArray) -> Breach:
    same_order = steps.order[1:] == steps.order[:-1]
    reaches = steps.cell[:-1] + steps.cells[:-1] > steps.cell[1:]
    at = 1 + np.flatnonzero(same_order & ~follows & reaches)
    return Breach(
        "products_overlap",
        at,
        lambda k: "the product begins before the product before it, of the same order, has ended",
        lambda k: "Send products that overlap in time as orders of their own.",
    )


def _at_most(steps: Steps, max_steps: int, follows: BoolArray) -> Breach:
    first = np.concatenate([[True], ~follows]) if len(steps.number) else np.zeros(0, dtype=np.bool_)
    begin = np.flatnonzero(first)
    counts = np.diff(np.append(begin, len(steps.number)))
    too_long = counts > max_steps
    count = dict(zip(begin[too_long].tolist(), counts[too_long].tolist(), strict=True))
    return Breach(
        "max_curve_steps",
        begin[too_long],
        lambda k: f"the curve has {count[k]} steps in this MTU, the rules profile allows {max_steps}",
        lambda k: f"Send at most {max_steps} steps an order and MTU.",
    )
