"""Plants of the kind `unit` on one day: their data with yesterday's state and maintenance, compiled to orders."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray
from walras.studies.pairs.handed import Handed
from walras.studies.pairs.pair import Pair
from walras.units.adding import with_orders
from walras.units.compile import compile_unit
from walras.units.unit import Outage, State, Unit

PROFILES = 6
"""Days that each unit offers beside its base."""

CALMER = 0.5
"""A second price scenario swings by so much of the last prices."""

LONG_AGO = State(0.0, 30 * 24 * 60)
"""A unit that stands for maintenance when the first day begins."""


def units_on(pair: Pair, day: date, handed: Handed) -> dict[str, Unit]:
    """Return every unit as it stands at the beginning of a day."""
    return {name: _on(pair, unit, day, handed) for name, unit in pair.units.items()}


def with_units(book: Book, units: dict[str, Unit], handed: Handed) -> Book:
    """Return a book with the orders of units added."""
    for unit in units.values():
        expected = _expected(book, unit, handed)
        orders = compile_unit(unit, book, price_taking=True, scenarios=expected, profiles=PROFILES)
        book = with_orders(book, orders)
    return book


def _on(pair: Pair, unit: Unit, day: date, handed: Handed) -> Unit:
    stands = [any(m.unit == unit.name and m.stands_on(d) for m in pair.maintenance) for d in (day, _next(day))]
    first = LONG_AGO if stands[0] else unit.state  # where nobody handed over, a unit under repair has been standing
    unit = replace(unit, state=handed.states.get(unit.name, first))
    if stands[0]:
        begin, end = (datetime.combine(d, time(), tzinfo=pair.time_zone) for d in (day, _next(day)))
        return replace(unit, outages=(*unit.outages, Outage(begin, end)))
    return replace(unit, end_maximum_mw=unit.stop_mw) if stands[1] else unit


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _expected(book: Book, unit: Unit, handed: Handed) -> FloatArray | None:
    """Return what a unit expects of the day: the last prices, and calmer ones; None before the first auction."""
    last = handed.prices.get((unit.zone, unit.carrier))
    grid = next(g for g in book.cells.grids if book.cells.zones[g.zone].name == unit.zone and g.carrier == unit.carrier)
    if last is None or len(last) != grid.cell_count:  # a day of 23 or 25 hours has none like it
        return None
    return np.stack([last, last.mean() + CALMER * (last - last.mean())])
