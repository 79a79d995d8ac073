"""A submission as the bytes that are stored, its digest, and all live orders of a session as its book.

Orders that came as documents stay canonical JSON (small ones, one order at a time); orders
that came as a file are one container of Parquet tables: `MAGIC`, the length of a JSON
header, the header with names and lengths of the tables, the tables.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterable, Set

import numpy as np
import polars as pl
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from walras.book.book import Book
from walras.book.cells import IntArray
from walras.book.families import HEADERS, read_families
from walras.book.findings import Findings
from walras.book.hashing import packed
from walras.book.market import MarketTerms
from walras.errors import BadInput, Mistake
from walras.service.intake.check import joined
from walras.service.intake.documents import ORDER_LIST, BlockOrder, Document, OrderList
from walras.service.intake.tables import (
    FEW,
    FULL_SPECS,
    SPECS,
    OrderTables,
    canonical,
    canonical_tables,
    member_tables,
    tables_of,
)

MAGIC = b"walras-orders 1\n"
MEMBER_PATTERN = re.compile(r"[A-Za-z0-9_\-]{1,40}")
"""A member's code has no dot, so that no two members make one order name of the book."""

NOTHING = -(2**63)
"""An empty whole number or time in a digest."""

Orders = tuple[Document, ...] | OrderTables


def encode(orders: Orders) -> bytes:
    """Return the bytes to store: the same for the same documents, or the same tables by one release."""
    if isinstance(orders, dict):
        return _container(canonical(orders))
    return ORDER_LIST.dump_json(OrderList.model_construct(orders=list(orders)), exclude_defaults=True)


def decode(payload: bytes) -> Orders:
    """Return what `encode` was given, tables in canonical order.

    Raises:
        BadInput: The bytes are none that `encode` makes (`payload_reads`): whoever took them in was wrong. There
            are none at all, for their seal did not open (`seal_intact`, see `store.orders.payloads`).
    """
    if not payload:
        what = "what was sealed cannot be opened: it was changed, or another key sealed it"
        fix = "Restore it from a backup, and the master key that belongs to it; or exclude its orders (exclude-order)."
        raise BadInput([Mistake(what, "submission", "seal_intact", fix)])
    try:
        return _decoded(payload)
    except Exception as error:  # whatever a reader of JSON or Parquet raises at bytes that are neither
        what = f"{len(payload)} bytes that were taken in do not read: {type(error).__name__}"
        fix = "Exclude the orders that came with them (exclude-order), and report it."
        raise BadInput([Mistake(what, "submission", "payload_reads", fix)]) from error


def readable(payload: bytes) -> Orders | None:
    """Return what `encode` was given, None if the bytes do not read."""
    try:
        return decode(payload)
    except BadInput:
        return None


def _decoded(payload: bytes) -> Orders:
    if not payload.startswith(MAGIC):
        return tuple(ORDER_LIST.validate_json(payload).orders)
    length = int.from_bytes(payload[len(MAGIC) : len(MAGIC) + 8], "little")
    at = len(MAGIC) + 8 + length
    tables: OrderTables = {}
    for name, size in json.loads(payload[at - length : at]):
        tables[name] = pl.read_parquet(io.BytesIO(payload[at : at + size]))
        at += size
    return tables


def _container(tables: OrderTables) -> bytes:
    pieces = []
    for name, frame in tables.items():
        buffer = io.BytesIO()
        frame.write_parquet(buffer, compression="zstd", statistics=False)
        pieces.append((name, buffer.getvalue()))
    header = json.dumps([(name, len(piece)) for name, piece in pieces]).encode()
    return b"".join([MAGIC, len(header).to_bytes(8, "little"), header, *(piece for _, piece in pieces)])


def digest(orders: Orders) -> str:
    """Return the SHA-256 of what orders say, 64 hex digits: the same for JSON and for any file.

    Over the order tables in canonical order, column by column; columns without a value are left out.
    """
    state = hashlib.sha256(b"walras-orders 1\n")
    tables = canonical(orders) if isinstance(orders, dict) else canonical_tables(orders)
    for name, frame in tables.items():
        for column in frame.get_columns():
            if column.null_count() == len(column):
                continue
            state.update(f"{name} {column.name} {len(column)}\n".encode())
            for piece in _content(column):
                state.update(piece)
    return state.hexdigest()


def _content(column: pl.Series) -> Iterable[bytes | memoryview]:
    """Return a column as bytes: numbers and times as they are, texts as sorted names and their positions."""
    if column.dtype == pl.Float64:
        has_gaps = column.null_count() > 0
        yield from packed((column.fill_null(float("nan")) if has_gaps else column).to_numpy())[1]
    elif column.dtype == pl.String:
        names, codes = _coded(column)
        yield from packed(names)[1]
        yield from packed(codes)[1]
    else:
        whole = column.to_physical()
        yield from packed((whole.fill_null(NOTHING) if whole.null_count() else whole).to_numpy())[1]


def _coded(column: pl.Series) -> tuple[list[str | None], IntArray]:
    """Return the sorted texts of a column and the position of each row's."""
    if len(column) < FEW:  # polars takes longer to begin than this takes
        texts = column.to_list()
        names = sorted({t for t in texts if t is not None})
        place = {n: i for i, n in enumerate(names)}
        return list(names), np.array([NOTHING if t is None else place[t] for t in texts], dtype=np.int64)
    names = column.unique().drop_nulls().sort().to_list()
    return list(names), column.cast(pl.Enum(names)).to_physical().cast(pl.Int64).fill_null(NOTHING).to_numpy()


