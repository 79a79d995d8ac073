"""What one member may send: zones and carriers, and limits, all of them data.

Axis s: submissions of a batch. The quantity of an order is the largest that it trades in
one MTU: all steps of a curve or of a scalable order together, the larger power of a store.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from walras.book.cells import FloatArray, IntArray
from walras.book.families import HEADERS
from walras.book.findings import Findings
from walras.book.tables import Table

STEPS = ("curve_steps", "block_legs", "scalable_steps")


@dataclass(frozen=True)
class Rights:
    """What a member may do in a session.

    Attributes:
        may_trade: Zones and carriers; None = all of the market.
        max_orders: Most live orders a session, 0 = no limit.
        live_orders: Orders that stay live beside the submission; they count against `max_orders`.
        max_steps: Most steps and legs of one submission, 0 = no limit.
        max_mw: Largest quantity of one order in MW, 0 = no limit.
    """

    may_trade: frozenset[tuple[str, str]] | None = None
    max_orders: int = 0
    live_orders: int = 0
    max_steps: int = 0
    max_mw: float = 0.0


@dataclass(frozen=True)
class RightsCheck:
    """Rights against tables; `owner` turns a column of names into positions on axis s."""

    tables: dict[str, Table]
    rights: Sequence[Rights]
    owner: Callable[[pl.Series], IntArray]
    zones: frozenset[str]
    findings: Findings

    def run(self) -> None:
        """Report everything that is beyond the rights."""
        if any(r.may_trade is not None for r in self.rights):
            for name in HEADERS:
                self._places(self.tables[name], "zone", "carrier")
            self._places(self.tables["conversions"], "input_zone", "input_carrier")
        if any(r.max_orders for r in self.rights):
            self._count(HEADERS, "orders", [r.max_orders for r in self.rights], [r.live_orders for r in self.rights])
        if any(r.max_steps for r in self.rights):
            self._count(STEPS, "steps", [r.max_steps for r in self.rights], [0] * len(self.rights))
        if any(r.max_mw for r in self.rights):
            self._quantities()

    def _places(self, table: Table, zone: str, carrier: str) -> None:
        if not table.count:
            return
        zones, carriers = table.texts(zone).to_list(), table.texts(carrier).to_list()
        owners = self.owner(table.texts("order")).tolist()
        bad = [
            z in self.zones and (allowed := self.rights[s].may_trade) is not None and (z, c) not in allowed
            for z, c, s in zip(zones, carriers, owners, strict=True)
        ]
        self.findings.rows(
            table,
            np.array(bad, dtype=np.bool_),
            "member_may_trade",
            what=lambda i: f"the member may not trade {carriers[i]} in zone {zones[i]!r}",
            fix="Trade where the member is admitted, or ask the operator for admission.",
        )

    def _count(self, names: Sequence[str], what: str, most: list[int], before: list[int]) -> None:
        counts = np.array(before, dtype=np.int64)
        for name in names:
            if self.tables[name].count:
                counts += np.bincount(self.owner(self.tables[name].texts("order")), minlength=len(most))
        for s in np.flatnonzero((np.array(most) > 0) & (counts > np.array(most))).tolist():
            live = f", {before[s]} of them live already" if before[s] else ""
            self.findings.add(
                f"{counts[s]} {what}{live}; the member may have {most[s]}", "submission", "member_limit",
                f"Send fewer {what}, or ask the operator for a higher limit.",
            )  # fmt: skip

    def _quantities(self) -> None:
        for name in (*STEPS, "flexible_orders", "storage_orders"):
            table = self.tables[name]
            if not table.count:
                continue
            if name == "storage_orders":
                quantity = np.maximum(table.floats("charge_mw"), table.floats("discharge_mw"))
            elif name in {"curve_steps", "scalable_steps"}:
                per_mtu = pl.col("quantity_mw").sum().over("order", "mtu_start")
                quantity = table.frame.select(per_mtu).to_series().to_numpy()
            else:
                quantity = table.floats("quantity_mw")
            most = np.array([r.max_mw or np.inf for r in self.rights])[self.owner(table.texts("order"))]
            bad = np.flatnonzero(quantity > most * (1 + 1e-12))
            first = table.texts("order").gather(bad).is_first_distinct().to_numpy()
            self._too_much(table, bad[first], quantity, most)

    def _too_much(self, table: Table, bad: IntArray, quantity: FloatArray, most: FloatArray) -> None:
        self.findings.rows(
            table,
            bad,
            "member_limit",
            what=lambda i: (
                f"the order trades {quantity[i]:g} MW in one MTU; the member may have {most[i]:g} MW an order"
            ),
            fix="Send a smaller order, or ask the operator for a higher limit.",
        )
