"""Capacity of supply contracts: what a nomination takes of the lines on its way, in the layer of bilateral contracts.

The holder is `supply CONTRACT`, each hop of its way a hop of the holding. Whoever calls holds the lock of the
market's capacity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from walras.capacity.elements import IntArray
from walras.capacity.ledger import Entries, Ledger, joined
from walras.capacity.taking import lowered, take
from walras.contracts.offers import DayOffer, Reservation, by_hop
from walras.errors import BadInput, Mistake
from walras.service.capacity.asking import check_layer, days_of, stream_of
from walras.service.capacity.state import State, book, state_of
from walras.service.store.supply import HOLDER
from walras.service.work import Work

LAYER = "bilateral"
MOST_KW = 10**15
"""More than any line has: a figure beyond is refused as this one is."""


def holder_of(contract: str) -> str:
    """Return the holder that a contract is in the ledger of capacity.

    >>> holder_of("gas-2027")
    'supply gas-2027'
    """
    return f"{HOLDER}{contract}"


@dataclass(frozen=True)
class _Way:
    """What one hop of a contract is to hold: element, direction, MTUs in order and power in each; (t,)."""

    holder: str
    hop: int
    element: int
    direction: int
    starts: IntArray
    kw: IntArray

    def held(self, ledger: Ledger) -> Ledger:
        """Return the ledger with the holdings of this hop alone."""
        return replace(ledger, held=ledger.of_holder(self.holder).filter(pl.col("hop") == self.hop))


def set_to(work: Work, market: str, offers: Sequence[DayOffer], act: str, at: int, *, is_firm: bool = False) -> None:
    """Let each contract hold on each of some days what an offer takes: more or less than until now.

    Args:
        work: The transaction.
        market: Code of the market.
        offers: One a contract and day.
        act: What the bookings of capacity say.
        at: Time of the store, microseconds.
        is_firm: Whether what remains is a schedule that is bound to flow.

    Raises:
        BadInput: A line has less free in some MTU (rule `capacity_free`); each is named, and nothing is taken.
    """
    wanted = [(offer.contract.contract, hop, r) for offer in offers for hop, r in by_hop(offer).items()]
    if not wanted:
        return
    lines = sorted({r.line for *_, r in wanted})
    begin, end = min(r.begin for *_, r in wanted), max(r.end for *_, r in wanted)
    first, last = days_of(work.connection, market, begin, end, lines)
    state = state_of(work.connection, market, first, last, lines)
    check_layer(state, LAYER)
    ways = _ways(state, wanted)
    parts, ledger = _lowered(state.ledger, ways, is_firm=is_firm)
    parts += _raised(ledger, ways)
    made = joined(parts)
    if len(made):
        said = {"contracts": sorted({c for c, *_ in wanted}), "why": act}
        work.record(stream_of(market), "supply capacity", said | book(work, state, made, act, at), at)


def _ways(state: State, wanted: Sequence[tuple[str, int, Reservation]]) -> list[_Way]:
    """Return what each hop is to hold, over all days together."""
    by: dict[tuple[str, int], list[Reservation]] = {}
    for contract, hop, r in wanted:
        by.setdefault((contract, hop), []).append(r)
    found = []
    for (contract, hop), rows in sorted(by.items()):
        element = state.elements.known(rows[0].line, f"contract {contract}")
        starts, minutes = state.elements.starts(element), int(state.elements.minutes[element])
        kw = np.full(len(starts), -1, dtype=np.int64)
        for r in rows:
            kw[(starts + minutes > r.begin) & (starts < r.end)] = min(r.kw, MOST_KW)
        mine = kw >= 0
        found.append(_Way(holder_of(contract), hop, element, int(rows[0].backward), starts[mine], kw[mine]))
    return found


def _lowered(ledger: Ledger, ways: Sequence[_Way], *, is_firm: bool) -> tuple[list[Entries], Ledger]:
    parts = [lowered(way.held(ledger), way.holder, way.starts, way.kw, is_firm=is_firm) for way in ways]
    return parts, ledger.plus(joined(parts))


def _raised(ledger: Ledger, ways: Sequence[_Way]) -> list[Entries]:
    """Return the entries that raise hops; what is short on every hop is named."""
    parts, mistakes = list[Entries](), list[Mistake]()
    for way in ways:
        more = np.maximum(way.kw - ledger.volume(way.holder, way.starts, way.hop), 0)
        if not more.any():
            continue
        try:
            part = take(ledger, way.holder, LAYER, way.element, way.direction, way.starts, more, way.hop)
        except BadInput as error:
            mistakes += error.mistakes
            continue
        ledger = ledger.plus(part)
        parts.append(part)
    if mistakes:
        raise BadInput(mistakes)
    return parts
