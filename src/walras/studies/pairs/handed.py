"""What one day hands to the next: states of units, levels of stores, input in stock, and prices.

Written after an auction by `handed_on`; read by the next day's `pair_book`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.studies.pairs.pair import Pair
from walras.units.unit import State

Key = tuple[str, str]


@dataclass(frozen=True)
class Handed:
    """How the day before ended; empty on the first day.

    Attributes:
        states: Of each unit, by plant.
        levels: Of each store; MWh.
        stock: By conversion, the starts of the input's MTUs after the day (UTC minutes) and the MW bought in them.
        prices: Clearing prices by zone and carrier.
    """

    states: Mapping[str, State] = field(default_factory=dict)
    levels: Mapping[str, float] = field(default_factory=dict)
    stock: Mapping[str, tuple[IntArray, FloatArray]] = field(default_factory=dict)
    prices: Mapping[Key, FloatArray] = field(default_factory=dict)

    def mean_price(self, pair: Pair, zone: str, carrier: str) -> float:
        """Return the last mean price of a zone and carrier, before the first auction its reference price."""
        if (zone, carrier) in self.prices:
            return float(np.mean(self.prices[zone, carrier]))
        return pair.carriers[carrier].reference_price
