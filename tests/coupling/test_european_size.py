"""From a decided selection to published ticks, on a market that was made backwards (see `european`)."""

import time

import numpy as np
import pytest
from tests.coupling.european import Size, decided

from walras.coupling import prices as price_room
from walras.coupling.domain_prices import domain_prices
from walras.coupling.losses import losing_orders
from walras.coupling.prices import choose_prices
from walras.coupling.rounding import published_volumes, rounded_prices
from walras.coupling.runs import summed
from walras.coupling.volumes import Decided, decided_volumes

SMALL = Size(zones=14, periods=24, core=6, branches=30, steps=14, blocks=300, open_share=0.5)


@pytest.fixture(scope="module")
def made():
    return decided(SMALL)


@pytest.fixture(scope="module")
def prices(made):
    return choose_prices(made.market, made.relaxed)


@pytest.fixture(scope="module")
def volumes(made, prices):
    return volumes_of(made, prices)


def volumes_of(made, prices):
    relaxed, none = made.relaxed, np.zeros(0, dtype=np.int64)
    said = relaxed.ratio, relaxed.step, relaxed.exchange, none, relaxed.domain
    return decided_volumes(made.book, made.market, Decided(prices.price, prices.price, *said))


def unexplained(made, prices):
    """How far prices of congested periods are from hub less rents, rents free in sign."""
    return max(
        np.abs(p.relation() @ np.linalg.lstsq(p.relation(), prices[p.cell])[0] - prices[p.cell]).max()
        for p in domain_prices(made.market, made.relaxed).periods
    )


def imbalance(made, volumes):
    book, lines, domains, count = made.book, made.market.lines, made.market.domains, made.market.cells
    out = summed(book.curves.step_cell, book.curves.side[book.curves.step_order] * volumes.curve, count)
    out += summed(book.blocks.leg_cell, book.blocks.side[book.blocks.leg_order] * volumes.block_leg, count)
    out += summed(lines.to_cell, volumes.exchange, count) - summed(lines.from_cell, volumes.exchange, count)
    return np.abs(out - summed(domains.cell, volumes.domain, count)).max()


def overload(made, volumes):
    domains = made.market.domains
    flow = summed(domains.entry_row, domains.ptdf * volumes.domain[domains.entry_exchange], len(domains.ram))
    return (flow - domains.ram).max()


def sums(made, volumes):
    domains = made.market.domains
    return np.abs(summed(domains.period, volumes.domain, domains.periods)).max()


def test_the_market_made_backwards_has_legal_prices_and_open_ones(made, prices):
    assert len(losing_orders(made.market, made.relaxed, made.relaxed.price)) == 0
    assert unexplained(made, made.relaxed.price) < 1e-9
    assert (prices.high - prices.low > 1e-3).mean() > 0.2


def test_chosen_prices_are_legal(made, prices):
    assert np.abs(prices.price - made.relaxed.price).max() > 0.1
    assert ((prices.price >= prices.low) & (prices.price <= prices.high)).all()
    assert len(losing_orders(made.market, made.relaxed, prices.price)) == 0
    assert unexplained(made, prices.price) < 1e-8


def test_the_sparse_way_chooses_the_prices_of_the_dense_way(made, monkeypatch):
    chosen = []
    for small in (0, 5000):
        monkeypatch.setattr(price_room, "SMALL", small)
        chosen.append(choose_prices(made.market, made.relaxed).price)
    assert np.abs(chosen[0] - chosen[1]).max() < 1e-7


def test_volumes_balance_and_overload_nothing(made, volumes):
    assert imbalance(made, volumes) < 1e-7
    assert sums(made, volumes) < 1e-9
    assert overload(made, volumes) < 1e-7


def test_ticks_balance_exactly(made, volumes):
    published = published_volumes(made.book, volumes)
    assert imbalance(made, published) < 1e-9
    assert sums(made, published) < 1e-9
    assert overload(made, published) <= 0.1 * 6
    assert np.abs(published.curve - volumes.curve).max() < 0.1


def test_ticks_balance_when_no_exchange_is_whole(made, volumes):
    """Turning MW round the domain and back through curves leaves every exchange between two ticks."""
    rng, domains, curves = np.random.default_rng(4), made.market.domains, made.book.curves
    turned = rng.normal(0, 3, len(domains.cell))
    turned -= (summed(domains.period, turned, domains.periods) / SMALL.core)[domains.period]
    wide = np.flatnonzero(volumes.curve > 12)
    _, first = np.unique(curves.step_cell[wide], return_index=True)
    taken = np.full(made.market.cells, -1)
    taken[curves.step_cell[wide[first]]] = wide[first]
    assert (taken[domains.cell] >= 0).all()
    curve = volumes.curve.copy()
    side = curves.side[curves.step_order[taken[domains.cell]]]
    np.add.at(curve, taken[domains.cell], side * turned)
    loose = type(volumes)(**{**vars(volumes), "curve": curve, "domain": volumes.domain + turned})
    published = published_volumes(made.book, loose)
    assert imbalance(made, loose) < 1e-7
    assert (np.abs(loose.domain * 10 - np.round(loose.domain * 10)) > 1e-3).mean() > 0.9
    assert imbalance(made, published) < 1e-9
    assert sums(made, published) < 1e-9
    assert np.abs(published.domain - loose.domain).max() < 0.1


@pytest.mark.drill
@pytest.mark.parametrize(
    "size",
    [Size(), Size(congested=0), Size(open_share=1.0), Size(steps=16, open_share=1.0, congested=1.0)],
    ids=["usual", "uncongested", "all prices open", "few steps"],
)
def test_a_european_day_from_selection_to_ticks(size):
    made = decided(size)
    begun = time.perf_counter()
    prices = choose_prices(made.market, made.relaxed)
    priced = time.perf_counter()
    volumes = volumes_of(made, prices)
    shared = time.perf_counter()
    rounded_prices(made.book, prices.price)
    published = published_volumes(made.book, volumes)
    ended = time.perf_counter()
    print(f"prices {priced - begun:.2f} s, ties {shared - priced:.2f} s, ticks {ended - shared:.2f} s")
    assert len(losing_orders(made.market, made.relaxed, prices.price)) == 0
    assert imbalance(made, volumes) < 1e-6
    assert imbalance(made, published) < 1e-6
    assert sums(made, published) < 1e-6
