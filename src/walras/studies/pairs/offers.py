"""What is sold and bought as curves on one day: supply by cost, demand by price.

Axes: t MTUs of one zone and carrier, k steps of one curve.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from math import isnan

import numpy as np

from walras.book.cells import FloatArray
from walras.studies.pairs.handed import Handed
from walras.studies.pairs.pair import DemandRow, Pair, PlantRow
from walras.studies.pairs.places import Places, places_of
from walras.studies.pairs.profiles import by_hour
from walras.studies.pairs.weather import Weather, weather_of
from walras.vocabulary import Side


@dataclass(frozen=True)
class Offer:
    """One curve order; prices rise (supply) or fall (demand) along k; `start`, `end` and `mw` of shape (t, k)."""

    name: str
    member: str
    zone: str
    carrier: str
    side: Side
    start: FloatArray
    end: FloatArray
    mw: FloatArray


@dataclass(frozen=True)
class DayOf:
    """One day of a pair: its cells, its weather and that of the next day, and what the day before handed over."""

    pair: Pair
    day: date
    places: Places
    weather: tuple[Weather, Weather]
    handed: Handed

    @staticmethod
    def of(pair: Pair, day: date, seed: int, handed: Handed) -> DayOf:
        """Return a day."""
        days = (day, day + timedelta(days=1))
        return DayOf(pair, day, places_of(pair, day), (weather_of(days[0], seed), weather_of(days[1], seed)), handed)

    def share(self, profile: str, zone: str, carrier: str) -> FloatArray:
        """Return a profile in the MTUs of a zone and carrier: by local hour, in a longer MTU its mean; shape (t,)."""
        row, span = self.pair.profiles[profile], self.places.span(zone, carrier)
        days = [by_hour(row, self.day + timedelta(days=d), w) for d, w in enumerate(self.weather)]
        if self.places.cells.minutes[span.start] > 60:
            days = [np.full(len(d), d.mean()) for d in days]
        out: FloatArray = np.stack(days)[self.places.local_day[span], self.places.local_hour[span]]
        return out

    def power(self, plant: PlantRow) -> FloatArray:
        """Return what a plant can offer in the MTUs of what it sells, at most its net power; MW, shape (t,)."""
        share = self.share(plant.profile, plant.zone, plant.carrier)
        out: FloatArray = np.minimum(plant.offered_mw * share, plant.units * plant.net_mw)
        return out

    def cost(self, plant: PlantRow) -> tuple[float, float]:
        """Return what the first and the last MWh of a plant cost today."""
        factor = 1 + plant.sway * self.weather[0].fuel
        return plant.cost * factor, plant.cost_to * factor


def curve_offers(today: DayOf) -> Iterator[Offer]:
    """Yield the curves of all plants of the kind `supply` and of all demand."""
    supply = [p for p in today.pair.plants if p.kind == "supply"]
    for _, plants in groupby(sorted(supply, key=lambda p: p.order), key=lambda p: p.order):
        yield _supply(today, list(plants))
    for _, steps in groupby(sorted(today.pair.demand, key=lambda d: d.order), key=lambda d: d.order):
        yield _demand(today, list(steps))


def _supply(today: DayOf, plants: list[PlantRow]) -> Offer:
    mw = np.stack([today.power(p) for p in plants], axis=1)
    start, end = (np.broadcast_to([today.cost(p)[k] for p in plants], mw.shape) for k in (0, 1))
    first = plants[0]
    return Offer(first.order, first.member, first.zone, first.carrier, Side.SUPPLY, start, end, mw)


def _demand(today: DayOf, steps: list[DemandRow]) -> Offer:
    first = steps[0]
    top = today.pair.carriers[first.carrier].price_max
    mw = np.stack([s.mean_mw * today.share(s.profile, s.zone, s.carrier) for s in steps], axis=1)
    price = np.broadcast_to([top if isnan(s.price) else s.price for s in steps], mw.shape)
    return Offer(first.order, first.member, first.zone, first.carrier, Side.DEMAND, price, price, mw)
