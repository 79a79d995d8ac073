"""The formula by which orders count: at their limits, or at a reference price times a multiplier.

What an order may owe for a unit of energy is a price, positive where the member would pay::

    limit_price      -side x limit + difference allowance          (side +1 supply, -1 demand)
    reference_price  demand: max(0, reference) x multiplier;  supply: max(0, -reference) x multiplier

A buyer at 90 may owe 90 for each MWh, a seller at -20 may owe 20, a seller at 10 owes nothing. Prices are counted
in half ticks of their grid, rounded up, for what rounding a price may add is half a tick.

Axes: g grids, and whatever axis an argument has. Read by the parts of `exposure`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from walras.book.cells import Cells, IntArray
from walras.errors import BadInput, Mistake
from walras.vocabulary import Side

LIMIT_PRICE, REFERENCE_PRICE = "limit_price", "reference_price"
FORMULAS = (LIMIT_PRICE, REFERENCE_PRICE)
ORDER, NONE = "order", "none"
NETTINGS = (ORDER, NONE)


@dataclass(frozen=True)
class Formula:
    """How the exposure of orders is counted.

    Attributes:
        kind: `limit_price` or `reference_price`.
        reference: Price of each zone and carrier, currency per MWh; `reference_price` needs one wherever orders are.
        multiplier: What reference prices are multiplied with, not negative.
        difference_allowance: Currency per MWh that every order counts for its share of the difference amount,
            where losses are compensated; not negative.
        netting: `order`: what a conversion or a storage order buys counts net of what the same order sells, which
            its own condition secures; `none`: it counts whole, at the upper price limit.
        counts_ticks: Whether the rounding of volumes to their tick counts too, at the price limits. Without it an
            order of several MTUs that is accepted in part may owe that much more.
    """

    kind: str = LIMIT_PRICE
    reference: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)
    multiplier: Fraction = Fraction(1)
    difference_allowance: Fraction = Fraction(0)
    netting: str = ORDER
    counts_ticks: bool = False

    def __post_init__(self) -> None:
        """Refuse what no formula is.

        Raises:
            BadInput: An unknown kind or netting, or an amount below zero (`collateral_formula`).
        """
        mistakes = [
            _mistake(f"{name} {value!r} is not known", f"Use {' or '.join(choices)}.")
            for name, value, choices in (("kind", self.kind, FORMULAS), ("netting", self.netting, NETTINGS))
            if value not in choices
        ]
        mistakes += [
            _mistake(f"{name} {value} is below zero", "Give zero or more.")
            for name, value in (("multiplier", self.multiplier), ("difference_allowance", self.difference_allowance))
            if value < 0
        ]
        if mistakes:
            raise BadInput(mistakes)


@dataclass(frozen=True)
class Prices:
    """A formula on the grids of one market, in half ticks of price."""

    formula: Formula
    of_side: dict[int, IntArray]
    allowance: IntArray

    @staticmethod
    def of(formula: Formula, cells: Cells) -> Prices:
        """Return the prices of a formula.

        Raises:
            BadInput: A zone and carrier has no reference price (`reference_price`).
        """
        ticks = [g.price_tick for g in cells.grids]
        places = [(cells.zones[g.zone].name, g.carrier) for g in cells.grids]
        if formula.kind == REFERENCE_PRICE:
            missing = [p for p in places if p not in formula.reference]
            if missing:
                fix = "Give a reference price of every zone and carrier."
                raise BadInput(
                    Mistake(f"{carrier} of {zone} has no reference price", "collateral", "reference_price", fix)
                    for zone, carrier in missing
                )
            by = [formula.reference[p] * formula.multiplier for p in places]
        else:
            by = [Fraction(0)] * len(places)
        extra = [formula.difference_allowance] * len(places)

        def halves(amounts: list[Fraction]) -> IntArray:
            counts = (
                math.ceil(2 * max(a, Fraction(0)) * t.scale / t.step) for a, t in zip(amounts, ticks, strict=True)
            )
            return np.array(list(counts), dtype=np.int64)

        sides = {int(Side.DEMAND): halves(by), int(Side.SUPPLY): halves([-a for a in by])}
        return Prices(formula, sides, halves(extra))

    def owed(self, side: IntArray, price: IntArray, grid: IntArray) -> IntArray:
        """Return what orders with these limits (ticks) may owe for a unit of energy; half ticks, any axis."""
        extra = self.allowance[grid]
        if self.formula.kind == LIMIT_PRICE:
            return extra - 2 * side * price
        supply, demand = (self.of_side[int(s)][grid] for s in (Side.SUPPLY, Side.DEMAND))
        return extra + np.where(side == Side.SUPPLY, supply, demand)


def _mistake(what: str, fix: str) -> Mistake:
    return Mistake(what, "collateral", "collateral_formula", fix)
