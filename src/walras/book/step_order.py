"""Rows of steps and legs to canonical order: by order, cell and number, each key once."""

from __future__ import annotations

import numpy as np

from walras.book.cells import BoolArray, IntArray
from walras.book.findings import Findings
from walras.book.tables import Table, key_text


def canonical(table: Table, keys: tuple[IntArray, ...], good: BoolArray, findings: Findings) -> IntArray:
    """Return the good rows sorted by their keys; rows that repeat a key are reported and left out.

    Args:
        table: The rows.
        keys: Whole numbers that together name a row, first the most important; each shape (rows,).
        good: Rows to keep.
        findings: Gets repeated keys.
    """
    at = np.arange(table.count) if good.all() else np.flatnonzero(good)
    if not len(at):
        return at
    one = _one_key(keys) if len(at) == table.count else _one_key(tuple(k[at] for k in keys))
    if one is None:
        return _distinct(table, at[np.lexsort([k[at] for k in keys[::-1]])], keys, findings)
    if (one[1:] > one[:-1]).all():
        return at
    order = np.argsort(one, kind="stable")
    return _distinct(table, at[order], keys, findings)


def _one_key(keys: tuple[IntArray, ...]) -> IntArray | None:
    """Return one number for each row that sorts as the keys do, None if 62 bits do not hold it."""
    total = keys[0]
    room = int(keys[0].max()) + 1
    for key in keys[1:]:
        size = int(key.max()) + 1
        room *= size
        if room >= 2**62 or int(key.min()) < 0:
            return None
        total = total * size + key
    return total


def _distinct(table: Table, at: IntArray, keys: tuple[IntArray, ...], findings: Findings) -> IntArray:
    again = np.zeros(len(at), dtype=np.bool_)
    again[1:] = np.logical_and.reduce([k[at][1:] == k[at][:-1] for k in keys])
    findings.rows(
        table,
        np.sort(at[again]),
        "duplicate_key",
        what=lambda i: f"{key_text(table, i)}: an earlier row has the same key",
        fix=f"Keep one row for each {', '.join(table.spec.key)}.",
    )
    return at[~again]
