"""How `walras explain` shows an explanation: one line an order, or everything about one order."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from walras.cli.show import number, print_table, say, short

if TYPE_CHECKING:
    import polars as pl


def print_orders(table: pl.DataFrame, currency: str) -> None:
    """Print one line an order; a curve's steps are summed."""
    rows = []
    for (order,), own in table.group_by(["order"], maintain_order=True):
        first = own.row(0, named=True)
        if first["kind"] == "curve":
            sums = {c: float(own[c].sum()) for c in ("accepted_mwh", "offered_mwh", "surplus")}
            first |= sums | {
                "outcome": f"{int((own['accepted_mwh'] > 0).sum())} of {len(own)} steps",
                "accepted_at": None,
            }
        outcome = first["outcome"].replace("_", " ")
        energy = [number(first[c], 0) for c in ("accepted_mwh", "offered_mwh")]
        rows.append((order, outcome, *energy, figure(first["surplus"]), figure(first["accepted_at"])))
    heads = ("order", "outcome", "MWh", "offered", f"surplus {currency}", "accepted at")
    print_table("Orders", heads, rows, left=(0, 1), wraps=(0,))
    say("One order in full: name it. Every row as a file: --out FILE.")


def print_order(table: pl.DataFrame, currency: str) -> None:
    """Print everything about one order, row by row."""
    first = table.row(0, named=True)
    say(f"{first['order']}: {first['kind']}, {first['side']} in {first['zone']}")
    if len(table) == 1:
        shown = {k: v for k, v in first.items() if k not in {"order", "kind", "side", "zone"} and v not in (None, "")}
        print_table("", ("", ""), [(k.replace("_", " "), figure(v)) for k, v in shown.items()])
        return
    rows = [
        (
            "whole" if r["mtu_start"] is None else f"{r['mtu_start']:%m-%d %H:%M}",
            r["step"] or "",
            f"{number(r['accepted_mwh'], 1)}/{number(r['offered_mwh'], 1)}",
            figure(r["limit_price"]),
            figure(r["price"]),
            figure(r["surplus"]),
            r["remark"],
        )
        for r in table.iter_rows(named=True)
    ]
    print_table("", ("UTC", "", "MWh", "limit", "price", currency, "why"), rows, left=(0, 6))
    say("A step is accepted at a limit as good as the price of its MTU, prices held.")


def figure(value: Any) -> str:  # noqa: ANN401 - cells of a table
    """Return a cell for people: numbers with two decimals below a million, nothing for none.

    >>> figure(-0.0001), figure(None), figure("paradoxically_rejected")
    ('0.00', '', 'paradoxically rejected')
    """
    if isinstance(value, float):
        return "" if math.isnan(value) else short(round(value, 2) + 0.0)
    return "" if value is None else str(value).replace("_", " ")
