"""Statements and documents as CSV for machines: neutral columns, whole minor units beside decimals, UTC.

Texts that a spreadsheet would take for a formula get an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

import polars as pl

from walras.results.minor_units import decimals_of
from walras.settlement.documents.document import Document
from walras.settlement.documents.lines import Statement
from walras.settlement.statement import LINES

FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
DOCUMENT_COLUMNS = (
    "row",
    "text",
    "zone",
    "carrier",
    "energy_mwh",
    "treatment",
    "rate",
    "country",
    "amount_minor",
    "amount",
    "currency",
)


def statement_csv(statement: Statement, account: str | None = None) -> str:
    """Return the lines of a statement, of one account or of all; the run stands in the first columns of each row."""
    run = statement.run
    lines = statement.lines if account is None else statement.lines.filter(pl.col("party") == account)
    facts = (run.market, run.session, run.name, run.delivery_day.isoformat(), run.result_version)
    heads = ("market", "session", "run", "delivery_day", "result_version", *LINES, "amount")
    rows = []
    for line in lines.select(*LINES).iter_rows(named=True):
        at = line["mtu_start"]
        values = {**line, "mtu_start": f"{at:%Y-%m-%dT%H:%MZ}" if at else ""}
        rows.append((*facts, *values.values(), plain(line["amount_minor"], line["currency"])))
    return _written(heads, rows)


def document_csv(document: Document) -> str:
    """Return items, tax and total of a document, a row each."""
    d = document
    rows: list[Sequence[object]] = []
    for i in d.items:
        tax = d.vat[i.tax] if d.vat else None
        facts = (tax.treatment, f"{float(tax.rate):g}", tax.country) if tax else ("", "", "")
        rows.append(("item", i.text, i.zone, i.carrier, i.energy, *facts, *_money(i.net_minor, d.currency)))
    rows += [
        (
            "vat",
            " ".join(v.texts),
            "",
            "",
            "",
            v.treatment,
            f"{float(v.rate):g}",
            v.country,
            *_money(v.vat_minor, d.currency),
        )
        for v in d.vat
    ]
    rows.append(("total", d.number, "", "", "", "", "", "", *_money(d.total_minor, d.currency)))
    return _written(DOCUMENT_COLUMNS, rows)


def plain(minor: int, currency: str) -> str:
    """Return an amount as machines read it.

    >>> plain(-5, "EUR"), plain(1234, "JPY")
    ('-0.05', '1234')
    """
    decimals = decimals_of(currency)
    whole, part = divmod(abs(minor), 10**decimals)
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}.{part:0{decimals}d}" if decimals else f"{sign}{whole}"


def _money(minor: int, currency: str) -> tuple[int, str, str]:
    return minor, plain(minor, currency), currency


def _written(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(heads)
    numbers = {heads.index(n) for n in heads if n.endswith(("_minor", "_mwh", "amount"))}
    writer.writerows([v if i in numbers else safe(v) for i, v in enumerate(row)] for row in rows)
    return out.getvalue()


def safe(value: object) -> object:
    """Return a cell that no spreadsheet takes for a formula.

    >>> safe("=1+1"), safe("A"), safe(-3)
    ("'=1+1", 'A', -3)
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_SIGNS) else value
