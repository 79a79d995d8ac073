"""The market folder: one auction on disk, to a book and back (docs/market-folder.md).

`read` returns a book without a mistake or raises every mistake of the folder at once.
`write` makes a folder that reads as an equal book. What the tables are stands in
`schema`, what each subject means in `read_*` and `write`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from walras.book import schema
from walras.book.book import Book
from walras.book.findings import Findings
from walras.book.long_days import check_long_days
from walras.book.order_headers import Headers, read_headers
from walras.book.read_blocks import read_blocks
from walras.book.read_conversions import read_conversions
from walras.book.read_curves import read_curves
from walras.book.read_domains import read_domains
from walras.book.read_flexibles import read_flexibles
from walras.book.read_network import read_borders, read_lines
from walras.book.read_places import Places, read_places
from walras.book.read_scalables import read_scalables
from walras.book.read_storages import read_storages
from walras.book.read_terms import Terms, read_terms
from walras.book.reading import Reading
from walras.book.tables import Table, read_table
from walras.book.write import write
from walras.errors import BadInput
from walras.orders.blocks import BlockOrders
from walras.orders.curves import CurveOrders
from walras.orders.flexible import FlexibleOrders
from walras.orders.scalable import ScalableOrders
from walras.orders.storage import StorageOrders

__all__ = ["read", "write"]

Prepare = Callable[[dict[str, Table], Places, Findings], dict[str, Table]]
Families = tuple[CurveOrders, BlockOrders, FlexibleOrders, ScalableOrders, StorageOrders]


def read(path: Path | str) -> Book:
    """Read one auction from its market folder.

    Args:
        path: The folder with market.toml and its tables.

    Returns:
        The book: every rule of docs/market-rules.md holds in it.

    Raises:
        BadInput: With every mistake of the folder, each with what, where, rule and fix.
        NewerFormat: The folder was written by a later version.
    """
    return read_prepared(path)


def read_prepared(path: Path | str, more: tuple[schema.TableSpec, ...] = (), prepare: Prepare | None = None) -> Book:
    """Read a folder that needs some work before its tables are those of a market; see `read`.

    Args:
        path: The folder.
        more: Tables that it has beside those of a market.
        prepare: Turns its tables, by name, into those of a market, and adds what it finds wrong. Rows
            keep their places, so that all that is found afterwards points into the folder.
    """
    folder, findings = Path(path), Findings()
    if not folder.is_dir():
        findings.add("there is no such folder", str(folder), "folder_present", "Name a market folder.")
        raise BadInput(findings.mistakes)
    terms = read_terms(folder, findings)
    tables = _tables(folder, terms, findings, more)
    places = read_places(tables["zones"], tables["grids"], terms, findings)
    tables = prepare(tables, places, findings) if prepare else tables
    lines = read_lines(tables["lines"], tables["line_capacities"], places, findings)
    borders = read_borders(tables["borders"], tables["border_periods"], places, findings)
    domains = read_domains(tables, places, findings)
    families = ("curve_orders", "block_orders", "flexible_orders", "scalable_orders", "storage_orders")
    headers = read_headers(tuple(tables[f] for f in families), places, findings)
    reading = Reading(places.cells, terms.currency or "", terms.profile, findings)
    curves, blocks, flexibles, scalables, storages = _orders(headers, tables, places, reading)
    check_long_days(places.cells, curves, findings)
    if findings.mistakes:
        raise BadInput(findings.mistakes)
    assert terms.name is not None
    assert terms.currency is not None
    assert terms.time_zone is not None
    assert terms.delivery_day is not None
    assert terms.profile is not None
    return Book(
        name=terms.name, currency=terms.currency, time_zone=terms.time_zone, delivery_day=terms.delivery_day,
        profile=terms.profile, cells=places.cells, lines=lines, borders=borders,
        curves=curves, blocks=blocks, flexibles=flexibles, scalables=scalables, domains=domains,
        storages=storages,
    )  # fmt: skip


def _tables(folder: Path, terms: Terms, findings: Findings, more: tuple[schema.TableSpec, ...]) -> dict[str, Table]:
    """Return every table of the folder by name."""
    specs = schema.TABLES + more
    known = {spec.name for spec in specs}
    for file in sorted(folder.iterdir()):
        if file.suffix in {".parquet", ".csv"} and file.stem not in known:
            fix = f"Remove the file, or name it after its table: {', '.join(sorted(known))}."
            if file.stem == schema.TRADE_UNITS.name:
                fix = "This folder counts in trade units; make a market of it: walras convert trade-units."
            findings.add(f"there is no table {file.stem!r}", file.name, "table_known", fix)
    return {spec.name: read_table(folder, spec, terms.currency, findings) for spec in specs}


def _orders(headers: tuple[Headers, ...], tables: dict[str, Table], places: Places, reading: Reading) -> Families:
    curve, block, flexible, scalable, storage = headers
    scalables = read_scalables(scalable, tables["scalable_steps"], tables["scalable_minimums"], reading)
    return (
        read_curves(curve, tables["curve_steps"], reading),
        read_blocks(block, tables["block_legs"], tables["block_links"], tables["exclusive_groups"], reading),
        read_flexibles(flexible, reading),
        read_conversions(scalable, tables["conversions"], scalables, places, reading),
        read_storages(storage, reading),
    )
