"""The second opinions against each other, and on examples worked by hand, without the engine."""

import random
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog
from tests import builders
from tests.second_opinion import brute, convex, program, random_markets, raw


def cleared(book):
    market = raw.read(book)
    stated, columns = convex.auction(market)
    solution = program.solve(stated)
    return market, stated, solution, convex.conditions(market, solution.x, columns)


def crossing(book):
    """Welfare of one cell of steps in exact fractions: the dearest demand meets the cheapest supply."""
    market = raw.read(book)
    sides = {
        s: sorted((Fraction(str(p.start)), Fraction(str(p.quantity))) for p in market.pieces if p.side == s)
        for s in (1, -1)
    }
    supply, demand, welfare = sides[1], sides[-1][::-1], Fraction(0)
    while supply and demand and supply[0][0] < demand[0][0]:
        traded = min(supply[0][1], demand[0][1])
        welfare += traded * (demand[0][0] - supply[0][0])
        for book_side in (supply, demand):
            price, left = book_side.pop(0)
            if left > traded:
                book_side.insert(0, (price, left - traded))
    return welfare * Fraction(str(market.hours[0]))


@pytest.mark.parametrize("seed", range(40))
def test_one_cell_of_steps_agrees_with_exact_fractions(seed):
    chance = random.Random(seed)
    market = builders.one_zone()
    for _ in range(chance.randrange(1, 8)):
        price, mw = chance.choice(random_markets.PRICES), chance.choice(random_markets.QUANTITIES)
        market.offers(chance.choice(["supply", "demand"]), "A", mw, price)
    book = market.book()
    assert -cleared(book)[2].cost == pytest.approx(float(crossing(book)), rel=1e-12, abs=1e-9)


def mesh_gain(market, mesh, price):
    """The most that a domain can earn in a period by carrying power between its zones at these prices."""
    worth = [market.hours[c] * part * price[c] for c, part in mesh.exchanges]
    out = linprog(
        worth,
        A_ub=np.array([shares for shares, _ in mesh.branches]),
        b_ub=np.array([ram for _, ram in mesh.branches]),
        A_eq=np.ones((1, len(worth))),
        b_eq=np.zeros(1),
        bounds=(None, None),
    )
    return -out.fun


