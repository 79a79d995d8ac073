"""Plants that buy what they sell: power from gas or oil, gas from power, heat from either.

Where the day of the input begins later than that of the output (a gas day at ten o'clock), the
first hours run on input that was bought the day before, for the price paid then, and the plant
buys ahead for the first hours of tomorrow.

Axes: t MTUs of the output, k steps, i MTUs of the input.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.studies.pairs.offers import DayOf, Offer
from walras.studies.pairs.pair import PlantRow
from walras.vocabulary import Side

STEPS = 4
MARGIN = 0.25
"""A plant that buys ahead counts with so much more than the last price of what it will sell, and at the least
with so much of half its reference price: a plant that set the price would else be short again and again."""
SURE = 1.1
"""For its first step it bids so many times the last price of its input at the least, to run at all."""


@dataclass(frozen=True)
class Conversion:
    """One conversion order: costs beside the input, rising along k; `price` and `mw` of shape (t, k)."""

    plant: PlantRow
    price: FloatArray
    mw: FloatArray
    runs_on_stock: BoolArray


def conversions_of(today: DayOf) -> list[Conversion]:
    """Return the conversion orders of all plants of that kind."""
    return [_conversion(today, p) for p in today.pair.plants if p.kind == "conversion"]


def bought_ahead(today: DayOf) -> Iterator[Offer]:
    """Yield what conversions buy for the hours of tomorrow in which their input still has today's day."""
    for plant in today.pair.plants:
        if plant.kind != "conversion" or not plant.night_share:
            continue
        late = ahead_cells(today, plant)
        if not late.any():
            continue
        share = today.share(plant.profile, plant.zone, plant.input_carrier)
        power = np.minimum(plant.offered_mw * share, plant.units * plant.net_mw) * plant.night_share
        cost, count = _steps(today, plant)
        price = (_expected_price(today, plant)[:, None] - cost) * plant.efficiency
        price[:, 0] = np.maximum(
            price[:, 0], SURE * today.handed.mean_price(today.pair, plant.zone, plant.input_carrier)
        )
        mw = np.where(late[:, None] & (price > 0), power[:, None] / count / plant.efficiency, 0.0)
        name = f"{plant.plant}-ahead"
        yield Offer(name, plant.member, plant.zone, plant.input_carrier, Side.DEMAND, price, price, mw)


def _expected_price(today: DayOf, plant: PlantRow) -> FloatArray:
    """Return what a plant expects to sell for at the time of day of each MTU of its input; shape (i,)."""
    last = today.handed.prices.get((plant.zone, plant.carrier))
    cells, output = today.places.cells, today.places.grid_of[plant.zone, plant.carrier]
    grid, reference = cells.grids[output], today.pair.carriers[plant.carrier].reference_price
    if last is None:
        last = np.full(grid.cell_count, reference)
    after = cells.start[today.places.span(plant.zone, plant.input_carrier)] - grid.end
    price = last[np.clip(after // grid.mtu_minutes, 0, len(last) - 1)]
    out: FloatArray = price + MARGIN * np.maximum(np.abs(price), reference / 2)
    return out


def _steps(today: DayOf, plant: PlantRow) -> tuple[FloatArray, int]:
    """Return what each step of a plant costs beside its input, rising, and how many they are; shape (k,)."""
    low, high = today.cost(plant)
    count = STEPS if high > low else 1
    return low + (high - low) * (np.arange(count) + 0.5) / count, count


def ahead_cells(today: DayOf, plant: PlantRow) -> BoolArray:
    """Return which MTUs of a plant's input lie after the day of what it sells; shape (i,)."""
    cells, output = today.places.cells, today.places.grid_of[plant.zone, plant.carrier]
    out: BoolArray = cells.start[today.places.span(plant.zone, plant.input_carrier)] >= cells.grids[output].end
    return out


def _conversion(today: DayOf, plant: PlantRow) -> Conversion:
    power, (cost, count) = today.power(plant), _steps(today, plant)
    mw = np.repeat(power[:, None] / count, count, axis=1)
    price = np.repeat(cost[None, :], len(power), axis=0)
    start = today.places.cells.start[today.places.span(plant.zone, plant.carrier)]
    source = today.places.cells.grids[today.places.grid_of[plant.zone, plant.input_carrier]]
    early = start < source.start
    mw = np.where((start < source.end)[:, None], mw, 0.0)  # input of later hours is not sold yet
    if early.any():
        room = _stock(today, plant, start, power)
        filled = np.clip(room[:, None] - np.cumsum(mw, axis=1) + mw, 0.0, mw)
        paid = today.handed.mean_price(today.pair, plant.zone, plant.input_carrier)
        mw = np.where(early[:, None], filled, mw)
        price = np.where(early[:, None], price + paid / plant.efficiency, price)
    return Conversion(plant, price, mw, early)


def _stock(today: DayOf, plant: PlantRow, start: IntArray, power: FloatArray) -> FloatArray:
    """Return how much a plant can sell of the input that it holds; MW of output, shape (t,)."""
    held = today.handed.stock.get(plant.plant)
    if held is None:  # the first day: as much as a plant would have bought
        return power * plant.night_share
    at, mw = held
    place = np.clip(np.searchsorted(at, start, side="right") - 1, 0, len(at) - 1)
    out: FloatArray = mw[place] * plant.efficiency
    return out
