"""The files of a pair folder as data: fields, their types, and rows without a mistake in them.

A field is described by its kind, `text`, `number`, `share` (0 to 1), `amount` (0 or more) or
`whole` (1 or more), and what an empty field means; `None` = it may not be empty.
"""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass, field
from math import isfinite, nan
from pathlib import Path
from typing import Any

from walras.errors import Mistake

Row = dict[str, Any]

HOURS = {f"h{h:02d}": ("amount", 1.0) for h in range(24)}
TABLES: dict[str, dict[str, tuple[str, Any]]] = {
    "sources": dict.fromkeys(("source", "says", "title", "published", "url"), ("text", None)),
    "profiles": {
        "profile": ("text", None), "driver": ("text", None), "level": ("amount", None), "saturday": ("amount", 1.0),
        "sunday": ("amount", 1.0), "winter": ("number", 0.0), "cold": ("number", 0.0),
    } | HOURS,
    "members": {
        "member": ("text", None), "name": ("text", None), "state": ("text", None), "role": ("text", None),
        "pays_in": ("text", None),
    },
    "zones": {
        "zone": ("text", None), "state": ("text", None), "latitude": ("number", None), "longitude": ("number", None),
        "carriers": ("text", None), "source": ("text", None), "note": ("text", ""),
    },
    "lines": {
        "line": ("text", None), "cross_section": ("text", None), "carrier": ("text", None),
        "from_zone": ("text", None), "to_zone": ("text", None), "forward_mw": ("amount", None),
        "backward_mw": ("amount", None), "free_share": ("share", 1.0), "loss": ("share", 0.0),
        "tariff": ("amount", 0.0), "source": ("text", None), "note": ("text", ""),
    },
    "plants": {
        "plant": ("text", None), "order": ("text", ""), "member": ("text", None), "zone": ("text", None),
        "carrier": ("text", None), "kind": ("text", None), "units": ("whole", 1), "gross_mw": ("amount", None),
        "net_mw": ("amount", None), "available": ("share", 1.0), "input_carrier": ("text", ""),
        "efficiency": ("amount", 0.0), "cost": ("number", None), "cost_to": ("number", nan), "sway": ("amount", 0.0),
        "night_share": ("share", 0.0), "fixed_term": ("amount", 0.0), "minimum_mw": ("amount", 0.0),
        "profile": ("text", None), "source": ("text", None), "note": ("text", ""),
    },
    "demand": {
        "order": ("text", None), "member": ("text", None), "zone": ("text", None), "carrier": ("text", None),
        "profile": ("text", None), "price": ("number", nan), "mean_mw": ("amount", None), "source": ("text", None),
        "note": ("text", ""),
    },
    "stores": {
        "store": ("text", None), "member": ("text", None), "zone": ("text", None), "carrier": ("text", None),
        "charge_mw": ("amount", None), "discharge_mw": ("amount", None), "capacity_mwh": ("amount", None),
        "spread": ("amount", 0.0), "charge_efficiency": ("share", 1.0), "discharge_efficiency": ("share", 1.0),
        "hourly_loss": ("share", 0.0), "level_share": ("share", 0.5), "source": ("text", None), "note": ("text", ""),
    },
}  # fmt: skip
"""Columns of each table; the first names a row, but for `demand`, where an order has one row a step."""

SUPPLY_TABLES: dict[str, dict[str, tuple[str, Any]]] = {
    "contracts": {
        "contract": ("text", None), "agreement": ("text", None), "profile": ("text", ""), "days": ("text", ""),
        "quantity": ("amount", 0.0), "allocated_by": ("text", None), "source": ("text", None), "note": ("text", ""),
    },
    "series": {
        "series": ("text", None), "unit": ("text", None), "length": ("text", None), "level": ("amount", None),
        "trend": ("number", 0.0), "sway": ("amount", 0.0), "keeps": ("share", 0.9), "delay_days": ("amount", 1.0),
        "decimals": ("amount", 2.0), "source": ("text", None), "note": ("text", ""),
    },
}  # fmt: skip
"""The same of supply contracts, which a pair need not have."""

