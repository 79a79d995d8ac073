"""A contract folder: `agreement.toml`, and `events.jsonl` with every record; read, checked and written whole."""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from walras.contracts.agreement_file import read_agreement
from walras.contracts.events import event_lines, events_of, minute_of
from walras.contracts.journal import Journal
from walras.errors import BadInput, Mistake
from walras.formulas.observation_file import COLUMNS
from walras.formulas.periods import minute_text

AGREEMENT, EVENTS = "agreement.toml", "events.jsonl"
MOST_ROWS, MOST_DAYS = 100_000, 366


def read_folder(folder: Path) -> Journal:
    """Return the journal of a contract folder; every document in it is computed anew and compared.

    Raises:
        BadInput: The agreement or a record is wrong; every mistake is listed.
    """
    agreement = read_agreement(folder / AGREEMENT)
    return Journal(agreement, events_of(_written(folder), EVENTS))


def _written(folder: Path) -> str:
    """Return the text of the events file, empty where there is none."""
    path = folder / EVENTS
    if not path.exists() and not path.is_symlink():
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fix = "Restore the file; it is text in UTF-8."
        raise BadInput([Mistake(f"it cannot be read: {error}", EVENTS, "event_file", fix)]) from None


def write_events(folder: Path, journal: Journal) -> None:
    """Write all records of a journal; the file is there whole, or as it was before.

    Raises:
        BadInput: Somebody else recorded something since the journal was read (rule `event_behind`).
    """
    text = event_lines(journal.events)
    if not text.startswith(_written(folder)):
        what, fix = "something else was recorded meanwhile", "Record or issue it again."
        raise BadInput([Mistake(what, EVENTS, "event_behind", fix)])
    beside = folder / f".{EVENTS}.new"
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, folder / EVENTS)


def check_seal(journal: Journal, seal: str) -> None:
    """Refuse a journal without a seal that somebody kept: records at its end were cut, or all were made anew.

    Raises:
        BadInput: No record has the seal (rule `event_cut`).
    """
    if all(event.hash != seal for event in journal.events):
        what, fix = f"no record has the seal {seal[:64]!r}", "Restore the records as they were when it was noted."
        raise BadInput([Mistake(what, EVENTS, "event_cut", fix)])


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
    if rows and len(rows[0]) == 1 and ";" in next(iter(rows[0])):
        fix = "Save it with commas between fields; most spreadsheets ask when they write CSV."
        raise BadInput([Mistake("its fields are separated by semicolons", path.name, "event_table", fix)])
    if not 0 < len(rows) <= MOST_ROWS or any(None in row for row in rows):
        fix = f"Write 1 to {MOST_ROWS:,} rows, each with as many fields as the first row has names."
        raise BadInput([Mistake(f"it has {len(rows)} rows, or rows that are too long", path.name, "event_table", fix)])
    found = list(islice((one for row in rows for one in _days(_row(row))), MOST_ROWS + 1))
    if len(found) > MOST_ROWS:
        what, fix = f"its ranges of days are more than {MOST_ROWS:,} rows", "Write it as several tables."
        raise BadInput([Mistake(what, path.name, "event_table", fix)])
    return found


def unrecorded(journal: Journal, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return rows without observations that are recorded already, word for word; what is new is recorded in order.

    A table of observations grows, and is recorded again as it grows: what was published before the last record is
    recorded now.

    Args:
        journal: What is there.
        rows: As `read_rows` gives them.
    """
    known = {_observed(e.body) for e in journal.events if e.kind == "observation"}
    last = journal.events[-1].at if journal.events else None
    found = []
    for row in rows:
        if row.get("kind") != "observation":
            found.append(row)
        elif _observed(row) not in known:
            found.append(row if last is None or not _is_before(row["at"], last) else {**row, "at": minute_text(last)})
    return found


def _observed(said: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(str(said.get(column) or "").strip() for column in COLUMNS)


def _is_before(at: str, last: int) -> bool:
    try:
        return minute_of(at) < last
    except ValueError:
        return False


def _days(row: dict[str, str]) -> list[dict[str, str]]:
    """Return a row for each day of a range such as `2027-01-01..2027-01-31`; one that names a day as it is."""
    first, dots, last = (row.get("day") or "").strip().partition("..")
    if not dots:
        return [row]
    try:
        begin, end = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return [row]
    count = (end - begin).days + 1
    if not 0 < count <= MOST_DAYS:
        return [row]
    return [{**row, "day": (begin + timedelta(days=n)).isoformat()} for n in range(count)]


def _row(row: dict[str, str]) -> dict[str, str]:
    """Return a row; one of a series without a kind is an observation, recorded when it was published."""
    if "series" in row and "kind" not in row:
        return {"kind": "observation", "at": row.get("published_at") or "", **row}
    return row