@pytest.mark.parametrize("seed", range(60))
def test_welfare_equals_what_everyone_gains_at_the_prices(seed):
    """Strong duality: surplus of every order and line at legal prices sums to the welfare."""
    market, _, solution, rules = cleared(random_markets.curve_market(random.Random(seed)).book())
    price = rules.optimise({0: 1.0})
    if price is None:
        return
    gains = 0.0
    for piece in market.pieces:
        hours = sum(market.hours[c] for c in piece.cells)
        at = np.mean([price[c] for c in piece.cells])
        gain = np.linspace(0, 1, 20001)
        marginal = piece.side * (at - piece.start - gain * (piece.end - piece.start))
        gains += hours * piece.quantity * np.trapezoid(np.maximum(marginal, 0.0), gain)
    for link in market.links:
        hours = sum(market.hours[c] for c in link.to_cells)
        apart = np.mean([price[c] for c in link.to_cells]) - np.mean([price[c] for c in link.from_cells])
        gains += hours * max(link.forward * apart, -link.backward * apart)
    for out in market.outsides:
        apart = out.price - price[out.cell]
        gains += market.hours[out.cell] * max(out.exports * apart, -out.imports * apart)
    gains += sum(mesh_gain(market, mesh, price) for mesh in market.meshes)
    assert gains == pytest.approx(-solution.cost, rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("seed", range(60))
def test_steps_agree_with_a_linear_program(seed):
    _, stated, solution, _ = cleared(random_markets.curve_market(random.Random(1000 + seed)).book())
    keep = [j for j, s in enumerate(stated.slope) if s == 0.0]
    if len(keep) < len(stated.slope):
        stated.high = [h if s == 0.0 else 0.0 for h, s in zip(stated.high, stated.slope, strict=True)]
        solution = program.solve(stated)
    matrix = np.zeros((stated.cells, len(stated.cost)))
    for j, into in enumerate(stated.into):
        for c, value in into.items():
            matrix[c, j] += value
    if not stated.cost:
        return
    rows = np.zeros((len(stated.rows), len(stated.cost)))
    for r, (terms, _) in enumerate(stated.rows):
        rows[r, list(terms)] = list(terms.values())
    out = linprog(
        stated.cost,
        A_ub=rows,
        b_ub=np.array([limit for _, limit in stated.rows]),
        A_eq=matrix,
        b_eq=np.zeros(len(matrix)),
        bounds=list(zip(stated.low, stated.high, strict=True)),
    )
    assert solution.cost == pytest.approx(out.fun, rel=1e-9, abs=1e-7)


def test_interval_is_the_gap_between_the_last_seller_and_the_first_buyer_left_out():
    """60 MW at 10 and at 30; demand 60 at 90 and 40 at 20: 60 MW trade, price from 20 to 30."""
    rules = cleared(
        builders.one_zone().sells("A", 60, at=10).sells("A", 60, at=30).buys("A", 60, at=90).buys("A", 40, at=20).book()
    )[3]
    assert rules.interval(0) == pytest.approx((20, 30))


def test_best_selection_may_be_a_curtailed_block_in_the_money():
    """Theory 3a, example 1: u = (1, 1) at ratio 0.5 is legal at 12 to 15 and worth 550."""
    market = (
        builders.one_zone()
        .buys("A", 150, at=15)
        .buys("A", 100, at=8)
        .sells("A", 100, at=16)
        .block("s1", "A", 1, 10, 100, mar=0.5)
        .block("s2", "A", 1, 12, 100)
    )
    best = brute.best(raw.read(market.book()))
    assert best.welfare == pytest.approx(550)
    assert best.found.ratios == pytest.approx((0.5, 1.0))


def test_best_ratio_may_lie_below_that_of_greatest_welfare():
    """Theory 3a, example 2: ratio 1 is worth 600 and has no legal price, ratio 0.5 is worth 550, legal at 12."""
    market = (
        builders.one_zone()
        .buys("A", 150, at=15)
        .buys("A", 50, at=11)
        .block("s1", "A", 1, 10, 100, mar=0.5)
        .block("s2", "A", 1, 12, 100)
    )
    raw_market = raw.read(market.book())
    whole = brute.welfare_of(raw_market, brute.Selection((1.0, 1.0)))
    assert whole.welfare == pytest.approx(600)
    assert brute.legal(raw_market, whole).optimise({}) is None
    assert brute.best(raw_market).welfare == pytest.approx(550)


def test_two_parents_may_not_both_count_the_same_child():
    """Theory 3b: parents 100 at 11, child 100 at 8.5, price 10: -100 - 100 + 150 = -50 is illegal."""
    market = builders.one_zone().buys("A", 300, at=10).buys("A", 100, at=10).sells("A", 1, at=10)
    market.block("p1", "A", 1, 11, 100).block("p2", "A", 1, 11, 100)
    market.block("child", "A", 1, 8.5, 100, parents=("p1", "p2"))
    raw_market = raw.read(market.book())
    order = [b.price for b in raw_market.blocks]
    assert order == [8.5, 11, 11]
    family = brute.welfare_of(raw_market, brute.Selection((1.0, 1.0, 1.0)))
    assert not brute.legal(raw_market, family).admits(np.array([10.0]), 1e-9)
    one = builders.one_zone().buys("A", 300, at=10).sells("A", 1, at=10)
    one.block("p1", "A", 1, 11, 100).block("child", "A", 1, 8.5, 100, parents=("p1",))
    raw_one = raw.read(one.book())
    pair = brute.welfare_of(raw_one, brute.Selection((1.0, 1.0)))
    assert brute.legal(raw_one, pair).admits(np.array([10.0]), 1e-9)


def test_gradient_counts_inside_an_accepted_scalable_order():
    """Theory 3e: IG 5; 100 at 200 then 100 at 20, price 60 twice, FT 100: 5 x 40 - 100 = 100 is legal."""
    market = builders.one_zone(hours=2)
    for hour in (0, 1):
        market.buys("A", 500, at=60, hour=hour).sells("A", 300, at=60, hour=hour)
    market.scalable("s", "A", 1, 100, [(0, 200, 100), (1, 20, 100)], gradient_up=5)
    best = brute.best(raw.read(market.book()))
    assert best.found.selection.accepted == (True,)
    assert best.welfare == pytest.approx(100)


def test_zone_that_relieves_a_branch_may_export_though_it_is_dearest():
    """Rules 2.3: 0.25 A - 0.5 B - 0.25 C <= 125 is full at 300, 100, -400; rent 40, hub 50: A 40, B 70, C 60."""
    market = builders.market(("A", "B", "C")).domain("mesh", "ABC").branch("r", 125, A=0.25, B=-0.5, C=-0.25)
    market.sells("A", 300, at=20).sells("B", 100, at=70).buys("C", 600, at=60)
    _, _, solution, rules = cleared(market.book())
    assert solution.x[-3:] == pytest.approx([300, 100, -400])
    assert rules.admits(np.array([40.0, 70.0, 60.0]), 1e-9)
    assert not rules.admits(np.array([60.0, 70.0, 60.0]), 1e-9)


def test_full_branch_explains_prices_that_fall_with_its_shares():
    """Branch 0.5 A <= 20 lets 40 MW out of A: price 10 there, 50 in B; rent (50 - 10) / 0.5 = 80."""
    market = builders.market(("A", "B")).domain("mesh", "AB").branch("r", 20, A=0.5)
    _, _, solution, rules = cleared(market.sells("A", 100, at=10).sells("B", 100, at=50).buys("B", 60, at=90).book())
    assert solution.x[-2:] == pytest.approx([40, -40])
    assert -solution.cost == pytest.approx(60 * 90 - 40 * 10 - 20 * 50)
    assert rules.interval(0) == pytest.approx((10, 10))
    assert rules.interval(1) == pytest.approx((50, 50))


def test_branch_with_room_keeps_one_price():
    market = builders.market(("A", "B")).domain("mesh", "AB").branch("r", 35, A=0.5)
    rules = cleared(market.sells("A", 100, at=10).sells("B", 100, at=50).buys("B", 60, at=90).book())[3]
    assert rules.admits(np.array([10.0, 10.0]), 1e-9)
    assert not rules.admits(np.array([10.0, 50.0]), 1e-9)


@pytest.mark.parametrize("seed", range(60))
def test_no_grid_of_ratios_beats_the_search_of_ratios(seed):
    """Every ratio of a grid, one curtailable block at a time and all together, legal by the plain test."""
    market = raw.read(random_markets.indivisible_market(random.Random(3000 + seed), kind="family").book())
    best = brute.best(market)
    for selection in brute.selections(market):
        for share in np.linspace(0.3, 1, 15):
            ratios = tuple(r if r is not None else float(share) for r in selection.ratios)
            candidate = brute.Selection(ratios, selection.starts, selection.accepted)
            found = brute.welfare_of(market, candidate) if brute.fits(market, candidate) else None
            if found is not None and found.welfare > best.bound + 0.01:
                assert brute.legal(market, found).optimise({}) is None, candidate


def test_best_ratio_may_lie_between_the_points_of_any_grid():
    """Demand 150 at 15, 34 at 13, 50 at 11: the block at 12 stands until ratio 0.84; above it the price falls to 11."""
    said = builders.one_zone().buys("A", 150, at=15).buys("A", 34, at=13).buys("A", 50, at=11)
    said.block("s1", "A", 1, 10, 100, mar=0.5).block("s2", "A", 1, 12, 100)
    best = brute.best(raw.read(said.book()))
    assert best.found.ratios == pytest.approx((0.84, 1.0))
    assert best.welfare == pytest.approx(150 * 15 + 34 * 13 - 84 * 10 - 100 * 12)
    assert best.is_exact
