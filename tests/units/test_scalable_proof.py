"""The proof of a scalable order finds each way in which an order could lead the unit astray."""

from dataclasses import replace

import pytest
from tests.units.random_units import small_book
from tests.units.test_check import UNIT

from walras.errors import BadInput
from walras.units.compile import compile_unit
from walras.units.physics import day_of, physics_of
from walras.units.scalable import unprovable
from walras.units.unit import Cycling, Ramps, State

HOT = replace(UNIT, state=State(4, 6000), ramps=Ramps(up_mw_per_hour=4, down_mw_per_hour=4), energy_mwh=54)
COLD = replace(UNIT, state=State(0, 6000))
LATE = replace(COLD, state=State(0, 60), cycling=Cycling(down_minutes=180))


def made(unit):
    orders = compile_unit(unit, small_book(6), "scalable")
    assert unprovable(orders.physics, orders.base, orders.scalable) == []
    return orders.physics, orders.base, orders.scalable


def with_offer(order, t, more):
    quantity = order.quantity.copy()
    quantity[0, t] += more
    return replace(order, quantity=quantity)


def with_minimum(order, t, less):
    minimum = order.minimum.copy()
    minimum[t] -= less
    return replace(order, minimum=minimum)


TAMPERED = [
    (HOT, lambda o: with_offer(o, 0, 1), "out of reach from yesterday"),
    (HOT, lambda o: replace(o, up=o.up + 1), "cannot say its ramp up"),
    (HOT, lambda o: replace(o, down=-1), "cannot say its ramp down"),
    (HOT, lambda o: with_minimum(o, 2, 2), "beyond what the unit can run"),
    (HOT, lambda o: with_offer(o, 3, 2), "beyond what the unit can run|more energy"),
    (COLD, lambda o: with_offer(o, 0, 1), "start above its start power"),
    (LATE, lambda o: replace(o, up=1), "forbid the start"),
    (replace(COLD, end_maximum_mw=6), lambda o: with_offer(o, 5, 1), "end the day outside its bounds"),
]


@pytest.mark.parametrize(("unit", "tamper", "reason"), TAMPERED, ids=lambda x: x if isinstance(x, str) else "")
def test_a_tampered_order_is_not_provable(unit, tamper, reason):
    physics, base, order = made(unit)
    found = unprovable(physics, base, tamper(order))
    assert any(part in " ".join(found) for part in reason.split("|")), found


def test_more_energy_than_the_fuel_gives_is_not_provable():
    physics, base, order = made(HOT)
    assert base.sum() + order.quantity.sum() <= physics.energy
    tight = replace(physics, energy=int(order.quantity.sum()) - 1)
    assert "it could use more energy than its fuel gives" in unprovable(tight, base, order)


@pytest.mark.parametrize(
    ("cycling", "reason"),
    [(Cycling(power_changes=2), "changes are counted"), (Cycling(no_rise_minutes=60), "must wait")],
)
def test_what_a_scalable_order_cannot_say_is_refused(cycling, reason):
    with pytest.raises(BadInput, match=reason) as caught:
        compile_unit(replace(UNIT, state=State(0, 6000), cycling=cycling), small_book(6), "scalable")
    assert [m.rule for m in caught.value.mistakes] == ["unit_form"]


def test_a_gradient_that_would_forbid_the_start_is_refused():
    slow = replace(COLD, state=State(0, 60), cycling=Cycling(down_minutes=180), ramps=Ramps(up_mw_per_hour=3))
    with pytest.raises(BadInput, match="would forbid the start"):
        compile_unit(slow, small_book(6), "scalable")


def test_the_first_mtu_is_tied_to_yesterday_by_offer_and_minimum():
    unit = replace(UNIT, state=State(10, 6000), ramps=Ramps(down_mw_per_hour=3))
    orders = compile_unit(unit, small_book(6), "scalable", price_taking=True)
    assert physics_of(unit, day_of(small_book(6), "A", "electricity")).power_before == 10
    assert orders.base[:3].tolist() == [7, 4, 0]
