"""Offers of one day to the columns of a book, in canonical order.

Axes: o orders, k steps, w cells of one order.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from walras.book.cells import FloatArray, Grid, IntArray, Tick
from walras.orders.conversion import Conversions
from walras.orders.curves import CurveOrders
from walras.orders.scalable import ScalableOrders
from walras.orders.storage import StorageOrders
from walras.studies.pairs.conversions import Conversion
from walras.studies.pairs.offers import DayOf, Offer
from walras.studies.pairs.places import Places

SPARE_MWH = 0.5
"""What a store holds above its usual level is for sale if it is more than this: less may be below a tick."""


def curve_orders(places: Places, offers: Iterable[Offer]) -> CurveOrders:
    """Return curves as columns; steps without power are left out, and so are orders without steps."""
    sent = sorted((o for o in offers if (_ticks(o.mw, _grid(places, o).quantity_tick) > 0).any()), key=lambda o: o.name)
    columns: list[list[IntArray]] = []
    for n, offer in enumerate(sent):
        grid = _grid(places, offer)
        power = _ticks(offer.mw, grid.quantity_tick)
        mtu, step = np.nonzero(power)
        number = np.cumsum((power > 0).astype(np.int64), axis=1)[mtu, step]
        start, end = (
            np.clip(_ticks(p, grid.price_tick), grid.price_min, grid.price_max)[mtu, step]
            for p in (offer.start, offer.end)
        )
        one = np.ones(len(mtu), dtype=np.int64)
        first = places.span(offer.zone, offer.carrier).start
        columns.append([n * one, first + mtu, one, number, start, end, power[mtu, step]])
    return CurveOrders(
        tuple(o.name for o in sent),
        tuple(o.member for o in sent),
        _whole([places.grid_of[o.zone, o.carrier] for o in sent]),
        _whole([int(o.side) for o in sent]),
        *(_joined([c[k] for c in columns]) for k in range(7)),
    )


def scalable_orders(places: Places, sent: list[Conversion]) -> ScalableOrders:
    """Return conversions as columns; what runs on input in stock buys none in this auction."""
    sent = sorted((c for c in sent if _quantity(places, c).any()), key=lambda c: c.plant.plant)
    steps: list[list[IntArray]] = []
    minimums: list[list[IntArray]] = []
    for n, one in enumerate(sent):
        grid = places.cells.grids[places.grid_of[one.plant.zone, one.plant.carrier]]
        first, power = places.span(one.plant.zone, one.plant.carrier).start, _quantity(places, one)
        mtu, step = np.nonzero(power)
        number = np.cumsum((power > 0).astype(np.int64), axis=1)[mtu, step]
        price = np.clip(_ticks(one.price, grid.price_tick), grid.price_min, grid.price_max)[mtu, step]
        steps.append([np.full(len(mtu), n), first + mtu, number, price, power[mtu, step]])
        least = np.minimum(_ticks(np.full(len(power), one.plant.minimum_mw), grid.quantity_tick), power.sum(axis=1))
        at = np.flatnonzero(least)
        minimums.append([np.full(len(at), n), first + at, least[at]])
    plants, none = [c.plant for c in sent], np.full(len(sent), -1, dtype=np.int64)
    outside = np.array([0.0 if c.runs_on_stock.any() else np.nan for c in sent])
    conversions = Conversions(
        np.arange(len(sent), dtype=np.int64),
        _whole([places.grid_of[p.zone, p.input_carrier] for p in plants]),
        np.array([p.efficiency for p in plants], dtype=np.float64),
        outside,
    )
    order, cell, number, price, quantity = (_joined([s[k] for s in steps]) for k in range(5))
    minimum_order, minimum_cell, minimum = (_joined([m[k] for m in minimums]) for k in range(3))
    return ScalableOrders(
        tuple(p.plant for p in plants),
        tuple(p.member for p in plants),
        _whole([places.grid_of[p.zone, p.carrier] for p in plants]),
        np.ones(len(sent), dtype=np.int64),
        np.array([p.fixed_term for p in plants], dtype=np.float64),
        none,
        none.copy(),
        np.zeros(len(sent), dtype=np.int64),
        order,
        cell,
        number,
        price,
        quantity,
        minimum_order,
        minimum_cell,
        minimum,
        conversions,
    )


def storage_orders(today: DayOf) -> StorageOrders:
    """Return stores as columns: each begins where it was left, and ends as full as it begins or at its usual level."""
    rows = sorted(today.pair.stores, key=lambda s: s.store)
    grids = [today.places.grid_of[s.zone, s.carrier] for s in rows]
    terms = [today.places.cells.grids[g] for g in grids]
    usual = np.array([s.level_share * s.capacity_mwh for s in rows])
    start = np.array([today.handed.levels.get(s.store, u) for s, u in zip(rows, usual.tolist(), strict=True)])
    hours = np.array([(t.end - t.start) / 60 for t in terms])
    lost = np.array([s.hourly_loss for s in rows])
    kept = np.floor(start * (1 - lost) ** hours * 1e9) / 1e9  # what standing still leaves, never above it
    end = np.where(kept > usual + SPARE_MWH, usual, kept)

    def numbers(name: str) -> FloatArray:
        return np.array([getattr(s, name) for s in rows], dtype=np.float64)

    return StorageOrders(
        tuple(s.store for s in rows),
        tuple(s.member for s in rows),
        _whole(grids),
        _whole([t.quantity_tick.count(s.charge_mw) for s, t in zip(rows, terms, strict=True)]),
        _whole([t.quantity_tick.count(s.discharge_mw) for s, t in zip(rows, terms, strict=True)]),
        _whole([t.price_tick.count(s.spread) for s, t in zip(rows, terms, strict=True)]),
        np.zeros(len(rows)),
        numbers("capacity_mwh"),
        start,
        end,
        numbers("charge_efficiency"),
        numbers("discharge_efficiency"),
        lost.astype(np.float64),
    )


def _grid(places: Places, offer: Offer) -> Grid:
    return places.cells.grids[places.grid_of[offer.zone, offer.carrier]]


def _quantity(places: Places, one: Conversion) -> IntArray:
    """Return the steps of a conversion in ticks, rounded down so that no more is sold than there is; shape (w, k)."""
    tick = places.cells.grids[places.grid_of[one.plant.zone, one.plant.carrier]].quantity_tick
    out: IntArray = np.floor(one.mw / tick.size + 1e-9).astype(np.int64)
    return out


def _ticks(values: FloatArray, tick: Tick) -> IntArray:
    out: IntArray = np.rint(np.asarray(values) / tick.size).astype(np.int64)
    return out


def _whole(values: list[int]) -> IntArray:
    return np.array(values, dtype=np.int64)


def _joined(parts: list[IntArray]) -> IntArray:
    return np.concatenate([*parts, np.zeros(0, dtype=np.int64)]).astype(np.int64)
