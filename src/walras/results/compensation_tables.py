"""The tables `compensations` and `difference_shares`, and the summary's figures, where losses are compensated.

Money is whole minor units here, so every figure is exact to its last digit.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from walras.results.compensation import DIFFERENCES, Compensation
from walras.results.raw import Raw
from walras.results.results import Results
from walras.vocabulary import Side

Schema = dict[str, pl.DataType]


def compensation_of(raw: Raw, results: Results) -> Compensation:
    """Return the compensations of a result, from its published volumes and prices."""
    return Compensation(raw, results.published, results.price)


def compensation_tables(raw: Raw, results: Results) -> dict[str, pl.DataFrame]:
    """Return both tables by name, none under a rules profile that forbids losses.

    `compensations` has a row an order that is paid something, with its own surplus at published figures and
    what its children hand up; `difference_shares` a row a member, side and part of the difference amount.
    """
    if not raw.book.profile.compensates:
        return {}
    found, cur = compensation_of(raw, results), raw.book.currency.lower()
    return {"compensations": _compensations(found, cur), "difference_shares": _shares(found, cur)}


def difference_figures(raw: Raw, results: Results) -> dict[str, float]:
    """Return the difference amount and its parts for the summary, none under a profile that forbids losses."""
    if not raw.book.profile.compensates:
        return {}
    found, cur = compensation_of(raw, results), raw.book.currency.lower()
    parts = {part: found.differences[part] / found.scales.minor for part in DIFFERENCES}
    total = sum(found.differences.values()) / found.scales.minor
    return {f"difference_amount_{cur}": total} | {f"difference_{part}_{cur}": value for part, value in parts.items()}


def _compensations(of: Compensation, cur: str) -> pl.DataFrame:
    book, unit, minor = of.raw.book, of.scales.money_unit, of.scales.minor
    rows = []
    none = np.zeros(book.flexibles.count, dtype=np.int64)
    for kind, orders, own, handed, paid in (
        ("block", book.blocks, of.block_surplus, of.block_total - of.block_surplus, of.block_minor),
        ("flexible", book.flexibles, of.flexible_surplus, none, of.flexible_minor),
    ):
        for o in np.flatnonzero(paid).tolist():
            name, member, side = orders.name[o], orders.member[o], Side(int(orders.side[o])).word
            money = int(own[o]) / unit, int(handed[o]) / unit, int(paid[o]) / minor
            rows.append((name, kind, member, side, *money))
    schema: Schema = dict.fromkeys(("order", "kind", "member", "side"), pl.String())
    schema |= dict.fromkeys((f"surplus_{cur}", f"from_children_{cur}", f"compensation_{cur}"), pl.Float64())
    return pl.DataFrame(rows, schema=schema, orient="row")


def _shares(of: Compensation, cur: str) -> pl.DataFrame:
    rows = [(s.difference, s.member, s.side.word, s.energy_mwh, s.minor / of.scales.minor) for s in of.shares]
    schema: Schema = dict.fromkeys(("difference", "member", "side"), pl.String())
    schema |= dict.fromkeys(("energy_mwh", f"share_{cur}"), pl.Float64())
    return pl.DataFrame(rows, schema=schema, orient="row")
