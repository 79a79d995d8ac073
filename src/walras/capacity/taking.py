"""Take capacity, hand it on, give it back: entries that do it, or a refusal that names each MTU without room.

A cross-section's lines are filled in the order in which it lists them; with every line in at
most one cross-section of a kind, that finds all the room there is.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from walras.capacity.elements import IntArray
from walras.capacity.layers import DIRECTIONS, LAYERS
from walras.capacity.ledger import Entries, Ledger, entries, joined
from walras.errors import BadInput, Mistake

MOST_NAMED = 20
"""So many MTUs without room are named in a refusal."""


def take(
    ledger: Ledger, holder: str, layer: str, element: int, direction: int, starts: IntArray, kw: IntArray, hop: int = 0
) -> Entries:
    """Return entries that give a holder capacity of an element.

    Args:
        ledger: State of now.
        holder: Who gets it: a right, a contract, a session.
        layer: Layer that it is taken in.
        element: Line or cross-section.
        direction: 0 forward, 1 backward.
        starts: MTUs, UTC minutes; (t,).
        kw: How much in each, not negative; (t,).
        hop: Part of the holder's path.

    Raises:
        BadInput: Some MTU has less than that free (rule `capacity_free`); each is named.
    """
    number = LAYERS.index(layer)
    left, parts, free = kw.copy(), [], ledger.free.copy()
    for line, is_reversed in ledger.elements.lines_of(element):
        along = 1 - direction if is_reversed else direction
        share = np.minimum(left, room(ledger, free, line, along, starts))
        _use(ledger, free, line, along, starts, share)
        parts.append(entries(holder, hop, number, along, line, starts, share, np.zeros_like(share)))
        left -= share
    _refuse_short(ledger, element, direction, starts, kw, left)
    return joined(parts)


def room(ledger: Ledger, free: IntArray, line: int, direction: int, starts: IntArray) -> IntArray:
    """Return what a line can still carry, its cross-sections included, kW; (t,)."""
    found: IntArray = free[direction, ledger.elements.slot(line, starts)]
    for section, is_reversed in ledger.elements.sections_of[line]:
        along = 1 - direction if is_reversed else direction
        found = np.minimum(found, free[along, ledger.elements.slot(section, starts)])
    return np.maximum(found, 0)


def _use(ledger: Ledger, free: IntArray, line: int, direction: int, starts: IntArray, kw: IntArray) -> None:
    """Lower what is free on a line and its cross-sections."""
    free[direction, ledger.elements.slot(line, starts)] -= kw
    for section, is_reversed in ledger.elements.sections_of[line]:
        along = 1 - direction if is_reversed else direction
        free[along, ledger.elements.slot(section, starts)] -= kw


def _refuse_short(ledger: Ledger, element: int, direction: int, starts: IntArray, kw: IntArray, left: IntArray) -> None:
    short = np.flatnonzero(left > 0)
    if not len(short):
        return
    name = ledger.elements.items[element].name
    mistakes = []
    for t in short[:MOST_NAMED]:
        has = (kw[t] - left[t]) / 1000
        what = f"{kw[t] / 1000:g} MW are asked for and {has:g} MW are free"
        mistakes.append(Mistake(what, f"{name} {DIRECTIONS[direction]} {utc_text(int(starts[t]))}", "capacity_free",
                                f"Ask for {has:g} MW or less."))  # fmt: skip
    if len(short) > MOST_NAMED:
        what = f"{len(short) - MOST_NAMED} more MTUs have too little"
        mistakes.append(Mistake(what, name, "capacity_free", "Ask for less in each of them."))
    raise BadInput(mistakes)


def utc_text(minute: int) -> str:
    """Return a UTC minute for people.

    >>> utc_text(29_538_000)
    '2026-02-28T12:00Z'
    """
    return np.datetime_as_string(np.datetime64(minute, "m"), unit="m").item() + "Z"


def hand_over(
    ledger: Ledger, giver: str, holder: str, element: int, direction: int, starts: IntArray, kw: IntArray, hop: int = 0
) -> Entries:
    """Return entries that move capacity from one holder to another, in the layer and on the lines where it is.

    Raises:
        BadInput: The giver has less than that which is not firm (rule `right_holds`).
    """
    left, parts = kw.copy(), []
    given = ledger.of_holder(giver)
    for line, is_reversed in ledger.elements.lines_of(element):
        along = 1 - direction if is_reversed else direction
        mine = given.filter((pl.col("line") == line) & (pl.col("direction") == along) & pl.col("start").is_in(starts))
        for (its_hop, layer), rows in mine.group_by("hop", "layer", maintain_order=True):
            has = _aligned(rows, starts)
            share = np.minimum(left, has)
            none = np.zeros_like(share)
            parts.append(entries(giver, int(its_hop), int(layer), along, line, starts, -share, none))
            parts.append(entries(holder, hop, int(layer), along, line, starts, share, none))
            left -= share
    short = np.flatnonzero(left > 0)
    if len(short):
        name = ledger.elements.items[element].name
        raise BadInput(
            Mistake(f"{giver} holds {(kw[t] - left[t]) / 1000:g} MW and {kw[t] / 1000:g} MW are asked for",
                    f"{name} {DIRECTIONS[direction]} {utc_text(int(starts[t]))}", "right_holds",
                    f"Ask for {(kw[t] - left[t]) / 1000:g} MW or less, or name another right.")
            for t in short[:MOST_NAMED]
        )  # fmt: skip
    return joined(parts)


def _aligned(rows: Entries, starts: IntArray) -> IntArray:
    """Return what rows hold beyond their firm part in each MTU asked about, kW; (t,)."""
    found = dict(zip(rows["start"].to_list(), (rows["kw"] - rows["firm_kw"]).to_list(), strict=True))
    return np.array([found.get(int(start), 0) for start in starts], dtype=np.int64)


def lowered(ledger: Ledger, holder: str, starts: IntArray, to_kw: IntArray, *, is_firm: bool = False) -> Entries:
    """Return entries that lower a holder to a volume on each hop of its path, and make the rest firm if asked.

    The last lines of a hop give way first. Where a hop holds less than the volume already, it keeps what it has.

    Args:
        ledger: State of now.
        holder: Whose volume it is.
        starts: MTUs, UTC minutes, sorted; (t,).
        to_kw: Volume that remains in each; (t,).
        is_firm: Whether what remains is a schedule that both sides are bound by.
    """
    mine = ledger.of_holder(holder).filter(pl.col("start").is_in(starts))
    parts = []
    for (hop,), rows in mine.group_by("hop", maintain_order=True):
        room_left = to_kw.copy()
        for (layer, direction, line), some in rows.group_by("layer", "direction", "line", maintain_order=True):
            kw = {start: (total, firm) for start, total, firm in some.select("start", "kw", "firm_kw").iter_rows()}
            has = np.array([kw.get(int(s), (0, 0)) for s in starts], dtype=np.int64).reshape(-1, 2)
            stays = np.minimum(has[:, 0], room_left)
            firm = stays if is_firm else np.minimum(has[:, 1], stays)
            parts.append(entries(holder, int(hop), int(layer), int(direction), int(line), starts,
                                 stays - has[:, 0], firm - has[:, 1]))  # fmt: skip
            room_left -= stays
    return joined(parts)


def released(ledger: Ledger, holder: str, starts: IntArray) -> Entries:
    """Return entries that give back all that a holder has in some MTUs."""
    return lowered(ledger, holder, starts, np.zeros(len(starts), dtype=np.int64))
