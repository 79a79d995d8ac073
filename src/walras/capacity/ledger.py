"""The ledger: who holds how much of each line, direction and MTU, in which layer.

Entries are added, never changed: a holding is the sum of its entries. What counts against a
direction of an element (formulation of docs/capacity.md)::

    taken[d, s]  = sum over layers and holders of kw
    free[d, s]   = capacity[d, s] - taken[d, s] + (netting: firm[opposite of d, s])

`free` is never negative, on lines and on cross-sections: every function that makes entries
refuses what would break it, and names each MTU that has no room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import polars as pl

from walras.capacity.elements import Elements, IntArray
from walras.capacity.layers import LAYERS, CapacityRules

ENTRY = {
    "holder": pl.String, "hop": pl.Int64, "layer": pl.Int64, "direction": pl.Int64, "line": pl.Int64,
    "start": pl.Int64, "kw": pl.Int64, "firm_kw": pl.Int64,
}  # fmt: skip
"""Columns of entries: `holder` is a right, a contract or a session, `hop` the part of its path, `line` the
number of the line, `start` the MTU (UTC minutes); `kw` is added to the holding, `firm_kw` to the part of it
that both sides are bound to deliver."""
KEY = ["holder", "hop", "layer", "direction", "line", "start"]

Entries = pl.DataFrame


def entries(
    holder: str, hop: int, layer: int, direction: int, line: int, starts: IntArray, kw: IntArray, firm_kw: IntArray
) -> Entries:
    """Return entries of one holder on one line and direction; those that change nothing are left out."""
    found = pl.DataFrame(
        {"holder": [holder] * len(starts), "hop": hop, "layer": layer, "direction": direction, "line": line,
         "start": starts, "kw": kw, "firm_kw": firm_kw}, schema=ENTRY,
    )  # fmt: skip
    return found.filter((pl.col("kw") != 0) | (pl.col("firm_kw") != 0))


def nothing() -> Entries:
    """Return no entries."""
    return pl.DataFrame(schema=ENTRY)


def joined(parts: Sequence[Entries]) -> Entries:
    """Return entries one after another."""
    return pl.concat(parts) if parts else nothing()


def holdings(of: Entries) -> Entries:
    """Return the sum of entries by holder, hop, layer, direction, line and MTU, sorted; what is used up is left out."""
    summed = of.group_by(KEY).agg(pl.col("kw").sum(), pl.col("firm_kw").sum()).sort(KEY)
    return summed.filter((pl.col("kw") != 0) | (pl.col("firm_kw") != 0))


@dataclass(frozen=True)
class Ledger:
    """The state of capacity over one span of time.

    Attributes:
        elements: Lines and cross-sections, and the span.
        capacity: What may be given away, kW; (d, s).
        held: Holdings of now, as `holdings` returns them.
        rules: Of the profile.
    """

    elements: Elements
    capacity: IntArray
    held: Entries
    rules: CapacityRules

    @cached_property
    def slot_of_held(self) -> IntArray:
        """Slot of each holding."""
        return self.elements.slot(self.held["line"].to_numpy(), self.held["start"].to_numpy())

    def sums(self, column: str) -> IntArray:
        """Return the sum of holdings (`kw`) or of their firm part (`firm_kw`); (layer, d, s), cross-sections too."""
        total = np.zeros((len(LAYERS), 2, self.elements.slots), dtype=np.int64)
        place = (self.held["layer"].to_numpy(), self.held["direction"].to_numpy(), self.slot_of_held)
        np.add.at(total, place, self.held[column].to_numpy())
        for e, item in enumerate(self.elements.items):
            for line, is_reversed in () if item.is_line else self.elements.lines_of(e):
                part = total[:, :, self.elements.slice_of(line)]
                total[:, :, self.elements.slice_of(e)] += part[:, ::-1] if is_reversed else part
        return total

    @cached_property
    def taken(self) -> IntArray:
        """What each layer holds, kW; (layer, d, s)."""
        return self.sums("kw")

    @cached_property
    def scheduled(self) -> IntArray:
        """What both sides are bound to deliver in each layer, kW; (layer, d, s)."""
        return self.sums("firm_kw")

    @cached_property
    def firm(self) -> IntArray:
        """The same over all layers, kW; (d, s)."""
        found: IntArray = self.scheduled.sum(axis=0)
        return found

    @cached_property
    def free(self) -> IntArray:
        """What nobody holds, kW; (d, s)."""
        room: IntArray = self.capacity - self.taken.sum(axis=0)
        return room + self.firm[::-1] if self.rules.netting else room

    def plus(self, more: Entries) -> Ledger:
        """Return the ledger with entries added, which leave no capacity given away twice."""
        ledger = replace(self, held=holdings(pl.concat([self.held, more])))
        assert (ledger.free >= 0).all(), "capacity is given away twice"
        assert ledger.held["kw"].min() is None or bool((ledger.held["kw"] >= ledger.held["firm_kw"]).all()), "firm part"
        assert not len(ledger.held) or bool((ledger.held["firm_kw"] >= 0).all()), "a holding below 0"
        return ledger

    def of_holder(self, holder: str) -> Entries:
        """Return the holdings of one holder."""
        return self.held.filter(pl.col("holder") == holder)

    def volume(self, holder: str, starts: IntArray, hop: int = 0) -> IntArray:
        """Return what a holder holds on one hop of its path in each MTU, over all lines, kW."""
        mine = self.of_holder(holder).filter(pl.col("hop") == hop).group_by("start").agg(pl.col("kw").sum())
        by_start = dict(zip(mine["start"].to_list(), mine["kw"].to_list(), strict=True))
        return np.array([by_start.get(int(start), 0) for start in starts], dtype=np.int64)
