"""Plants and stores added to a large auction: gas zones, conversions from gas to power, storage orders.

`with_plants(book, share, seed)` adds so many orders as a share of the indivisible ones that a book has,
half of them conversions and half storage orders, all invented. Every eighth of the power
zones, in their order, has one gas zone of hourly cells; its wells rise in price. Used by
`beside_prototype` for the rows with plants of the performance page.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from walras.book.book import Book
from walras.book.cells import Cells, Grid, IntArray, Tick, Zone
from walras.orders.conversion import Conversions
from walras.orders.curves import CurveOrders
from walras.orders.scalable import ScalableOrders
from walras.orders.storage import StorageOrders

GAS_ZONES = 8
WELLS = np.arange(1800, 4800, 25)
"""Prices of the wells of a gas zone, in cents."""

STEPS = 2
FIXED_PER_MW = 40.0


def with_plants(book: Book, share: float, seed: int) -> Book:
    """Return the book with gas zones, and `share` times its indivisible orders more of them."""
    rng = np.random.default_rng(seed)
    count = round(share * (book.blocks.count + book.flexibles.count + book.scalables.count) / 2)
    power = np.array([g for g, grid in enumerate(book.cells.grids) if grid.carrier == "electricity"])
    cells = _with_gas(book.cells)
    gas = np.arange(len(cells.grids) - GAS_ZONES, len(cells.grids))
    wide = replace(book, cells=cells, curves=_with_wells(book, cells, gas, count))
    home = np.sort(rng.integers(0, len(power), count))
    wide = replace(wide, scalables=_with_conversions(wide, power[home], gas[home * GAS_ZONES // len(power)], rng))
    return replace(wide, storages=_storages(wide, power[rng.integers(0, len(power), count)], rng))


def _with_gas(cells: Cells) -> Cells:
    """Return cells with the gas zones after all others."""
    first = cells.grids[0]
    zones = tuple(Zone(f"zz-gas-{k}", None, "XG") for k in range(GAS_ZONES))
    limits = {"price_min": 0, "price_max": 20_000, "price_tick": Tick(1, 100), "quantity_tick": Tick(1, 10)}
    grids = tuple(
        Grid(len(cells.zones) + k, "gas", 60, first.start, first.end, **limits)  # type: ignore[arg-type]
        for k in range(GAS_ZONES)
    )
    return Cells(cells.zones + zones, cells.grids + grids)


def _with_wells(book: Book, cells: Cells, gas: IntArray, plants: int) -> CurveOrders:
    """Return curves with one supply curve a gas zone, in every hour the same, enough for all plants at once."""
    old = book.curves
    hours = np.concatenate([np.arange(cells.first[g], cells.first[g + 1]) for g in gas.tolist()])
    order = np.repeat(np.arange(len(gas)), np.diff(cells.first)[gas])
    step = np.tile(np.arange(len(WELLS)), len(hours))
    quantity = np.full(len(step), round(10 * 800.0 * plants / len(gas) / len(WELLS)))
    added = {
        "step_order": old.count + np.repeat(order, len(WELLS)),
        "step_cell": np.repeat(hours, len(WELLS)),
        "step_cells": np.ones(len(step), dtype=np.int64),
        "step_number": step + 1,
        "price_start": WELLS[step],
        "price_end": WELLS[step],
        "quantity": quantity,
        "grid": gas,
        "side": np.ones(len(gas), dtype=np.int64),
    }
    names = tuple(f"zz-well-{k}" for k in range(len(gas)))
    joined = {name: np.concatenate([getattr(old, name), values]) for name, values in added.items()}
    return replace(old, name=old.name + names, member=old.member + names, **joined)


def _with_conversions(book: Book, grid: IntArray, gas: IntArray, rng: np.random.Generator) -> ScalableOrders:
    """Return scalable orders with a gas plant a row: two steps an MTU, a minimum, some with gradients."""
    old, cells, count = book.scalables, book.cells, len(grid)
    size = np.round(rng.uniform(50, 400, count), 0)
    length = np.diff(cells.first)[grid]
    order = np.repeat(np.arange(count), length)
    cell = cells.first[grid[order]] + np.arange(len(order)) - np.repeat(np.cumsum(length) - length, length)
    step = np.tile(np.arange(STEPS), len(order))
    own = np.repeat(order, STEPS)
    price = np.round(100 * (rng.uniform(1, 4, count)[own] + 3 * step)).astype(np.int64)
    gradient = np.where(rng.random(count) < 0.3, np.round(10 * size / 3), -1).astype(np.int64)
    names = tuple(f"zz-gas-plant-{k:05d}" for k in range(count))
    added = {
        "grid": grid,
        "side": np.ones(count, dtype=np.int64),
        "fixed_term": np.round(FIXED_PER_MW * size, 2),
        "gradient_up": gradient,
        "gradient_down": gradient,
        "stop_cells": np.zeros(count, dtype=np.int64),
        "step_order": old.count + own,
        "step_cell": np.repeat(cell, STEPS),
        "step_number": step + 1,
        "price": price,
        "quantity": np.round(10 * size[own] / STEPS).astype(np.int64),
        "minimum_order": old.count + order,
        "minimum_cell": cell,
        "minimum_quantity": np.round(10 * 0.3 * size[order]).astype(np.int64),
    }
    joined = {name: np.concatenate([getattr(old, name), values]) for name, values in added.items()}
    conversions = Conversions(
        old.count + np.arange(count), gas, np.round(rng.uniform(0.42, 0.6, count), 3), np.full(count, np.nan)
    )
    return ScalableOrders(name=old.name + names, member=old.member + names, conversions=conversions, **joined)


def _storages(book: Book, grid: IntArray, rng: np.random.Generator) -> StorageOrders:
    """Return a storage order a row; one in five asks for a fixed term."""
    count = len(grid)
    power = np.round(rng.uniform(20, 200, count), 0)
    names = tuple(f"zz-store-{k:05d}" for k in range(count))
    return StorageOrders(
        name=names,
        member=names,
        grid=grid,
        charge=np.round(10 * power).astype(np.int64),
        discharge=np.round(10 * power).astype(np.int64),
        spread=np.round(100 * rng.uniform(1, 10, count)).astype(np.int64),
        fixed_term=np.where(rng.random(count) < 0.2, np.round(10 * power, 2), 0.0),
        capacity=np.round(power * rng.uniform(2, 6, count), 1),
        start=np.zeros(count),
        end=np.zeros(count),
        charge_efficiency=np.round(rng.uniform(0.88, 0.96, count), 3),
        discharge_efficiency=np.round(rng.uniform(0.9, 0.97, count), 3),
        hourly_loss=np.full(count, 0.001),
    )
