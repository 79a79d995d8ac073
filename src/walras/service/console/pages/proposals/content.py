"""The content of a command in full, for whoever has to answer for it: facts, lists and tables instead of JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from nicegui import ui
from pydantic import BaseModel

from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.forms import words_of
from walras.service.console.inputs import Spec, resolved
from walras.service.console.listing import Column, facts, listing

MOST_TEXT = 4000
"""Characters of one text; a longer one, such as a list of restricted parties, is cut and says so."""
MOST_OPEN = 12
"""Parts of so few fields or records are open at first."""


class Schema(NamedTuple):
    """What a JSON schema says of a value.

    Attributes:
        spec: Of the value itself.
        defs: Schemas that it refers to.
    """

    spec: Spec
    defs: Mapping[str, Spec]

    @classmethod
    def of(cls, model: type[BaseModel]) -> Schema:
        """Return the schema of a model."""
        schema = model.model_json_schema()
        return cls(schema, schema.get("$defs", {}))

    def field(self, name: str) -> Schema:
        """Return the schema of a field; of one that nobody knows it says nothing."""
        return Schema(resolved(self.spec.get("properties", {}).get(name, {}), self.defs), self.defs)

    def item(self) -> Schema:
        """Return the schema of what a list holds."""
        return Schema(resolved(self.spec.get("items", {}), self.defs), self.defs)


UNKNOWN = Schema({}, {})


def content(desk: Desk, body: Mapping[str, Any], schema: Schema, *, is_inside: bool = False) -> None:
    """Show a document: plain values as facts, records as tables, documents inside it behind folds.

    Args:
        desk: Where it is shown.
        body: The document.
        schema: Says what is a time, a day or a word of a list.
        is_inside: Whether it stands in another document.
    """
    t = desk.t
    plain = {n: v for n, v in body.items() if not _is_deep(v)}
    if plain:
        facts(desk, [(t(words_of(name)), written(desk, value, schema.field(name))) for name, value in plain.items()])
    for name, value in body.items():
        if not _is_deep(value):
            continue
        title = t(words_of(name))
        with ui.expansion(title, value=not is_inside and len(value) <= MOST_OPEN).classes("inside"):
            if isinstance(value, Mapping):
                content(desk, value, schema.field(name), is_inside=True)
            else:
                records(desk, title, value, schema.field(name).item())


def records(desk: Desk, title: str, rows: Sequence[Mapping[str, Any]], schema: Schema) -> None:
    """Show records as a table with a column a field."""
    named = dict.fromkeys(name for row in rows for name in row)
    names = [n for n in named if any(row.get(n) not in (None, [], "") for row in rows)]
    columns = [
        Column(name, desk.t(words_of(name)), "number" if _is_numbers(values) else "text", decimals=_decimals(values))
        for name in names
        if (values := [row.get(name) for row in rows])
    ]
    table = [
        {"key": n} | {c.name: _cell(desk, c, row.get(c.name), schema.field(c.name)) for c in columns}
        for n, row in enumerate(rows)
    ]
    listing(desk, columns, table, title=title, key="key", page=15)


def written(desk: Desk, value: Any, schema: Schema = UNKNOWN) -> str:
    """Return a plain value, or a list of plain values, as text."""
    t = desk.t
    if value is None or value == {}:
        return "-"
    if isinstance(value, bool):
        return t("yes") if value else t("no")
    if isinstance(value, int | float):
        return shown.number(value, _digits(value), desk.language)
    if isinstance(value, Sequence) and not isinstance(value, str):
        is_table = any(isinstance(v, list | tuple) for v in value)
        return ("; " if is_table else ", ").join(written(desk, v, schema.item()) for v in value) or "-"
    text = _said(desk, str(value), schema.spec)
    cut = t("… cut: {count} characters in all").format(count=len(text))
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]} {cut}"


def _said(desk: Desk, text: str, spec: Spec) -> str:
    if spec.get("format") == "date-time":
        return shown.time(text, desk.zone, desk.language)
    if spec.get("format") == "date":
        return shown.day(text, desk.language)
    return desk.t(text.replace("_", " ")) if text in spec.get("enum", ()) else text


def _is_deep(value: Any) -> bool:
    """Return whether a value is a document, or a list of documents."""
    if isinstance(value, Mapping):
        return bool(value)
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(v, Mapping) for v in value)


def _is_numbers(values: Sequence[Any]) -> bool:
    found = [v for v in values if v is not None]
    return bool(found) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in found)


def _decimals(values: Sequence[Any]) -> int:
    """Return as many decimals as these numbers need: who approves them sees every digit."""
    return max((_digits(v) for v in values if isinstance(v, int | float)), default=0)


def _digits(value: float) -> int:
    """Return how many decimals a number has.

    >>> [_digits(v) for v in (500.0, 0.0121, 500.0004, 1e-7, 12)]
    [0, 4, 4, 7, 0]
    """
    exponent = Decimal(repr(value)).normalize().as_tuple().exponent
    return max(0, -int(exponent))


def _cell(desk: Desk, column: Column, value: Any, schema: Schema) -> Any:
    if column.kind == "number" or value is None:
        return value
    if isinstance(value, Mapping):
        return "; ".join(f"{desk.t(words_of(n))}: {written(desk, v)}" for n, v in value.items())
    if isinstance(value, list | tuple) and any(isinstance(v, Mapping) for v in value):
        return str(len(value))
    return written(desk, value, schema)
