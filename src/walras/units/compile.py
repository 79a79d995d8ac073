"""A unit and a market to the orders of the unit, in the form that can promise a feasible schedule.

Every outcome that the rules allow of these orders, in whatever market, is a schedule that the unit
can run: of blocks and profiles, which have finitely many outcomes, each is checked here; of a
scalable order the worst step between two MTUs is (`scalable.unprovable`). One reservation is
said aloud: a unit that cannot stand all day sells its least schedule at the lower price limit.
Such orders are accepted wherever the price is above that limit, and nothing is above it; at the
limit the auction may cut them. So that nobody trusts in them unknowingly, they must be asked for.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.errors import BadInput, Mistake
from walras.units.check import feasible
from walras.units.dispatch import least_energy
from walras.units.family import family_orders
from walras.units.graph import graph_of
from walras.units.orders import FORMS, UnitOrders
from walras.units.physics import NEVER, Physics, day_of, physics_of, without_energy_limit
from walras.units.profiles import Expected, profile_orders
from walras.units.scalable import scalable_orders
from walras.units.scenarios import cost_at_capacity, scenarios_of
from walras.units.unit import Unit
from walras.units.unit_rules import unit_mistakes

PROFILES = 24
"""Members of the exclusive group unless more are asked for."""

UNEXPECTED = 0.01
"""Weight of the plain scenarios beside a forecast, so that a group has days for prices that nobody expected too."""

OWN_EFFECT = 0.2
"""By what part of its cost at capacity a price falls when a unit that is large for its market runs at capacity."""


def compile_unit(
    unit: Unit,
    book: Book,
    form: str = "auto",
    *,
    price_taking: bool = False,
    scenarios: FloatArray | None = None,
    profiles: int = PROFILES,
) -> UnitOrders:
    """Return the orders of a unit for one market.

    Args:
        unit: Technical data, costs and yesterday's state.
        book: The market.
        form: `blocks`, `scalable`, `profiles`; `auto` takes `profiles` where the rules profile allows blocks as long
            as the day, else `scalable`.
        price_taking: Sell what the unit must run at the lower price limit.
        scenarios: Prices that the unit expects, which steer what is offered; shape (r, t).
        profiles: Most members of an exclusive group.

    Raises:
        BadInput: The unit cannot run on this day, or the form cannot promise a feasible schedule.
    """
    _check_choice(form, profiles)
    mistakes = unit_mistakes(unit)
    if mistakes:
        raise BadInput(mistakes)
    physics = physics_of(unit, day_of(book, unit.zone, unit.carrier))
    base = base_of(physics)
    if base.any() and not price_taking:
        raise BadInput([_cannot_stand(physics, base)])
    plain = scenarios_of(physics)
    expected = plain if scenarios is None else _expected(scenarios, physics)
    if form == "auto":
        form = "scalable" if 0 < book.profile.max_block_legs < physics.day.count else "profiles"
    if form == "blocks":
        orders = family_orders(unit, physics, base, expected)
    elif form == "scalable":
        orders = scalable_orders(unit, physics, base, expected)
    else:
        orders = profile_orders(unit, physics, base, foreseen(physics, expected, plain), profiles)
    if form != "scalable":
        assert feasible(physics, orders.outcomes()).all(), "an order set leads to a schedule that the unit cannot run"
    return orders


def foreseen(physics: Physics, expected: FloatArray, plain: FloatArray) -> Expected:
    """Return a forecast and the plain scenarios, each with steady prices and with prices that fall as the unit runs."""
    price = np.concatenate([expected, plain])
    weight = np.concatenate([np.full(len(expected), 1 / len(expected)), np.full(len(plain), UNEXPECTED / len(plain))])
    fall = OWN_EFFECT * cost_at_capacity(physics)
    falls = np.repeat([0.0, fall], len(price))
    return Expected(np.tile(price, (2, 1)), falls, np.tile(weight, 2) / (2 * weight.sum()))


def base_of(physics: Physics) -> IntArray:
    """Return the schedule of least energy that the unit can run; shape (t,), ticks.

    Raises:
        BadInput: It can run none (rule `unit_state_feasible`).
    """
    base = least_energy(graph_of(physics))
    if base is None:
        raise BadInput([_impossible(physics)])
    return base


def _check_choice(form: str, profiles: int) -> None:
    mistakes = []
    if form not in (*FORMS, "auto"):
        fix = f"Choose one of {', '.join(FORMS)}, auto."
        mistakes.append(Mistake(f"there is no form {form!r}", "form", "unit_form_known", fix))
    if not 1 <= profiles <= 1000:
        what = f"a group of {profiles} profiles"
        mistakes.append(Mistake(what, "profiles", "unit_profile_count", "Ask for 1 to 1000 profiles."))
    if mistakes:
        raise BadInput(mistakes)


def _expected(scenarios: FloatArray, physics: Physics) -> FloatArray:
    """Return given price scenarios, checked; shape (r, t)."""
    price = np.asarray(scenarios, dtype=np.float64)
    if price.ndim != 2 or price.shape[1] != physics.day.count or not len(price) or not np.isfinite(price).all():
        what = f"price scenarios of shape {price.shape} do not give every MTU of the day a finite price"
        fix = f"Give one or more rows of {physics.day.count} prices."
        raise BadInput([Mistake(what, "scenarios", "unit_scenarios", fix)])
    return price


def _cannot_stand(physics: Physics, base: IntArray) -> Mistake:
    most = physics.day.mw(base.max())
    what = f"the unit cannot stand all day: at the least it runs {int((base > 0).sum())} MTUs, at up to {most:g} MW"
    fix = "Let it sell this at the lower price limit (--price-taking), where the auction may cut it at that price only."
    return Mistake(what, "state", "unit_may_stand", fix)


LIFTED = {
    "ramps": {"up": NEVER, "down": NEVER},
    "start_mw and stop_mw": {"start": NEVER, "stop": NEVER},
    "up_minutes": {"up_time": 0},
    "down_minutes": {"down_time": 0},
    "no_rise_minutes": {"no_rise": 0},
    "no_start_minutes": {"no_start": 0},
    "starts": {"starts": NEVER},
    "power_changes": {"changes": NEVER},
    "must_run": {"must_run": False},
    "end_minimum_mw": {"end_low": 0},
    "end_maximum_mw": {"end_high": NEVER},
}


def _impossible(physics: Physics) -> Mistake:
    """Return that there is no schedule, and which single limits stand in the way."""
    tries = [(name, replace(physics, **change)) for name, change in LIFTED.items()]  # type: ignore[arg-type]
    tries.append(("outages", replace(physics, available=np.full_like(physics.available, physics.top))))
    tries.append(("energy_mwh", without_energy_limit(physics)))
    blamed = [name for name, lifted in tries if least_energy(graph_of(lifted)) is not None]
    what = "from yesterday's state the unit has no schedule for this day"
    what += f"; there is one without {' or without '.join(blamed)}" if blamed else ""
    return Mistake(what, "state", "unit_state_feasible", "Correct the state, or the limits that are named.")
