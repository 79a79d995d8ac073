"""Three invented states over many days: a market of two, and a third that would join it.

XA (two zones, hydro and wind) and XB (coal, gas, heavy industry) have a market; XC (nuclear
and solar power) is the new member. None of them exists: their codes are free for private
use, and members, plants and prices are drawn. Written for `walras generate-three-states`; the
folders are what `walras accede` reads.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np

from walras.book.book import Book
from walras.book.cells import Cells, FloatArray, Grid, IntArray, Tick, Zone
from walras.book.network import Borders, Lines
from walras.book.place import check_place
from walras.book.profile import load_profile
from walras.book.write import write
from walras.errors import BadInput, Mistake
from walras.orders.blocks import BlockOrders
from walras.orders.curves import CurveOrders
from walras.orders.flexible import FlexibleOrders
from walras.orders.scalable import ScalableOrders
from walras.studies.accession.joining import write_joining
from walras.studies.three_states_orders import Block, Curve, blocks_of_day, curves_of_day
from walras.studies.three_states_weather import HOURS, ZONES, Weather, draw_weather

FIRST_DAY = date(2026, 4, 1)
MOST_DAYS = 366
PRICE_TICK, QUANTITY_TICK = Tick(1, 100), Tick(1, 10)
PLACES = {"XA-north": (4.0, -1.2), "XA-south": (2.6, -1.0), "XB": (1.1, -2.2), "XC": (1.3, 0.6)}
LINES = {("XA-north", "XA-south"): 1_500.0, ("XA-south", "XB"): 1_000.0}
JOINING = {("XC", "XA-south"): 700.0, ("XC", "XB"): 1_000.0}


def write_three_states(out: Path, days: int, seed: int = 0) -> None:
    """Write `out`/market and `out`/new-member, each with one market folder a day.

    Args:
        out: Folder to make; it must not hold anything yet.
        days: How many days from 1 April 2026 on.
        seed: The same seed gives the same orders.

    Raises:
        BadInput: A number that makes no sense, or a place that is taken.
    """
    mistakes = []
    if not 1 <= days <= MOST_DAYS:
        mistakes.append(Mistake(f"{days} days", "days", "size", f"Ask for 1 to {MOST_DAYS} days."))
    if seed < 0:
        mistakes.append(Mistake(f"seed {seed}", "seed", "size", "Use a seed from 0."))
    if mistakes:
        raise BadInput(mistakes)
    check_place(out, set(), lambda _: False, "empty folder")
    weather = draw_weather(FIRST_DAY, days, seed)
    for d, day in enumerate(weather.days):
        write(three_states_book(weather, d, ("XA", "XB")), out / "market" / day.isoformat())
        member, folder = three_states_book(weather, d, ("XC",)), out / "new-member" / day.isoformat()
        write(member, folder)
        starts = member.cells.start[: member.cells.grids[0].cell_count]
        write_joining(folder, [(a, b, starts, *_capacities(mw, weather, d)) for (a, b), mw in JOINING.items()])


def three_states_book(weather: Weather, day: int, states: tuple[str, ...]) -> Book:
    """Return the market of some of the states on one day.

    Example:
        >>> book = three_states_book(draw_weather(FIRST_DAY, 1, 0), 0, ("XA", "XB"))
        >>> [z.name for z in book.cells.zones], book.cells.count
        (['XA-north', 'XA-south', 'XB'], 72)
    """
    zones = tuple(z for z in ZONES if z[:2] in states)
    when = weather.days[day]
    cells = _cells(zones, when)
    return Book(
        f"{' and '.join(states)} (invented)",
        "EUR",
        "UTC",
        when,
        load_profile("european", when),
        cells,
        _lines(zones, cells, weather, day),
        Borders.none(),
        _curves([c for c in curves_of_day(weather, day) if c.zone in zones], zones),
        _blocks([b for b in blocks_of_day(weather, day) if b.zone in zones], zones),
        FlexibleOrders.none(),
        ScalableOrders.none(),
    )


def _cells(zones: tuple[str, ...], day: date) -> Cells:
    begin = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) // 60
    low, high = -50_000, 400_000
    return Cells(
        tuple(Zone(z, None, z[:2], *PLACES[z]) for z in zones),
        tuple(
            Grid(z, "electricity", 60, begin, begin + HOURS * 60, low, high, PRICE_TICK, QUANTITY_TICK)
            for z in range(len(zones))
        ),
    )


def _capacities(power: float, weather: Weather, day: int) -> tuple[FloatArray, FloatArray]:
    """Return capacities forward and backward by hour: a tenth less on Sundays, when lines are repaired."""
    room = round(power * (0.9 if weather.days[day].weekday() == 6 else 1.0))
    return np.full(HOURS, float(room)), np.full(HOURS, float(room))


def _lines(zones: tuple[str, ...], cells: Cells, weather: Weather, day: int) -> Lines:
    ends = [(zones.index(a), zones.index(b)) for a, b in LINES if a in zones and b in zones]
    if not ends:
        return Lines.none()
    rooms = [_capacities(LINES[zones[a], zones[b]], weather, day) for a, b in ends]
    line, hour = np.repeat(np.arange(len(ends)), HOURS), np.tile(np.arange(HOURS), len(ends))
    start, end = (np.array([e[k] for e in ends], dtype=np.int64) for k in (0, 1))
    one = np.ones(len(line), dtype=np.int64)
    return Lines(
        tuple(f"{zones[a]}--{zones[b]}" for a, b in ends),
        start,
        end,
        np.full(len(ends), 60, dtype=np.int64),
        line,
        cells.grids[0].start + 60 * hour,
        start[line] * HOURS + hour,
        one,
        end[line] * HOURS + hour,
        one,
        np.concatenate([r[0] for r in rooms]),
        np.concatenate([r[1] for r in rooms]),
    )


def _curves(curves: list[Curve], zones: tuple[str, ...]) -> CurveOrders:
    """Return curves as columns; steps without power are left out."""
    curves = sorted(curves, key=lambda c: f"{c.zone}-{c.name}")
    columns: list[tuple[IntArray, ...]] = []
    for o, curve in enumerate(curves):
        power = _ticks(curve.power, QUANTITY_TICK)
        hour, step = np.nonzero(power)
        number = np.cumsum((power > 0).astype(np.int64), axis=1)[hour, step]
        cell = zones.index(curve.zone) * HOURS + hour
        start, end = (_ticks(p, PRICE_TICK)[hour, step] for p in (curve.start, curve.end))
        one = np.ones(len(hour), dtype=np.int64)
        columns.append((o * one, cell, one, number, start, end, power[hour, step]))
    joined = [np.concatenate([c[k] for c in columns]).astype(np.int64) for k in range(7)]
    return CurveOrders(
        tuple(f"{c.zone}-{c.name}" for c in curves),
        tuple(_member(c.zone, c.name) for c in curves),
        np.array([zones.index(c.zone) for c in curves], dtype=np.int64),
        np.array([int(c.side) for c in curves], dtype=np.int64),
        *joined,
    )


def _blocks(blocks: list[Block], zones: tuple[str, ...]) -> BlockOrders:
    blocks = sorted(blocks, key=lambda b: f"{b.zone}-{b.name}")
    order = np.concatenate([np.full(b.last - b.first, o) for o, b in enumerate(blocks)]).astype(np.int64)
    hour = np.concatenate([np.arange(b.first, b.last) for b in blocks]).astype(np.int64)
    zone = np.array([zones.index(b.zone) for b in blocks], dtype=np.int64)
    none = np.zeros(0, dtype=np.int64)
    return BlockOrders(
        tuple(f"{b.zone}-{b.name}" for b in blocks),
        tuple(_member(b.zone, b.name) for b in blocks),
        zone,
        np.array([int(b.side) for b in blocks], dtype=np.int64),
        _ticks(np.array([b.price for b in blocks]), PRICE_TICK),
        np.array([b.least_ratio for b in blocks]),
        np.full(len(blocks), -1, dtype=np.int64),
        (),
        order,
        zone[order] * HOURS + hour,
        _ticks(np.array([b.power for b in blocks]), QUANTITY_TICK)[order],
        none,
        none,
    )


def _member(zone: str, name: str) -> str:
    """Return who sends an order: one company a state and trade."""
    return f"{zone[:2]}-{name.partition('-')[0]}"


def _ticks(values: FloatArray, tick: Tick) -> IntArray:
    out: IntArray = np.rint(values / tick.size).astype(np.int64)
    return out
