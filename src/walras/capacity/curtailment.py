"""What gives way when capacity falls below what is held: the layers that the profile names, in its order.

Within a layer all holders give way in proportion to what they hold there beyond their firm
part (largest remainder, then name); one that has a path of several hops gives way on all of
them, since a border less carries nothing. What is firm, or held for an auction, never does:
a figure that would need it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from walras.capacity.elements import IntArray
from walras.capacity.layers import DIRECTIONS, LAYERS
from walras.capacity.ledger import Entries, Ledger, holdings, joined
from walras.capacity.taking import lowered, utc_text
from walras.errors import BadInput, Mistake

FIX = "Send a higher figure; what is firm or held by an auction stays."


@dataclass(frozen=True)
class Fall:
    """One holder in one MTU that lost capacity: kW before and after."""

    holder: str
    start: int
    before_kw: int
    after_kw: int


def with_capacity(ledger: Ledger, capacity: IntArray) -> tuple[Ledger, Entries, list[Fall]]:
    """Return the ledger under other capacities, the entries that made it fit, and who lost what.

    Args:
        ledger: State of now.
        capacity: Capacities from now on, kW; (d, s).

    Raises:
        BadInput: What is firm or held by an auction is more than that (rule `capacity_firm`).
    """
    ledger = replace(ledger, capacity=capacity)
    made: list[Entries] = []
    falls: list[Fall] = []
    stuck = np.zeros_like(capacity, dtype=bool)
    while len(over := np.argwhere((ledger.free < 0) & ~stuck)):
        d, s = (int(i) for i in over[0])
        cut = _one(ledger, d, s)
        if cut is None:
            stuck[d, s] = True
            continue
        made.append(cut[0])
        falls += cut[1]
        ledger = replace(ledger, held=holdings(pl.concat([ledger.held, cut[0]])))
    if stuck.any():
        raise BadInput(_refusal(ledger, int(d), int(s)) for d, s in np.argwhere(stuck & (ledger.free < 0))[:20])
    return ledger, joined(made), falls


def least_kw(ledger: Ledger) -> IntArray:
    """Return what is firm or in a layer that never gives way, which capacity has to leave room for, kW; (d, s)."""
    loose = [LAYERS.index(layer) for layer in ledger.rules.curtailed_first]
    stays = ledger.taken.copy()
    stays[loose] = ledger.sums("firm_kw")[loose]
    found: IntArray = stays.sum(axis=0)
    return found


def _refusal(ledger: Ledger, d: int, s: int) -> Mistake:
    e, start = ledger.elements.place(s)
    least = (ledger.capacity[d, s] - ledger.free[d, s]) / 1000
    what = f"{least:g} MW are firm or held by an auction, and {ledger.capacity[d, s] / 1000:g} MW would remain"
    where = f"{ledger.elements.items[e].name} {DIRECTIONS[d]} {utc_text(start)}"
    return Mistake(what, where, "capacity_firm", FIX)


def _one(ledger: Ledger, d: int, s: int) -> tuple[Entries, list[Fall]] | None:
    """Return the cut of the first layer that can give way in one slot, None if none can."""
    e, start = ledger.elements.place(s)
    over = int(-ledger.free[d, s])
    places = [(line, 1 - d if is_reversed else d) for line, is_reversed in ledger.elements.lines_of(e)]
    for layer in ledger.rules.curtailed_first:
        here = _at(places) & (pl.col("start") == start) & (pl.col("layer") == LAYERS.index(layer))
        mine = ledger.held.filter(here).group_by("holder").agg((pl.col("kw") - pl.col("firm_kw")).sum()).sort("holder")
        loose = mine.filter(pl.col("kw") > 0)
        if len(loose):
            return _cut(ledger, loose["holder"].to_list(), loose["kw"].to_numpy(), over, start, places)
    return None


def _cut(
    ledger: Ledger, names: list[str], loose: IntArray, over: int, start: int, places: list[tuple[int, int]]
) -> tuple[Entries, list[Fall]]:
    parts, falls = [], []
    for name, less in zip(names, shares(loose, min(over, int(loose.sum()))), strict=True):
        if less:
            part, fall = _cut_path(ledger.of_holder(name), ledger, name, less, start, places)
            parts.append(part)
            falls.append(fall)
    return joined(parts), falls


def _cut_path(
    held: Entries, ledger: Ledger, name: str, less: int, start: int, places: list[tuple[int, int]]
) -> tuple[Entries, Fall]:
    """Return entries that take so much from one holder here, and lower its whole path with it.

    A path may pass here twice (a line, and the cross-section of it): each hop gives its part.
    """
    mine = held.filter(pl.col("start") == start)
    here = mine.filter(_at(places) & (pl.col("kw") > pl.col("firm_kw")))
    hops = here["hop"].unique().sort().to_list()
    at = np.array([start], dtype=np.int64)
    before = int(ledger.volume(name, at, hops[0])[0])
    each = -(-less // len(hops))
    after = max(before - each, 0)
    cut = joined([_cut_lines(here.filter(pl.col("hop") == hop), each) for hop in hops])
    left = replace(ledger, held=holdings(pl.concat([mine, cut])))
    return joined([cut, lowered(left, name, at, np.array([after], dtype=np.int64))]), Fall(name, start, before, after)


def _at(places: list[tuple[int, int]]) -> pl.Expr:
    """Return what is true of holdings on lines, each in one direction."""
    return pl.any_horizontal([(pl.col("line") == line) & (pl.col("direction") == along) for line, along in places])


def _cut_lines(here: Entries, less: int) -> Entries:
    """Return entries that take so much from holdings, those on the last lines first."""
    parts = []
    for row in here.sort("line", descending=True).iter_rows(named=True):
        cut = min(less, row["kw"] - row["firm_kw"])
        less -= cut
        parts.append(pl.DataFrame([row | {"kw": -cut, "firm_kw": 0}], schema=here.schema))
    return joined(parts).filter(pl.col("kw") != 0)


def shares(parts: IntArray, total: int) -> list[int]:
    """Return a total split in proportion to parts, in whole numbers by largest remainder, never above a part.

    >>> shares(np.array([50, 30, 20]), 33)
    [16, 10, 7]
    """
    whole = [int(p) * total // int(parts.sum()) for p in parts]
    rests = sorted(range(len(parts)), key=lambda i: (-(int(parts[i]) * total % int(parts.sum())), i))
    for i in rests[: total - sum(whole)]:
        whole[i] += 1
    return whole
