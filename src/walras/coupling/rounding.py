"""Published ticks, once, at the end.

Prices go to the nearest tick, halves upwards. Volumes are rounded so that every cell
still balances to the tick: each goes to the tick below or above, and which is a small
flow problem whose corners are whole numbers on any network of lines without losses (formulation, eq. 7.5 and 7.6).

Axes: c cells, s spans, k curve steps, e loose volumes. Works in ticks of each cell's
grid; lines between grids of different ticks use the coarser one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from walras.book.book import Book
from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.book.inputs import conversion_inputs
from walras.book.stores import stores_of
from walras.coupling.runs import spread, summed
from walras.coupling.stored_ticks import stored_on_ticks
from walras.coupling.tick_balance import Loose, balanced
from walras.results.results import Volumes

WHOLE = 1e-4


def rounded_prices(book: Book, price: FloatArray) -> FloatArray:
    """Return prices on the nearest tick, halves upwards; shape (c,).

    Rounding is monotone, so it keeps limit prices on the tick on their side, and cells of
    equal price equal: what the solver leaves below 1e-7 is wiped off before.
    """
    grids, grid = book.cells.grids, book.cells.grid
    step = np.array([g.price_tick.step for g in grids])[grid]
    scale = np.array([g.price_tick.scale for g in grids])[grid]
    scaled = scale / step
    ticks = np.floor(np.round(price, 7) * scaled + 0.5 + 1e-9)
    out: FloatArray = ticks * step / scale
    return out


def published_volumes(book: Book, decided: Volumes) -> Volumes:
    """Return volumes in whole ticks that balance every cell and every domain.

    Ticks of storage orders follow their levels, unless nothing else can balance a cell.
    """
    first, missed = _on_ticks(book, stored_on_ticks(book, decided))
    if missed <= WHOLE or not book.storages.count:
        return first
    other, less = _on_ticks(book, decided)
    return other if less < missed else first


def _on_ticks(book: Book, decided: Volumes) -> tuple[Volumes, float]:
    """Return volumes in whole ticks, and the most ticks of balance that a node misses."""
    sizes = _tick_sizes(book)
    families = _families(book, decided, sizes)
    loose = {name: _loose(*family) for name, family in families.items()}
    domains = book.domains
    nodes = book.cells.count + len(domains.period_start)
    injected = np.append(_flexible_ticks(book, decided), np.zeros(len(domains.period_start)))
    whole: dict[str, FloatArray] = {}
    for name, family in families.items():
        ticks = np.round(family[0])
        ticks[loose[name].index] = 0.0
        whole[name] = ticks
        injected += _injected(family, ticks, nodes)
    chosen = balanced(book, loose, injected)
    for name, part in loose.items():
        added = np.zeros(len(whole[name]))
        added[part.index] = chosen[name]
        whole[name] = whole[name] + added
        injected += _injected(families[name], added, nodes)
    values = {name: _values(ticks, *sizes[name]) for name, ticks in whole.items()}
    volumes = replace(
        decided,
        curve=values["curve"],
        block_leg=values["block_leg"],
        scalable=values["scalable"],
        exchange=values["exchange"],
        border=values["border"],
        domain=values["domain"],
        bought=values["bought"],
        charge=values["charge"],
        discharge=values["discharge"],
        received=_arriving(book, decided, values["exchange"], values["received"]),
    )
    return volumes, float(np.abs(injected).max(initial=0.0))


def _arriving(book: Book, decided: Volumes, exchange: FloatArray, received: FloatArray) -> FloatArray:
    """Return what arrives in whole ticks: all that is sent, but where the line loses some."""
    return np.where(_split_lines(book, decided)[0], received, exchange) if book.lines.has_losses else received


Family = tuple[FloatArray, IntArray, IntArray, FloatArray, FloatArray, FloatArray]
"""Ticks, then entries (volume, node, ticks injected a tick), then lowest and highest allowed ticks."""


def _values(ticks: FloatArray, step: IntArray, scale: IntArray) -> FloatArray:
    out: FloatArray = ticks * step / scale
    return out


Sizes = dict[str, tuple[IntArray, IntArray]]
"""(step, scale) of the tick of every volume of each family."""


def _tick_sizes(book: Book) -> Sizes:
    grids = book.cells.grids
    step = np.array([g.quantity_tick.step for g in grids], dtype=np.int64)
    scale = np.array([g.quantity_tick.scale for g in grids], dtype=np.int64)
    lines, borders = book.lines, book.borders
    out, into = lines.from_grid[lines.period_line], lines.to_grid[lines.period_line]
    coarser = np.where(step[out] / scale[out] >= step[into] / scale[into], out, into)
    grid = {
        "curve": book.curves.grid[book.curves.step_order],
        "block_leg": book.blocks.grid[book.blocks.leg_order],
        "scalable": book.scalables.grid[book.scalables.step_order],
        "exchange": coarser,
        "received": coarser if book.lines.has_losses else coarser[:0],
        "border": borders.grid[borders.period_border],
        "domain": book.cells.grid[book.domains.exchange_cell],
        "bought": book.cells.grid[conversion_inputs(book.cells, book.scalables).bought_cell],
        "charge": book.cells.grid[stores_of(book.cells, book.storages).cell],
        "discharge": book.cells.grid[stores_of(book.cells, book.storages).cell],
    }
    return {name: (step[g], scale[g]) for name, g in grid.items()}


def _families(book: Book, decided: Volumes, sizes: Sizes) -> dict[str, Family]:
    """Return every rounded family in ticks with its injections."""
    curves, blocks, scalables, lines = book.curves, book.blocks, book.scalables, book.lines
    ticks = {name: getattr(decided, name) * scale / step for name, (step, scale) in sizes.items()}
    step_entry, step_cell = spread(curves.step_cell, curves.step_cells)
    out, from_cell = spread(lines.from_cell, lines.from_cells)
    into, to_cell = spread(lines.to_cell, lines.to_cells)
    cell_step, cell_scale = (
        np.array([getattr(g.quantity_tick, part) for g in book.cells.grids])[book.cells.grid]
        for part in ("step", "scale")
    )
    line_step, line_scale = sizes["exchange"]
    bought = conversion_inputs(book.cells, book.scalables).bought_cell
    stored = stores_of(book.cells, book.storages).cell
    relative = [
        line_step[p] * cell_scale[c] / (line_scale[p] * cell_step[c]) for p, c in ((out, from_cell), (into, to_cell))
    ]
    line_entries = (
        np.concatenate([out, into]),
        np.concatenate([from_cell, to_cell]),
        np.concatenate([-relative[0], relative[1]]),
    )
    entries = {
        "curve": (step_entry, step_cell, curves.side[curves.step_order][step_entry].astype(np.float64)),
        "block_leg": (_range(blocks.leg_cell), blocks.leg_cell, _signs(blocks.side, blocks.leg_order)),
        "scalable": (_range(scalables.step_cell), scalables.step_cell, _signs(scalables.side, scalables.step_order)),
        "border": (
            _range(book.borders.period_cell),
            book.borders.period_cell,
            -np.ones(len(book.borders.period_cell)),
        ),
        "domain": _domain_entries(book),
        "bought": (_range(bought), bought, -np.ones(len(bought))),
        "charge": (_range(stored), stored, -np.ones(len(stored))),
        "discharge": (_range(stored), stored, np.ones(len(stored))),
    } | _line_entries(book, decided, line_entries)
    limits = _limits(book, sizes)
    if book.lines.has_losses:
        is_split, _ = _split_lines(book, decided)
        for name in ("exchange", "received"):
            limits[name] = _no_further(ticks[name], *limits[name], is_split)
    return {name: (ticks[name], *entries[name], *limits[name]) for name in sizes}


Entries = tuple[IntArray, IntArray, FloatArray]


def _line_entries(book: Book, decided: Volumes, entries: Entries) -> dict[str, Entries]:
    """Return what a tick of each exchange, and of what arrives, injects into cells.

    An exchange of a line with losses counts at its sending end alone, what arrives at the other:
    so each is rounded for itself, and both ends balance.
    """
    period, cell, value = entries
    if not book.lines.has_losses:
        none = np.zeros(0, dtype=np.int64)
        return {"exchange": entries, "received": (none, none, np.zeros(0))}
    is_split, is_forward = _split_lines(book, decided)
    is_sending = (value < 0) == is_forward[period]
    sent = ~is_split[period] | is_sending
    return {
        "exchange": (period[sent], cell[sent], value[sent]),
        "received": (period[~sent], cell[~sent], value[~sent]),
    }


def _split_lines(book: Book, decided: Volumes) -> tuple[BoolArray, BoolArray]:
    """Return which line periods lose something on the way, and which are used forward; shape (p,) each."""
    forward, backward, _ = book.lines.period_terms()
    return (forward > 0) | (backward > 0), decided.exchange >= 0


def _no_further(
    ticks: FloatArray, low: FloatArray, high: FloatArray, which: BoolArray
) -> tuple[FloatArray, FloatArray]:
    """Return limits of which some volumes may go to the tick below or above and no further."""
    below, above = np.floor(ticks + WHOLE), np.ceil(ticks - WHOLE)
    return np.where(which, np.maximum(low, below), low), np.where(which, np.minimum(high, above), high)


def _domain_entries(book: Book) -> tuple[IntArray, IntArray, FloatArray]:
    """Return what a tick of each exchange takes out of its cell and brings to its domain's period."""
    domains = book.domains
    at = _range(domains.exchange_cell)
    share = domains.exchange_hours / book.cells.hours[domains.exchange_cell] if domains.count else np.zeros(0)
    return (
        np.concatenate([at, at]),
        np.concatenate([domains.exchange_cell, book.cells.count + domains.exchange_period]),
        np.concatenate([-share, np.ones(len(at))]),
    )


