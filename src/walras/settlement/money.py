"""Money in whole minor units, without floats: scales of one market and the one rounding rule.

An amount is price x power x minutes. With prices and powers as whole numbers of a small
unit, the product is exact; it is rounded once, for each posting, to the currency's minor
unit. Halves go away from zero, so that buyer and seller of the same energy post the same
amount. What rounding leaves over is posted too, on an account of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.errors import BadInput, Mistake
from walras.results.minor_units import decimals_of, round_half_away

LARGEST = float(np.iinfo(np.int64).max) / 4


@dataclass(frozen=True)
class Units:
    """Whole-number scales of one market.

    Attributes:
        price_scale: Price units in one unit of the currency per MWh.
        quantity_scale: Quantity units in one MW, 1000 (a kW) or more.
        decimals: Decimals of the currency's minor unit.

    Example:
        Half an hour of 2.5 MW at 70.13 EUR/MWh is 87.6625 EUR, 8766 cents:

        >>> units = Units(price_scale=100, quantity_scale=1000, decimals=2)
        >>> units.minor(*(np.array([x]) for x in (7013, 2500, 30))).tolist()
        [8766]
    """

    price_scale: int
    quantity_scale: int
    decimals: int

    @staticmethod
    def of(book: Book) -> Units:
        """Return scales in which every tick of the book is a whole number, and the mean of ticks over a cell too.

        An exchange with a flow-based domain of quarters counts a quarter in the hour of its zone.
        """
        grids, domains = book.cells.grids, book.domains
        members = zip(domains.member_domain.tolist(), domains.member_grid.tolist(), strict=True)
        parts = (grids[g].quantity_tick.scale * grids[g].mtu_minutes // int(domains.minutes[d]) for d, g in members)
        return Units(
            price_scale=math.lcm(*(g.price_tick.scale for g in grids)),
            quantity_scale=math.lcm(1000, *(g.quantity_tick.scale for g in grids), *parts),
            decimals=decimals_of(book.currency),
        )

    def prices(self, prices: FloatArray) -> IntArray:
        """Return published prices as whole units.

        Raises:
            BadInput: A price is not a number, or lies between two units.
        """
        return _whole(prices, self.price_scale, "prices")

    def quantities(self, quantities: FloatArray, where: str) -> IntArray:
        """Return published powers in MW as whole units; `where` names the table in messages.

        Raises:
            BadInput: A power is not a number, or lies between two units.
        """
        return _whole(quantities, self.quantity_scale, where)

    def minor(self, price: IntArray, power: IntArray, minutes: IntArray) -> IntArray:
        """Return minor units of price units x quantity units x minutes, element by element, rounded once."""
        up, down = 10**self.decimals, self.price_scale * self.quantity_scale * 60
        common = math.gcd(up, down)
        up, down = up // common, down // common
        size = np.abs(price.astype(np.float64) * power * minutes)  # floats do not wrap round
        assert size.max(initial=0) < LARGEST / up, "an amount does not fit into 64 bits"
        return round_half_away(price * power * minutes * up, down)


def _whole(values: FloatArray, scale: int, where: str) -> IntArray:
    scaled = values * float(scale)
    bad = np.flatnonzero(~(np.abs(scaled - np.rint(scaled)) < 1e-3))
    if bad.size:
        raise BadInput(
            Mistake(
                f"value {values[i]!r} is not a whole multiple of 1/{scale}",
                f"{where} row {i + 1}",
                "published_on_tick",
                "Settle published values, which are on the tick.",
            )
            for i in bad
        )
    return np.rint(scaled).astype(np.int64)
