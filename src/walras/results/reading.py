"""A result folder's tables back into columns of the book, or a list of what is wrong.

The key columns of a table must be those of the book, in any order: a row that is
missing, unknown or doubled is a mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.book.spans import MICROSECONDS
from walras.errors import BadInput, Mistake
from walras.results.certificate_reading import CertificateReader
from walras.results.results import Results, Volumes
from walras.results.tables import TIME, key_tables
from walras.vocabulary import Status


class Reader:
    """Reads columns of tables against a book and collects mistakes."""

    def __init__(self, book: Book, tables: Mapping[str, pl.DataFrame], summary: Mapping[str, Any]) -> None:
        self.book, self.tables, self.summary = book, tables, summary
        self.keys = key_tables(book)
        self.mistakes: list[Mistake] = []

    def wrong(self, what: str, where: str, rule: str) -> None:
        """Note a mistake."""
        fix = "Audit the result against the market that it was cleared from, or write it again."
        self.mistakes.append(Mistake(what, where, rule, fix))

    def aligned(self, name: str, table: pl.DataFrame | None = None) -> pl.DataFrame | None:
        """Return a table with its rows in the book's order, or None where its keys are not the book's."""
        have, want = self.tables[name] if table is None else table, self.keys[name]
        if not self.has_columns(name, dict(want.schema)):
            return None
        keys = have.select(want.columns)
        if keys.equals(want):
            return have
        before = len(self.mistakes)
        for row in keys.filter(keys.is_duplicated()).unique(maintain_order=True).head(5).rows():
            self.wrong(f"{_row(row)} stands there more than once", name, "result_row_once")
        for row in want.join(keys, on=want.columns, how="anti").head(5).rows():
            self.wrong(f"{_row(row)} is missing", name, "result_row_present")
        for row in keys.join(want, on=want.columns, how="anti").head(5).rows():
            self.wrong(f"{_row(row)} is not in the market", name, "result_row_known")
        if len(self.mistakes) > before:
            return None
        place = want.with_row_index("place")
        return have.join(place, on=want.columns, how="left").sort("place").drop("place")

    def has_columns(self, name: str, want: Mapping[str, Any]) -> bool:
        """Return whether a table has columns of these types; note what it lacks."""
        schema, before = self.tables[name].schema, len(self.mistakes)
        for column, kind in want.items():
            if column not in schema:
                self.wrong(f"column {column} is missing", name, "result_column_present")
            elif schema[column] != kind:
                self.wrong(f"column {column} is {schema[column]}, not {kind}", name, "result_column_type")
        return len(self.mistakes) == before

    def numbers(self, name: str, table: pl.DataFrame | None, column: str) -> FloatArray:
        """Return a column of numbers, NaN where a value is missing; empty if the table is unusable."""
        if table is None or not self.has_columns(name, {column: pl.Float64}):
            return np.zeros(0)
        values: FloatArray = table[column].fill_null(float("nan")).to_numpy()
        return values

    def by_kind(self, name: str, values: FloatArray) -> dict[str, FloatArray]:
        """Return the values of each kind of order, from a column aligned to the keys of a table."""
        kind = self.keys[name]["kind"]
        return {k: values[(kind == k).to_numpy()] if len(values) else values for k in KINDS}

    def money(self, key: str) -> float:
        """Return a figure of the summary, NaN and a mistake where it is none."""
        value = self.summary.get(f"{key}_{self.book.currency.lower()}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.wrong(f"{key}_{self.book.currency.lower()} is no number", "summary.json", "result_summary_figure")
            return float("nan")
        return float(value)


def results_from(book: Book, tables: Mapping[str, pl.DataFrame], summary: Mapping[str, Any]) -> Results:
    """Return the outcome that tables and a summary describe.

    Raises:
        BadInput: Keys, columns, types or figures are wrong; every mistake is listed.
    """
    reader = Reader(book, tables, summary)
    unit = f"{book.currency.lower()}_per_mwh"
    prices = reader.aligned("prices")
    price = {k: reader.numbers("prices", prices, f"{k}_{unit}") for k in PRICES}
    published = _volumes(reader)
    certificate = CertificateReader(book, tables, reader.wrong).read()
    status = str(summary.get("status"))
    if status not in {s.value for s in Status}:
        reader.wrong(f"status {status!r} is unknown", "summary.json", "result_status")
    welfare, bound = reader.money("welfare"), reader.money("bound")
    if reader.mistakes:
        raise BadInput(reader.mistakes)
    return Results(
        status=Status(status),
        price=price["price"],
        price_exact=price["price_exact"],
        price_low=price["price_low"],
        price_high=price["price_high"],
        published=published,
        decided=None,
        certificate=certificate,
        welfare=welfare,
        bound=bound,
        stopped_by=str(summary.get("stopped_by", "")),
    )


def volumes_from(book: Book, tables: Mapping[str, pl.DataFrame]) -> Volumes:
    """Return the volumes that tables say, whoever published them and whatever else they leave out.

    Raises:
        BadInput: Keys, columns or types are wrong; every mistake is listed.
    """
    reader = Reader(book, tables, {})
    volumes = _volumes(reader)
    if reader.mistakes:
        raise BadInput(reader.mistakes)
    return volumes


PRICES = ("price", "price_exact", "price_low", "price_high")
KINDS = ("block", "flexible", "scalable", "storage", "input", "charge", "discharge")


def _volumes(reader: Reader) -> Volumes:
    book = reader.book
    curve = reader.numbers("curve_acceptances", reader.aligned("curve_acceptances"), "accepted_mw")
    ratio = reader.numbers("order_acceptances", reader.aligned("order_acceptances"), "acceptance_ratio")
    volume: FloatArray = np.zeros(0)
    start = np.full(book.flexibles.count, -1, dtype=np.int64)
    if reader.has_columns("order_volumes", dict(reader.keys["order_volumes"].schema) | {"accepted_mw": pl.Float64}):
        is_flexible = pl.col("kind") == "flexible"
        table = reader.tables["order_volumes"]
        others = reader.aligned("order_volumes", table.filter(~is_flexible.fill_null(False)))
        volume = reader.numbers("order_volumes", others, "accepted_mw")
        start = _flexible_starts(reader, table.filter(is_flexible))
    ratios, volumes = reader.by_kind("order_acceptances", ratio), reader.by_kind("order_volumes", volume)
    if len(ratio):
        _check_flexible_ratios(reader, ratios["flexible"], start)
    return Volumes(
        curve=curve,
        block_ratio=ratios["block"],
        block_leg=volumes["block"],
        flexible_start=start,
        scalable_accepted=_flags(reader, ratios["scalable"], book.scalables.name),
        scalable=volumes["scalable"],
        exchange=reader.numbers("scheduled_exchanges", reader.aligned("scheduled_exchanges"), "exchange_mw"),
        border=reader.numbers("border_exchanges", reader.aligned("border_exchanges"), "exchange_mw"),
        domain=_domain_exchanges(reader),
        bought=volumes["input"],
        storage_accepted=_flags(reader, ratios["storage"], book.storages.name),
        charge=volumes["charge"],
        discharge=volumes["discharge"],
        received=_received(reader),
    )


def _received(reader: Reader) -> FloatArray:
    """Return what arrives over lines; a market without losses has no such column."""
    name = "scheduled_exchanges"
    if not reader.book.lines.has_losses:
        return np.zeros(0)
    return reader.numbers(name, reader.aligned(name), "received_mw")


def _domain_exchanges(reader: Reader) -> FloatArray:
    """Return exchanges with flow-based domains; a market without domains has no such table."""
    name = "domain_exchanges"
    if name in reader.tables:
        return reader.numbers(name, reader.aligned(name), "exchange_mw")
    if reader.book.domains.count:
        reader.wrong("the table is missing", name, "result_table_present")
    return np.zeros(0)


def _flags(reader: Reader, flag: FloatArray, names: tuple[str, ...]) -> IntArray:
    """Return 0 or 1 for each order that is accepted or not; any other ratio of it is a mistake."""
    for order in np.flatnonzero((flag != 0) & (flag != 1)).tolist():
        reader.wrong(f"ratio {flag[order]} of '{names[order]}' is neither 0 nor 1", "order_acceptances", "result_ratio")
    out: IntArray = (flag == 1).astype(np.int64)
    return out


def _flexible_starts(reader: Reader, rows: pl.DataFrame) -> IntArray:
    """Return the first cell of each accepted flexible order, -1 for the others; its rows must be whole and in a row."""
    book, cells = reader.book.flexibles, reader.book.cells
    start = np.full(book.count, -1, dtype=np.int64)
    index = {name: i for i, name in enumerate(book.name)}
    quantity = cells.quantities(book.quantity, book.grid)
    for (name,), part in rows.sort("mtu_start").group_by("order", maintain_order=True):
        order = index.get(str(name), -1)
        if order < 0:
            reader.wrong(f"flexible order {name!r} is not in the market", "order_volumes", "result_row_known")
            continue
        grid = cells.grids[int(book.grid[order])]
        minute = part["mtu_start"].cast(TIME).to_physical().to_numpy() / MICROSECONDS
        place = (minute - grid.start) / grid.mtu_minutes
        whole = len(place) == book.cells[order] and (part["accepted_mw"] == quantity[order]).all()
        in_a_row = bool((place == np.floor(place)).all()) and bool((np.diff(place) == 1).all())
        if not whole or not in_a_row or place[0] < 0 or place[-1] >= grid.cell_count:
            text = f"rows of '{name}' are not {book.cells[order]} MTUs in a row at {quantity[order]:.9g} MW"
            reader.wrong(text, "order_volumes", "result_flexible_whole")
            continue
        start[order] = int(cells.first[book.grid[order]]) + int(place[0])
    return start


def _check_flexible_ratios(reader: Reader, ratio: FloatArray, start: IntArray) -> None:
    for order in np.flatnonzero(ratio != (start >= 0)).tolist():
        name = reader.book.flexibles.name[order]
        reader.wrong(f"ratio {ratio[order]} of '{name}' does not fit its volumes", "order_acceptances", "result_ratio")


def _row(row: tuple[object, ...]) -> str:
    return "row " + ", ".join(str(v) for v in row)
