"""Explanations of scalable complex orders: a row for the whole order, then one a step.

Rows as `explain.explain` describes them.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from walras.book.cells import FloatArray
from walras.book.spans import MICROSECONDS
from walras.results.audit.case import Case
from walras.results.certificate_orders import step_gain
from walras.results.explain_rows import AT_THE_MONEY, PARADOX, SCHEMA, figures, frame_of, heads, in_or_out, words_of
from walras.results.outcomes import PARADOXICALLY_REJECTED, Outcomes
from walras.results.raw import total_by

HELD = "; held back by its order's load gradient"


def scalable_rows(case: Case, outcomes: Outcomes) -> pl.DataFrame:
    """Return a row a scalable complex order, then one a step of it."""
    raw, book, orders = case.raw, case.raw.book, case.raw.book.scalables
    steps, count = raw.scalables, orders.count
    if count == 0:
        return frame_of({name: [] for name in SCHEMA})
    energy = total_by(steps.order, steps.quantity * steps.hours, count)
    taken = total_by(steps.order, case.volumes.scalable * steps.hours, count)
    gain = step_gain(raw, case.price)
    accepted = case.volumes.scalable_accepted == 1
    blank = np.full(count, np.nan)
    realised = np.where(accepted, outcomes.surplus, total_by(steps.order, gain * case.volumes.scalable, count))
    missed = np.where(accepted, 0.0, np.maximum(outcomes.surplus - np.maximum(realised, 0), 0))
    remarks = _scalable_remarks(case, outcomes, realised)
    whole = (
        heads(book, "scalable", orders.name, orders.grid, orders.side)
        | figures(
            offered=energy,
            accepted=taken,
            own=blank,
            price=blank,
            surplus=realised,
            missed=missed,
            if_accepted=outcomes.surplus,
            helps=accepted,
        )
        | {"outcome": words_of(outcomes), "remark": remarks}
    )
    names, grid, side = (np.array(orders.name)[steps.order], orders.grid[steps.order], orders.side[steps.order])
    price, power = raw.step_price(case.price), case.volumes.scalable
    runs, apart = accepted[steps.order], steps.sign * (price - steps.price)
    held = runs & (apart > AT_THE_MONEY) & (power < steps.quantity)
    alone = raw.is_stop_step | runs
    why = np.where(held, HELD, np.where(alone, "", "; its order is rejected")).tolist()
    state = np.where(power <= 0, "rejected", np.where(power >= steps.quantity, "accepted", "curtailed"))
    single = (
        heads(book, "scalable step", tuple(names.tolist()), grid, side)
        | figures(
            offered=steps.quantity * steps.hours,
            accepted=power * steps.hours,
            own=steps.price,
            price=price,
            surplus=gain * power,
            missed=np.maximum(gain, 0) * (steps.quantity - power),
            if_accepted=gain * steps.quantity,
            helps=alone & ~held,
        )
        | {
            "mtu_start": (book.cells.start[steps.cell] * MICROSECONDS).tolist(),
            "step": orders.step_number,
            "outcome": state.tolist(),
            "remark": [in_or_out(g) + word for g, word in zip(apart.tolist(), why, strict=True)],
        }
    )
    return pl.concat([frame_of(whole), frame_of(single)]).sort("order", maintain_order=True)


def _scalable_remarks(case: Case, outcomes: Outcomes, realised: FloatArray) -> list[str]:
    """Return in words what each order earns or would earn of its fixed term, and what its stop earns meanwhile."""
    orders, accepted = case.raw.book.scalables, case.volumes.scalable_accepted == 1
    remarks = []
    for o in range(orders.count):
        earned = float(outcomes.surplus[o] + orders.fixed_term[o])
        verb = "earns" if accepted[o] else "would earn"
        words = [f"{verb} {earned:.2f} of a fixed term of {orders.fixed_term[o]:.2f}"]
        if not accepted[o] and realised[o] > AT_THE_MONEY:
            words.append(f"its scheduled stop earns {realised[o]:.2f} as it is")
        if outcomes.outcome[o] == PARADOXICALLY_REJECTED:
            words.append(PARADOX)
        remarks.append("; ".join(words))
    return remarks
