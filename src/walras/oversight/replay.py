"""A result once more: what was computed again against what is stored, bit by bit, with a verdict a step.

Nothing here trusts the stored result or writes anywhere. `walras.service.replay` rebuilds the book of
a session from what was sealed and calls `cleared_again`; whoever has a book and a stored result
can do the same. A report has one step after the other, each `same`, `different` or `not checked`,
and the first difference of the tables: its table, row and column with both values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.hashing import market_hash
from walras.coupling.clear import clear
from walras.coupling.settings import Settings
from walras.results.audit import audit
from walras.results.audit.second_step import verdict_of
from walras.results.hashing import settings_hash
from walras.results.outcomes import outcomes_of
from walras.results.raw import Raw
from walras.results.results import Results
from walras.results.summary import summary_of
from walras.results.tables import results_tables

Verdict = Literal["same", "different", "not checked"]
HASHES = ("market_hash", "settings_hash", "result_hash")
KEYS = (
    "order", "kind", "zone", "line", "border", "domain", "branch", "country", "carrier", "mtu_start", "step", "side",
)  # fmt: skip
"""Columns that say which row it is, as far as a table has them."""

Progress = Callable[[str], None]
"""Is told the name of each step before it begins."""


@dataclass(frozen=True)
class Step:
    """One step of a replay: its name, its verdict, and why in words."""

    name: str
    verdict: Verdict
    said: str


@dataclass(frozen=True)
class Difference:
    """The first place at which two sets of tables differ; `where` names the row by its keys."""

    table: str
    where: str
    column: str
    stored: str
    again: str

    def __str__(self) -> str:
        return f"{self.table}: {self.where}: {self.column} is {self.stored}, computed again {self.again}"


@dataclass(frozen=True)
class Report:
    """What a replay found.

    Attributes:
        session, version: What was replayed.
        steps: Every step in its order.
        first: The first difference of the tables, None if there is none.
        stored, again: Hashes of market, settings and result, as stored and as computed again.
        violations: What the audit found in what was computed again.
        stopped_by: What ended the search when the result was stored.
    """

    session: str
    version: int
    steps: tuple[Step, ...]
    first: Difference | None = None
    stored: Mapping[str, Any] = field(default_factory=dict)
    again: Mapping[str, Any] = field(default_factory=dict)
    violations: tuple[str, ...] = ()
    stopped_by: str | None = None

    @property
    def is_same(self) -> bool:
        """Whether no step found another thing than what is stored."""
        return all(s.verdict != "different" for s in self.steps)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "session": self.session, "version": self.version, "same": self.is_same,
            "steps": [{"name": s.name, "verdict": s.verdict, "said": s.said} for s in self.steps],
            "first_difference": None if self.first is None else vars(self.first),
            "stored": dict(self.stored), "again": dict(self.again), "violations": list(self.violations),
            "stopped_by": self.stopped_by,
        }  # fmt: skip


@dataclass(frozen=True)
class Again:
    """A result that was computed again, with everything that follows from it."""

    book: Book
    results: Results
    tables: Mapping[str, pl.DataFrame]
    summary: Mapping[str, Any]
    verdict: str
    violations: tuple[Any, ...]


def cleared_again(book: Book, settings: Settings) -> Again:
    """Clear a book, audit it, and return what would be stored of it."""
    results, raw = clear(book, settings), Raw(book)
    outcomes = outcomes_of(book, results, raw)
    tables = results_tables(book, results, outcomes, raw)
    summary = summary_of(raw, results, tables, outcomes, settings.canonical())
    found = audit(book, results)
    return Again(book, results, tables, summary, verdict_of(book, found), tuple(found))


def market_step(book: Book, summary: Mapping[str, Any]) -> Step:
    """Compare the hash of a rebuilt book with the one that the stored result was cleared from."""
    return hash_step("market", market_hash(book), summary.get("market_hash"))


def settings_step(settings: Settings, summary: Mapping[str, Any]) -> Step:
    """Compare the hash of the settings with the one of the stored result."""
    return hash_step("settings", settings_hash(settings.canonical()), summary.get("settings_hash"))


def hash_step(name: str, again: str, stored: object) -> Step:
    """Return a step that compares two hashes."""
    if again == stored:
        return Step(name, "same", f"hash {again}")
    return Step(name, "different", f"its hash is {again}, stored is {stored}")


def tables_step(
    stored: Mapping[str, pl.DataFrame], again: Mapping[str, pl.DataFrame]
) -> tuple[Step, Difference | None]:
    """Compare tables bit by bit; `again` may have more tables than are stored only if `stored` says which."""
    found = next(differences(stored, again), None)
    if found is None:
        rows = sum(t.height for t in stored.values())
        return Step("tables", "same", f"{len(stored)} tables, {rows} rows, bit by bit"), None
    return Step("tables", "different", str(found)), found


def summary_step(stored: Mapping[str, Any], again: Mapping[str, Any]) -> Step:
    """Compare what the stored summary says with what follows from the result that was computed again."""
    other = [n for n in stored if n in again and stored[n] != again[n]]
    if not other:
        return Step("summary", "same", f"status {again['status']}")
    name = other[0]
    return Step("summary", "different", f"{name} is {stored[name]!r}, computed again {again[name]!r}")


def audit_step(again: Again, stored: str | None) -> Step:
    """Compare the audit of what was computed again with the verdict that was stored with it."""
    if again.verdict == "violations":
        return Step("audit", "different", f"{len(again.violations)} violations: {again.violations[0]}")
    if stored is not None and stored != again.verdict:
        return Step("audit", "different", f"it is {again.verdict}, stored is {stored}")
    return Step("audit", "same", again.verdict)


def differences(stored: Mapping[str, pl.DataFrame], again: Mapping[str, pl.DataFrame]) -> Iterator[Difference]:
    """Yield the first difference of every table, tables by name; NaN equals NaN of the same bits, -0.0 is not 0.0."""
    for name in sorted({*stored, *again}):
        if name not in stored or name not in again:
            word = ("is there", "is not there")
            yield Difference(name, "the table", "", word[name not in stored], word[name not in again])
            continue
        found = _first(name, stored[name], again[name])
        if found is not None:
            yield found


def _first(name: str, stored: pl.DataFrame, again: pl.DataFrame) -> Difference | None:
    if stored.schema != again.schema:
        return Difference(name, "the columns", "", _columns(stored), _columns(again))
    rows = min(stored.height, again.height)
    places = [(_place(stored[c].head(rows), again[c].head(rows)), n, c) for n, c in enumerate(stored.columns)]
    first = min((p for p in places if p[0] >= 0), default=None)
    if first is None:
        if stored.height == again.height:
            return None
        return Difference(name, "the rows", "", str(stored.height), str(again.height))
    row, _, column = first
    keys = [f"{c} {_word(stored[c][row])}" for c in KEYS if c in stored.columns and stored[c][row] is not None]
    where = f"row {row + 1}" + (f" ({', '.join(keys)})" if keys else "")
    return Difference(name, where, column, _word(stored[column][row]), _word(again[column][row]))


def _place(stored: pl.Series, again: pl.Series) -> int:
    """Return the first row at which two columns of one type differ, -1 if there is none."""
    if stored.dtype == pl.Float64:
        missing = (stored.is_null() != again.is_null()).to_numpy()
        bits = [s.fill_null(0.0).to_numpy().view(np.int64) for s in (stored, again)]
        differs = missing | (bits[0] != bits[1])
    else:
        differs = stored.ne_missing(again).to_numpy()
    at = np.flatnonzero(differs)
    return int(at[0]) if len(at) else -1


def _columns(table: pl.DataFrame) -> str:
    return ", ".join(f"{n} {t}" for n, t in table.schema.items())


def _word(value: object) -> str:
    strftime = getattr(value, "strftime", None)
    return strftime("%Y-%m-%dT%H:%M:%SZ") if strftime is not None else str(value)
