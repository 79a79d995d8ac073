"""Contracts in an order book: their orders added, their capacity taken away, and what was delivered read back.

The orders of contract `X` are `X:firm` (supply where it is delivered), `X:source` (demand where the
seller takes it out, with what is lost on the way) and `X:flexible` (supply in steps). The book that
comes back is as any other: the audit sees orders and capacities, and knows no contracts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from walras.book.book import Book
from walras.book.cells import IntArray
from walras.book.network import Lines
from walras.contracts.offers import DayOffer, Placed, Reservation, placed, reservations
from walras.contracts.path import at_source
from walras.errors import BadInput, Mistake
from walras.formulas.periods import minute_text
from walras.orders.curves import CurveOrders
from walras.results.results import Volumes


@dataclass(frozen=True)
class _Curve:
    """One curve order: name, member, grid, side (+1 supply), and steps of price and quantity ticks in its cells."""

    name: str
    member: str
    grid: int
    side: int
    cells: IntArray
    steps: tuple[tuple[int, int], ...]


def with_contracts(book: Book, offers: Sequence[DayOffer], *, is_reserved: bool = False) -> Book:
    """Return a book with the orders of contracts added and the capacity taken away that they reserve.

    Args:
        book: Orders and network of an auction.
        offers: Of contracts on their days.
        is_reserved: The capacities of the book are without what the offers reserve already.

    Raises:
        BadInput: A contract day that the market does not have, a line that it does not have or that has no
            room (rule `contract_capacity`), or an order of one of the names (rule `contract_orders_new`).
    """
    curves, mistakes = list[_Curve](), list[Mistake]()
    for offer in offers:
        try:
            curves += _curves(book, offer)
        except BadInput as error:
            mistakes += error.mistakes
    taken = sorted({c.name for c in curves} & {*book.curves.name})
    fix = "Take the market without orders of contracts."
    mistakes += [
        Mistake(f"the market has the order {n!r} already", "market", "contract_orders_new", fix) for n in taken
    ]
    taken_kw = [] if is_reserved else [r for offer in offers for r in reservations(offer)]
    lines = _reserved(book.lines, taken_kw, mistakes)
    if mistakes:
        raise BadInput(mistakes)
    return replace(book, curves=_joined(book.curves, curves), lines=lines)


def _curves(book: Book, offer: DayOffer) -> Iterable[_Curve]:
    """Yield the orders of one offer; what is zero in every MTU is left out."""
    name, contract = offer.contract.contract, offer.contract
    at = placed(book, offer, offer.meeting.delivery)
    grid = book.cells.grids[at.grid]
    low = grid.price_min if offer.floor is None else _price(at, book, offer.floor)
    if at.nominated:
        yield _Curve(f"{name}:firm", _code(contract.buyer), at.grid, 1, at.cells, ((low, at.nominated),))
        if offer.meeting.source is not None:
            enters = replace(offer, nominated=at_source(contract, offer.nominated), steps=())  # with losses on the way
            source = placed(book, enters, offer.meeting.source)
            most = book.cells.grids[source.grid].price_max
            takes = ((most, source.nominated),)
            yield _Curve(f"{name}:source", _code(contract.seller), source.grid, -1, source.cells, takes)
    steps = tuple((_price(at, book, s.price), q) for s, q in zip(offer.steps, at.steps, strict=True) if q)
    if steps:
        yield _Curve(f"{name}:flexible", _code(contract.buyer), at.grid, 1, at.cells, tuple(sorted(steps)))


def _price(at: Placed, book: Book, price: Fraction) -> int:
    """Return a price in ticks, upwards, within the limits of its grid."""
    grid = book.cells.grids[at.grid]
    ticks = -(-price * grid.price_tick.scale // grid.price_tick.step)
    return min(max(int(ticks), grid.price_min), grid.price_max)


def _code(account: str) -> str:
    return account.partition("/")[2]


def _joined(old: CurveOrders, new: Sequence[_Curve]) -> CurveOrders:
    """Return curves in canonical order: by name, then by cell and step."""
    if not new:
        return old
    names = (*old.name, *(c.name for c in new))
    order = sorted(range(len(names)), key=lambda i: names[i])
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    rows = np.array(
        [(old.count + n, cell, 1, k, price, price, quantity)
         for n, c in enumerate(new) for cell in c.cells.tolist() for k, (price, quantity) in enumerate(c.steps, 1)],
        dtype=np.int64,
    ).T  # fmt: skip
    columns = (old.step_order, old.step_cell, old.step_cells, old.step_number, old.price_start, old.price_end,
               old.quantity)  # fmt: skip
    o, c, n, k, start, end, quantity = (np.concatenate([a, b]) for a, b in zip(columns, rows, strict=True))
    sort = np.lexsort([k, c, place[o]])
    members = (*old.member, *(c.member for c in new))
    return CurveOrders(
        tuple(names[i] for i in order), tuple(members[i] for i in order),
        np.concatenate([old.grid, [c.grid for c in new]])[order].astype(np.int64),
        np.concatenate([old.side, [c.side for c in new]])[order].astype(np.int64),
        place[o][sort], c[sort], n[sort], k[sort], start[sort], end[sort], quantity[sort],
    )  # fmt: skip


def _reserved(lines: Lines, taken: Sequence[Reservation], mistakes: list[Mistake]) -> Lines:
    """Return lines with what contracts reserve taken away; what has no room is added to the mistakes."""
    forward, backward = lines.capacity_forward.copy(), lines.capacity_backward.copy()
    for r in taken:
        if r.line not in lines.name:
            fix = "Name a line of the market, or leave line out of the hop."
            mistakes.append(Mistake(f"the market has no line {r.line!r}", "hop", "contract_capacity", fix))
            continue
        number = lines.name.index(r.line)
        begin, end = lines.period_start, lines.period_start + lines.minutes[number]
        at = np.flatnonzero((lines.period_line == number) & (begin < r.end) & (end > r.begin))
        column = backward if r.backward else forward
        column[at] = np.round(column[at] - r.kw / 1000, 6)
        short = at[column[at] < 0]
        if len(short):
            what = f"{r.kw / 1000:g} MW are reserved, more than the line has at {minute_text(int(begin[short[0]]))}"
            fix = "Nominate less, or reserve less of the line by others."
            mistakes.append(Mistake(what, f"line {r.line}", "contract_capacity", fix))
    return replace(lines, capacity_forward=forward, capacity_backward=backward)


def allocation_rows(book: Book, volumes: Volumes, offers: Sequence[DayOffer], at: int) -> list[dict[str, Any]]:
    """Return what an auction makes of contracts, as rows of allocations for the journal.

    Of the nominated quantity the share is delivered that was accepted; of steps, what was accepted.

    Args:
        book: With the contracts' orders (`with_contracts`).
        volumes: Published volumes of its result.
        offers: Those that were added.
        at: Minute UTC of the record.
    """
    rows = []
    for offer in offers:
        where = placed(book, offer, offer.meeting.delivery)
        firm = _accepted(book, volumes, f"{offer.contract.contract}:firm")
        offered = where.nominated * len(where.cells)
        delivered = offer.nominated * Fraction(firm, offered) if offered else Fraction(0)
        flexible = _accepted(book, volumes, f"{offer.contract.contract}:flexible")
        tick = book.cells.grids[where.grid].quantity_tick
        mwh = Fraction(flexible * tick.step * (offer.end - offer.begin), tick.scale * 60 * len(where.cells))
        delivered += mwh / (offer.meeting.energy.base * offer.contract.unit.factor)
        rows.append({"kind": "allocation", "at": minute_text(at), "contract": offer.contract.contract,
                     "day": offer.day.isoformat(), "quantity": delivered, "by": "auction"})  # fmt: skip
    return rows


def _accepted(book: Book, volumes: Volumes, name: str) -> int:
    """Return the accepted ticks of a curve order, summed over MTUs of one length; 0 where there is none."""
    curves = book.curves
    if name not in curves.name:
        return 0
    at = np.flatnonzero(curves.step_order == curves.name.index(name))
    tick = book.cells.grids[int(curves.grid[curves.name.index(name)])].quantity_tick
    return int(np.rint(volumes.curve[at] * tick.scale / tick.step).sum())


def released(book: Book, volumes: Volumes, offer: DayOffer) -> list[Reservation]:
    """Return what an offer reserved and the auction left unused, line by line, on average over the day."""
    (row,) = allocation_rows(book, volumes, [offer], 0)
    used = replace(offer, nominated=row["quantity"], steps=())
    after = {(r.line, r.backward): r.kw for r in reservations(used)}
    return [replace(r, kw=r.kw - after.get((r.line, r.backward), 0)) for r in reservations(offer)]
