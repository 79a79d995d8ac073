"""A selection: which indivisible orders are accepted, and the legal optimum around them."""

from __future__ import annotations

from dataclasses import dataclass

from walras.book.cells import BoolArray
from walras.coupling.market import Market
from walras.coupling.points import Relaxed


@dataclass(frozen=True)
class Selection:
    """A legal end of a search.

    Attributes:
        final: The legal optimum: volumes with these orders rejected, prices at which none loses.
        market: The market it is legal in: coarse curve steps that a price limit rejects are gone.
        killed: Order columns rejected on the way; shape (j,). Others may stand at zero, too.
    """

    final: Relaxed
    market: Market
    killed: BoolArray

    @property
    def cost(self) -> float:
        """Return what the optimum costs: minus welfare, but for a constant of the market."""
        return self.final.cost
