"""Documents to order tables and back: the one canonical form behind every way to send orders.

Order tables here are frames of the market folder's order tables by name, without the
column `member` and with the bare names of the member's orders; tables without rows are
left out. `member_tables` adds member and prefix, so that members cannot collide in a book.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import chain, repeat
from typing import Any

import numpy as np
import polars as pl

from walras.book import schema
from walras.book.columns import DTYPES, TIME_FORMAT
from walras.book.tables import Table, empty_frame
from walras.service.intake.documents import BlockOrder, CurveOrder, Document, FlexibleOrder, Scalable, StorageOrder

OrderTables = dict[str, pl.DataFrame]

_ORDER_TABLES = schema.TABLES[schema.TABLES.index(schema.CURVE_ORDERS) :]
SPECS = {s.name: replace(s, columns=tuple(c for c in s.columns if c.name != "member")) for s in _ORDER_TABLES}
"""The order tables as a member sends them: without `member`."""
FULL_SPECS = {s.name: s for s in _ORDER_TABLES}
NAME_COLUMNS = {
    s.name: tuple(c.name for c in s.columns if c.name in {"order", "child", "parent", "group"}) for s in _ORDER_TABLES
}
"""Columns that hold names of a member's own choice."""
FEW = 3_000
"""Rows up to which Python is done before a polars expression has begun."""
EMPTY = {name: empty_frame(spec) for name, spec in FULL_SPECS.items()}
STORAGE_FIELDS = {c.name: c.name.replace("cur_per_mwh", "per_mwh").removesuffix("_cur") for c in
                  SPECS["storage_orders"].columns}  # fmt: skip


@dataclass(frozen=True)
class DoorTable(Table):
    """A table at the door, which knows where its rows stand in what the member sent.

    Attributes:
        source: Place of a row (from 1) for people; table and row unless given.
        is_plain: Whether columns are named without the currency, as in documents and sheets.
    """

    source: Callable[[int], str] | None = None
    is_plain: bool = True

    def where(self, at: int) -> str:
        """Return the place of a row for people."""
        if self.source is None:
            return super().where(at)
        label = self.spec.key[0]
        whose = self.frame[label][at]
        place = self.source(at + 1 if self.row is None else int(self.row[at]))
        return place if whose is None else f"{place}, {label} {whose!r}"

    def title(self, column: str) -> str:
        """Return the name of a column as the member knows it."""
        return plain(column) if self.is_plain else super().title(column)


def plain(column: str) -> str:
    """Return the name of a column without the currency.

    >>> plain("price_start_cur_per_mwh"), plain("fixed_term_cur")
    ('price_start_per_mwh', 'fixed_term')
    """
    return column.replace("cur_per_mwh", "per_mwh").removesuffix("_cur")


def tables_of(documents: Sequence[Document], prefixes: Sequence[str] | None = None) -> OrderTables:
    """Return the order tables of documents, rows in the order of the documents.

    Args:
        documents: Orders in their parsed form.
        prefixes: Put before all names of each document; none unless given.
    """
    before = prefixes if prefixes is not None else [""] * len(documents)
    both = list(zip(documents, before, strict=True))
    found: OrderTables = {}
    for kinds, build in _BUILD:
        chosen = [(d, p) for d, p in both if isinstance(d, kinds)]
        if chosen:
            found |= build([d for d, _ in chosen], [p for _, p in chosen])
    return {name: frame for name in SPECS if (frame := found.get(name)) is not None and frame.height}


def member_tables(tables: OrderTables, member: str, prefix: str) -> OrderTables:
    """Return order tables with the member filled in and a prefix before all names."""
    return {name: _member_table(frame, name, member, prefix) for name, frame in tables.items()}


def _member_table(frame: pl.DataFrame, name: str, member: str, prefix: str) -> pl.DataFrame:
    # series by series: a polars expression costs as much as the whole check of a small submission
    columns = []
    for column in FULL_SPECS[name].columns:
        if column.name == "member":
            columns.append(pl.Series("member", [member], dtype=pl.String).new_from_index(0, frame.height))
        elif prefix and column.name in NAME_COLUMNS[name]:
            columns.append((prefix + frame[column.name]).alias(column.name))
        else:
            columns.append(frame[column.name])
    return pl.DataFrame(columns)


def canonical(tables: OrderTables) -> OrderTables:
    """Return the same tables with rows sorted by their keys."""
    return {name: tables[name].sort(SPECS[name].key) for name in SPECS if name in tables}


def canonical_tables(documents: Sequence[Document]) -> OrderTables:
    """Return `canonical(tables_of(documents))`, sorted before the tables are made: much faster for a few orders."""
    tables = tables_of([_sorted(d) for d in sorted(documents, key=lambda d: d.order)])
    return {n: f.sort(SPECS[n].key) if n in {"exclusive_groups", "conversions"} else f for n, f in tables.items()}


