"""Orders of three invented states: who produces what, who buys, and the blocks of a day.

Axes: h hours, k steps of one curve. XA lives on hydro and wind, XB on coal and gas and has
heavy industry, XC on nuclear and solar power. Prices in EUR per MWh, powers in MW. Written
for `studies.three_states`, which sorts the offers into a book.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.cells import FloatArray
from walras.studies.three_states_weather import HOURS, ZONES, Weather
from walras.vocabulary import Side

LOAD = {"XA-north": 2_500.0, "XA-south": 3_300.0, "XB": 7_000.0, "XC": 4_800.0}
WIND = {"XA-north": 3_200.0, "XA-south": 1_900.0, "XB": 1_800.0, "XC": 600.0}
RIVER = {"XA-north": 900.0, "XA-south": 600.0, "XB": 150.0, "XC": 200.0}
STORED = {"XA-north": 2_100.0, "XA-south": 2_000.0, "XB": 0.0, "XC": 150.0}
COAL = {"XB": (1_200.0, 1_400.0, 1_300.0, 900.0)}
GAS = {
    "XA-south": (250.0, 250.0),
    "XB": (600.0, 700.0, 700.0, 700.0, 600.0),
    "XC": (500.0, 500.0, 500.0, 450.0, 450.0),
}
NUCLEAR, SOLAR = 3_000.0, {"XA-south": 300.0, "XB": 900.0, "XC": 4_200.0}
INDUSTRY = {"XA-south": (120.0, 120.0, 100.0), "XB": (700.0, 450.0, 350.0), "XC": (150.0, 120.0, 100.0)}
PRICE_CAP = 4_000.0
STANDS_STILL = range(12, 18)
"""Days, counted from 0, on which one of XC's nuclear units is repaired."""


@dataclass(frozen=True)
class Curve:
    """One curve order: prices rise (supply) or fall (demand) along k; all of shape (h, k)."""

    zone: str
    name: str
    side: Side
    start: FloatArray
    end: FloatArray
    power: FloatArray


@dataclass(frozen=True)
class Block:
    """One block order from hour `first` to before hour `last`."""

    zone: str
    name: str
    side: Side
    price: float
    power: float
    first: int
    last: int
    least_ratio: float = 1.0


def curves_of_day(weather: Weather, day: int) -> list[Curve]:
    """Return every curve order of one day, of all three states."""
    out: list[Curve] = []
    for zone in ZONES:
        out += _demand(zone, weather, day) + _renewables(zone, weather, day) + _thermal(zone, weather, day)
    return out


def blocks_of_day(weather: Weather, day: int) -> list[Block]:
    """Return the blocks of one day; prices follow fuel and water."""
    fuel, water = float(weather.fuel[day]), float(weather.water[day])
    buy, sell = Side.DEMAND, Side.SUPPLY
    is_workday = weather.days[day].weekday() < 5
    return [
        Block("XA-north", "pumps-night", buy, round(0.85 * water, 2), 250.0, 0, 6, 0.4),
        Block("XA-south", "hydro-peak", sell, round(1.45 * water, 2), 300.0, 17, 22, 0.5),
        Block("XB", "coal-day", sell, round(61.0 * fuel, 2), 350.0, 7, 21, 0.5),
        Block("XB", "coal-base", sell, round(57.5 * fuel, 2), 300.0, 0, 24, 0.6),
        Block("XB", "gas-evening", sell, round(90.0 * fuel, 2), 250.0, 17, 22, 0.6),
        Block("XB", "smelter-shift", buy, 93.0, 220.0 if is_workday else 120.0, 0, 24, 0.3),
        Block("XC", "gas-evening", sell, round(97.0 * fuel, 2), 250.0, 17, 23),
        Block("XC", "electrolysis", buy, 29.0, 300.0, 10, 16, 0.3),
    ]


def _steps(zone: str, name: str, side: Side, *steps: tuple[object, object]) -> Curve:
    """Return a curve from pairs of price and power; each is one number or one an hour."""
    price, power = (np.stack([np.broadcast_to(np.asarray(s[k], float), HOURS) for s in steps], axis=1) for k in (0, 1))
    return Curve(zone, name, side, price, price, power)


def _sloped(zone: str, name: str, side: Side, start: float, end: float, power: FloatArray | float) -> Curve:
    """Return a curve of one interpolated step an hour."""
    mw = np.broadcast_to(np.asarray(power, float), HOURS)[:, None]
    return Curve(zone, name, side, np.full_like(mw, start), np.full_like(mw, end), mw)


def _demand(zone: str, weather: Weather, day: int) -> list[Curve]:
    """Return homes and shops, nine tenths of them at any price, and industry."""
    load = LOAD[zone] * weather.load[day]
    out = [
        _steps(zone, "retail", Side.DEMAND, (PRICE_CAP, 0.9 * load)),
        _sloped(zone, "retail-careful", Side.DEMAND, 210.0, 15.0, 0.1 * load),
    ]
    sizes = INDUSTRY.get(zone, ())
    busy = 1.0 if weather.days[day].weekday() < 5 else 0.8
    if sizes:
        bids = zip((165.0, 118.0, 84.0), sizes, strict=True)
        out.append(_steps(zone, "industry", Side.DEMAND, *((p, busy * mw) for p, mw in bids)))
    return out


def _renewables(zone: str, weather: Weather, day: int) -> list[Curve]:
    """Return wind and sun near 0, run-of-river water, and stored water at what it is worth."""
    wind, sun = WIND[zone] * weather.wind[day, ZONES.index(zone)], SOLAR.get(zone, 0.0) * weather.sun[day]
    water, river = float(weather.water[day]), RIVER[zone] * float(weather.inflow[day])
    out = [
        _steps(zone, "wind", Side.SUPPLY, (-4.0, 0.4 * wind), (1.5, 0.6 * wind)),
        _steps(zone, "river", Side.SUPPLY, (0.8, river)),
    ]
    if STORED[zone]:
        out.append(_sloped(zone, "hydro", Side.SUPPLY, 0.7 * water, 1.9 * water, STORED[zone]))
    if zone in SOLAR:
        out.append(_steps(zone, "solar", Side.SUPPLY, (-9.0, 0.3 * sun), (0.2, 0.7 * sun)))
    return out


def _thermal(zone: str, weather: Weather, day: int) -> list[Curve]:
    """Return coal, gas and nuclear units, cheapest first."""
    fuel, out = float(weather.fuel[day]), []
    if zone in COAL:
        coal = (46.0, 52.0, 59.0, 67.0)
        out.append(_steps(zone, "coal", Side.SUPPLY, *zip((p * fuel for p in coal), COAL[zone], strict=True)))
    if zone in GAS:
        prices = (79.0, 88.0, 99.0, 118.0, 146.0)[: len(GAS[zone])]
        out.append(_steps(zone, "gas", Side.SUPPLY, *zip((p * fuel for p in prices), GAS[zone], strict=True)))
        out.append(_steps(zone, "oil", Side.SUPPLY, (210.0 * fuel, 0.3 * LOAD[zone])))
    if zone == "XC":
        size = NUCLEAR - (750.0 if day in STANDS_STILL else 0.0)
        out.append(_steps(zone, "nuclear", Side.SUPPLY, (-25.0, 0.7 * size), (9.0, 0.3 * size)))
    return out
