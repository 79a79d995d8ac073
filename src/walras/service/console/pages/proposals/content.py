"""The content of a command in full, for whoever has to answer for it: facts, lists and tables instead of JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from walras.service.console.desk import Desk
from walras.service.console.forms import words_of
from walras.service.console.listing import Column, facts, listing
from walras.service.console.shown import number

MOST_TEXT = 4000
"""Characters of one text; a longer one, such as a list of restricted parties, is cut and says so."""
MOST_DECIMALS = 4
MOST_OPEN = 12
"""Parts of so few fields or records are open at first."""


def content(desk: Desk, body: Mapping[str, Any], level: int = 0) -> None:
    """Show a document: plain values as facts, records as tables, documents inside it behind folds."""
    t = desk.t
    plain = {n: v for n, v in body.items() if not _is_deep(v)}
    if plain:
        facts(desk, [(t(words_of(name)), written(desk, value)) for name, value in plain.items()])
    for name, value in body.items():
        if not _is_deep(value):
            continue
        title = t(words_of(name))
        with ui.expansion(title, value=level == 0 and len(value) <= MOST_OPEN).classes("inside"):
            if isinstance(value, Mapping):
                content(desk, value, level + 1)
            else:
                records(desk, title, value)


def records(desk: Desk, title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Show records as a table with a column a field."""
    named = dict.fromkeys(name for row in rows for name in row)
    names = [n for n in named if any(row.get(n) not in (None, [], "") for row in rows)]
    columns = [
        Column(name, desk.t(words_of(name)), "number" if _is_numbers(values) else "text", decimals=_decimals(values))
        for name in names
        if (values := [row.get(name) for row in rows])
    ]
    table = [
        {"key": n} | {name: _cell(desk, column, row.get(name)) for name, column in zip(names, columns, strict=True)}
        for n, row in enumerate(rows)
    ]
    listing(desk, columns, table, title=title, key="key", page=15)


def written(desk: Desk, value: Any) -> str:
    """Return a plain value, or a list of plain values, as text."""
    t = desk.t
    if value is None or value == {}:
        return "-"
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if isinstance(value, int | float):
        return number(value, 0 if float(value).is_integer() else 3, desk.language)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(written(desk, v) for v in value) or "-"
    text = str(value)
    cut = t("… cut: {count} characters in all").format(count=len(text))
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]} {cut}"


def _is_deep(value: Any) -> bool:
    """Return whether a value is a document, or a list of documents."""
    if isinstance(value, Mapping):
        return bool(value)
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _is_numbers(values: Sequence[Any]) -> bool:
    found = [v for v in values if v is not None]
    return bool(found) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in found)


def _decimals(values: Sequence[Any]) -> int:
    """Return as many decimals as these numbers need, `MOST_DECIMALS` at the most."""
    found = [v for v in values if isinstance(v, int | float)]
    return next((d for d in range(MOST_DECIMALS) if all(round(v, d) == v for v in found)), MOST_DECIMALS)


def _cell(desk: Desk, column: Column, value: Any) -> Any:
    if column.kind == "number" or value is None:
        return value
    if isinstance(value, Mapping):
        return "; ".join(f"{desk.t(words_of(n))}: {written(desk, v)}" for n, v in value.items())
    if isinstance(value, list | tuple) and any(isinstance(v, Mapping) for v in value):
        return str(len(value))
    return written(desk, value)
