"""What a pair folder says: two states, their zones, grids, lines, plants, demand, stores and members.

Written by `read`; read by the generator of days. Powers in MW, energies in MWh, prices and costs
in the trade currency per MWh, shares from 0 to 1. Rows of plants or of demand with one order name
are the steps of one curve.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from walras.book.cells import FloatArray, Tick
from walras.units.unit import Unit

WHOLE_DAY = 0
"""Length of an MTU that is as long as the day of its carrier."""


@dataclass(frozen=True)
class CarrierTerms:
    """How a carrier is traded: its MTU in minutes (`WHOLE_DAY`), when its day begins, limits and ticks.

    `reference_price` is what its input is taken to cost before anything was cleared.
    """

    mtu_minutes: int
    begins: time
    price_min: float
    price_max: float
    price_tick: Tick
    quantity_tick: Tick
    reference_price: float


@dataclass(frozen=True)
class ZoneRow:
    """A bidding zone and the carriers that are traded in it."""

    zone: str
    state: str
    latitude: float
    longitude: float
    carriers: tuple[str, ...]
    source: str


@dataclass(frozen=True)
class MemberRow:
    """A company, described by what it does, and the currency in which it pays and is paid."""

    member: str
    name: str
    state: str
    role: str
    pays_in: str


@dataclass(frozen=True)
class LineRow:
    """A line: what it can carry, and the share of it that is free for the auction."""

    line: str
    cross_section: str
    carrier: str
    from_zone: str
    to_zone: str
    forward_mw: float
    backward_mw: float
    free_share: float
    loss: float
    tariff: float
    source: str


@dataclass(frozen=True)
class PlantRow:
    """A plant or fleet, of the kind `unit` (compiled), `conversion` (buys its input) or `supply` (a curve).

    Attributes:
        plant, order, member, zone, carrier: What it is called, the curve that it is a step of, who sells it where.
        units: How many of `gross_mw` and `net_mw` each.
        available: Share of the net power that is offered at the most.
        input_carrier, efficiency: Of a conversion: what it buys in its own zone, MWh sold for each MWh bought.
        cost, cost_to: Of the first and the last MWh beside the input, rising evenly.
        sway: How far costs follow the fuel market of the day.
        night_share: Of a conversion whose input has its day later: share of its power for which it buys ahead.
        fixed_term, minimum_mw: What it must earn to run, and its least power (conversions).
        profile: How much of it is there, by hour.
    """

    plant: str
    order: str
    member: str
    zone: str
    carrier: str
    kind: str
    units: int
    gross_mw: float
    net_mw: float
    available: float
    input_carrier: str
    efficiency: float
    cost: float
    cost_to: float
    sway: float
    night_share: float
    fixed_term: float
    minimum_mw: float
    profile: str
    source: str

    @property
    def offered_mw(self) -> float:
        """Most power that is offered."""
        return self.units * self.net_mw * self.available


@dataclass(frozen=True)
class DemandRow:
    """One step of a demand curve; `price` NaN = at any price."""

    order: str
    member: str
    zone: str
    carrier: str
    profile: str
    price: float
    mean_mw: float
    source: str


@dataclass(frozen=True)
class StoreRow:
    """A store: levels begin and end each day at `level_share` of its capacity, or where the day before left them."""

    store: str
    member: str
    zone: str
    carrier: str
    charge_mw: float
    discharge_mw: float
    capacity_mwh: float
    spread: float
    charge_efficiency: float
    discharge_efficiency: float
    hourly_loss: float
    level_share: float
    source: str


@dataclass(frozen=True)
class ProfileRow:
    """How a quantity moves: with the calendar, wind, sun or water.

    Attributes:
        driver: `calendar`, `wind`, `sun` or `inflow`.
        level: Mean of a year.
        saturday, sunday: Factor of these days.
        winter: Swing over the year, positive = more in January.
        cold: What one unit of cold adds.
        hours: Shape over local hours, of mean one; shape (24,).
    """

    profile: str
    driver: str
    level: float
    saturday: float
    sunday: float
    winter: float
    cold: float
    hours: FloatArray


@dataclass(frozen=True)
class SourceRow:
    """A public source and what it says of a figure, as published."""

    source: str
    says: str
    title: str
    published: str
    url: str


@dataclass(frozen=True)
class Maintenance:
    """A unit stands for so many days from the same day of each year."""

    unit: str
    month: int
    day: int
    days: int

    def first_day(self, year: int) -> date:
        """Return its first day in a year."""
        return date(year, self.month, self.day)

    def stands_on(self, day: date) -> bool:
        """Whether the unit stands on a day.

        >>> Maintenance("u", 12, 28, 10).stands_on(date(2026, 1, 3))
        True
        """
        begins = (self.first_day(year) for year in (day.year - 1, day.year))
        return any(b <= day < b + timedelta(days=self.days) for b in begins)


@dataclass(frozen=True)
class Pair:
    """Everything that a pair folder says.

    Attributes:
        fixings: What one unit of another currency is worth in the trade currency.
        units: Technical data of the plants of the kind `unit`, by plant.
        is_border_settled: Whether the two sides register bilateral contracts and settle deviations at the border.
    """

    name: str
    time_zone: ZoneInfo
    currency: str
    rules_profile: str
    fixings: Mapping[str, str]
    carriers: Mapping[str, CarrierTerms]
    maintenance: tuple[Maintenance, ...]
    zones: tuple[ZoneRow, ...]
    members: tuple[MemberRow, ...]
    lines: tuple[LineRow, ...]
    plants: tuple[PlantRow, ...]
    demand: tuple[DemandRow, ...]
    stores: tuple[StoreRow, ...]
    profiles: Mapping[str, ProfileRow]
    sources: tuple[SourceRow, ...]
    units: Mapping[str, Unit]
    is_border_settled: bool = True
