"""The script of a rehearsal: `script.json` of a folder, with the files that it names.

::

    {"format": "walras-rehearsal", "version": 1, "name": "...", "market": "union", "delivery_day": "2027-01-31",
     "steps": [{"at": "2027-01-20T08:00+03:00", "part": "Members", "by": "", "do": "apply-for-membership",
                "with": {...}, "as": "BY-gas-import"}, ...]}

`by` is a name that an earlier step gave with `as` (a company), `OP` for the first officer, whose proposals
the second approves, or empty for the public. In `with` every `{name}` stands for the code that a step
before was answered with; `{"file": "agreement.toml"}` is the text of a file of the folder,
`{"rows": "facts.csv"}` its rows, `{"json": "terms.json"}` what it holds. `do` may be any command of the API,
or one of `OWN`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from walras.book.fields import field_mistakes, is_whole
from walras.errors import BadInput, Mistake, NewerFormat

FORMAT, VERSION, SCRIPT = "walras-rehearsal", 1, "script.json"
RULES = ("script_field_known", "script_field_present", "script_field_type")
FIELDS = {
    "format": "text!", "version": "whole!", "name": "text!", "market": "text!", "delivery_day": "text!",
    "steps": "tables!",
}  # fmt: skip
STEP = {
    "at": "text!", "part": "text!", "by": "text", "do": "text!", "with": "table", "as": "text", "orders": "text",
    "code": "text", "says": "text",
}  # fmt: skip
FIRST, END = datetime(1970, 1, 2, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Steps are at or after the first of them and before the second."""
MOST_FILES_DEEP = 8
"""So many files may name one another."""
NEEDED = {
    "send-orders": {"session": "text!"},
    "meter": {"market": "text!", "delivery_day": "text!", "line": "text!", "beside_plan": "tables!"},
    "pay-all": {"market": "text!"},
}
"""What steps of our own ask for, as `book.fields` reads it."""
OWN = {
    "wait": "let the clock do what is due, such as closing a gate",
    "send-orders": "send the order tables of a market folder (`orders`) that name the company as their member",
    "meter": "send a meter: the plan, and `beside_plan` so many kWh an MTU",
    "pay-all": "everybody pays and is paid what balances say, the bank exchanges what currencies need",
}
"""What a script may ask beside the commands of the API."""


@dataclass(frozen=True)
class Step:
    """One thing that somebody does.

    Attributes:
        number: From 1.
        at: When.
        part: Heading under which it is told.
        by: Who: a name given before, `OP`, or nobody (the public).
        do: Name of a command.
        body: What is asked, before names are put in.
        gives: Name under which the answer's code is known from here on.
        code: Field of the answer that holds it; empty = the one that names itself a code.
        orders: Folder of the order tables that are sent.
        says: One line for people.
    """

    number: int
    at: datetime
    part: str
    by: str
    do: str
    body: Mapping[str, Any]
    gives: str
    code: str
    orders: str
    says: str

    @property
    def where(self) -> str:
        """Where mistakes are said to be."""
        return f"step {self.number} {self.do}"


@dataclass(frozen=True)
class Script:
    """A rehearsal.

    Attributes:
        folder: Where its files are.
        name: For people.
        market, delivery_day: What is played.
        steps: In the order of their times.
    """

    folder: Path
    name: str
    market: str
    delivery_day: date
    steps: tuple[Step, ...]