WORDS = {
    "text": "a text",
    "number": "a number",
    "share": "a number from 0 to 1",
    "amount": "a number of 0 or more",
    "whole": "a whole number of 1 or more",
}


def columns_of(name: str) -> dict[str, tuple[str, Any]]:
    """Return the columns of a table."""
    return TABLES[name] if name in TABLES else SUPPLY_TABLES[name]


@dataclass
class Folder:
    """A folder being read, and what was found wrong with it so far."""

    path: Path
    mistakes: list[Mistake] = field(default_factory=list)
    incomplete: set[str] = field(default_factory=set)
    """Tables of which rows are missing, so that a name that they lack says nothing."""

    def add(self, what: str, where: str, rule: str, fix: str) -> None:
        """Note one mistake."""
        self.mistakes.append(Mistake(what, where, rule, fix))

    def toml(self, name: str) -> Row:
        """Return a TOML file, empty if it cannot be read (noted)."""
        try:
            return tomllib.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            self.add(f"the file cannot be read: {error}", name, "pair_file", "Write valid TOML in UTF-8.")
            return {}

    def table(self, name: str) -> list[Row]:
        """Return the rows of a table in which no field is wrong; others are noted and left out."""
        before = len(self.mistakes)
        rows = self._rows(name)
        if len(self.mistakes) > before:
            self.incomplete.add(name)
        return rows

    def _rows(self, name: str) -> list[Row]:
        try:
            with (self.path / f"{name}.csv").open(newline="", encoding="utf-8") as file:
                lines = list(csv.reader(file))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            self.add(f"the file cannot be read: {error}", f"{name}.csv", "pair_file", "Write CSV in UTF-8.")
            return []
        header, columns = (lines or [[]])[0], columns_of(name)
        for column in sorted(set(header) - set(columns)):
            fix = f"Use {', '.join(columns)}."
            self.add(f"column {column!r} is not known", f"{name}.csv", "pair_field_known", fix)
        missing = [c for c, (_, empty) in columns.items() if empty is None and c not in header]
        for column in missing:
            self.add(f"column {column!r} is missing", f"{name}.csv", "pair_field_present", f"Add the column {column}.")
        if missing:
            return []
        found = [self._row(name, n, header, line) for n, line in enumerate(lines[1:], 1)]
        return self._distinct(name, [row for row in found if row is not None])

    def _row(self, name: str, number: int, header: list[str], line: list[str]) -> Row | None:
        where, before = f"{name}.csv row {number}", len(self.mistakes)
        if len(line) != len(header):
            what = f"{len(line)} fields under {len(header)} columns"
            self.add(what, where, "pair_file", "Write one field a column; put quotes around a field with commas.")
            return None
        said = dict(zip(header, line, strict=True))
        row: Row = {"where": where}
        for column, (kind, empty) in columns_of(name).items():
            row[column] = self.value(said.get(column, ""), kind, empty, f"{where} {column}")
        return row if len(self.mistakes) == before else None

    def value(self, text: str, kind: str, empty: Any, where: str) -> Any:  # noqa: ANN401 - a field may hold anything
        """Return a field as its kind; what is wrong with it is noted."""
        if not text:
            if empty is None:
                self.add("it is empty", where, "pair_field_present", f"Write {WORDS[kind]}.")
            return empty
        if kind == "text":
            return text
        try:
            number = float(text)
        except ValueError:
            number = nan
        good = isfinite(number) and not (
            (kind in {"share", "amount"} and number < 0)
            or (kind == "share" and number > 1)
            or (kind == "whole" and (number < 1 or number != int(number)))
        )
        if not good:
            self.add(f"{text!r} is not {WORDS[kind]}", where, "pair_field_type", f"Write {WORDS[kind]}.")
            return empty
        return int(number) if kind == "whole" else number

    def _distinct(self, name: str, rows: list[Row]) -> list[Row]:
        key = next(iter(columns_of(name)))
        if name == "demand":
            return rows
        seen: set[str] = set()
        for row in rows:
            if row[key] in seen:
                fix = "Give each row a name of its own."
                self.add(f"{row[key]!r} is the name of an earlier row", row["where"], "pair_unique", fix)
            seen.add(row[key])
        return rows
