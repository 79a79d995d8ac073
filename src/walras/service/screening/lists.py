"""Restricted-party lists, as the operator imports them: CSV or JSON, every mistake at once.

CSV has the columns name, aliases (separated by `|`), identifiers (`kind:value`, separated by
`|`), kind (company, person, vessel), source and listed_on (YYYY-MM-DD). JSON is an array of
objects with the same fields, aliases and identifiers as arrays. Nothing of a faulty file is
taken. The version is a hash of the content, the same for both forms and for any order of rows.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from walras.errors import BadInput, Mistake
from walras.service.screening.identifiers import KINDS as IDENTIFIER_KINDS
from walras.service.screening.identifiers import Identifier, read_identifier
from walras.service.screening.names import MOST_LETTERS, read_name

FIELDS = ("name", "aliases", "identifiers", "kind", "source", "listed_on")
KINDS = ("company", "person", "vessel")
MOST_BYTES, MOST_ENTRIES, MOST_ALIASES, LISTED = 64_000_000, 500_000, 100, 20


@dataclass(frozen=True)
class Entry:
    """One party of a list; `key` is a hash of all that is said about it."""

    name: str
    aliases: tuple[str, ...]
    identifiers: tuple[Identifier, ...]
    kind: str
    source: str
    listed_on: date

    @property
    def names(self) -> tuple[str, ...]:
        """Return the name and its aliases."""
        return (self.name, *self.aliases)

    @property
    def key(self) -> str:
        """Return the hash of the entry, the same in every version of the list that holds it unchanged."""
        said = [self.name, sorted(self.aliases), sorted(f"{i.kind}:{i.value}" for i in self.identifiers)]
        said += [self.kind, self.source, self.listed_on.isoformat()]
        return hashlib.sha256(json.dumps(said, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, eq=False)
class RestrictedList:
    """One version of a list; two are equal when name and content hash are."""

    name: str
    version: str
    entries: tuple[Entry, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RestrictedList) and (self.name, self.version) == (other.name, other.version)

    def __hash__(self) -> int:
        return hash((self.name, self.version))


def restricted_list(name: str, entries: tuple[Entry, ...]) -> RestrictedList:
    """Return a list with the version that its content has."""
    content = "\n".join(sorted(e.key for e in entries))
    return RestrictedList(name, hashlib.sha256(content.encode()).hexdigest(), entries)


def read_list(name: str, content: bytes, form: str = "csv") -> RestrictedList:
    r"""Return the list that a file holds.

    Raises:
        BadInput: With every mistake (of one rule the first 20, and how many more); nothing is taken then.

    Example:
        >>> text = "name,aliases,identifiers,kind,source,listed_on\nTorvexa,,,company,made up,2025-01-31\n"
        >>> read_list("ours", text.encode()).entries[0].name
        'Torvexa'
    """
    if form not in ("csv", "json"):
        _refuse(f"form {form!r} is not known", "list", "list_form", "Send csv or json.")
    if len(content) > MOST_BYTES:
        _refuse(f"{len(content)} bytes are more than {MOST_BYTES}", "list", "list_size", "Split the list.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(f"the file is not UTF-8: {error}", "list", "list_readable", "Save it as UTF-8.")
    rows = _csv_rows(text) if form == "csv" else _json_rows(text)
    if not rows:
        _refuse("the list has no entries", "list", "list_not_empty", "Send at least one row.")
    if len(rows) > MOST_ENTRIES:
        _refuse(f"{len(rows)} entries are more than {MOST_ENTRIES}", "list", "list_size", "Split the list.")
    entries, mistakes = [], list[Mistake]()
    first_row: dict[Entry, int] = {}
    for number, row in enumerate(rows, 1):
        entry, found = _entry(row, f"row {number}")
        mistakes += found
        if entry is not None:
            earlier = first_row.setdefault(entry, number)
            if earlier != number:
                what = f"the entry says the same as row {earlier}"
                mistakes.append(Mistake(what, f"row {number}", "list_entry_once", "Remove one of the two rows."))
            entries.append(entry)
    if mistakes:
        raise BadInput(_shortened(mistakes))
    return restricted_list(name, tuple(entries))


def _csv_rows(text: str) -> list[dict[str, Any]]:
    csv.field_size_limit(1_000_000)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        header = [h.strip() for h in next(reader, [])]
        _check_columns(header)
        rows: list[dict[str, Any]] = []
        for cells in reader:
            if cells:
                row: dict[str, Any] = dict(zip(header, cells, strict=False))
                row["aliases"] = [a for a in row.get("aliases", "").split("|") if a.strip()]
                row["identifiers"] = [i for i in row.get("identifiers", "").split("|") if i.strip()]
                if len(cells) != len(header):
                    row["?"] = f"{len(cells)} fields instead of {len(header)}"
                rows.append(row)
    except csv.Error as error:
        _refuse(f"the file is not CSV: {error}", "list", "list_readable", "Write CSV with quotes around commas.")
    return rows


def _check_columns(header: list[str]) -> None:
    wrong = [f"column {c!r} is missing" for c in FIELDS if c not in header]
    wrong += [f"column {c!r} is not known" for c in header if c not in FIELDS]
    wrong += [f"column {c!r} stands there {n} times" for c, n in Counter(header).items() if n > 1]
    if wrong:
        fix = f"Write the columns {', '.join(FIELDS)}, each once."
        raise BadInput(Mistake(what, "header", "list_columns", fix) for what in wrong)


def _json_rows(text: str) -> list[dict[str, Any]]:
    fix = "Write an array of objects with the fields of the list."
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        _refuse(f"the file is not JSON: {error}", "list", "list_readable", fix)
    if not isinstance(data, list):
        _refuse("the file is no array", "list", "list_readable", fix)
    wrong = [n for n, row in enumerate(data, 1) if not isinstance(row, dict)]
    if wrong:
        raise BadInput(_shortened([Mistake("the row is no object", f"row {n}", "list_readable", fix) for n in wrong]))
    rows: list[dict[str, Any]] = data
    for row in rows:
        if unknown := sorted(set(row) - set(FIELDS)):
            row["?"] = f"fields {', '.join(map(repr, unknown))} that are not known"
    return rows


def _entry(row: dict[str, Any], where: str) -> tuple[Entry | None, list[Mistake]]:
    """Return the entry of one row, or None and what is wrong with it."""
    found: list[Mistake] = []

    def wrong(what: str, rule: str, fix: str) -> None:
        found.append(Mistake(what, where, rule, fix))

    if "?" in row:
        wrong(f"the row has {row['?']}", "list_columns", f"Write {', '.join(FIELDS)}.")
    name = _text(row.get("name"), "name", wrong)
    aliases = tuple(_text(a, "alias", wrong) for a in _texts(row.get("aliases"), "aliases", wrong))
    for text in (name, *aliases):
        if text and not read_name(text).words:
            wrong(f"name {text!r} has no letters that can be compared", "list_name", "Write a name with letters.")
    if len(aliases) > MOST_ALIASES:
        wrong(f"{len(aliases)} aliases are more than {MOST_ALIASES}", "list_size", "Make a second entry of the rest.")
    identifiers = []
    for text in _texts(row.get("identifiers"), "identifiers", wrong):
        read = read_identifier(text)
        if isinstance(read, str):
            wrong(read, "list_identifier", f"Write kind:value, kind {', '.join(IDENTIFIER_KINDS)} (other: unchecked).")
        else:
            identifiers.append(read)
    kind, source = row.get("kind"), _text(row.get("source"), "source", wrong)
    if kind not in KINDS:
        wrong(f"kind {str(kind)[:50]!r} is not known", "list_kind", f"Write {', '.join(KINDS)}.")
    listed_on = _date(row.get("listed_on"))
    if listed_on is None:
        wrong(f"listed_on {str(row.get('listed_on'))[:50]!r} is no date", "list_date", "Write YYYY-MM-DD.")
    if found or listed_on is None:
        return None, found
    return Entry(name, aliases, tuple(identifiers), str(kind), source, listed_on), []


def _text(value: Any, field: str, wrong: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        wrong(f"{field} is empty", "list_field_filled", f"Write the {field}.")
        return ""
    if len(value) > MOST_LETTERS:
        wrong(f"{field} has {len(value)} characters, more than {MOST_LETTERS}", "list_size", "Shorten it.")
        return ""
    if any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 for letter in value):
        wrong(f"{field} holds a control character", "list_text", "Remove it.")
        return ""
    return value.strip()


def _texts(value: Any, field: str, wrong: Any) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
        wrong(f"{field} is no array of texts", "list_field_type", "Write an array of texts.")
        return []
    return value


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def _shortened(mistakes: list[Mistake]) -> list[Mistake]:
    """Return the first mistakes of each rule, and one line that counts the others."""
    count: Counter[str] = Counter()
    kept = []
    for mistake in mistakes:
        count[mistake.rule] += 1
        if count[mistake.rule] <= LISTED:
            kept.append(mistake)
    for rule, n in count.items():
        if n > LISTED:
            kept.append(Mistake(f"{n - LISTED} more rows have this mistake ({n} in all)", "list", rule, "Mend them."))
    return kept


def _refuse(what: str, where: str, rule: str, fix: str) -> NoReturn:
    raise BadInput([Mistake(what, where, rule, fix)])