def _range(like: IntArray) -> IntArray:
    return np.arange(len(like))


def _signs(side: IntArray, order: IntArray) -> FloatArray:
    return side[order].astype(np.float64)


def _limits(book: Book, sizes: Sizes) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Return the ticks between which each volume must stay: capacities and offers."""
    lines, borders = book.lines, book.borders
    fixed = borders.is_fixed[borders.period_border].astype(bool)
    anything = np.full(len(book.domains.exchange_cell), np.inf)
    low = {
        "exchange": -lines.capacity_backward,
        "received": np.full(len(sizes["received"][0]), -np.inf),
        "border": np.where(fixed, -np.inf, -borders.capacity_import),
        "domain": -anything,
    }
    high = {
        "exchange": lines.capacity_forward,
        "received": np.full(len(sizes["received"][0]), np.inf),
        "border": np.where(fixed, np.inf, borders.capacity_export),
        "domain": anything,
    }
    out = {}
    for name, (step, scale) in sizes.items():
        if name in low:
            out[name] = (np.ceil(low[name] * scale / step - WHOLE), np.floor(high[name] * scale / step + WHOLE))
        else:
            out[name] = (np.zeros(len(step)), np.full(len(step), np.inf))
    out["curve"] = (np.zeros(len(book.curves.quantity)), book.curves.quantity.astype(np.float64))
    return out


def _loose(
    ticks: FloatArray, entry: IntArray, node: IntArray, value: FloatArray, low: FloatArray, high: FloatArray
) -> Loose:
    """Return the volumes of a family that are not whole ticks."""
    index = np.flatnonzero(np.abs(ticks - np.round(ticks)) > WHOLE)
    number = np.full(len(ticks), -1)
    number[index] = np.arange(len(index))
    use = number[entry] >= 0
    floor = np.floor(ticks[index])
    lowest = np.maximum(floor, np.minimum(low[index], floor + 1))
    highest = np.maximum(np.minimum(floor + 1, high[index]), lowest)
    return Loose(
        index, ticks[index], number[entry[use]], node[use], value[use], lowest, highest, low[index], high[index]
    )


def _injected(family: Family, ticks: FloatArray, nodes: int) -> FloatArray:
    """Return the ticks that whole volumes inject into each node."""
    _, entry, node, value, _, _ = family
    out: FloatArray = summed(node, value * ticks[entry], nodes)
    return out


def _flexible_ticks(book: Book, decided: Volumes) -> FloatArray:
    """Return the ticks that accepted flexible orders inject; they are always whole."""
    flexibles = book.flexibles
    accepted = np.flatnonzero(decided.flexible_start >= 0)
    which, cell = spread(decided.flexible_start[accepted], flexibles.cells[accepted])
    ticks = (flexibles.side * flexibles.quantity)[accepted].astype(np.float64)
    return summed(cell, ticks[which], book.cells.count)
