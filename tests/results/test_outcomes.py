"""Who is paradoxically rejected, and what a rejected order would have gained: worked on paper at a price of 25.

Supply of 10 MW gains 25 - p for each MWh of its price p.
"""

from __future__ import annotations

import numpy as np
import pytest
from tests.builders import one_zone
from tests.results.by_hand import outcome

from walras.results.explain import explain
from walras.results.outcomes import WORDS, outcomes_of
from walras.results.results import Volumes

NONE, WHOLE = np.zeros(0), np.zeros(0, dtype=np.int64)


def blocks(said, ratios, price=25.0):
    """Outcomes and surpluses of the blocks of one hour at a price; those that are not named are rejected."""
    book = said.sells("A", 10, at=20).buys("A", 10, at=30).book()
    ratio = np.array([ratios.get(name, 0.0) for name in book.blocks.name])
    legs = ratio[book.blocks.leg_order] * book.blocks.leg_quantity / 10
    volumes = Volumes(np.array([10 - legs.sum(), 10.0]), ratio, legs, WHOLE, WHOLE, NONE, NONE, NONE)
    results = outcome(book, volumes, np.array([price]))
    found = outcomes_of(book, results).block
    words = {n: WORDS[code] for n, code in zip(book.blocks.name, found.outcome.tolist(), strict=True)}
    remarks = dict(explain(book, results).filter(kind="block").select("order", "remark").rows())
    return words, dict(zip(book.blocks.name, found.surplus.tolist(), strict=True)), remarks


def family(**prices):
    """Blocks of 10 MW that hang below each other in the order of their names, `a` first."""
    said, above = one_zone(), []
    for name, price in prices.items():
        said.block(name, "A", "supply", price, 10, parents=above)
        above = [name]
    return said


def test_a_parent_that_its_children_would_pay_for_is_paradoxically_rejected():
    # a loses 20, b gains 50: together 30. b alone is kept out by its parent.
    words, surplus, remarks = blocks(family(a=27, b=20), {})
    assert words == {"a": "paradoxically_rejected", "b": "rejected"}
    assert surplus == {"a": -20, "b": 50}
    assert "with its children it would gain 30.00" in remarks["a"]


def test_children_that_gain_less_than_their_parent_loses_excuse_it():
    words, _, _ = blocks(family(a=31, b=20), {})
    assert words == {"a": "rejected", "b": "rejected"}


def test_a_grandchild_pays_for_two_generations():
    # a loses 20 and b loses 10, c gains 50; without c nobody would.
    assert blocks(family(a=27, b=26, c=20), {})[0]["a"] == "paradoxically_rejected"
    assert blocks(family(a=27, b=26, c=22.1), {})[0]["a"] == "rejected"


def test_a_child_of_an_accepted_parent_that_its_own_child_would_pay_for_is_paradoxically_rejected():
    words, _, _ = blocks(family(a=20, b=26, c=20), {"a": 1.0})
    assert words == {"a": "accepted", "b": "paradoxically_rejected", "c": "rejected"}


def test_a_child_that_loses_does_not_come_along():
    said = family(a=27, b=20).block("dear", "A", "supply", 40, 10, parents=["a"])
    assert "would gain 30.00" in blocks(said, {})[2]["a"]


def test_a_child_of_two_rejected_parents_needs_both():
    # The child gains 50; the parents lose 20 and 10, or 20 and 40.
    said = one_zone().block("p", "A", "supply", 27, 10).block("q", "A", "supply", 26, 10)
    said.block("c", "A", "supply", 20, 10, parents=["p", "q"])
    assert blocks(said, {})[0] == {"p": "rejected", "q": "rejected", "c": "rejected"}
    # Below one head that holds both, all of them may come along: -5 - 20 - 10 + 50.
    said = one_zone().block("h", "A", "supply", 25.5, 10)
    said.block("p", "A", "supply", 27, 10, parents=["h"]).block("q", "A", "supply", 26, 10, parents=["h"])
    said.block("c", "A", "supply", 20, 10, parents=["p", "q"])
    words, _, remarks = blocks(said, {})
    assert words["h"] == "paradoxically_rejected"
    assert "would gain 15.00" in remarks["h"]


