"""A contract folder: `agreement.toml`, and `events.jsonl` with every record; read, checked and written whole."""

from __future__ import annotations

import csv
import os
from pathlib import Path

from walras.contracts.agreement_file import read_agreement
from walras.contracts.events import event_lines, events_of
from walras.contracts.journal import Journal
from walras.errors import BadInput, Mistake

AGREEMENT, EVENTS = "agreement.toml", "events.jsonl"
MOST_ROWS = 100_000


def read_folder(folder: Path) -> Journal:
    """Return the journal of a contract folder; every document in it is computed anew and compared.

    Raises:
        BadInput: The agreement or a record is wrong; every mistake is listed.
    """
    agreement = read_agreement(folder / AGREEMENT)
    path = folder / EVENTS
    if not path.is_file():
        return Journal(agreement)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fix = "Restore the file; it is text in UTF-8."
        raise BadInput([Mistake(f"it cannot be read: {error}", EVENTS, "event_file", fix)]) from None
    return Journal(agreement, events_of(text, EVENTS))


def write_events(folder: Path, journal: Journal) -> None:
    """Write all records of a journal; the file is there whole, or as it was before."""
    beside = folder / f".{EVENTS}.new"
    beside.write_text(event_lines(journal.events), encoding="utf-8")
    os.replace(beside, folder / EVENTS)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return rows of a CSV file of facts, as `Journal.record` takes them; a table of observations gets its kind.

    Raises:
        BadInput: It is no table, or has too many rows (rule `event_table`).
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        fix = "Write a table as CSV in UTF-8, with a first row of names."
        raise BadInput([Mistake(f"it is no table: {error}", path.name, "event_table", fix)]) from None
    if not 0 < len(rows) <= MOST_ROWS or any(None in row for row in rows):
        fix = f"Write 1 to {MOST_ROWS:,} rows, each with as many fields as the first row has names."
        raise BadInput([Mistake(f"it has {len(rows)} rows, or rows that are too long", path.name, "event_table", fix)])
    return [_row(row) for row in rows]


def _row(row: dict[str, str]) -> dict[str, str]:
    """Return a row; one of a series without a kind is an observation, recorded when it was published."""
    if "series" in row and "kind" not in row:
        return {"kind": "observation", "at": row.get("published_at") or "", **row}
    return row
