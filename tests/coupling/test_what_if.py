"""What accepting a rejected order would do, worked on paper for auctions of an hour or two."""

from __future__ import annotations

import numpy as np
import pytest
from tests.builders import market, one_zone
from tests.results.by_hand import outcome

from walras.coupling.what_if import what_if
from walras.errors import BadInput
from walras.results.results import Volumes


def asked(said, order, *, prices, curve, ratios=(), starts=(), plants=(), steps=()):
    """The answer for a result that a test states: prices and accepted MW in the order of the book."""
    book = said.book()
    ratio = np.array(ratios, dtype=float)
    legs = ratio[book.blocks.leg_order] * book.blocks.leg_quantity / 10
    volumes = Volumes(
        np.array(curve, dtype=float), ratio, legs, np.array(starts, dtype=np.int64), np.array(plants, dtype=np.int64),
        np.array(steps, dtype=float), np.zeros(len(book.lines.period_line)), np.zeros(0),
    )  # fmt: skip
    return what_if(book, outcome(book, volumes, np.array(prices, dtype=float)), order)


def test_an_order_that_is_too_dear_loses_itself():
    # The block takes the place of 10 MW at 50; their price limits the price to 50, so it loses 10 x 10.
    said = one_zone().sells("A", 10, at=50).buys("A", 10, at=90).block("dear", "A", "supply", 60, 10)
    answer = asked(said, "dear", prices=[70], curve=[10, 10], ratios=[0])
    assert answer.is_balanced
    assert not answer.is_legal
    assert answer.welfare == pytest.approx(-100)
    assert answer.losers == ("dear",)
    assert answer.loss == pytest.approx([100], abs=1e-3)
    assert (answer.before.tolist(), answer.after.tolist()) == ([70], pytest.approx([50]))


def test_an_order_that_does_not_fit_cannot_be_balanced():
    said = one_zone().sells("A", 10, at=20).buys("A", 10, at=90).block("large", "A", "supply", 10, 22)
    answer = asked(said, "large", prices=[50], curve=[10, 10], ratios=[0])
    assert not answer.is_balanced
    assert not answer.is_legal
    assert np.isnan(answer.welfare)
    assert answer.missing.tolist() == pytest.approx([-12])


def test_demand_that_nobody_serves_is_energy_that_is_missing():
    said = one_zone().sells("A", 10, at=20).buys("A", 10, at=90).block("large", "A", "demand", 95, 15)
    assert asked(said, "large", prices=[50], curve=[10, 10], ratios=[0]).missing.tolist() == pytest.approx([5])


def test_another_order_that_would_lose_is_named_with_its_loss():
    # With both blocks, 5 MW at 30 are served and the price is 30 at most: the block at 40 loses 10 x 10.
    said = one_zone().sells("A", 10, at=50).buys("A", 10, at=90).buys("A", 5, at=30)
    said.block("cheap", "A", "supply", 10, 5).block("taken", "A", "supply", 40, 10)
    answer = asked(said, "cheap", prices=[45], curve=[10, 0, 0], ratios=[0, 1])
    assert answer.welfare == pytest.approx(5 * (30 - 10))
    assert (answer.losers, answer.loss.tolist()) == (("taken",), [pytest.approx(100, abs=1e-3)])
    assert answer.after.tolist() == pytest.approx([30])


def test_the_least_loss_is_taken_and_not_any():
    # 30 MW of blocks at 60, 50 and 40 take the place of 30 MW at 45: the price is 45 at most, where the first
    # two lose 15 x 10 and 5 x 10. At 0 the price would fit the curves as well.
    said = one_zone().sells("A", 30, at=45).buys("A", 30, at=90)
    said.block("a", "A", "supply", 60, 10).block("b", "A", "supply", 50, 10).block("c", "A", "supply", 40, 10)
    answer = asked(said, "a", prices=[45], curve=[30, 10], ratios=[0, 1, 1])
    assert answer.losers == ("a", "b")
    assert answer.loss == pytest.approx([150, 50], abs=1e-2)


def test_members_of_its_group_make_room():
    said = one_zone().sells("A", 10, at=60).buys("A", 10, at=90)
    said.block("a", "A", "supply", 20, 10, group="g").block("b", "A", "supply", 30, 10, group="g")
    answer = asked(said, "b", prices=[40], curve=[10, 0], ratios=[1, 0])
    assert answer.makes_room == ("a",)
    assert answer.is_legal
    assert answer.welfare == pytest.approx(-100)
    # The rejected supply allows any price up to 60, the middle is far below 30, where b would lose.
    assert answer.after.tolist() == pytest.approx([30])


def test_members_of_its_group_stay_where_all_fit():
    said = one_zone().sells("A", 10, at=60).buys("A", 10, at=90)
    said.block("a", "A", "supply", 20, 10, mar=0.5, group="g").block("b", "A", "supply", 30, 10, mar=0.4, group="g")
    answer = asked(said, "b", prices=[40], curve=[10, 0], ratios=[1, 0])
    # a falls from 1 to 0.6 and b fills 0.4.
    assert answer.makes_room == ()
    assert answer.ratio == pytest.approx(0.4)
    assert answer.welfare == pytest.approx(-40)


