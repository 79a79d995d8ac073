"""An agreement as one TOML document: every mistake at once, with its rule (docs/contracts.md lists the fields).

The fields come first; only a document whose fields are right is put together (`agreement_build`), and
only then its terms are held against each other (`agreement_rules`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from walras.book.fields import field_mistakes, is_whole
from walras.contracts.agreement import Agreement
from walras.contracts.agreement_build import build
from walras.errors import BadInput, Mistake, NewerFormat

FORMAT, VERSION, MOST_BYTES = "walras-agreement", 1, 400_000
MOST_POINTS = 1_000
"""In one line: a reader of TOML takes minutes for a key of fifty thousand parts."""
RULES = ("agreement_field_known", "agreement_field_present", "agreement_field_type")
FIELDS: dict[str, dict[str, str]] = {
    "": {
        "format": "text!", "version": "whole!", "name": "text!", "time_zone": "text!", "day_starts": "text",
        "year_starts": "text", "declarations": "text", "formulas": "table", "contract": "tables!",
    },
    "contract": {
        "contract": "text!", "subject": "text!", "commodity": "text!", "seller": "text!", "buyer": "text!",
        "begin": "day!", "end": "day!", "unit": "text!", "currency": "text!", "quantity": "table!", "prices": "tables!",
        "parameters": "table", "overrun": "text", "destinations": "texts", "relief_hours": "whole", "payment": "table",
        "take_or_pay": "table", "make_up": "table", "carry_forward": "table", "flexibility": "table", "hops": "tables",
        "deferral": "table", "set_off": "table", "fuel": "table", "auction": "table",
    },
    "quantity": {
        "annual": "amounts", "annual_maximum": "text", "daily": "amount!", "daily_minimum": "amount",
        "daily_maximum": "amount", "notice_hours": "whole", "firm": "flag", "swing": "tables",
    },
    "quantity.swing": {"level": "text!", "minimum": "amount!", "maximum": "amount!", "notice_hours": "whole!"},
    "prices": {"component": "text!", "measure": "text", "final": "text!", "provisional": "text", "each": "text"},
    "take_or_pay": {"share": "text!", "price_share": "text"},
    "make_up": {"order": "text", "price": "text", "years": "whole"},
    "carry_forward": {"cap": "text!", "years": "whole"},
    "flexibility": {"share": "text!", "postponable": "text", "notice_days": "whole"},
    "hops": {
        "hop": "text!", "operator": "text!", "tariff": "text", "loss": "text", "distance": "text", "line": "text",
        "backward": "flag", "permits": "tables",
    },
    "hops.permits": {"permit": "text!", "begin": "day!", "end": "day!", "most": "amount"},
    "deferral": {"instalments": "whole!", "first": "text!", "delivered_from": "text!", "delivered_to": "text!"},
    "set_off": {"asset": "text!", "parts": "tables!"},
    "set_off.parts": {"due": "day!", "amount": "amount!"},
    "fuel": {"product_assay": "text!", "feed_assay": "text!", "tails_assay": "text!", "conversion_loss": "text"},
    "auction": {
        "carrier": "text!", "delivery": "text!", "source": "text", "energy": "text!", "flexible_steps": "whole",
    },
}  # fmt: skip
"""Fields of each table with their type; `!` marks those that may not be left out."""


def read_agreement(path: Path) -> Agreement:
    """Return the agreement of a TOML file.

    Raises:
        BadInput: With every mistake, each with what, where, rule and fix.
        NewerFormat: The file was written for a later version.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fix = "Name a file of TOML in UTF-8."
        raise BadInput([Mistake(f"the file cannot be read: {error}", path.name, "agreement_file", fix)]) from None
    return agreement_of(text, path.name)


def agreement_of(text: str, name: str = "agreement") -> Agreement:
    """Return the agreement that a TOML text describes; raises as `read_agreement`.

    Args:
        text: The document.
        name: What places of mistakes begin with.
    """
    try:
        if len(text.encode()) > MOST_BYTES:
            fix = f"Write at most {MOST_BYTES:,} bytes."
            raise BadInput([Mistake("the document is too long", name, "agreement_size", fix)])
        if max(line.count(".") for line in text.split("\n")) > MOST_POINTS:
            fix = f"Write at most {MOST_POINTS:,} points in a line."
            raise BadInput([Mistake("a line has too many points", name, "agreement_size", fix)])
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # TOMLDecodeError, UnicodeEncodeError, an int of too many digits
        fix = "Write valid TOML."
        raise BadInput([Mistake(f"the text cannot be read: {error}", name, "agreement_file", fix)]) from None
    try:
        _check_form(data)
        return build(data, text)
    except BadInput as error:
        raise type(error)(replace(m, where=f"{name} {m.where}") for m in error.mistakes) from None


def _check_form(data: Mapping[str, Any]) -> None:
    """Refuse another format, and fields that are unknown, missing or of another type."""
    if data.get("format") != FORMAT:
        fix = f'Write format = "{FORMAT}", or name another file.'
        raise BadInput([Mistake(f"format is {data.get('format')!r}", "format", "agreement_format", fix)])
    if is_whole(data.get("version")) and data["version"] > VERSION:
        what = f"it is of version {data['version']}, this release reads up to version {VERSION}"
        raise NewerFormat([Mistake(what, "version", "agreement_version", "Read it with a newer release.")])
    mistakes = list(_mistakes(data))
    if mistakes:
        raise BadInput(mistakes)


def _mistakes(data: Mapping[str, Any]) -> Iterator[Mistake]:
    yield from field_mistakes(data, FIELDS[""], "", RULES)
    for n, contract in enumerate(_rows(data.get("contract")), 1):
        where = f"contract {contract.get('contract', n)}"
        yield from field_mistakes(contract, FIELDS["contract"], where, RULES)
        for name, table in contract.items():
            if name in FIELDS and name != "contract":
                yield from _of_table(table, name, f"{where} {name}")


def _of_table(table: object, name: str, where: str) -> Iterator[Mistake]:
    """Yield what is wrong with one table, or with each of a list of tables, and with those inside."""
    rows = _rows(table)
    for n, row in enumerate(rows, 1):
        place = where if isinstance(table, dict) else f"{where} {n}"
        yield from field_mistakes(row, FIELDS[name], place, RULES)
        for inner, value in row.items():
            if f"{name}.{inner}" in FIELDS:
                yield from _of_table(value, f"{name}.{inner}", f"{place} {inner}")


def _rows(table: object) -> list[Mapping[str, Any]]:
    """Return a table as a list of one, a list of tables as it is, anything else as an empty list."""
    found = table if isinstance(table, list) else [table]
    return [row for row in found if isinstance(row, dict)]
