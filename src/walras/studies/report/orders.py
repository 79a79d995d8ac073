"""Indivisible orders for the page: when they run, what became of them, what they gained.

Outcome and surplus are those of `results.outcomes`; here they get the words, spans of
time and energies that a person reads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from walras.book.book import Book
from walras.orders.blocks import BlockOrders
from walras.orders.flexible import FlexibleOrders
from walras.orders.scalable import ScalableOrders
from walras.orders.storage import StorageOrders
from walras.results.outcomes import WORDS, Outcomes, outcomes_of
from walras.results.raw import Legs, Raw, mean_over
from walras.results.results import Results
from walras.studies.report.series import spans_of
from walras.vocabulary import Outcome, Side

MOST_ORDERS = 400
WHOLE = 1 - 1e-9

Row = dict[str, Any]


def order_rows(book: Book, results: Results) -> Row:
    """Return at most `MOST_ORDERS` orders, those with the largest surplus first chosen, and counts of outcomes.

    Returns:
        `all`, `counts` (a word of `Outcome` each) and `rows`: order, member, kind, zone,
        side, price, spans of delivery, acceptance ratio, energy offered and taken (MWh),
        surplus (of a rejected order: what it would have gained), outcome, note.
    """
    raw, outcomes = Raw(book), outcomes_of(book, results)
    rows = [
        *_blocks(raw, results, outcomes.block),
        *_flexibles(raw, results, outcomes.flexible),
        *_scalables(raw, results, outcomes.scalable),
        *_storages(raw, results, outcomes.storage),
    ]
    counts = {str(o): sum(r["outcome"] == str(o) for r in rows) for o in Outcome}
    rows.sort(key=lambda r: -abs(r["surplus"]))
    shown = sorted(rows[:MOST_ORDERS], key=lambda r: (r["zone"], r["order"]))
    return {"rows": shown, "all": len(rows), "counts": counts}


def _blocks(raw: Raw, results: Results, outcomes: Outcomes) -> list[Row]:
    book, legs, cells = raw.book.blocks, raw.blocks, raw.book.cells
    edges = np.searchsorted(legs.order, np.arange(book.count + 1))
    price = cells.prices(book.price, book.grid)
    rows = []
    for o in range(book.count):
        mine = slice(int(edges[o]), int(edges[o + 1]))
        hours = legs.hours[mine]
        row = _row(raw.book, "block", book, o, outcomes)
        row |= _energy(float(legs.quantity[mine] @ hours), float(results.published.block_leg[mine] @ hours))
        row |= {
            "price": price[o],
            "ratio": results.published.block_ratio[o],
            "spans": spans_of(cells, legs.cell[mine]),
            "note": _block_note(book, o),
        }
        rows.append(row)
    return rows


def _block_note(book: BlockOrders, o: int) -> str:
    parents = [book.name[p] for p in book.link_parent[book.link_child == o].tolist()]
    children = [book.name[c] for c in book.link_child[book.link_parent == o].tolist()]
    notes = [
        f"{word} {' and '.join(names)}" for word, names in (("child of", parents), ("parent of", children)) if names
    ]
    if book.group[o] >= 0:
        notes.append(f"one of {book.group_name[int(book.group[o])]}")
    if book.min_acceptance_ratio[o] < WHOLE:
        notes.append(f"at least {book.min_acceptance_ratio[o]:.0%}")
    return ", ".join(notes)


def _flexibles(raw: Raw, results: Results, outcomes: Outcomes) -> list[Row]:
    book, cells, starts = raw.book.flexibles, raw.book.cells, results.published.flexible_start
    price = cells.prices(book.price, book.grid)
    quantity = cells.quantities(book.quantity, book.grid)
    rows = []
    for o in range(book.count):
        first = book.first_cell[o] + np.arange(book.choices[o])
        mean = mean_over(results.price, first, np.full(len(first), book.cells[o]))
        is_taken = bool(starts[o] >= 0)
        place = int(starts[o]) if is_taken else int(first[np.argmax(book.side[o] * mean)])
        energy = quantity[o] * book.cells[o] * cells.hours[place]
        row = _row(raw.book, "flexible", book, o, outcomes) | _energy(energy, energy * is_taken)
        row |= {
            "price": price[o],
            "ratio": float(is_taken),
            "spans": spans_of(cells, place + np.arange(book.cells[o])),
            "note": f"{len(first)} starts" + ("" if is_taken else ", shown at its best"),
        }
        rows.append(row)
    return rows


def _scalables(raw: Raw, results: Results, outcomes: Outcomes) -> list[Row]:
    book, legs, cells = raw.book.scalables, raw.scalables, raw.book.cells
    edges = np.searchsorted(legs.order, np.arange(book.count + 1))
    rows = []
    for o in range(book.count):
        mine = slice(int(edges[o]), int(edges[o + 1]))
        row = _row(raw.book, "scalable", book, o, outcomes)
        row |= _energy(*_scalable_energy(legs, results, mine))
        row |= {
            "price": None,
            "ratio": float(results.published.scalable_accepted[o]),
            "spans": spans_of(cells, np.unique(legs.cell[mine])),
            "note": f"fixed term {book.fixed_term[o]:,.2f} {raw.book.currency}{_input_note(raw, o)}",
        }
        rows.append(row)
    return rows


def _input_note(raw: Raw, o: int) -> str:
    conversions, cells = raw.book.scalables.conversions, raw.book.cells
    for v in np.flatnonzero(conversions.order == o).tolist():
        grid = cells.grids[int(conversions.grid[v])]
        return f", makes it from {grid.carrier} of {cells.zones[grid.zone].name} at {conversions.efficiency[v]:.0%}"
    return ""


def _storages(raw: Raw, results: Results, outcomes: Outcomes) -> list[Row]:
    book, stores, cells = raw.book.storages, raw.stores, raw.book.cells
    volumes, hours = results.published, raw.stores.mtus.hours
    rows = []
    for o in range(book.count):
        mine = slice(int(stores.mtus.first[o]), int(stores.mtus.first[o + 1]))
        active = np.flatnonzero((volumes.charge + volumes.discharge)[mine] > 0) + mine.start
        row = _row(raw.book, "storage", book, o, outcomes)
        row |= _energy(float(stores.discharge[mine] @ hours[mine]), float(volumes.discharge[mine] @ hours[mine]))
        row |= {
            "side": "both ways",
            "price": float(cells.prices(book.spread[[o]], book.grid[[o]])[0]),
            "ratio": float(volumes.storage_accepted[o]),
            "spans": spans_of(cells, stores.mtus.cell[active if len(active) else mine]),
            "note": f"holds {book.capacity[o]:,.1f} MWh, asks for a spread",
        }
        rows.append(row)
    return rows


def _scalable_energy(legs: Legs, results: Results, mine: slice) -> tuple[float, float]:
    hours = legs.hours[mine]
    return float(legs.quantity[mine] @ hours), float(results.published.scalable[mine] @ hours)


def _energy(offered: float, taken: float) -> Row:
    return {"energy": float(offered), "taken": float(taken)}


def _row(
    book: Book,
    kind: str,
    orders: BlockOrders | FlexibleOrders | ScalableOrders | StorageOrders,
    o: int,
    outcomes: Outcomes,
) -> Row:
    grid = book.cells.grids[int(orders.grid[o])]
    side = 1 if isinstance(orders, StorageOrders) else int(orders.side[o])
    return {
        "order": orders.name[o],
        "member": orders.member[o],
        "kind": kind,
        "zone": book.cells.zones[grid.zone].name,
        "side": Side(side).word,
        "outcome": WORDS[int(outcomes.outcome[o])],
        "surplus": float(outcomes.surplus[o]),
    }
