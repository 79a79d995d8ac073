"""Random units, from seeds: small ones for exhaustive tests, and plants of a real day's size."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from tests.builders import DAY, market

from walras.book.book import Book
from walras.units.unit import Costs, CostStep, Cycling, Outage, Ramps, State, Unit

MIDNIGHT = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)


def small_book(mtus: int, mtu: int = 60, **more) -> Book:
    """A market of one zone and so many MTUs, ticks of 1 MW, without orders."""
    return market(("A",), mtus * mtu / 60, mtu, quantity_tick=1, **more).book()


def maybe(chance: random.Random, share: float, value):
    """A value in some of the cases, else None."""
    return value if chance.random() < share else None


def small_unit(chance: random.Random, mtus: int, mtu: int = 60, most: int = 4) -> Unit:
    """A unit of a few MW whose limits bind often."""
    high = chance.randint(2, most)
    low = chance.randint(1, high)
    power = chance.choice([0, 0, low, chance.randint(low, high), high])
    begin = chance.randrange(mtus) * mtu
    outage = Outage(
        MIDNIGHT + timedelta(minutes=begin),
        MIDNIGHT + timedelta(minutes=begin + mtu * chance.randint(1, 2)),
        chance.choice([0, 0, low, chance.randint(low, high)]),
    )
    end_low = chance.choice([0, 0, 0, 0, low])
    return Unit(
        name="U",
        member="M",
        zone="A",
        carrier="electricity",
        kind="nuclear",
        minimum_mw=low,
        maximum_mw=high,
        start_mw=chance.randint(low, high),
        stop_mw=chance.randint(low, high),
        costs=Costs(
            chance.choice([0, 20, 50]),
            chance.choice([0, 10]),
            (CostStep(low, chance.choice([10, 20])), CostStep(high + 1, chance.choice([20, 35]))),
        ),
        state=State(power, chance.randint(0, 4) * mtu, maybe(chance, 0.5, chance.randint(0, 3) * mtu)),
        ramps=Ramps(
            maybe(chance, 0.4, chance.randint(1, 2) / mtu),
            maybe(chance, 0.4, chance.randint(1, 2) / mtu),
            maybe(chance, 0.2, chance.randint(1, 3) * 60 / mtu),
            maybe(chance, 0.2, chance.randint(1, 3) * 60 / mtu),
        ),
        cycling=Cycling(
            starts=maybe(chance, 0.3, chance.randint(0, 2)),
            power_changes=maybe(chance, 0.4, chance.randint(0, 3)),
            up_minutes=chance.randint(0, 3) * mtu,
            down_minutes=chance.randint(0, 3) * mtu,
            no_rise_minutes=chance.choice([0, 0, 1, 2]) * mtu,
            no_start_minutes=chance.choice([0, 0, 2, 3]) * mtu,
            must_run=chance.random() < 0.2,
        ),
        outages=(outage,) if chance.random() < 0.3 else (),
        energy_mwh=maybe(chance, 0.2, chance.randint(1, mtus * high)),
        end_minimum_mw=end_low,
        end_maximum_mw=maybe(chance, 0.1, chance.choice([0, high]) if not end_low else high),
    )


def plant(chance: random.Random) -> Unit:
    """A unit of hundreds of MW in a market of quarters."""
    high = chance.choice([240, 360, 480, 1000])
    low = round(high * chance.choice([0.3, 0.4, 0.5, 0.6]))
    is_nuclear = chance.random() < 0.4
    stop = round(min(high, low * chance.choice([1, 1.2, 1.5])))
    power = chance.choice([0, low, stop, high])
    minutes = chance.choice([60, 180, 300, 600, 3000])
    ramp = high * chance.choice([0.006, 0.01, 0.03, 0.06])
    begin = chance.randrange(0, 22 * 60, 15)
    outage = Outage(
        MIDNIGHT + timedelta(minutes=begin),
        MIDNIGHT + timedelta(minutes=begin + chance.choice([60, 180, 600])),
        chance.choice([0, low, round((low + high) / 2)]),
    )
    return Unit(
        name="U",
        member="M",
        zone="A",
        carrier="electricity",
        kind="nuclear" if is_nuclear else "thermal",
        minimum_mw=low,
        maximum_mw=high,
        start_mw=stop,
        stop_mw=stop,
        costs=Costs(
            high * chance.choice([0, 20, 60]),
            chance.choice([0, 500, 2000]),
            (CostStep(low, 30), CostStep(high, chance.choice([31, 45]))),
        ),
        state=State(power, minutes, maybe(chance, 0.3, chance.choice([0, 60, 240])) if power else None),
        ramps=Ramps(
            maybe(chance, 0.8, ramp), maybe(chance, 0.8, ramp * chance.choice([1, 1.5])), maybe(chance, 0.3, ramp * 30)
        ),
        cycling=Cycling(
            starts=maybe(chance, 0.6, chance.randint(1, 2)),
            power_changes=maybe(chance, 0.5, chance.randint(0, 4)) if is_nuclear else None,
            up_minutes=chance.choice([0, 120, 480]),
            down_minutes=chance.choice([0, 120, 480]),
            no_rise_minutes=chance.choice([0, 120, 240]) if is_nuclear else 0,
            no_start_minutes=chance.choice([0, 600]) if is_nuclear else 0,
            must_run=chance.random() < 0.2,
        ),
        outages=(outage,) if chance.random() < 0.2 else (),
        energy_mwh=maybe(chance, 0.2, round(high * 24 * chance.choice([0.3, 0.6, 0.9]))),
    )
