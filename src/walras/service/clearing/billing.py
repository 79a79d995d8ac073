"""What documents are written from: statements as the store has them, tax facts of parties, terms."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl
from sqlalchemy import Connection, Row

from walras.service.canonical import bytes_digest
from walras.service.clearing.document_terms import DocumentTerms, due_of, issuer_of, vat_table
from walras.service.clock import moment
from walras.service.store import bills, markets, settlement
from walras.service.work import refuse
from walras.settlement.accounts import name_of, role_of
from walras.settlement.documents.csv_file import document_csv
from walras.settlement.documents.document import Document
from walras.settlement.documents.invoice import Billing
from walras.settlement.documents.lines import Fixing, Run, Statement
from walras.settlement.documents.page import page
from walras.settlement.documents.sheet import document_sheet
from walras.settlement.documents.vat import Taxpayer

MEDIA = {"html": "text/html; charset=utf-8", "csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}
Files = dict[str, tuple[str, str, bytes]]


def terms_of_documents(connection: Connection, market: str, day: date) -> DocumentTerms:
    """Return the terms of documents that hold on a day.

    Raises:
        BadInput: The market has none (rule `document_terms`), or no terms at all.
    """
    found = settlement.terms_on(connection, market, day).terms.documents
    if found is None:
        fix = "Set terms of settlement with a part `documents`."
        raise refuse(f"market {market!r} has no terms of documents on {day}", "terms", "document_terms", fix)
    return found


def statement_of(connection: Connection, run: Row[Any], delivery_day: str, market_version: int) -> Statement:
    """Return a run of settlement as a statement of all its parties."""
    definition = markets.version(connection, run.market, market_version).definition
    facts = Run(
        run.market, run.session, run.name, date.fromisoformat(delivery_day), run.result_version, moment(run.at),
        run.run - 1, definition.time_zone,
    )  # fmt: skip
    used = json.loads(run.inputs)["fixings"]
    rows = bills.fixing_versions(connection, run.market, delivery_day, used)
    fixings = tuple(Fixing(f.base, f.quote, Fraction(f.rate), f.source, moment(f.fixed_at)) for f in rows)
    return Statement(facts, pl.read_parquet(io.BytesIO(run.lines)), fixings)


Source = Callable[[Connection, str, date, date], Iterator[Statement]]


def settled_sessions(connection: Connection, market: str, first: date, last: date) -> Iterator[Statement]:
    """Yield runs of settlement of sessions that no issue of documents has covered."""
    for run in bills.unbilled_runs(connection, market, first, last):
        yield statement_of(connection, run, run.delivery_day, run.market_version)


SOURCES: list[Source] = [settled_sessions]
"""Whatever is billed comes from one of these: statements of days that `billed_runs` does not have yet.

A subject that books lines of its own (deviations, supply contracts) adds its source here; its `Run.session` is any
reference that no session has, its `Run.sequence` counts from 0.
"""


def unbilled(connection: Connection, market: str, first: date, last: date) -> list[Statement]:
    """Return every statement of some days that is not billed yet; the caller holds the ledger's lock."""
    return [s for source in SOURCES for s in source(connection, market, first, last)]


def taxpayers(connection: Connection, accounts: Iterable[str]) -> dict[str, Taxpayer]:
    """Return the tax facts behind accounts; accounts of nobody in the register are left out."""
    wanted = sorted(set(accounts))
    by_code = {r.code: _taxpayer(r) for r in bills.taxpayer_rows(connection, {name_of(a) for a in wanted})}
    return {a: by_code[name_of(a)] for a in wanted if name_of(a) in by_code}


def _taxpayer(row: Row[Any]) -> Taxpayer:
    listed = [i.removeprefix("vat:") for i in json.loads(row.identifiers) if i.startswith("vat:")]
    number = row.vat_number or (listed[0] if listed else "")
    return Taxpayer(
        row.code, row.name, row.country, number, bool(row.is_dealer), row.used_in or "", row.address or ""
    )  # fmt: skip


def billing_of(
    connection: Connection,
    market: str,
    terms: DocumentTerms,
    accounts: Iterable[str],
    issued: date,
    days: tuple[date, date],
) -> Billing:
    """Return what all documents of one issue share."""
    return Billing(
        market, issuer_of(terms), taxpayers(connection, accounts), vat_table(terms), issued, due_of(terms), *days
    )  # fmt: skip


def lines_to_bill(statement: Statement, terms: DocumentTerms) -> Statement:
    """Return a statement with the lines of parties alone that get documents."""
    wanted = [p for p in statement.lines["party"].unique() if role_of(p) in terms.parties]
    return Statement(statement.run, statement.lines.filter(pl.col("party").is_in(wanted)), statement.fixings)


def files_of(document: Document) -> Files:
    """Return the files that are stored with a document; its PDF is written when it is read, never under a lock."""
    content = {"html": page(document_sheet(document)).encode(), "csv": document_csv(document).encode()}
    return {form: (MEDIA[form], bytes_digest(data), data) for form, data in content.items()}