def read_script(folder: Path) -> Script:
    """Return the script of a folder.

    Raises:
        BadInput: Every mistake of its form; what a step asks is for the door to say.
    """
    try:
        data = json.loads((folder / SCRIPT).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        fix = f"Name a folder with a {SCRIPT}."
        raise BadInput([Mistake(f"it cannot be read: {error}", SCRIPT, "script_file", fix)]) from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        fix = f'Write "format": "{FORMAT}".'
        raise BadInput([Mistake("it is no script of a rehearsal", SCRIPT, "script_format", fix)])
    if is_whole(data.get("version")) and data["version"] > VERSION:
        fix = "Read it with a newer release."
        raise NewerFormat([Mistake(f"it is of version {data['version']}", SCRIPT, "script_version", fix)])
    mistakes = list(_mistakes(data))
    if mistakes:
        raise BadInput(mistakes)
    steps = tuple(_step(n, row) for n, row in enumerate(data["steps"], 1))
    late = [s for s, before in zip(steps[1:], steps, strict=False) if s.at < before.at]
    if late:
        fix = "Write steps in the order of their times."
        raise BadInput(Mistake("it is before the step in front of it", s.where, "script_order", fix) for s in late)
    return Script(folder, data["name"], data["market"], date.fromisoformat(data["delivery_day"]), steps)


def _mistakes(data: Mapping[str, Any]) -> Iterator[Mistake]:
    yield from field_mistakes(data, FIELDS, "", RULES)
    try:
        date.fromisoformat(str(data.get("delivery_day")))
    except ValueError:
        yield Mistake("it is no day", "delivery_day", "script_time", "Write it like 2027-01-31.")
    steps = data.get("steps")
    if steps == []:
        yield Mistake("there is no step", "steps", RULES[1], "Write one or more.")
    for n, row in enumerate(steps if isinstance(steps, list) else [], 1):
        if not isinstance(row, dict):
            continue
        yield from field_mistakes(row, STEP, f"step {n}", RULES)
        try:
            is_time = FIRST <= datetime.fromisoformat(str(row.get("at"))) < END
        except (ValueError, TypeError, OverflowError):  # no time, none with a zone, none of these years
            is_time = False
        if not is_time:
            fix = f"Write it with its zone, from 1970 to {END.year - 1}: 2027-01-30T12:00+03:00."
            yield Mistake(f"{str(row.get('at'))[:40]!r} is no time", f"step {n}.at", "script_time", fix)


def _step(number: int, row: Mapping[str, Any]) -> Step:
    return Step(
        number, datetime.fromisoformat(row["at"]), row["part"], row.get("by", ""), row["do"], row.get("with", {}),
        row.get("as", ""), row.get("code", ""), row.get("orders", ""), row.get("says", ""),
    )  # fmt: skip


def filled(value: Any, folder: Path, codes: Mapping[str, str], deep: int = 0) -> Any:
    """Return what a step asks, with files read and names put in.

    Args:
        value: As it is written.
        folder: Of the script.
        codes: What names stand for.
        deep: Through how many files it was reached.

    Raises:
        BadInput: A file is not one of the folder, cannot be read, or names files that name files without end (rule
            `script_file`).

    >>> filled({"company": "{fleet}", "most": 3}, Path("."), {"fleet": "M-0001"})
    {'company': 'M-0001', 'most': 3}
    """
    if isinstance(value, str):
        return _named(value, codes)
    if isinstance(value, list):
        return [filled(item, folder, codes, deep) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"file"}:
        return _named(_read(folder, value["file"]), codes)
    if set(value) == {"json"} or set(value) == {"rows"}:
        kind, name = next(iter(value.items()))
        if deep >= MOST_FILES_DEEP:
            fix = f"Let at most {MOST_FILES_DEEP} files name one another."
            raise BadInput([Mistake(f"{str(name)[:60]!r} is named too deep", SCRIPT, "script_file", fix)])
        return filled(_parsed(folder, kind, name), folder, codes, deep + 1)
    return {_named(name, codes): filled(item, folder, codes, deep) for name, item in value.items()}


def own_mistakes(step: Step, asked: Mapping[str, Any]) -> list[Mistake]:
    """Return what a step of our own lacks, or has of another type."""
    rules = ("command_fields", "command_fields", "command_fields")
    return field_mistakes(asked, NEEDED[step.do], "with", rules) if step.do in NEEDED else []


def _parsed(folder: Path, kind: str, name: Any) -> Any:
    """Return the content of a JSON file, or the rows of a CSV file."""
    text = _read(folder, name)
    try:
        return json.loads(text) if kind == "json" else list(csv.DictReader(text.splitlines(), strict=True))
    except (ValueError, csv.Error, RecursionError) as error:
        fix = f"Write it as {kind}." if kind == "json" else "Write it as CSV with a first row of names."
        raise BadInput([Mistake(f"{name[:60]!r} cannot be read: {error}", SCRIPT, "script_file", fix)]) from None


def _named(text: str, codes: Mapping[str, str]) -> str:
    for name, code in codes.items():
        text = text.replace(f"{{{name}}}", code)
    return text


def inside(folder: Path, name: Any) -> Path:
    """Return a path of the folder; a script reads nothing outside of it, also by links.

    Raises:
        BadInput: It is no text, or leads outside (rule `script_file`).
    """
    try:
        path: Path = (folder / name).resolve()
    except (TypeError, ValueError, OSError, RuntimeError):  # no text, a zero byte, too long, links in a circle
        fix = "Name a file of the script's own folder."
        raise BadInput([Mistake(f"{str(name)[:60]!r} is no file", SCRIPT, "script_file", fix)]) from None
    if not path.is_relative_to(folder.resolve()):
        fix = "Name a file of the script's own folder."
        raise BadInput([Mistake(f"{str(name)[:60]!r} lies outside", SCRIPT, "script_file", fix)])
    return path


def _read(folder: Path, name: Any) -> str:
    try:
        return inside(folder, name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fix = "Write the file, as text in UTF-8."
        raise BadInput([Mistake(f"{name[:60]!r} cannot be read: {error}", SCRIPT, "script_file", fix)]) from None
