"""A unit on the time grid of one market: whole ticks of power, whole MTUs of time.

Axes: t MTUs of the day, n schedules, s cost steps. Power is counted in quantity ticks of
the grid, so that nothing is compared as a float. Limits are rounded to the safe side: a
minimum up, a maximum, a ramp and an energy down, a waiting time up, a time already waited
down.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray, Grid, IntArray
from walras.errors import BadInput, Mistake
from walras.units.unit import Outage, Unit

NEVER = 10**6
"""More MTUs, ticks or changes than a day can hold: no limit, or long ago."""


@dataclass(frozen=True)
class Day:
    """The cells in which a unit sells: one zone and carrier over one day.

    Attributes:
        first: First cell of the grid in the book.
        grid: Time grid, price limits and ticks.
        currency: Trade currency.
        zone: Name of the zone.
    """

    first: int
    grid: Grid
    currency: str
    zone: str

    @property
    def count(self) -> int:
        """Number of MTUs."""
        return self.grid.cell_count

    @property
    def hours(self) -> float:
        """Length of an MTU in hours."""
        return self.grid.mtu_minutes / 60

    @property
    def tick_mw(self) -> float:
        """Size of the quantity tick in MW."""
        return self.grid.quantity_tick.size

    def mw(self, ticks: IntArray) -> FloatArray:
        """Return ticks in MW."""
        out: FloatArray = ticks * self.grid.quantity_tick.step / self.grid.quantity_tick.scale
        return out


@dataclass(frozen=True)
class Physics:
    """What the unit can do on that day, counted in ticks and MTUs.

    Attributes:
        day: Its cells.
        minimum, top: Stable minimum and capacity.
        available: Most power in each MTU, below `minimum` where the unit must stand; shape (t,).
        up, down: Most climb and fall from one MTU to the next while running.
        start, stop: Most power in the first MTU after standing, in the last before it.
        starts, changes: Most of a day.
        up_time, down_time: Least MTUs running, standing (xenon not counted).
        no_rise, no_start: MTUs after a reduction without a rise, after a stop without a start.
        must_run: It stops only where `available` forces it to.
        energy: Most sum of power over the day, in ticks times MTUs.
        end_low, end_high: Bounds of the last MTU's power.
        power_before: Of the last MTU of the day before; 0 = standing.
        time_before: MTUs for which it has been running or standing by then.
        since_reduction: MTUs since the last reduction.
        start_cost, hour_cost: Currency a start, an hour running.
        step_to, step_price: Cost steps: upper power in ticks, currency a MWh; shape (s,).
    """

    day: Day
    minimum: int
    top: int
    available: IntArray
    up: int
    down: int
    start: int
    stop: int
    starts: int
    changes: int
    up_time: int
    down_time: int
    no_rise: int
    no_start: int
    must_run: bool
    energy: int
    end_low: int
    end_high: int
    power_before: int
    time_before: int
    since_reduction: int
    start_cost: float
    hour_cost: float
    step_to: IntArray
    step_price: FloatArray

    def cost(self, power: IntArray) -> FloatArray:
        """Return the cost of schedules in the currency: energy by steps, hours running, starts.

        Args:
            power: Ticks; shape (n, t).

        Returns:
            Currency; shape (n,).
        """
        out: FloatArray = self.running_cost(power).sum(axis=-1) + self.start_cost * self.start_count(power)
        return out

    def running_cost(self, power: IntArray) -> FloatArray:
        """Return the cost of each power held for one MTU, without starts; shape of `power`."""
        low = np.concatenate([[0], self.step_to[:-1]])
        part = np.clip(power[..., None] - low, 0, self.step_to - low)
        energy = (self.day.mw(part) * self.step_price).sum(axis=-1) * self.day.hours
        out: FloatArray = energy + np.where(power > 0, self.hour_cost * self.day.hours, 0.0)
        return out

    def start_count(self, power: IntArray) -> IntArray:
        """Return how often each schedule starts; shape (n,) of power (n, t)."""
        before = np.concatenate([np.full((*power.shape[:-1], 1), self.power_before), power[..., :-1]], axis=-1)
        out: IntArray = ((before == 0) & (power > 0)).sum(axis=-1)
        return out

    def energy_of(self, power: IntArray) -> FloatArray:
        """Return the energy of schedules in MWh; shape (n,) of power (n, t)."""
        return self.day.mw(power.sum(axis=-1)) * self.day.hours


def day_of(book: Book, zone: str, carrier: str) -> Day:
    """Return the cells of a zone and carrier.

    Raises:
        BadInput: The market has no such grid (rule `unit_place`).
    """
    names = [z.name for z in book.cells.zones]
    for g, grid in enumerate(book.cells.grids):
        if names[grid.zone] == zone and grid.carrier == carrier:
            return Day(int(book.cells.first[g]), grid, book.currency, zone)
    places = ", ".join(f"{names[g.zone]} {g.carrier}" for g in book.cells.grids)
    what = f"the market has no grid for zone {zone!r} and carrier {carrier!r}"
    raise BadInput([Mistake(what, "unit", "unit_place", f"Name one of: {places}.")])


def physics_of(unit: Unit, day: Day) -> Physics:
    """Return the unit on the day's grid.

    Raises:
        BadInput: On this grid nothing is left between minimum and maximum, or an outage lies outside the day.
    """
    mtu, state, cycling = day.grid.mtu_minutes, unit.state, unit.cycling
    mistakes = _outside(unit, day)
    minimum, top = _up(unit.minimum_mw, day), _down(unit.maximum_mw, day)
    if minimum > top:
        what = f"between {unit.minimum_mw:g} and {unit.maximum_mw:g} MW lies no multiple of {day.tick_mw:g} MW"
        mistakes.append(Mistake(what, "unit", "unit_range", "Name a zone with a finer quantity tick."))
    if abs(day.mw(np.array(day.grid.quantity_tick.count(state.power_mw))) - state.power_mw) > 1e-6:
        what = f"state: {state.power_mw} MW is not a multiple of the tick {day.tick_mw:g}"
        mistakes.append(Mistake(what, "state", "unit_state_tick", f"Round it to a multiple of {day.tick_mw:g}."))
    if mistakes:
        raise BadInput(mistakes)
    return Physics(
        day=day, minimum=minimum, top=top, available=_available(unit, day, top),
        up=_ramp(unit.ramps.up_mw_per_minute, unit.ramps.up_mw_per_hour, day),
        down=_ramp(unit.ramps.down_mw_per_minute, unit.ramps.down_mw_per_hour, day),
        start=max(minimum, _down(unit.start_mw, day)), stop=max(minimum, _down(unit.stop_mw, day)),
        starts=NEVER if cycling.starts is None else cycling.starts,
        changes=NEVER if cycling.power_changes is None else cycling.power_changes,
        up_time=ceil(cycling.up_minutes / mtu), down_time=ceil(cycling.down_minutes / mtu),
        no_rise=ceil(cycling.no_rise_minutes / mtu), no_start=ceil(cycling.no_start_minutes / mtu),
        must_run=cycling.must_run,
        energy=NEVER**2 if unit.energy_mwh is None else _down(unit.energy_mwh / day.hours, day),
        end_low=_up(unit.end_minimum_mw, day),
        end_high=top if unit.end_maximum_mw is None else _down(unit.end_maximum_mw, day),
        power_before=day.grid.quantity_tick.count(state.power_mw), time_before=state.minutes // mtu,
        since_reduction=NEVER if state.minutes_since_reduction is None else state.minutes_since_reduction // mtu,
        start_cost=unit.costs.start, hour_cost=unit.costs.no_load_per_hour,
        step_to=np.array([_down(s.to_mw, day) for s in unit.costs.steps], dtype=np.int64),
        step_price=np.array([s.price for s in unit.costs.steps]),
    )  # fmt: skip


def without_energy_limit(physics: Physics) -> Physics:
    """Return the same unit with fuel for any schedule."""
    return replace(physics, energy=NEVER**2)


def _outside(unit: Unit, day: Day) -> list[Mistake]:
    """Return outages that do not touch the day."""
    return [
        Mistake(
            f"the outage from {o.start.isoformat()} to {o.end.isoformat()} lies outside the day",
            f"outages {n}",
            "unit_outage_in_day",
            "Remove it, or correct its times.",
        )
        for n, o in enumerate(unit.outages, 1)
        if _minute(o)[1] <= day.grid.start or _minute(o)[0] >= day.grid.end
    ]


def _minute(outage: Outage) -> tuple[float, float]:
    return outage.start.timestamp() / 60, outage.end.timestamp() / 60


def _available(unit: Unit, day: Day, top: int) -> IntArray:
    """Return the most power of each MTU; an MTU that an outage touches is in it; shape (t,)."""
    out = np.full(day.count, top, dtype=np.int64)
    begin = day.grid.start + np.arange(day.count) * day.grid.mtu_minutes
    for outage in unit.outages:
        first, last = _minute(outage)
        touched = (begin < last) & (begin + day.grid.mtu_minutes > first)
        out[touched] = np.minimum(out[touched], _down(outage.maximum_mw, day))
    return out


def _ramp(per_minute: float | None, per_hour: float | None, day: Day) -> int:
    """Return the ticks of one MTU: what a minute allows, and the MTU's share of what an hour allows."""
    limits = [] if per_minute is None else [per_minute * day.grid.mtu_minutes]
    limits += [] if per_hour is None else [per_hour * min(1.0, day.hours)]
    return _down(min(limits), day) if limits else NEVER


def _up(mw: float, day: Day) -> int:
    return ceil(mw * day.grid.quantity_tick.scale / day.grid.quantity_tick.step - 1e-9)


def _down(mw: float, day: Day) -> int:
    return floor(mw * day.grid.quantity_tick.scale / day.grid.quantity_tick.step + 1e-9)
