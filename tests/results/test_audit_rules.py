"""Worked examples of the rules and of the theory's counterexamples, judged by the audit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.builders import market, one_zone
from tests.results.by_hand import outcome
from tests.results.rich import rich_book, rich_results

from walras.results.audit import audit
from walras.results.outcomes import counts_of, outcomes_of
from walras.results.results import Volumes

NONE, WHOLE = np.zeros(0), np.zeros(0, dtype=np.int64)


def judged(book, price, *, curve=(), ratio=(), scalable=(), border=(), starts=()):
    """Rules that an outcome of one zone breaks; legs follow ratios, scalable orders are all accepted."""
    legs = book.cells.quantities(book.blocks.leg_quantity, book.blocks.grid[book.blocks.leg_order])
    ratio = np.array(ratio, dtype=float)
    volumes = Volumes(
        curve=np.array(curve, dtype=float),
        block_ratio=ratio,
        block_leg=ratio[book.blocks.leg_order] * legs if len(ratio) else NONE,
        flexible_start=np.array(starts, dtype=np.int64),
        scalable_accepted=np.ones(book.scalables.count, dtype=np.int64),
        scalable=np.array(scalable, dtype=float),
        exchange=NONE,
        border=np.array(border, dtype=float),
    )
    return {v.rule for v in audit(book, outcome(book, volumes, np.array(price, dtype=float)))}


def family(price, *, child=8.5, parents=("P1", "P2")):
    book = one_zone().buys("A", 300, at=100).sells("A", 300, at=10)
    for name in ("P1", "P2"):
        book = book.block(name, "A", "supply", 11, 100)
    book = book.block("child", "A", "supply", child, 100, parents=parents).book()
    return judged(book, [price], curve=[300, 0] if book.curves.side[0] < 0 else [0, 300], ratio=[1, 1, 1])


def test_a_child_of_two_parents_cannot_spend_its_surplus_twice():
    assert "block_loss" in family(10.0)


def test_a_child_of_two_parents_may_share_a_surplus_that_is_enough():
    assert "block_loss" not in family(10.0, child=8)


def test_a_child_does_not_save_a_stranger():
    assert "block_loss" in family(10.0, child=5, parents=("P1",))


def test_a_grandchild_saves_its_grandparent_through_the_middle():
    book = one_zone().buys("A", 30, at=100).block("a", "A", "supply", 12, 10)
    book = book.block("b", "A", "supply", 11, 10, parents=["a"]).block("c", "A", "supply", 6, 10, parents=["b"]).book()
    assert judged(book, [10.0], curve=[30], ratio=[1, 1, 1]) == set()
    assert "block_loss" in judged(book, [9.5], curve=[30], ratio=[1, 1, 1])


def test_a_parent_never_saves_its_child():
    book = one_zone().buys("A", 20, at=100).block("p", "A", "supply", 1, 10)
    book = book.block("c", "A", "supply", 20, 10, parents=["p"]).book()
    assert judged(book, [15.0], curve=[20], ratio=[1, 1]) == {"block_loss"}


def test_partly_accepted_block_with_surplus_is_legal():
    """Theory, 3a example 1: S1 at 0.5 earns, S2 does not lose, at 12."""
    book = one_zone().buys("A", 150, at=15, order="d").buys("A", 100, at=8, order="d").sells("A", 100, at=16, order="s")
    book = book.block("S1", "A", "supply", 10, 100, mar=0.5).block("S2", "A", "supply", 12, 100).book()
    assert judged(book, [12.0], curve=[150, 0, 0], ratio=[0.5, 1]) == set()
    assert "block_loss" in judged(book, [11.99], curve=[150, 0, 0], ratio=[0.5, 1])


def test_loss_of_rounding_a_price_is_excused_and_no_more():
    """Theory, 4: a block that earns nothing at exact prices loses some cents at rounded ones."""
    book = market(("A",), 2).buys("A", 10, at=100).buys("A", 17, at=100, hour=1)
    book = book.block("b", "A", "supply", 40.37, {0: 10, 1: 17}).book()
    exact = (27 * 40.37 - 10 * 20) / 17
    assert round(exact, 2) < exact
    assert judged(book, [20.0, round(exact, 2)], curve=[10, 17], ratio=[1]) == set()
    assert judged(book, [20.0, round(exact, 2) - 0.02], curve=[10, 17], ratio=[1]) == {"block_loss"}


@pytest.mark.parametrize(
    ("fixed_term", "minimums", "power", "rules"),
    [
        (7000, {}, [100, 0, 100], set()),
        (8002, {}, [100, 0, 100], {"scalable_fixed_term"}),
        (7500, {0: 20, 1: 10, 2: 20}, [100, 10, 100], set()),
        (7500, {0: 20, 1: 10, 2: 20}, [100, 0, 100], {"scalable_minimum"}),
        (7500, {0: 20, 1: 10, 2: 20}, [100, 20, 100], {"scalable_steps"}),
        (7810, {0: 20, 1: 10, 2: 20}, [100, 10, 100], {"scalable_fixed_term"}),
    ],
)
def test_scalable_order_of_the_rules(fixed_term, minimums, power, rules):
    """Rules, 3.6: 100 MW at 50 in three hours at 90, 30, 90."""
    book = one_zone(3)
    for hour in range(3):
        if power[hour]:
            book = book.buys("A", power[hour], at=100, hour=hour, order="d")
    steps = [(hour, 50, 100) for hour in range(3)]
    book = book.scalable("s", "A", "supply", fixed_term, steps, minimums=minimums).book()
    demand = [p for p in power if p]
    assert judged(book, [90.0, 30.0, 90.0], curve=demand, scalable=power) - {"bound_below_welfare"} == rules


def test_gradient_that_binds_excuses_what_its_price_alone_forbids():
    book = one_zone(2).buys("A", 6, at=100).buys("A", 10, at=100, hour=1)
    book = book.scalable("s", "A", "supply", 0, [(0, 70, 10), (1, 40, 10)], gradient_up=4).book()
    assert judged(book, [60.0, 60.0], curve=[6, 10], scalable=[6, 10]) == set()
    assert judged(book, [60.0, 49.0], curve=[6, 10], scalable=[6, 10]) == {"scalable_gradient_steps"}


def test_rejected_order_counts_as_paradoxical_only_if_nothing_else_kept_it_out():
    book = one_zone().sells("A", 10, at=20).buys("A", 10, at=30)
    book = book.block("alone", "A", "supply", 10, 20).block("p", "A", "supply", 90, 5)
    book = book.block("kept", "A", "supply", 10, 5, parents=["p"]).flexible("f", "A", "supply", 10, 5).book()
    volumes = Volumes(np.array([10.0, 10.0]), np.zeros(3), np.zeros(3), np.array([-1]), WHOLE, NONE, NONE, NONE)
    counts = counts_of(outcomes_of(book, outcome(book, volumes, np.array([25.0]))))
    assert (counts["block"]["paradoxically_rejected"], counts["block"]["rejected"]) == (1, 2)
    assert counts["flexible"]["paradoxically_rejected"] == 1
    assert counts["curve_steps"]["accepted"] == 2


def test_decided_volumes_are_judged_without_the_excuses_of_rounding():
    results = rich_results()
    assert audit(rich_book(), replace(results, decided=results.published)) == []
    curve = results.published.curve.copy()
    curve[3] -= 0.01
    moved = replace(results, decided=replace(results.published, curve=curve))
    found = audit(rich_book(), moved)
    assert {v.rule for v in found} == {"curve_missed_gain", "balance", "welfare_recomputed"}
    assert all(v.what.startswith("before rounding") for v in found if v.rule != "welfare_recomputed")


def test_slope_is_judged_in_price_not_in_volume():
    """A slope of 100 MW per cent: half a tick of price is 50 MW, and no volume is wrong within it."""
    book = one_zone().sells("A", 200, at=10, to=10.02).buys("A", 140, at=90).book()
    for price, rules in ((10.01, set()), (10.02, {"curve_missed_gain"}), (10.0, {"curve_loss"})):
        assert judged(book, [price], curve=[140, 140]) == rules
