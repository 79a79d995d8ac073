"""Capacity falls: who gives way in one MTU, and by how much; every figure on paper."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.capacity.border import BEGIN, hours, kw, three_states

from walras.capacity.curtailment import least_kw, with_capacity
from walras.capacity.layers import FORWARD, CapacityRules
from walras.capacity.ledger import holdings
from walras.capacity.paths import Hop, Path, reserve
from walras.capacity.taking import lowered, take

A1B, BA2, BC, AB = range(4)


def held(ledger, holder, hop=0):
    return int(ledger.volume(holder, hours(1), hop)[0])


def lower(ledger, *changes):
    """Set the capacity of elements forward in the first hour."""
    capacity = ledger.capacity.copy()
    for e, value in changes:
        capacity[FORWARD, int(ledger.elements.offset[e])] = value
    return with_capacity(ledger, capacity)


def test_a_path_that_passes_twice_gives_half_on_each_hop():
    ledger = three_states()
    path = Path(((Hop(A1B, FORWARD),), (Hop(AB, FORWARD),)))
    ledger = ledger.plus(reserve(ledger, "C-1", "bilateral", path, hours(1), kw(40)))
    after, made, (fall,) = lower(ledger, (A1B, 50))
    assert [held(after, "C-1", hop) for hop in (0, 1)] == [25, 25], "80 stood on the line"
    assert (fall.start, fall.before_kw, fall.after_kw) == (BEGIN, 40, 25)
    assert int(made["kw"].sum()) == -30


def test_the_layer_that_comes_first_gives_way_before_the_right_of_the_same_contract():
    ledger = three_states()
    ledger = ledger.plus(take(ledger, "R-1", "long_term", A1B, FORWARD, hours(1), kw(30)))
    path = Path(((Hop(A1B, FORWARD, right="R-1"),),))
    ledger = ledger.plus(reserve(ledger, "C-1", "bilateral", path, hours(1), kw(30)))
    ledger = ledger.plus(take(ledger, "C-1", "bilateral", A1B, FORWARD, hours(1), kw(20)))
    after, made, _ = lower(ledger, (A1B, 35))
    assert held(after, "C-1") == 35
    assert made["layer"].unique().to_list() == [2]


def test_what_is_firm_stays_and_is_the_least_that_capacity_has_to_be():
    ledger = three_states()
    ledger = ledger.plus(take(ledger, "C-1", "bilateral", A1B, FORWARD, hours(1), kw(40)))
    ledger = ledger.plus(lowered(ledger, "C-1", hours(1), kw(30), is_firm=True))
    ledger = ledger.plus(take(ledger, "C-2", "bilateral", A1B, FORWARD, hours(1), kw(20)))
    after, _, _ = lower(ledger, (A1B, 30))
    assert (held(after, "C-1"), held(after, "C-2")) == (30, 0)
    assert [int(least_kw(ledger)[FORWARD, ledger.elements.offset[e]]) for e in (A1B, BA2, AB)] == [30, 0, 30]


VOLUMES = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 40)), min_size=1, max_size=6)
PATHS = (
    Path(((Hop(A1B, FORWARD),),)), Path(((Hop(AB, FORWARD),),)), Path(((Hop(AB, FORWARD), Hop(BC, FORWARD)),)),
    Path(((Hop(A1B, FORWARD),), (Hop(AB, FORWARD),))), Path(((Hop(BC, 1),), (Hop(BA2, 1),))),
)  # fmt: skip


@given(VOLUMES, st.lists(st.integers(0, 100), min_size=4, max_size=4), st.booleans())
def test_whatever_falls_every_hop_of_a_path_keeps_the_same_and_nothing_is_given_twice(contracts, falls, netting):
    ledger = three_states(n=1, capacity=300, rules=CapacityRules(netting=netting))
    for number, (kind, volume) in enumerate(contracts):
        ledger = ledger.plus(reserve(ledger, f"C-{number}", "bilateral", PATHS[kind], hours(1), kw(volume)))
    capacity = np.repeat(np.array(falls)[None, :], 2, axis=0)
    after, made, told = with_capacity(ledger, capacity)
    assert (after.free >= 0).all()
    assert after.held.equals(holdings(after.held))
    assert after.held["kw"].min() is None or after.held["kw"].min() > 0
    for number, (kind, volume) in enumerate(contracts):
        left = {held(after, f"C-{number}", hop) for hop in range(len(PATHS[kind].hops))}
        assert len(left) == 1, "a border less carries nothing"
        assert max(left) == {f.holder: f.after_kw for f in told}.get(f"C-{number}", volume)
    assert made.is_empty() == (not told)
