"""The auction of any day of a pair, and what the day hands to the next.

`pair_book` is deterministic: the same folder, day, seed and hand-over give the same book.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray
from walras.book.network import Borders
from walras.book.profile import load_profile
from walras.book.stores import stores_of
from walras.orders.blocks import BlockOrders
from walras.orders.flexible import FlexibleOrders
from walras.results.results import Results
from walras.studies.pairs.columns import curve_orders, scalable_orders, storage_orders
from walras.studies.pairs.compiled import units_on, with_units
from walras.studies.pairs.conversions import ahead_cells, bought_ahead, conversions_of
from walras.studies.pairs.further import check_more
from walras.studies.pairs.handed import Handed
from walras.studies.pairs.network import Capacities, lines_of
from walras.studies.pairs.offers import DayOf, Offer, curve_offers
from walras.studies.pairs.pair import Pair
from walras.units.accepted import accepted_power
from walras.units.physics import day_of, physics_of
from walras.units.tomorrow import next_state

FIRST = Handed()
"""Nothing was handed over: units, stores and stocks as their folder has them."""


def pair_book(
    pair: Pair,
    day: date,
    seed: int = 0,
    handed: Handed = FIRST,
    *,
    more: Sequence[Offer] = (),
    usable: Capacities | None = None,
) -> Book:
    """Return the auction of one day.

    Args:
        pair: The figures.
        day: Delivery day.
        seed: Of weather and fuel.
        handed: What the day before handed over.
        more: Further curves, such as the volumes of supply contracts; a price at a limit of its carrier takes any
            price. Arrays run over the MTUs of their zone and carrier.
        usable: Capacities of lines that take the place of the folder's, such as what contracts leave of them.

    Raises:
        BadInput: `more` or `usable` do not fit the day (rules `pair_more`, `pair_capacity`).

    Example:
        >>> from walras.studies.pairs.read import bundled_pair
        >>> book = pair_book(bundled_pair("coast-and-hills"), date(2026, 3, 29))
        >>> sorted({(g.carrier, g.cell_count) for g in book.cells.grids})
        [('electricity', 23), ('heat', 23), ('hydrogen', 24)]
    """
    today = DayOf.of(pair, day, seed, handed)
    own = [*curve_offers(today), *bought_ahead(today)]
    check_more(today, more, {o.name for o in own})
    book = Book(
        pair.name,
        pair.currency,
        pair.time_zone.key,
        day,
        load_profile(pair.rules_profile, day),
        today.places.cells,
        lines_of(pair, today.places, usable or {}),
        Borders.none(),
        curve_orders(today.places, [*own, *more]),
        BlockOrders.none(),
        FlexibleOrders.none(),
        scalable_orders(today.places, conversions_of(today)),
        storages=storage_orders(today),
    )
    return with_units(book, units_on(pair, day, handed), handed)


def handed_on(pair: Pair, book: Book, results: Results, handed: Handed = FIRST, seed: int = 0) -> Handed:
    """Return what a day hands to the next, from what was published.

    Args:
        pair: The figures.
        book: That day's book.
        results: Its result.
        handed: What the day before had handed over to it.
        seed: The seed of that book.
    """
    today = DayOf.of(pair, book.delivery_day, seed, handed)
    volumes, cells = results.published, book.cells
    states = {}
    for name, unit in units_on(pair, book.delivery_day, handed).items():
        place = day_of(book, unit.zone, unit.carrier)
        has_orders = any(n.startswith(f"{name}:") for n in (*book.curves.name, *book.blocks.name))
        power = accepted_power(book, volumes, unit, place) if has_orders else np.zeros(place.count)
        states[name] = next_state(physics_of(unit, place), power)
    prices = {key: results.price[today.places.span(*key)] for key in today.places.grid_of}
    stock = {}
    for plant in pair.plants:
        if plant.kind != "conversion" or not plant.night_share:
            continue
        late, span = ahead_cells(today, plant), today.places.span(plant.zone, plant.input_carrier)
        if late.any():
            stock[plant.plant] = cells.start[span][late], _bought(book, results, f"{plant.plant}-ahead")[span][late]
    return Handed(states, _levels(book, results), stock, prices)


def _bought(book: Book, results: Results, order: str) -> FloatArray:
    """Return what a curve order bought or sold in each cell; MW, shape (c,)."""
    mine = [n for n, name in enumerate(book.curves.name) if name == order]
    at = np.isin(book.curves.step_order, mine)
    out: FloatArray = np.bincount(
        book.curves.step_cell[at], weights=results.published.curve[at], minlength=book.cells.count
    ).astype(np.float64)
    return out


def _levels(book: Book, results: Results) -> dict[str, float]:
    """Return the last level of each store in whole tenths of a MWh, as a meter tells it.

    Never below the level that its order asked for: ticks may leave that much.
    """
    stores, out = stores_of(book.cells, book.storages), {}
    for n, name in enumerate(book.storages.name):
        level = float(book.storages.start[n])
        mine = np.flatnonzero(stores.order == n)
        into, out_of = results.published.charge[mine], results.published.discharge[mine]
        for w, charge, discharge in zip(mine.tolist(), into.tolist(), out_of.tolist(), strict=True):
            gain = charge * book.storages.charge_efficiency[n] - discharge / book.storages.discharge_efficiency[n]
            level = level * float(stores.keep[w]) + float(gain) * float(stores.hours[w])
        level = np.floor(level * 10 + 1e-6) / 10
        out[name] = float(min(max(level, book.storages.end[n]), book.storages.capacity[n]))
    return out
