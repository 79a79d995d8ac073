"""Files at the door: CSV, Parquet and XLSX to order tables, all mistakes at once, nothing of a faulty file.

Whatever the bytes are, the answer is tables without a mistake or `BadInput`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from walras.book.findings import Findings
from walras.book.market import MarketTerms
from walras.book.tables import Table
from walras.errors import BadInput, Mistake
from walras.service.intake.check import check_tables
from walras.service.intake.documents import NAME_PATTERN
from walras.service.intake.hostile import FileLimits, fits
from walras.service.intake.kinds import FileKind
from walras.service.intake.rights import Rights
from walras.service.intake.sheet_rows import xlsx_tables
from walras.service.intake.table_files import csv_tables, parquet_tables
from walras.service.intake.tables import EMPTY, FULL_SPECS, NAME_COLUMNS, SPECS, DoorTable, OrderTables, member_tables

MOST_LETTERS = 500
"""Of one part of a mistake."""


def read_file(
    market: MarketTerms,
    data: bytes,
    kind: FileKind,
    rights: Rights | None = None,
    limits: FileLimits | None = None,
) -> OrderTables:
    """Return the order tables of a file, checked against every rule as `check` does.

    Args:
        market: Of the session.
        data: The file.
        kind: `csv` (a zip of tables, or one flat CSV), `parquet` (a zip of tables) or `xlsx` (the template).
        rights: Of the member; everything unless given.
        limits: On sizes.

    Raises:
        BadInput: With every mistake of the file.
    """
    limits = limits or FileLimits()
    findings = Findings(listed=limits.max_listed)
    tables: dict[str, Table] | None = None
    if fits(data, limits, findings):
        if kind == "xlsx":
            tables = xlsx_tables(market, data, limits, findings)
        else:
            tables = (csv_tables if kind == "csv" else parquet_tables)(data, market.currency, limits, findings)
    if tables is not None:
        _check_names(tables, findings)
        if not findings.mistakes and not any(t.count for t in tables.values()):
            findings.add("the file holds no orders", "file", "submission_not_empty", "Send at least one order.")
        check_tables(market, _with_member(tables), rights or Rights(), findings)
    if findings.mistakes or tables is None:
        raise BadInput(_short(m) for m in findings.mistakes)
    return {name: tables[name].frame for name in SPECS if name in tables and tables[name].count}


def _check_names(tables: dict[str, Table], findings: Findings) -> None:
    """Report names of the member's own choice that are no names, formulas of spreadsheets among them."""
    for name, table in tables.items():
        for column in NAME_COLUMNS[name] if table.count else ():
            if column not in table.spec.key[:1] and name not in {"block_links", "exclusive_groups"}:
                continue
            texts = table.texts(column)
            bad = ~texts.str.contains(NAME_PATTERN).to_numpy() & texts.is_first_distinct().to_numpy()
            findings.rows(
                table,
                np.asarray(bad, dtype=np.bool_),
                "name_valid",
                what=lambda i, texts=texts, column=column: f"{column} {texts[i]!r} is no name",  # type: ignore[misc]
                fix="Write 1 to 40 of A-Z, a-z, 0-9, _, . and -.",
            )


def _with_member(tables: dict[str, Table]) -> dict[str, Table]:
    full: dict[str, Table] = {}
    for name, spec in FULL_SPECS.items():
        table = tables.get(name)
        if table is None:
            full[name] = DoorTable(spec, EMPTY[name])
        else:
            full[name] = replace(table, spec=spec, frame=member_tables({name: table.frame}, "", "")[name])
    return full


def _short(mistake: Mistake) -> Mistake:
    parts = (mistake.what, mistake.where, mistake.rule, mistake.fix)
    return Mistake(*(p if len(p) <= MOST_LETTERS else p[:MOST_LETTERS] + "..." for p in parts))
