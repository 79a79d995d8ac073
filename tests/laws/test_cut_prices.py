"""Where prices have to be cut at a limit, still no accepted order loses.

Hourly lines between quarter-hourly zones and narrow price limits: there a market may have
no price at all that fits every line, and blocks stand on what is left.
"""

import itertools
import random

import pytest
from tests.builders import market

SEEDS = (10131, 11300, 11939, *range(40))


def narrow_market(chance):
    zones = ("A", "B", "C")[: chance.choice([2, 3])]
    minutes = {z: chance.choice([15, 15, 15, 60]) for z in zones}
    m = market(zones, 1, minutes, price_min=chance.choice([0, 0, -5]), price_max=60)
    for z in zones:
        for i in range(60 // minutes[z]):
            hour = i * minutes[z] / 60
            for _ in range(chance.randrange(1, 4)):
                m.sells(z, chance.choice([5, 10, 20, 30.5]), at=chance.choice([0, 5, 10, 20, 30, 50]), hour=hour)
            for _ in range(chance.randrange(1, 4)):
                m.buys(z, chance.choice([5, 10, 20, 30.3]), at=chance.choice([5, 10, 20, 30, 50, 60]), hour=hour)
            if chance.random() < 0.3:
                m.sells(z, chance.choice([5, 20]), at=5, to=50, hour=hour)
    for x, y in itertools.pairwise(zones):
        m.line(x, y, chance.choice([5, 20, 100]), minutes=60)
    for i in range(chance.randrange(1, 6)):
        z, side = chance.choice(zones), chance.choice(["supply", "demand"])
        n, price = 60 // minutes[z], chance.choice([8, 15, 25, 40, 55])
        at = sorted(chance.sample(range(n), chance.randrange(1, n + 1)))
        profile = {j * minutes[z] / 60: chance.choice([5, 10, 20, 30]) for j in at}
        m.block(f"b{i}", z, side, price, profile, mar=chance.choice([1, 1, 0.5]))
    if chance.random() < 0.3:
        zone = chance.choice(zones)
        m.flexible("f", zone, "supply", chance.choice([8, 25]), 20, minutes=minutes[zone])
    return m.book()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_order_loses_where_prices_are_cut(clear, seed):
    clear(narrow_market(random.Random(seed)))