@pytest.mark.parametrize(("mar", "word"), [(1.0, "rejected"), (0.5, "paradoxically_rejected")])
def test_a_second_parent_without_room_bars_the_child(mar, word):
    said = one_zone().block("p", "A", "supply", 27, 10).block("half", "A", "supply", 25, 10, mar=0.5)
    said.block("c", "A", "supply", 20, 10, mar=mar, parents=["p", "half"])
    assert blocks(said, {"half": 0.5})[0]["p"] == word


@pytest.mark.parametrize(("price", "word"), [(10, "paradoxically_rejected"), (21, "rejected"), (30, "rejected")])
def test_a_member_of_a_group_is_measured_against_the_one_accepted_instead(price, word):
    # The accepted one gains 50.
    said = one_zone().block("taken", "A", "supply", 20, 10, group="g")
    words, _, remarks = blocks(said.block("other", "A", "supply", price, 10, group="g"), {"taken": 1.0})
    assert words == {"taken": "accepted", "other": word}
    assert ("gain less" if word != "rejected" else "is used up") in remarks["other"]


def test_a_member_that_fits_beside_the_accepted_one_is_measured_alone():
    said = one_zone().block("taken", "A", "supply", 5, 10, mar=0.5, group="g")
    words, _, _ = blocks(said.block("other", "A", "supply", 24, 10, mar=0.4, group="g"), {"taken": 0.6})
    assert words["other"] == "paradoxically_rejected"


def plant(fixed_term=0, accepted=0, stop_mw=0.0, **more):
    """The row of a rejected plant of 10 MW at 10 over three hours at 10, 40 and 40."""
    said = one_zone(3)
    for hour in range(3):
        said.sells("A", 10, at=10, hour=hour).buys("A", 10, at=40, hour=hour)
    said.scalable("s", "A", "supply", fixed_term, [(h, 10, 10) for h in range(3)], **more)
    book = said.book()
    power = np.array([stop_mw, 0.0, 0.0])
    volumes = Volumes(np.full(6, 10.0), NONE, NONE, WHOLE, np.array([accepted]), power, NONE, NONE)
    return explain(book, outcome(book, volumes, np.array([20.0, 40.0, 40.0])), "s").row(0, named=True)


def test_the_distance_of_a_scalable_order_keeps_its_gradient():
    # 10 + 30 + 30 a MW. Without gradient 700. Climbing 4 MW an hour from 10 MW costs nothing;
    # with a minimum of 0 and an offer of 10 MW everywhere the full power is flat.
    assert plant(fixed_term=600)["if_accepted"] == pytest.approx(100)
    assert plant(fixed_term=600, gradient_up=4)["if_accepted"] == pytest.approx(100)
    assert plant(fixed_term=600)["outcome"] == "paradoxically_rejected"


def test_a_gradient_that_binds_lowers_the_distance():
    said = one_zone(2).sells("A", 10, at=10).buys("A", 10, at=40)
    said.sells("A", 10, at=10, hour=1).buys("A", 10, at=40, hour=1)
    said.scalable("s", "A", "supply", 150, [(0, 30, 10), (1, 20, 10)], gradient_up=4)
    book = said.book()
    volumes = Volumes(np.full(4, 10.0), NONE, NONE, WHOLE, np.array([0]), np.zeros(2), NONE, NONE)
    # Prices 25 and 40: the first hour loses 5 a MW, the second gains 20; at most 4 MW more than before.
    # x in the first, x + 4 in the second: 15 x + 80, and x = 6 fills the offer: 170. Without gradient 200.
    one = explain(book, outcome(book, volumes, np.array([25.0, 40.0])), "s").row(0, named=True)
    assert one["if_accepted"] == pytest.approx(170 - 150)
    assert one["outcome"] == "paradoxically_rejected"
    assert one["remark"].startswith("would earn 170.00 of a fixed term of 150.00")


def test_what_a_scheduled_stop_earns_is_not_missed():
    # Whole it earns 10 x (10 + 30 + 30) = 700; its stop earns 10 x 10 = 100 already.
    one = plant(fixed_term=550, stop_mw=10.0, stop=1)
    assert one["outcome"] == "paradoxically_rejected"
    assert (one["surplus"], one["if_accepted"], one["missed"]) == (100, 150, 50)
    assert "its scheduled stop earns 100.00 as it is" in one["remark"]