def order_names(orders: Orders) -> tuple[str, ...]:
    """Return the bare names of all orders of a submission, sorted."""
    if isinstance(orders, dict):
        return tuple(sorted(n for t in HEADERS if t in orders for n in orders[t]["order"].to_list()))
    return tuple(sorted(d.order for d in orders))


def kin(orders: Orders) -> dict[str, str]:
    """Return whom each order stands or falls with: the first name of its family, "" if it is alone.

    Blocks joined by links or by a group, however far, are one family. A part of a family cannot be
    cancelled: its links would lead nowhere.
    """
    names = order_names(orders)
    links, groups = _joined_blocks(orders)
    if not links and not groups:
        return dict.fromkeys(names, "")
    place = {n: i for i, n in enumerate(names)}
    first: dict[str, str] = {}
    pairs = links + [(order, first.setdefault(group, order)) for group, order in groups]
    ends = np.array([(place[a], place[b]) for a, b in pairs], dtype=np.int64).reshape(-1, 2)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(len(names), len(names)))
    return dict(
        zip(names, _labels(names, connected_components(graph, directed=False)[1].astype(np.int64)), strict=True)
    )


def with_children(orders: Orders, names: Set[str]) -> frozenset[str]:
    """Return orders with every block that is linked to one of them as a child, however far down."""
    links, _ = _joined_blocks(orders)
    gone = frozenset(names)
    while more := {child for child, parent in links if parent in gone} - gone:
        gone |= more
    return gone


def with_parents(orders: Orders, names: Set[str]) -> frozenset[str]:
    """Return orders with every block that one of them is linked to as a child, however far up."""
    links, _ = _joined_blocks(orders)
    kept = frozenset(names)
    while more := {parent for child, parent in links if child in kept} - kept:
        kept |= more
    return kept


def zones_of(orders: Orders) -> dict[str, str]:
    """Return the zone of each order."""
    if isinstance(orders, dict):
        tables = [orders[t].select("order", "zone") for t in HEADERS if t in orders]
        return {order: zone for table in tables for order, zone in table.iter_rows()}
    return {d.order: d.zone for d in orders}


def _joined_blocks(orders: Orders) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return child and parent of each link, and group and order of each membership."""
    if isinstance(orders, dict):
        links, groups = orders.get("block_links"), orders.get("exclusive_groups")
        return (
            [] if links is None else [(c, p) for c, p in links.select("child", "parent").iter_rows()],
            [] if groups is None else [(g, o) for g, o in groups.select("group", "order").iter_rows()],
        )
    blocks = [d for d in orders if isinstance(d, BlockOrder)]
    return (
        [(b.order, parent) for b in blocks for parent in b.parents],
        [(b.group, b.order) for b in blocks if b.group is not None],
    )


def _labels(names: tuple[str, ...], part: IntArray) -> list[str]:
    size = np.bincount(part)
    first: dict[int, str] = {}
    return [first.setdefault(p, n) if size[p] > 1 else "" for n, p in zip(names, part.tolist(), strict=True)]


def book_of(market: MarketTerms, payloads: Iterable[tuple[str, bytes, Set[str]]]) -> Book:
    """Return the book of a session: the live orders of all members, named `<member code>.<order name>`.

    Args:
        market: Of the session.
        payloads: Member code, payload, and the bare names of its orders that are live.

    Raises:
        BadInput: Orders break rules: they were not checked against this market, or a part of a family is live.

    Whether curves of a zone stop after 24 hours of a longer day is not asked again: `check` asks it of
    each submission.
    """
    documents: list[Document] = []
    before: list[str] = []
    parts: list[OrderTables] = []
    for member, payload, live in payloads:
        assert MEMBER_PATTERN.fullmatch(member), f"{member!r} is no member code"
        orders = decode(payload)
        if isinstance(orders, dict):
            parts.append(member_tables(_live(orders, live), member, f"{member}."))
        else:
            chosen = [d for d in orders if d.order in live]
            documents += chosen
            before += [f"{member}."] * len(chosen)
    small = tables_of(documents, before)
    parts.append({name: _with_member(name, frame) for name, frame in small.items()})
    findings = Findings()
    families = read_families(joined(parts), market.places, market.reading(findings))
    if findings.mistakes:
        raise BadInput(findings.mistakes)
    return market.book(families)


def live_tables(content: bytes, live: Set[str]) -> OrderTables:
    """Return the live orders of a payload as tables, however they came."""
    sent = decode(content)
    return _live(sent, live) if isinstance(sent, dict) else tables_of([d for d in sent if d.order in live])


def _live(tables: OrderTables, live: Set[str]) -> OrderTables:
    names = set(order_names(tables))
    if names <= live:
        return tables
    kept = sorted(names & live)
    chosen = {
        name: frame.filter(pl.col("child" if name == "block_links" else "order").is_in(kept))
        for name, frame in tables.items()
    }
    return {name: frame for name, frame in chosen.items() if frame.height}


def _with_member(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    if len(FULL_SPECS[name].columns) == len(SPECS[name].columns):
        return frame
    member = pl.col("order").str.extract(r"^([^.]*)\.").alias("member")
    return frame.with_columns(member).select(c.name for c in FULL_SPECS[name].columns)
