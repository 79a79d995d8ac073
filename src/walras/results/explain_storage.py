"""Explanations of storage orders: a row for the whole order, then one a MTU in which it trades.

Rows as `explain.explain` describes them; offered energy counts both directions.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from walras.book.spans import MICROSECONDS
from walras.results.audit.case import Case
from walras.results.explain_rows import PARADOX, SCHEMA, figures, frame_of, heads, words_of
from walras.results.outcomes import PARADOXICALLY_REJECTED, Outcomes
from walras.results.raw import total_by


def storage_rows(case: Case, outcomes: Outcomes) -> pl.DataFrame:
    """Return a row a storage order, then one for each MTU in which it charges or discharges."""
    book, orders, stores = case.raw.book, case.raw.book.storages, case.raw.stores
    if orders.count == 0:
        return frame_of({name: [] for name in SCHEMA})
    mtus, volumes, count = stores.mtus, case.volumes, orders.count
    accepted = volumes.storage_accepted == 1
    flow = volumes.charge + volumes.discharge
    blank, both = np.full(count, np.nan), np.ones(count, dtype=np.int64)
    remarks = []
    for o in range(count):
        earned = float(outcomes.surplus[o] + orders.fixed_term[o])
        word = "earns" if accepted[o] else "would earn"
        remark = f"{word} {earned:.2f} of a fixed term of {orders.fixed_term[o]:.2f}"
        remarks.append(f"{remark}; {PARADOX}" if outcomes.outcome[o] == PARADOXICALLY_REJECTED else remark)
    whole = (
        heads(book, "storage", orders.name, orders.grid, both)
        | figures(
            offered=total_by(mtus.order, (stores.charge + stores.discharge) * mtus.hours, count),
            accepted=total_by(mtus.order, flow * mtus.hours, count),
            own=blank,
            price=blank,
            surplus=np.where(accepted, outcomes.surplus, 0.0),
            missed=np.where(accepted, 0.0, np.maximum(outcomes.surplus, 0.0)),
            if_accepted=outcomes.surplus,
            helps=accepted,
        )
        | {"outcome": words_of(outcomes), "remark": remarks}
    )
    w = np.flatnonzero(flow > 0)
    order, sells = mtus.order[w], volumes.discharge[w] > 0
    price, hours = case.price[mtus.cell[w]], mtus.hours[w]
    gain = np.where(sells, price - stores.spread[w], -price)
    most = np.where(sells, stores.discharge[w], stores.charge[w])
    single = (
        heads(book, "storage MTU", tuple(orders.name[o] for o in order), orders.grid[order], np.where(sells, 1, -1))
        | figures(
            offered=most * hours,
            accepted=flow[w] * hours,
            own=np.where(sells, stores.spread[w], np.nan),
            price=price,
            surplus=gain * flow[w] * hours,
            missed=np.zeros(len(w)),
            if_accepted=gain * flow[w] * hours,
            helps=np.zeros(len(w), dtype=np.bool_),
        )
        | {
            "mtu_start": (book.cells.start[mtus.cell[w]] * MICROSECONDS).tolist(),
            "step": np.zeros(len(w), dtype=np.int64),
            "outcome": np.where(flow[w] >= most, "accepted", "curtailed").tolist(),
            "remark": np.where(sells, "discharges", "charges").tolist(),
        }
    )
    return pl.concat([frame_of(whole), frame_of(single)]).sort("order", maintain_order=True)
