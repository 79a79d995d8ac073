"""European-size auctions of the research prototype: its pickled instances to books.

`python benchmarks/prototype_instances.py syn_A.pkl ... --out FOLDER` writes one market folder
an instance; `book_of(read_instance(path))` is the book itself. What an instance holds, in MWh
of a period and EUR:

- Row `z * T + t` is zone z in period t. `cptr, cp, cq` are the merged steps of supply *and*
  demand of each row, as steps of the residual supply; `base` is minus all demand.
- `l_from, l_to, l_lo, l_hi`: rows that a line joins, and the bounds of its exchange.
- `fb_rows` (T, n), `ptdf` (K, n), `ram` (T, K): one flow-based domain, PTDFs alike in every period.
- `o_ptr, o_row, o_q, o_cost`: what each indivisible order injects, and its cost, if it is
  accepted; `okind` 4 is a scalable complex order, the others are blocks.
- `b_*`: the part of a block above its minimum acceptance ratio, 0 to 1 times.
- `y_*`: steps of scalable complex orders above their minimum.
- `links` (child, parent) and `excl`, the exclusive groups.

The book says the same in the market's words. All demand of a cell buys at the upper price
limit and every step of the residual supply is a supply step, except that a step at the upper
limit is left out: it is demand that may be curtailed, which demand at the limit is by itself.
MW are MWh over the length of a period, so that energies, and with them welfare, are those of
the instance:

    welfare of the book = (dem_w - cost) of the instance + `constant_eur`

The minimum part of a scalable complex order is the first of its four steps in the instance
and the cheapest in the book; where noise put another step below the first, the book is the
better off (`cheaper_minimums` counts them). Everything else is equal to the digit.
"""

from __future__ import annotations

import argparse
import pickle
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from walras.book.book import Book
from walras.book.cells import Cells, FloatArray, Grid, IntArray, Tick, Zone
from walras.book.flow_based import Domains
from walras.book.folder import write
from walras.book.network import Borders, Lines
from walras.book.profile import load_profile
from walras.orders.blocks import BlockOrders
from walras.orders.curves import CurveOrders
from walras.orders.flexible import FlexibleOrders
from walras.orders.scalable import ScalableOrders

DAY = date(2026, 1, 14)
FIRST_MINUTE = (DAY - date(1970, 1, 1)).days * 1440
PRICE_TICK, QUANTITY_TICK = Tick(1, 100), Tick(1, 1000)
PRICE_MIN, PRICE_MAX = -50_000, 400_000
SCALABLE = 4
WHOLE = 1e-6
"""How far, in ticks, a number may lie from a whole tick: floats, not freedom."""


class Instance:
    """Stands in for the prototype's class; the pickle fills its fields (see the module)."""


class _Reader(pickle.Unpickler):
    """Loads arrays and instances, and no other class."""

    def find_class(self, module: str, name: str) -> Any:
        if name == "Inst":
            return Instance
        if module.partition(".")[0] == "numpy" or (module, name) == ("_codecs", "encode"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"an instance holds no {module}.{name}")


def read_instance(path: Path) -> Any:
    """Return the instance of a pickle of (instance, reference prices)."""
    with path.open("rb") as file:
        instance, _ = _Reader(file).load()
    return instance


def book_of(instance: Any, name: str = "European-size auction") -> Book:
    """Return the book of an instance."""
    shape = Shape.of(instance)
    return Book(
        name,
        "EUR",
        "UTC",
        DAY,
        load_profile("european", DAY),
        shape.cells,
        _lines(instance, shape),
        Borders.none(),
        _curves(instance, shape),
        _blocks(instance, shape),
        FlexibleOrders.none(),
        _scalables(instance, shape),
        _domains(instance, shape),
    )


def constant_eur(instance: Any) -> float:
    """Return the welfare of the book minus that of the instance: all demand counts at the upper price limit."""
    limit = PRICE_TICK.value(PRICE_MAX)
    return float(-limit * instance.base.sum() - instance.dem_w)


