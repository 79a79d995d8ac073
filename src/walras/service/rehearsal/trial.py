"""Orders of a trial: blocks around the last prices, so many of them that the search for the best takes minutes.

A day of two states clears in a blink: few of its orders are indivisible. In a trial every trader of power adds blocks
that are nearly as good as each other, so the bound comes down slowly, and a run can be watched.

Units: MW, prices in the market's currency. Axes: p prices (zone, MTU), o blocks.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from walras.book.columns import TIME_FORMAT

CARRIER = "electricity"
LENGTHS = (3, 4, 6, 8, 12, 24)
"""MTUs that a block may last."""
SPREAD = 0.02
"""Standard deviation of a block's price around what it may hope for, as a share of that."""
LEAST_MW, MOST_MW = 15.0, 90.0
PARTLY = (1.0, 1.0, 1.0, 0.6)
"""Minimum acceptance ratios that blocks have; most are all or nothing."""


def trial_blocks(
    places: Sequence[tuple[str, str]], prices: pl.DataFrame, count: int, seed: Sequence[int]
) -> dict[str, pl.DataFrame]:
    """Return so many blocks of one trader: tables `block_orders` and `block_legs`, every column as text.

    Args:
        places: Zones where it trades power, each with its side there.
        prices: Published prices of a day: zone, carrier, mtu_start, and one column of prices.
        count: Blocks.
        seed: The same seed gives the same blocks.

    Returns:
        Nothing where it trades no power.
    """
    if not places:
        return {}
    column = next(c for c in prices.columns if c.startswith("price"))
    rng = np.random.default_rng(list(seed))
    blocks, legs = [], []
    for n in range(count):
        zone, side = places[n % len(places)]
        own = prices.filter((pl.col("zone") == zone) & (pl.col("carrier") == CARRIER)).sort("mtu_start")
        length = min(int(rng.choice(LENGTHS)), own.height)
        begin = int(rng.integers(0, own.height - length + 1))
        span = own.slice(begin, length)
        price = float(np.mean(span[column].to_numpy())) * (1 + rng.normal(0, SPREAD))
        name, ratio = f"trial-{n + 1:03}", float(rng.choice(PARTLY))
        quantity = f"{rng.uniform(LEAST_MW, MOST_MW):.1f}"
        blocks.append((name, zone, CARRIER, side, f"{price:.2f}", str(ratio)))
        legs += [(name, at, quantity) for at in span["mtu_start"].dt.strftime(TIME_FORMAT)]
    currency = column.removeprefix("price_")
    names = ["order", "zone", "carrier", "side", f"price_{currency}", "min_acceptance_ratio"]
    return {
        "block_orders": pl.DataFrame(blocks, schema=names, orient="row"),
        "block_legs": pl.DataFrame(legs, schema=["order", "mtu_start", "quantity_mw"], orient="row"),
    }
