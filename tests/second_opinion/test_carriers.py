"""Small random markets of power, gas and stores: the engine against every selection; the drill runs thousands."""

import random
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from tests.second_opinion.carrier_markets import carrier_market
from tests.second_opinion.random_markets import Script
from tests.second_opinion.verdict import indivisible_complaints

from walras.coupling.clear import clear
from walras.results.tables import results_tables

CHUNK = 10


@pytest.mark.parametrize("first", range(0, 40, CHUNK))
def test_engine_is_legal_its_bound_holds_and_its_optimum_is_best(first):
    for seed in range(first, first + CHUNK):
        book = carrier_market(random.Random(seed)).book()
        assert indivisible_complaints(book, clear(book)) == [], seed


def test_the_sample_converts_and_stores():
    seen = set()
    for seed in range(20):
        decided = clear(carrier_market(random.Random(seed)).book()).decided
        seen |= {"converts"} if (decided.bought > 1e-6).any() else set()
        seen |= {"stores"} if (decided.charge > 1e-6).any() else set()
    assert seen == {"converts", "stores"}


def without_conversions(seed: int) -> Script:
    """A random market whose plants are gone, so that nothing joins power and gas."""
    script = carrier_market(random.Random(seed))
    plants = {args[0] for name, args, _ in script.calls if name == "converts"}
    return replace(script, calls=tuple(c for c in script.calls if c[0] != "converts" and c[1][0] not in plants))


def alone(script: Script, zones: tuple[str, ...]) -> Script:
    """The calls of some zones, as a market of their own."""
    mine = tuple(c for c in script.calls if (c[1][0] if c[0] in ("sells", "buys", "line") else c[1][1]) in zones)
    more = {name: {z: v for z, v in said.items() if z in zones} for name, said in script.limits.items()}
    minutes = {z: m for z, m in script.minutes.items() if z in zones}
    return replace(script, zones=zones, minutes=minutes, calls=mine, limits=more)


def published(script: Script, zones: tuple[str, ...]) -> dict[str, bytes]:
    """Prices, positions and acceptances of some zones of a cleared market, as CSV."""
    tables = results_tables(book := script.book(), clear(book))
    steps = tables["curve_acceptances"]["accepted_mw"].to_numpy()
    grid = book.curves.grid[book.curves.step_order]
    names = np.array([book.cells.zones[g.zone].name for g in book.cells.grids])
    own = pl.DataFrame({"accepted_mw": steps[np.isin(names[grid], zones)]})
    by_zone = {name: tables[name].filter(pl.col("zone").is_in(zones)) for name in ("prices", "net_positions")}
    homes = {
        o: names[g] for orders in (book.blocks, book.storages) for o, g in zip(orders.name, orders.grid, strict=True)
    }
    told = [order for order in tables["order_acceptances"]["order"] if homes[order] in zones]
    orders = tables["order_acceptances"].filter(pl.col("order").is_in(told))
    return {k: v.write_csv().encode() for k, v in {**by_zone, "curves": own, "orders": orders}.items()}


@pytest.mark.parametrize("seed", range(30))
def test_without_conversions_each_carrier_clears_as_if_alone_to_the_byte(seed):
    script = without_conversions(seed)
    for zones in (tuple(z for z in script.zones if z != "G"), ("G",)):
        assert published(script, zones) == published(alone(script, zones), zones)
