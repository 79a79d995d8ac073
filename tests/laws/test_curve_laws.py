"""What must hold in every market of curves, lines and borders, whatever its numbers are."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.laws import transforms
from tests.second_opinion import random_markets

from walras.coupling.clear import clear
from walras.vocabulary import Status

few = settings(max_examples=25, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
markets = st.randoms(use_true_random=False).map(random_markets.curve_market)


def by_zone(script, results):
    """Exact prices of each zone."""
    cells = script.book().cells
    return {cells.zones[g.zone].name: results.price_exact[cells.grid == i] for i, g in enumerate(cells.grids)}


@few
@given(markets, st.integers(0, 1000))
def test_splitting_an_order_in_equal_halves_changes_no_price(script, which):
    halves = transforms.halved(script, which)
    if halves is not None:
        whole, split = clear(script.book()), clear(halves.book())
        assert split.price_exact == pytest.approx(whole.price_exact, rel=1e-7, abs=1e-6)
        assert split.welfare == pytest.approx(whole.welfare, rel=1e-7, abs=1e-6)


@few
@given(markets)
def test_doubling_every_quantity_doubles_welfare_and_changes_no_price(script):
    once, twice = clear(script.book()), clear(transforms.scaled(script, 2).book())
    assert twice.price_exact == pytest.approx(once.price_exact, rel=1e-7, abs=1e-6)
    assert twice.welfare == pytest.approx(2 * once.welfare, rel=1e-7, abs=1e-6)


@few
@given(markets)
def test_zone_names_decide_nothing(script):
    names = dict(zip(script.zones, script.zones[::-1], strict=True))
    other = transforms.renamed(script, names)
    ours, theirs = by_zone(script, clear(script.book())), by_zone(other, clear(other.book()))
    for zone, price in ours.items():
        assert theirs[names[zone]] == pytest.approx(price, rel=1e-7, abs=1e-6)


NOBODY_BUYS = random_markets.Script(
    ("A", "B", "C"), 1, {"A": 30, "B": 15, "C": 30},
    (
        ("offers", ("supply", "B", 30, 20), {"hour": 0.0}),
        ("offers", ("supply", "B", 30, 20), {"to": 30, "hour": 0.0}),
        ("offers", ("supply", "B", 30, -500), {"hour": 0.25}), ("offers", ("supply", "B", 50, 15), {"hour": 0.5}),
        ("offers", ("supply", "B", 30, 5), {"to": 45, "hour": 0.5}),
        ("offers", ("supply", "B", 20, 4000), {"to": 4000, "hour": 0.5}),
        ("offers", ("supply", "B", 10, -20), {"to": -19, "hour": 0.75}),
        ("offers", ("supply", "B", 20, 50), {"to": 90, "hour": 0.75}),
        ("offers", ("supply", "B", 50, 5), {"hour": 0, "minutes": 60}),
        ("offers", ("supply", "B", 30, 10), {"to": 11, "hour": 0, "minutes": 60}),
        ("domain", ("mesh", ("A", "B")), {}), ("branch", ("r0", 5), {"A": 0.25, "B": -0.5}),
        ("branch", ("r1", 5), {"A": -0.3, "B": 0}), ("branch", ("r2", 5), {"A": 0.25, "B": 0.3}),
        ("line", ("A", "B", 5, 50), {"minutes": 60}), ("fixed_border", ("C", "beyond", -5), {}),
    ),
)  # fmt: skip
"""Found at random: a domain, an hourly line and quarter hours, and nobody who buys; prices are free within bounds."""


@pytest.mark.xfail(strict=True, reason="a known miss: where nothing is traded, names may decide among free prices")
def test_zone_names_decide_nothing_where_nothing_is_traded_either():
    names = dict(zip(NOBODY_BUYS.zones, NOBODY_BUYS.zones[::-1], strict=True))
    other = transforms.renamed(NOBODY_BUYS, names)
    ours, theirs = by_zone(NOBODY_BUYS, clear(NOBODY_BUYS.book())), by_zone(other, clear(other.book()))
    for zone, price in ours.items():
        assert theirs[names[zone]] == pytest.approx(price, rel=1e-7, abs=1e-6)


@few
@given(markets)
def test_buyers_and_sellers_are_treated_alike(script):
    """Exchange the sides and negate prices, between symmetric limits: prices are the negatives.

    Not where a price had to be cut at a limit beside a line of several MTUs: then there is a gap.
    """
    symmetric = replace(script, limits={"price_min": -4000, "price_max": 4000})
    ours, theirs = clear(symmetric.book()), clear(transforms.mirrored(script).book())
    if Status.FEASIBLE in (ours.status, theirs.status):
        return
    assert -theirs.price_exact == pytest.approx(ours.price_exact, rel=1e-7, abs=1e-6)
    assert theirs.welfare == pytest.approx(ours.welfare, rel=1e-7, abs=1e-6)


@few
@given(markets)
def test_a_zone_that_nothing_connects_changes_nothing_elsewhere(script):
    """To the last bit: prices, curve volumes by order, exchanges."""
    extra = (
        ("sells", ("E", 70), {"at": 33, "order": "E1"}),
        ("buys", ("E", 50), {"at": 60, "order": "E2"}),
        ("buys", ("E", 90), {"at": 40, "order": "E3"}),
    )
    other = replace(
        script, zones=(*script.zones, "E"), minutes={**script.minutes, "E": 60}, calls=(*script.calls, *extra)
    )
    book, wider = script.book(), other.book()
    ours, theirs = clear(book), clear(wider)
    assert np.array_equal(theirs.price_exact[: book.cells.count], ours.price_exact)
    elsewhere = np.array([not n.startswith("E") for n in wider.curves.name], dtype=bool)[wider.curves.step_order]
    assert np.array_equal(theirs.decided.curve[elsewhere], ours.decided.curve)
    assert np.array_equal(theirs.decided.exchange, ours.decided.exchange)


@few
@given(markets)
def test_one_more_order_never_lowers_what_is_possible(script):
    """The bound of the larger market covers the smaller one; its welfare too, unless limits cap its prices."""
    more = clear(replace(script, calls=(*script.calls, ("sells", (script.zones[0], 30), {"at": 12}))).book())
    welfare = clear(script.book()).welfare
    assert more.bound >= welfare - 1e-6
    assert more.status is not Status.OPTIMAL or more.welfare >= welfare - 1e-6


@few
@given(markets)
def test_more_capacity_never_lowers_what_is_possible(script):
    def wider(call):
        name, args, said = call
        return (name, (*args[:2], args[2] + 10, args[3] + 10), said) if name == "line" else call

    more, welfare = clear(transforms.changed(script, wider).book()), clear(script.book()).welfare
    assert more.bound >= welfare - 1e-6
    assert more.status is not Status.OPTIMAL or more.welfare >= welfare - 1e-6