def test_a_child_brings_its_parents():
    # p loses 10 a MWh at 50, c gains 30: together they are legal, and cheaper than 20 MW at 50.
    said = one_zone().sells("A", 20, at=50).buys("A", 20, at=90).block("p", "A", "supply", 60, 10)
    said.block("c", "A", "supply", 20, 10, parents=["p"]).block("other", "A", "supply", 99, 10, parents=["p"])
    answer = asked(said, "c", prices=[70], curve=[20, 20], ratios=[0, 0, 0])
    assert answer.comes_along == ("p",)
    assert answer.is_legal
    assert answer.welfare == pytest.approx(1000 - 600 - 200)


def test_a_child_does_not_pay_for_more_than_it_earns():
    said = one_zone().sells("A", 20, at=50).buys("A", 20, at=90).block("p", "A", "supply", 90, 10)
    answer = asked(
        said.block("c", "A", "supply", 20, 10, parents=["p"]), "c", prices=[70], curve=[20, 20], ratios=[0, 0]
    )
    # p lacks 400 at 50, c hands up 300.
    assert (answer.losers, answer.loss.tolist()) == (("p",), [pytest.approx(100, abs=1e-2)])


def test_children_of_what_makes_room_leave_as_well():
    from walras.coupling.parts import parts, whole_market
    from walras.coupling.what_if import _plan

    said = one_zone().sells("A", 9, at=60).buys("A", 9, at=90).block("a", "A", "supply", 20, 1, group="g")
    said.block("b", "A", "supply", 30, 1, group="g").block("c", "A", "supply", 30, 1, parents=["a"])
    (part,) = parts(whole_market(said.book()))
    plan = _plan(part, np.array([1.0, 0.0, 1.0]), 1)
    assert (plan.accepted.tolist(), plan.makes_room.tolist()) == ([False, True, False], [0, 2])


def test_a_curtailable_block_gets_its_best_ratio():
    said = one_zone().sells("A", 6, at=50).buys("A", 6, at=90).block("b", "A", "supply", 20, 10, mar=0.5)
    answer = asked(said, "b", prices=[70], curve=[6, 6], ratios=[0])
    assert answer.ratio == pytest.approx(0.6)
    assert answer.is_legal
    assert answer.welfare == pytest.approx(6 * 30)
    assert 20 - 1e-6 <= answer.after[0] <= 50 + 1e-6


def test_a_flexible_order_starts_where_it_is_paid_best():
    said = one_zone(2).sells("A", 10, at=30).buys("A", 10, at=90)
    said.sells("A", 10, at=50, hour=1).buys("A", 10, at=90, hour=1).flexible("f", "A", "supply", 45, 5)
    answer = asked(said, "f", prices=[40, 60], curve=[10, 10, 10, 10], starts=[-1])
    assert answer.start == 1
    assert answer.welfare == pytest.approx(5 * (50 - 45))
    assert answer.is_legal
    assert answer.after.tolist() == pytest.approx([60, 50])


def test_a_scalable_order_earns_its_fixed_term_or_loses_the_rest():
    # 10 MW at 20 in place of 10 MW at 50 in each hour: 600 at prices of 50, and a fixed term of 500 or 700.
    for fixed_term, losers in ((500, ()), (700, ("s",))):
        said = one_zone(2)
        for hour in range(2):
            said.sells("A", 20, at=50, hour=hour).buys("A", 20, at=90, hour=hour)
        said.scalable("s", "A", "supply", fixed_term, [(0, 20, 10), (1, 20, 10)])
        answer = asked(said, "s", prices=[50, 50], curve=[20] * 4, plants=[0], steps=[0, 0])
        assert answer.welfare == pytest.approx(600 - fixed_term)
        assert answer.losers == losers
        assert answer.loss == pytest.approx([100][: len(losers)], abs=1e-2)


def test_accepting_a_plant_ends_its_scheduled_stop():
    # Rejected it runs 5 MW at 20 in the first hour (gain 30 a MW); accepted it must run 10 MW at 20 in the second.
    said = one_zone(2)
    for hour in range(2):
        said.sells("A", 20, at=50, hour=hour).buys("A", 20, at=90, hour=hour)
    said.scalable("s", "A", "supply", 100, [(0, 20, 5), (1, 20, 10)], stop=1)
    answer = asked(said, "s", prices=[50, 50], curve=[15, 20, 20, 20], plants=[0], steps=[5, 0])
    # 15 MW x 30 - 100 against 5 MW x 30.
    assert answer.welfare == pytest.approx(450 - 100 - 150)


def test_only_the_part_of_the_market_that_holds_the_order_moves():
    said = market(("A", "B")).sells("A", 10, at=50).buys("A", 10, at=90).sells("B", 10, at=1).buys("B", 10, at=2)
    said.block("b", "B", "supply", 1.5, 10)
    answer = asked(said, "b", prices=[70, 1.5], curve=[10, 10, 10, 10], ratios=[0])
    assert answer.cells.tolist() == [1]
    assert answer.welfare == pytest.approx(-5)


@pytest.mark.parametrize(
    ("order", "why"), [("nobody", "no order is called"), ("taken", "accepted already"), ("A-S0001", "curve order")]
)
def test_only_a_rejected_order_that_is_decided_as_a_whole_can_be_asked_for(order, why):
    said = one_zone().sells("A", 10, at=50).buys("A", 10, at=90).block("taken", "A", "supply", 10, 5)
    with pytest.raises(BadInput, match=why):
        asked(said, order, prices=[50], curve=[10, 5], ratios=[1])