def _sorted(document: Document) -> Document:
    if isinstance(document, BlockOrder):
        legs = sorted(document.legs, key=lambda leg: leg.mtu_start)
        return document.model_copy(update={"legs": legs, "parents": sorted(document.parents)})
    if isinstance(document, CurveOrder | Scalable):
        starts = [m.mtu_start for m in document.mtus]
        if starts != sorted(starts):
            return document.model_copy(update={"mtus": sorted(document.mtus, key=lambda m: m.mtu_start)})
    return document


def _series(name: str, kind: schema.Kind, values: Sequence[object] | pl.Series) -> pl.Series:
    if isinstance(values, pl.Series):
        return values.alias(name)
    if kind == "time":
        return _times(name, values)
    return pl.Series(name, values, dtype=DTYPES[kind])


@lru_cache(maxsize=10_000)
def _microseconds(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * 1_000_000


def _times(name: str, values: Sequence[object]) -> pl.Series:
    if len(values) > FEW:
        return pl.Series(name, values, dtype=pl.String).str.to_datetime(TIME_FORMAT, time_unit="us", time_zone="UTC")
    whole = [None if v is None else _microseconds(str(v)) for v in values]
    return pl.Series(name, whole, dtype=pl.Int64).cast(DTYPES["time"])


def _frame(name: str, columns: dict[str, Sequence[object] | pl.Series]) -> pl.DataFrame:
    """Return the frame of a table; columns that are not given are empty."""
    height = len(columns[SPECS[name].key[0]])
    out = []
    for column in SPECS[name].columns:
        values = columns.get(column.name)
        if values is None or (column.is_optional and not isinstance(values, pl.Series) and not any_given(values)):
            out.append(pl.Series(column.name, [None], dtype=DTYPES[column.kind]).new_from_index(0, height))
        else:
            out.append(_series(column.name, column.kind, values))
    return pl.DataFrame(out)


def any_given(values: Sequence[object]) -> bool:
    """Return whether anything but None is among values."""
    return any(v is not None for v in values)


def _repeated(values: Sequence[object], counts: Sequence[int], kind: schema.Kind = "text") -> pl.Series:
    """Return each value as often as its count says."""
    if all(c == 1 for c in counts):
        return _series("", kind, values)
    if len(values) <= FEW and sum(counts) <= FEW:
        return _series("", kind, list(chain.from_iterable(map(repeat, values, counts))))
    return _series("", kind, values).gather(np.repeat(np.arange(len(values), dtype=np.uint32), counts))


def _numbered(counts: Sequence[int]) -> pl.Series:
    """Return 1, 2, ... for each count."""
    ends = np.cumsum(np.asarray(counts, dtype=np.int64))
    total = int(ends[-1]) if len(ends) else 0
    return pl.Series(np.arange(1, total + 1) - np.repeat(ends - np.asarray(counts), counts))


def _sided(documents: Sequence[Document], names: list[str]) -> dict[str, Sequence[object] | pl.Series]:
    return {
        "order": names,
        "zone": [d.zone for d in documents],
        "carrier": [d.carrier for d in documents],
        "side": [getattr(d, "side", None) for d in documents],
    }


def _curves(documents: list[CurveOrder], prefixes: list[str]) -> OrderTables:
    names = [p + d.order for d, p in zip(documents, prefixes, strict=True)]
    periods = [m for d in documents for m in d.mtus]
    counts = [len(m.steps) for m in periods]
    steps = [s for m in periods for s in m.steps]
    start = [s.price_per_mwh for s in steps]
    end = [s.price_per_mwh if s.price_end_per_mwh is None else s.price_end_per_mwh for s in steps]
    minutes = [m.minutes for m in periods]
    columns: dict[str, Sequence[object] | pl.Series] = {
        "order": _repeated(names, [sum(len(m.steps) for m in d.mtus) for d in documents]),
        "mtu_start": _repeated([m.mtu_start for m in periods], counts, "time"),
        "step": _numbered(counts),
        "price_start_cur_per_mwh": start,
        "price_end_cur_per_mwh": end,
        "quantity_mw": [s.quantity_mw for s in steps],
    }
    if any_given(minutes):
        columns["minutes"] = _repeated(minutes, counts, "integer")
    return {
        "curve_orders": _frame("curve_orders", _sided(documents, names)),
        "curve_steps": _frame("curve_steps", columns),
    }


def _blocks(documents: list[BlockOrder], prefixes: list[str]) -> OrderTables:
    names = [p + d.order for d, p in zip(documents, prefixes, strict=True)]
    legs = [leg for d in documents for leg in d.legs]
    linked = [(n, p + parent) for n, p, d in zip(names, prefixes, documents, strict=True) for parent in d.parents]
    grouped = [(p + d.group, n) for n, p, d in zip(names, prefixes, documents, strict=True) if d.group is not None]
    header = _sided(documents, names) | {
        "price_cur_per_mwh": [d.price_per_mwh for d in documents],
        "min_acceptance_ratio": [d.min_acceptance_ratio for d in documents],
    }
    columns: dict[str, Sequence[object] | pl.Series] = {
        "order": _repeated(names, [len(d.legs) for d in documents]),
        "mtu_start": [leg.mtu_start for leg in legs],
        "minutes": [leg.minutes for leg in legs],
        "quantity_mw": [leg.quantity_mw for leg in legs],
    }
    return {
        "block_orders": _frame("block_orders", header),
        "block_legs": _frame("block_legs", columns),
        "block_links": _frame("block_links", {"child": [c for c, _ in linked], "parent": [p for _, p in linked]}),
        "exclusive_groups": _frame(
            "exclusive_groups", {"group": [g for g, _ in grouped], "order": [o for _, o in grouped]}
        ),
    }


def _flexibles(documents: list[FlexibleOrder], prefixes: list[str]) -> OrderTables:
    names = [p + d.order for d, p in zip(documents, prefixes, strict=True)]
    more = {
        "price_cur_per_mwh": [d.price_per_mwh for d in documents],
        **{c: [getattr(d, c) for d in documents] for c in ("quantity_mw", "minutes", "window_start", "window_end")},
    }
    return {"flexible_orders": _frame("flexible_orders", _sided(documents, names) | more)}


def _scalables(documents: list[Scalable], prefixes: list[str]) -> OrderTables:
    names = [p + d.order for d, p in zip(documents, prefixes, strict=True)]
    periods = [m for d in documents for m in d.mtus]
    counts = [len(m.steps) for m in periods]
    steps = [s for m in periods for s in m.steps]
    owned = list(chain.from_iterable(repeat(n, len(d.mtus)) for n, d in zip(names, documents, strict=True)))
    least = [(n, m) for n, m in zip(owned, periods, strict=True) if m.minimum_mw is not None]
    inputs = [(n, i) for n, d in zip(names, documents, strict=True) if (i := getattr(d, "input", None)) is not None]
    header = _sided(documents, names) | {
        "fixed_term_cur": [d.fixed_term for d in documents],
        **{c: [getattr(d, c) for d in documents] for c in ("gradient_up_mw", "gradient_down_mw", "stop_mtus")},
    }
    rows: dict[str, Sequence[object] | pl.Series] = {
        "order": _repeated(names, [sum(len(m.steps) for m in d.mtus) for d in documents]),
        "mtu_start": _repeated([m.mtu_start for m in periods], counts, "time"),
        "step": _numbered(counts),
        "price_cur_per_mwh": [s.price_per_mwh for s in steps],
        "quantity_mw": [s.quantity_mw for s in steps],
    }
    minimums: dict[str, Sequence[object] | pl.Series] = {
        "order": [n for n, _ in least],
        "mtu_start": [m.mtu_start for _, m in least],
        "minimum_mw": [m.minimum_mw for _, m in least],
    }
    conversions: dict[str, Sequence[object] | pl.Series] = {
        "order": [n for n, _ in inputs],
        "input_zone": [i.zone for _, i in inputs],
        "input_carrier": [i.carrier for _, i in inputs],
        "efficiency": [i.efficiency for _, i in inputs],
        "outside_share": [i.outside_share for _, i in inputs],
    }
    return {
        "scalable_orders": _frame("scalable_orders", header),
        "scalable_steps": _frame("scalable_steps", rows),
        "scalable_minimums": _frame("scalable_minimums", minimums),
        "conversions": _frame("conversions", conversions),
    }


def _storages(documents: list[StorageOrder], prefixes: list[str]) -> OrderTables:
    names = [p + d.order for d, p in zip(documents, prefixes, strict=True)]
    columns: dict[str, Sequence[object] | pl.Series] = {
        c: [getattr(d, field) for d in documents] for c, field in STORAGE_FIELDS.items()
    }
    return {"storage_orders": _frame("storage_orders", columns | {"order": names})}


_BUILD: tuple[tuple[Any, Callable[..., OrderTables]], ...] = (
    (CurveOrder, _curves), (BlockOrder, _blocks), (FlexibleOrder, _flexibles),
    (Scalable, _scalables), (StorageOrder, _storages),
)  # fmt: skip
