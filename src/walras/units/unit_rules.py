"""What is wrong with the data of one unit, before any market is looked at.

Read by `unit_file`, which reads a file, and by `compile_unit`, so that a unit made in Python is
judged the same way. What depends on the market (its place, outages inside the day, a state that
has a schedule) is judged by `physics` and `compile`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from itertools import pairwise
from math import inf

from walras.errors import Mistake
from walras.units.unit import Unit
from walras.vocabulary import CARRIERS

KINDS = ("nuclear", "thermal")
LARGEST_MW = 1e6


def unit_mistakes(unit: Unit) -> list[Mistake]:
    """Return everything that is wrong with a unit, each with what, where, rule and fix."""
    parts = (_names, _powers, _ramps, _cycling, _costs, _outages, _state)
    return [mistake for part in parts for mistake in part(unit)]


def _is_amount(value: float, most: float = inf) -> bool:
    """Return whether a number is finite, not negative and at most `most`."""
    return 0 <= value <= most and value < inf


def _names(unit: Unit) -> Iterator[Mistake]:
    if not unit.name or ":" in unit.name:
        fix = "Give it a name without colons; a colon ends it in the names of its orders."
        yield Mistake(f"the name {unit.name!r} is empty or has a colon", "name", "unit_name", fix)
    if not unit.member:
        yield Mistake("no member is named", "member", "unit_name", "Say who sends the orders.")
    if unit.kind not in KINDS:
        yield Mistake(f"the kind {unit.kind!r} is not known", "kind", "unit_kind", f"Write {' or '.join(KINDS)}.")
    if unit.carrier not in CARRIERS:
        fix = f"Write one of {', '.join(CARRIERS)}."
        yield Mistake(f"the carrier {unit.carrier!r} is not known", "carrier", "unit_carrier", fix)


def _powers(unit: Unit) -> Iterator[Mistake]:
    low, high = unit.minimum_mw, unit.maximum_mw
    if not 0 < low <= high <= LARGEST_MW:
        what = f"the minimum of {low:g} MW and the maximum of {high:g} MW leave no power to run at"
        fix = f"Give a minimum above 0 and a maximum from it to {LARGEST_MW:,.0f} MW."
        yield Mistake(what, "minimum_mw, maximum_mw", "unit_power_range", fix)
        return
    for name in ("start_mw", "stop_mw"):
        power = getattr(unit, name)
        if not low <= power <= high:
            fix = f"Give a power from {low:g} to {high:g} MW, or leave it out for the minimum."
            yield Mistake(f"{power:g} MW is not between minimum and maximum", name, "unit_start_stop", fix)
    last = high if unit.end_maximum_mw is None else unit.end_maximum_mw
    if not 0 <= unit.end_minimum_mw <= last <= high:
        what = f"the day cannot end between {unit.end_minimum_mw:g} and {last:g} MW"
        fix = f"Give powers from 0 to {high:g} MW, the minimum below the maximum."
        yield Mistake(what, "end_minimum_mw, end_maximum_mw", "unit_end_power", fix)
    if unit.energy_mwh is not None and not _is_amount(unit.energy_mwh):
        fix = "Give the energy that the fuel of the day makes, or leave it out for no limit."
        yield Mistake(f"{unit.energy_mwh:g} MWh is no amount of energy", "energy_mwh", "unit_energy", fix)


def _ramps(unit: Unit) -> Iterator[Mistake]:
    for field in fields(unit.ramps):
        value = getattr(unit.ramps, field.name)
        if value is not None and not _is_amount(value):
            fix = "Give a ramp of 0 or more, or leave it out for no limit; down is a positive number too."
            yield Mistake(f"the ramp {value:g} is negative or no number", f"ramps.{field.name}", "unit_ramp", fix)


def _cycling(unit: Unit) -> Iterator[Mistake]:
    cycling = unit.cycling
    for name in ("starts", "power_changes", "up_minutes", "down_minutes", "no_rise_minutes", "no_start_minutes"):
        value = getattr(cycling, name)
        if value is not None and value < 0:
            yield Mistake(f"{value} is negative", f"cycling.{name}", "unit_cycling", "Give 0 or more, or leave it out.")
    if unit.kind == "thermal":
        for name in ("no_rise_minutes", "no_start_minutes"):
            if getattr(cycling, name) > 0:
                fix = 'Remove it, or write kind = "nuclear".'
                yield Mistake("a thermal unit has no xenon", f"cycling.{name}", "unit_xenon", fix)


def _costs(unit: Unit) -> Iterator[Mistake]:
    costs, steps = unit.costs, unit.costs.steps
    for name in ("start", "no_load_per_hour"):
        if not _is_amount(getattr(costs, name)):
            what = f"{getattr(costs, name):g} is negative or no number"
            yield Mistake(what, f"costs.{name}", "unit_cost", "Give an amount of 0 or more.")
    if not steps:
        yield Mistake("there is no cost of energy", "costs.steps", "unit_cost_steps", "Give one step at the least.")
        return
    if not all(-inf < s.price < inf for s in steps) or any(b.price < a.price for a, b in pairwise(steps)):
        fix = "Order the steps so that each costs as much as the one below it or more."
        yield Mistake("the prices of the steps do not rise", "costs.steps", "unit_cost_steps", fix)
    if not steps[0].to_mw > 0 or not all(a.to_mw < b.to_mw for a, b in pairwise(steps)):
        fix = "Give each step the power at which it ends, above that of the step below it."
        yield Mistake("the powers of the steps do not rise from 0", "costs.steps", "unit_cost_steps", fix)
    elif not steps[-1].to_mw >= unit.maximum_mw:
        what = f"the last step ends at {steps[-1].to_mw:g} MW, below the maximum"
        yield Mistake(what, "costs.steps", "unit_cost_steps", f"Let it end at {unit.maximum_mw:g} MW.")


def _outages(unit: Unit) -> Iterator[Mistake]:
    for n, outage in enumerate(unit.outages, 1):
        where = f"outages {n}"
        if outage.start.tzinfo is None or outage.end.tzinfo is None:
            fix = "Write times with Z or an offset: 2026-06-10T08:00:00Z."
            yield Mistake("a time has no time zone", where, "unit_outage_times", fix)
        elif outage.end <= outage.start:
            fix = "Give an end after the start."
            yield Mistake("it ends before it starts", where, "unit_outage_times", fix)
        if not _is_amount(outage.maximum_mw):
            fix = "Give the power that is left, 0 MW or more."
            yield Mistake(f"{outage.maximum_mw:g} MW is no power", where, "unit_outage_power", fix)


def _state(unit: Unit) -> Iterator[Mistake]:
    state = unit.state
    has_range = 0 < unit.minimum_mw <= unit.maximum_mw
    if has_range and state.power_mw != 0 and not unit.minimum_mw <= state.power_mw <= unit.maximum_mw:
        what = f"yesterday ended at {state.power_mw:g} MW, where the unit cannot run"
        fix = f"Give 0, or a power from {unit.minimum_mw:g} to {unit.maximum_mw:g} MW."
        yield Mistake(what, "state.power_mw", "unit_state_power", fix)
    for name in ("minutes", "minutes_since_reduction"):
        value = getattr(state, name)
        if value is not None and value < 0:
            yield Mistake(f"{value} is negative", f"state.{name}", "unit_state_minutes", "Give 0 or more.")
