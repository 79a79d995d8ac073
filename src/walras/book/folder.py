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
from walras.book.compensated import check_network
from walras.book.families import read_families
from walras.book.findings import Findings
from walras.book.long_days import check_long_days
from walras.book.market import MarketTerms
from walras.book.read_domains import read_domains
from walras.book.read_network import read_borders, read_lines
from walras.book.read_places import Places, read_places
from walras.book.read_terms import Terms, read_terms
from walras.book.reading import Reading
from walras.book.tables import Table, read_table
from walras.book.write import write
from walras.errors import BadInput

__all__ = ["read", "write"]

Prepare = Callable[[dict[str, Table], Places, Findings], dict[str, Table]]


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
    check_network(lines, domains, terms.profile, findings)
    reading = Reading(places.cells, terms.currency or "", terms.profile, findings)
    families = read_families(tables, places, reading)
    curves, *_ = families
    check_long_days(places.cells, curves.step_cell, curves.step_cells, findings)
    if findings.mistakes:
        raise BadInput(findings.mistakes)
    assert terms.name is not None
    assert terms.currency is not None
    assert terms.time_zone is not None
    assert terms.delivery_day is not None
    assert terms.profile is not None
    market = MarketTerms(
        terms.name, terms.currency, terms.time_zone, terms.delivery_day, terms.profile, places, lines, borders, domains
    )
    return market.book(families)


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
