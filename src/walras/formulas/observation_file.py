"""Observations from a CSV table: one row a version of an observation, every mistake at once.

Columns: `series` (a fixing of EUR for one USD is `USD/EUR`), `period` (2024-03, 2024-03-31 or
2024-03-31T00:15Z), `value` (a number, or `closed`), `unit`, `published_at` (with its time zone),
`version` and `source`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from walras.errors import BadInput, Mistake
from walras.formulas.limits import FIRST_YEAR, LAST_YEAR, MOST_DIGITS
from walras.formulas.observations import Observation, SeriesFacts, Table
from walras.formulas.periods import EPOCH, month_of
from walras.formulas.units import is_unit, unit

COLUMNS = ("series", "period", "value", "unit", "published_at", "version", "source")
MOST_NAMED = 20
_NUMBER = re.compile(rf"-?[0-9]{{1,{MOST_DIGITS}}}(\.[0-9]{{1,{MOST_DIGITS}}})?")


def read_observations(path: Path) -> Table:
    """Return the observations of a CSV file.

    Raises:
        BadInput: The file is no such table, or rows of it are wrong; the first twenty are named.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file, strict=True)
            missing = [c for c in COLUMNS if c not in (rows.fieldnames or [])]
            if missing:
                fix = f"Write the columns {', '.join(COLUMNS)}."
                raise BadInput([Mistake(f"there is no column {', '.join(missing)}", path.name, "observation_columns",
                                        fix)])  # fmt: skip
            return table_of(rows, path.name)
    except (UnicodeDecodeError, csv.Error) as e:
        fix = "Write it as CSV in UTF-8."
        raise BadInput([Mistake(f"this is no table: {e}", path.name, "observation_file", fix)]) from e


def table_of(rows: Iterable[Mapping[str, str | None]], where: str = "observations") -> Table:
    """Return observations of rows with the columns of the file.

    Raises:
        BadInput: Rows are wrong; the first twenty are named.
    """
    table, mistakes, seen = Table(), list[Mistake](), set[tuple[str, int, str]]()
    for number, row in enumerate(rows, 1):
        said = {c: (row.get(c) or "").strip() for c in COLUMNS}
        found = [Mistake(what, f"{where} row {number}", rule, fix) for what, rule, fix in _wrong(said)]
        if not found:
            found = [Mistake(what, f"{where} row {number}", rule, fix) for what, rule, fix in _take(table, said, seen)]
        mistakes += found
        if len(mistakes) >= MOST_NAMED:
            break
    if mistakes:
        raise BadInput(mistakes[:MOST_NAMED])
    return table


def _wrong(said: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield what is wrong with one row alone: what, rule, fix."""
    if not said["series"] or not said["source"]:
        yield "series or source is empty", "observation_named", "Write both."
    if period_of(said["period"]) is None:
        what, fix = f"{said['period'][:40]!r} is no period", "Write 2024-03, 2024-03-31 or 2024-03-31T00:15Z."
        yield what, "observation_period", fix
    if said["value"] != "closed" and not _NUMBER.fullmatch(said["value"]):
        what, fix = (
            f"{said['value'][:40]!r} is no number",
            "Write digits and a point, or closed. NaN is no observation.",
        )
        yield what, "observation_number", fix
    if not is_unit(said["unit"]):
        yield f"{said['unit'][:40]!r} is no unit", "unit_known", "Write it as in a formula: USD/bbl."
    if _minute(said["published_at"]) is None:
        what, fix = f"{said['published_at'][:40]!r} is no time with a zone", "Write 2024-04-02T08:30:00Z."
        yield what, "published_time", fix
    if not re.fullmatch("[1-9][0-9]{0,5}", said["version"]):
        yield f"{said['version'][:40]!r} is no version", "observation_version", "Count versions of a period from 1."


def _take(table: Table, said: dict[str, str], seen: set[tuple[str, int, str]]) -> Iterator[tuple[str, str, str]]:
    """Add one row; yield what does not fit the rows before it."""
    period, published_at = period_of(said["period"]), _minute(said["published_at"])
    assert period is not None, "the row was found right"
    assert published_at is not None, "the row was found right"
    length, number = period
    facts = SeriesFacts(unit(said["unit"]), length)
    if table.series.setdefault(said["series"], facts) != facts:
        known = table.series[said["series"]]
        what = f"{said['series']} has periods of a {known.length} in {known.unit} elsewhere"
        yield what, "series_same", "Write one unit and one length of periods for each series."
        return
    key = (said["series"], number, said["version"])
    is_contradiction = said["value"] == "closed" and table.versions(said["series"], number)
    if key in seen or is_contradiction or table.is_closed(said["series"], number):
        what = f"{said['series']} {said['period']} version {said['version']} is said twice"
        yield what, "observation_once", "Write each version once, and nothing beside closed."
        return
    seen.add(key)
    if said["value"] == "closed":
        table.closed.add((said["series"], number))
    else:
        observation = Observation(number, Fraction(said["value"]), published_at, int(said["version"]), said["source"])
        table.add(said["series"], facts, [observation])


def period_of(text: str) -> tuple[str, int] | None:
    """Return the length and number of a period, or None when the text is none.

    >>> period_of("2024-02"), period_of("2024-02-29"), period_of("1970-01-01T00:15Z"), period_of("2023-02-29")
    (('month', 24289), ('day', 738945), ('MTU', 15), None)
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}", text, re.ASCII):
            found = "month", month_of(date.fromisoformat(f"{text}-01"))
        elif re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            found = "day", date.fromisoformat(text).toordinal()
        else:
            minute = _minute(text)
            return None if minute is None else ("MTU", minute)
    except ValueError:
        return None
    return found if FIRST_YEAR <= int(text[:4]) <= LAST_YEAR else None


def _minute(text: str) -> int | None:
    """Return the minute UTC of a time with a zone, rounded up, or None."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        return None
    return -((EPOCH - found.astimezone(UTC)) // timedelta(minutes=1))