def cheaper_minimums(instance: Any) -> int:
    """Return in how many periods of scalable complex orders with a minimum a later step is below the first."""
    order, row, step = _ranked(instance)
    price, first = instance.y_p, instance.y_p[step == 0]
    least = np.minimum.reduceat(price[np.lexsort((step, row, order))], np.arange(0, len(price), int(step.max()) + 1))
    first = first[np.lexsort((row[step == 0], order[step == 0]))]
    minimum = np.concatenate([instance.o_q[a:b] for a, b in _spans(instance, instance.okind == SCALABLE)])
    return int(((least < first) & (minimum > 0)).sum())


@dataclass(frozen=True)
class Shape:
    """Cells of an instance: `periods` a zone, each `per_hour` to the hour."""

    cells: Cells
    periods: int
    per_hour: int

    @staticmethod
    def of(instance: Any) -> Shape:
        minutes = 1440 // instance.T
        width = len(str(instance.Z))
        zones = tuple(Zone(f"Z{z + 1:0{width}d}", None, "XX") for z in range(instance.Z))
        end = FIRST_MINUTE + minutes * instance.T
        grids = tuple(
            Grid(z, "electricity", minutes, FIRST_MINUTE, end, PRICE_MIN, PRICE_MAX, PRICE_TICK, QUANTITY_TICK)
            for z in range(instance.Z)
        )
        return Shape(Cells(zones, grids), instance.T, 60 // minutes)

    def quantity(self, mwh: FloatArray) -> IntArray:
        """Return energies of a period as ticks of power."""
        return _ticks(mwh * self.per_hour, QUANTITY_TICK)

    def start(self, period: IntArray) -> IntArray:
        return FIRST_MINUTE + period * (60 // self.per_hour)


def _ticks(values: FloatArray, tick: Tick) -> IntArray:
    scaled = values * tick.scale / tick.step
    ticks = np.rint(scaled)
    assert (np.abs(scaled - ticks) < WHOLE * np.maximum(1.0, 1e-6 * np.abs(scaled))).all(), "finer than the tick"
    return ticks.astype(np.int64)


def _lines(instance: Any, shape: Shape) -> Lines:
    """Return lines named FROM-TO; an instance lists all periods of a line together."""
    periods = shape.periods
    ends = np.stack([instance.l_from, instance.l_to])[:, ::periods] // periods
    name = np.array([f"{shape.cells.zones[a].name}-{shape.cells.zones[b].name}" for a, b in ends.T])
    by = np.argsort(name)
    at = (by[:, None] * periods + np.arange(periods)).ravel()
    one, count = np.ones(len(at), dtype=np.int64), len(name)
    return Lines(
        tuple(name[by].tolist()),
        ends[0, by],
        ends[1, by],
        np.full(count, 60 // shape.per_hour, dtype=np.int64),
        np.repeat(np.arange(count), periods),
        shape.start(np.tile(np.arange(periods), count)),
        instance.l_from[at],
        one,
        instance.l_to[at],
        one,
        instance.l_hi[at] * shape.per_hour,
        -instance.l_lo[at] * shape.per_hour + 0.0,
    )


def _domains(instance: Any, shape: Shape) -> Domains:
    """Return the one flow-based domain, its members sorted by zone."""
    rows, ptdf, ram = instance.fb_rows, instance.ptdf, instance.ram
    by = np.argsort(rows[0])
    rows, ptdf = rows[:, by], ptdf[:, by]
    periods, size, branches = shape.periods, len(by), len(ptdf)
    width, none = len(str(branches)), np.zeros(branches, dtype=np.int64)
    row = np.arange(periods * branches)
    return Domains(
        ("core",),
        np.array([60 // shape.per_hour], dtype=np.int64),
        np.zeros(size, dtype=np.int64),
        rows[0] // periods,
        np.zeros(periods, dtype=np.int64),
        shape.start(np.arange(periods)),
        np.repeat(np.arange(periods), size),
        rows.ravel().astype(np.int64),
        tuple(f"branch-{b + 1:0{width}d}" for b in range(branches)),
        none,
        row % branches,
        row // branches,
        ram.ravel() * float(shape.per_hour),
        np.repeat(row, size),
        (row[:, None] // branches * size + np.arange(size)).ravel(),
        np.tile(ptdf.ravel(), periods),
    )


def _curves(instance: Any, shape: Shape) -> CurveOrders:
    """Return a demand and a supply curve for each zone, in this order."""
    cells, count = shape.cells, shape.cells.count
    limit = PRICE_TICK.value(PRICE_MAX)
    kept = instance.cp < limit
    cell = np.repeat(np.arange(count), np.diff(instance.cptr))[kept]
    begins = np.searchsorted(cell, np.arange(count))
    quantity = np.concatenate([shape.quantity(-instance.base), shape.quantity(instance.cq[kept])])
    price = np.concatenate([np.full(count, PRICE_MAX), _ticks(instance.cp[kept], PRICE_TICK)])
    number = np.concatenate([np.ones(count, dtype=np.int64), np.arange(len(cell)) - begins[cell] + 1])
    order = np.concatenate([2 * cells.grid, 2 * cells.grid[cell] + 1])
    cell = np.concatenate([np.arange(count), cell])
    by = np.argsort(order, kind="stable")
    price, grids = price[by], np.repeat(np.arange(len(cells.grids)), 2)
    return CurveOrders(
        tuple(f"{z.name}-{side}" for z in cells.zones for side in ("demand", "supply")),
        ("aggregated",) * len(grids),
        grids,
        np.tile([-1, 1], len(cells.grids)),
        order[by],
        cell[by],
        np.ones(len(by), dtype=np.int64),
        number[by],
        price,
        price,
        quantity[by],
    )


def _spans(instance: Any, which: Any) -> list[tuple[int, int]]:
    return [(int(instance.o_ptr[i]), int(instance.o_ptr[i + 1])) for i in np.flatnonzero(which)]


def _blocks(instance: Any, shape: Shape) -> BlockOrders:
    """Return the blocks: minimum part and scalable part added up, their ratio, and price = cost over energy."""
    count = int((instance.okind != SCALABLE).sum())
    assert (instance.okind[:count] != SCALABLE).all(), "blocks stand before scalable complex orders"
    end = int(instance.o_ptr[count])
    leg, cell = np.repeat(np.arange(count), np.diff(instance.o_ptr[: count + 1])), instance.o_row[:end]
    part, whole, cost = instance.b_o, instance.o_q[:end].copy(), instance.o_cost[:count].copy()
    begins = instance.o_ptr[np.repeat(part, np.diff(instance.b_ptr))]
    whole[begins + np.arange(len(begins)) - np.repeat(instance.b_ptr[:-1], np.diff(instance.b_ptr))] += instance.b_q
    cost[part] += instance.b_cost
    energy = np.bincount(leg, weights=whole, minlength=count)
    least = np.bincount(leg, weights=instance.o_q[:end], minlength=count)
    group = np.full(count, -1, dtype=np.int64)
    for number, members in enumerate(instance.excl):
        group[members] = number
    links = instance.links[np.lexsort((instance.links[:, 1], instance.links[:, 0]))]
    side = np.where(energy > 0, 1, -1).astype(np.int64)
    width, group_width = len(str(count)), len(str(len(instance.excl)))
    return BlockOrders(
        tuple(f"block-{o + 1:0{width}d}" for o in range(count)),
        tuple(f"member-{o + 1:0{width}d}" for o in range(count)),
        shape.cells.grid[cell[instance.o_ptr[:count]]],
        side,
        _ticks(cost / energy, PRICE_TICK),
        np.round(least / energy, 9),
        group,
        tuple(f"group-{g + 1:0{group_width}d}" for g in range(len(instance.excl))),
        leg,
        cell,
        shape.quantity(np.abs(whole)),
        links[:, 0],
        links[:, 1],
    )


def _ranked(instance: Any) -> tuple[IntArray, IntArray, IntArray]:
    """Return order, row and place of each step among those of its order and row, as listed from 0."""
    order, row = instance.y_o, instance.y_row
    by = np.lexsort((np.arange(len(order)), row, order))
    new = np.ones(len(by), dtype=bool)
    new[1:] = (np.diff(order[by]) != 0) | (np.diff(row[by]) != 0)
    begins = np.flatnonzero(new)
    step = np.empty(len(by), dtype=np.int64)
    step[by] = np.arange(len(by)) - begins[np.cumsum(new) - 1]
    return order, row, step


def _scalables(instance: Any, shape: Shape) -> ScalableOrders:
    """Return the scalable complex orders; the minimum goes back to the first step, its cost out of the fixed term."""
    which = np.flatnonzero(instance.okind == SCALABLE)
    if not len(which):
        return ScalableOrders.none()
    first, begin = int(which[0]), int(instance.o_ptr[which[0]])
    order, row, step = _ranked(instance)
    minimum_order = np.repeat(which, np.diff(instance.o_ptr[first:])) - first
    minimum_row, minimum = instance.o_row[begin:], instance.o_q[begin:]
    at = np.flatnonzero(step == 0)
    at = at[np.lexsort((row[at], order[at]))]
    assert (order[at] - first == minimum_order).all()
    assert (row[at] == minimum_row).all()
    quantity = instance.y_q.copy()
    quantity[at] += minimum
    must_run = np.bincount(minimum_order, weights=minimum * instance.y_p[at], minlength=len(which))
    by = np.lexsort((instance.y_p, row, order))
    steps = np.arange(len(by)) % (int(step.max()) + 1) + 1
    own, kept, count = order[by] - first, minimum > 0, len(which)
    grid, width, limits = shape.cells.grid[minimum_row[:: shape.periods]], len(str(count)), np.full(count, -1)
    return ScalableOrders(
        tuple(f"scalable-{o + 1:0{width}d}" for o in range(count)),
        tuple(f"plant-{o + 1:0{width}d}" for o in range(count)),
        grid,
        np.ones(count, dtype=np.int64),
        np.maximum(0.0, np.round(instance.o_cost[first:] - must_run, 6)),
        limits,
        limits.copy(),
        np.zeros(count, dtype=np.int64),
        own,
        row[by],
        steps,
        _ticks(instance.y_p[by], PRICE_TICK),
        shape.quantity(quantity[by]),
        minimum_order[kept],
        minimum_row[kept],
        shape.quantity(minimum[kept]),
    )


def main() -> None:
    """Write the market folders of some instances, and say what their welfare is to be compared with."""
    parser = argparse.ArgumentParser(description="Turn pickled instances into market folders.")
    parser.add_argument("pickle", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="Folder of the market folders.")
    arguments = parser.parse_args()
    for path in arguments.pickle:
        begun = time.perf_counter()
        instance = read_instance(path)
        name = path.stem.removeprefix("syn_")
        book = book_of(instance, f"European-size auction {name}")
        made = time.perf_counter()
        write(book, arguments.out / name)
        written = time.perf_counter()
        print(
            f"{name}: {book.cells.count:,} cells, {book.curves.step_count:,} steps, {book.blocks.count:,} blocks, "
            f"{book.scalables.count:,} scalable complex orders; welfare of the book = that of the instance + "
            f"{constant_eur(instance):,.4f} EUR; {cheaper_minimums(instance)} minimums cheaper than there; "
            f"book {made - begun:.2f} s, folder {written - made:.2f} s"
        )


if __name__ == "__main__":
    main()
