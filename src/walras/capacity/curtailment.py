"""What gives way when capacity falls below what is held: the layers that the profile names, in its order.

Within a layer all holders give way in proportion to what they hold there beyond their firm
part (largest remainder, then name); one that has a path of several hops gives way on all of
them, since a border less carries nothing. What is firm, or held for an auction, never does:
a figure that would need it is refused. MTUs have nothing to do with each other, so each is
worked out by itself (`moment`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from walras.capacity.elements import IntArray
from walras.capacity.layers import DIRECTIONS, LAYERS
from walras.capacity.ledger import ENTRY, Entries, Ledger, holdings
from walras.capacity.moment import Fall, Moment
from walras.capacity.taking import utc_text
from walras.errors import BadInput, Mistake

FIX = "Send a higher figure; what is firm or held by an auction stays."


def with_capacity(ledger: Ledger, capacity: IntArray) -> tuple[Ledger, Entries, list[Fall]]:
    """Return the ledger under other capacities, the entries that made it fit, and who lost what.

    Args:
        ledger: State of now.
        capacity: Capacities from now on, kW; (d, s).

    Raises:
        BadInput: What is firm or held by an auction is more than that (rule `capacity_firm`).
    """
    ledger = replace(ledger, capacity=capacity)
    short = np.flatnonzero((ledger.free < 0).any(axis=0))
    starts = sorted({ledger.elements.place(int(s))[1] for s in short})
    rows, falls = list[tuple[object, ...]](), list[Fall]()
    by_start = ledger.held.filter(pl.col("start").is_in(starts)).partition_by("start", as_dict=True)
    for start in starts:
        moment = Moment(ledger, start, by_start.get((start,), ledger.held.clear()))
        moment.fit()
        rows += moment.made()
        falls += moment.falls()
    made = pl.DataFrame(rows, schema=ENTRY, orient="row")
    ledger = replace(ledger, held=holdings(pl.concat([ledger.held, made])))
    if (ledger.free < 0).any():
        raise BadInput(_refusal(ledger, int(d), int(s)) for d, s in np.argwhere(ledger.free < 0)[:20])
    return ledger, made, falls


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
