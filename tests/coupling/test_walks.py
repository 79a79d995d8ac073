"""Walks: no step is worse or illegal, a walk that is stuck begins anew, and two halves make a whole."""

import itertools

import numpy as np
import pytest

from walras.coupling.parts import parts, whole_market
from walras.coupling.progress import Watch
from walras.coupling.relaxed import Relaxation
from walras.coupling.search import local
from walras.coupling.search.crossing import Crossing
from walras.coupling.search.dive import INTEGRAL, dive, fractional_orders
from walras.coupling.search.neighbourhoods import kept
from walras.coupling.search.walks import Scout, Walks
from walras.studies.generate import generate


@pytest.fixture(scope="module", params=[400, pytest.param(local.BUDGET, marks=pytest.mark.drill)])
def market(request):
    """A meshed market whose clusters are visited for so many LP iterations; the drill takes as many as the search."""
    book = generate(zones=6, mtu=60, steps=3_000, blocks=300, seed=7, domain_zones=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local, "BUDGET", request.param)
        yield max(parts(whole_market(book)), key=lambda part: part.orders.count)


def begun(market):
    relaxation = Relaxation(market)
    end = dive(relaxation)
    return relaxation, *kept(relaxation, end)


def loses_nothing(selection):
    """Solve the selection alone: no order that it accepts is taken in part, and none loses at the prices."""
    relaxation = Relaxation(selection.market)
    relaxation.start_from(selection.market, selection.killed)
    point = relaxation.point()
    return (
        not len(fractional_orders(selection.market, point))
        and (point.profit[point.ratio > INTEGRAL] > -1e-6).all()
        and point.cost == pytest.approx(selection.cost, abs=1e-4)
    )


def test_no_trial_makes_the_best_worse_and_every_best_is_legal(market):
    walk = Walks(*begun(market))
    costs = [walk.best.cost]
    for _ in range(60):
        walk.trial()
        if walk.best.cost < costs[-1]:
            assert loses_nothing(walk.best)
        costs.append(walk.best.cost)
    assert all(after <= before for before, after in itertools.pairwise(costs))
    assert costs[-1] < costs[0] - 1.0


def test_a_stuck_walk_begins_anew_and_then_goes_on_from_the_best(market):
    walk = Walks(*begun(market), stuck=1)
    kinds = []
    for _ in range(40):
        walk.trial()
        kinds.append((walk._is_anew, walk._crossing.has_others))
    assert (True, False) in kinds
    assert (False, True) in kinds
    assert (True, True) not in kinds
    costs = [end.cost for end in walk.ends]
    assert len(costs) > 1
    assert costs == sorted(costs)
    assert min(costs) >= walk.best.cost


def test_the_same_seed_takes_the_same_way(market):
    ways = []
    for _ in range(2):
        walk = Walks(*begun(market), seed=3)
        for _ in range(15):
            walk.trial()
        ways.append((walk.best.cost, walk.best.killed.tobytes(), walk.iterations))
    assert ways[0] == ways[1]


def test_crossing_takes_the_better_part_of_another_selection(market):
    relaxation, best, profit = begun(market)
    walk = Walks(relaxation, best, profit)
    while walk.best.cost > best.cost - 1.0:
        walk.trial()
    better = walk.best
    crossing = Crossing(relaxation, best, profit, [best.killed, better.killed], seed=1)
    for _ in range(40):
        crossing.trial()
    assert crossing.best.cost <= better.cost + 1e-3
    assert loses_nothing(crossing.best)


def test_crossing_with_nothing_else_does_nothing(market):
    relaxation, best, profit = begun(market)
    spent = relaxation.iterations
    assert not Crossing(relaxation, best, profit, [best.killed]).trial()
    assert relaxation.iterations == spent


def test_what_is_better_elsewhere_is_taken_and_never_forgotten(market):
    relaxation, best, profit = begun(market)
    walk = Walks(relaxation, best, profit)
    scout = Scout(market, Watch(), walk)
    while scout.walks.best.cost >= best.cost:
        scout.advance(1)
    walk.take(scout.walks.best, scout.walks.profit)
    assert walk.best.cost == scout.walks.best.cost
    assert any(np.array_equal(end.killed, best.killed) for end in walk.ends)
