"""One input for each kind of field that commands have, read off their JSON schema.

Numbers are typed as text, so that what cannot be read reaches the door as it was typed and comes
back with the door's own words. What a number or a list begins with is written in the person's
language, as it would be read if it were typed. Lists are typed a line each; lists of records are
pasted from a spreadsheet with their names in the first line.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from nicegui import ui

from walras.service.console.desk import Desk
from walras.service.console.paste import COMMA, POINT, decimal_sign, number_of, number_text, usual_sign

Spec = Mapping[str, Any]


@dataclass
class Input:
    """An input and how its value is read.

    Attributes:
        element: What stands on the page; its `error` is shown beside it.
        value: Returns what was typed as JSON, None for nothing.
    """

    element: Any
    value: Callable[[], Any]


def input_of(
    desk: Desk, name: str, label: str, spec: Spec, defs: Mapping[str, Spec], preset: Any, *, is_secret: bool = False,
    form: str = "",
) -> Input:  # fmt: skip
    """Return the input of one field.

    Args:
        desk: Where it stands.
        name: Of the field.
        label: Shown.
        spec: Its JSON schema.
        defs: Schemas that it refers to.
        preset: Value that is filled in, None for the default of the schema.
        is_secret: Whether what is typed is shown as dots and kept nowhere.
        form: Name of the form: the browser keeps what is typed under it.
    """
    if is_secret:
        box = ui.input(label, password=True).props('outlined dense autocomplete="off"').mark(name)
        return Input(box, lambda: box.value or None)
    wanted = resolved(spec, defs)
    found = _typed_of(desk, name, label, wanted, defs, preset)
    if isinstance(found.element, ui.input | ui.textarea):
        sign = "" if wanted.get("type") == "string" else usual_sign(desk.language)
        keep_draft(found.element, f"{form}/{name}{sign}")  # numbers come back only where they are read as they were
    return found


def keep_draft(box: ui.input | ui.textarea, key: str) -> None:
    """Let the browser keep what is typed into a box; it comes back where the box still holds what it began with."""
    box.props["data-draft"] = key
    if box.value:
        box.props["data-start"] = box.value


def _typed_of(desk: Desk, name: str, label: str, spec: Spec, defs: Mapping[str, Spec], preset: Any) -> Input:
    start = preset if preset is not None else spec.get("default")
    if "enum" in spec:
        return _choice(desk, label, list(spec["enum"]), start)
    kind = spec.get("type")
    if kind == "array":
        return _lines(desk, name, label, resolved(spec.get("items", {}), defs), start, defs)
    if kind == "string":
        return _string(desk, name, label, spec, start)
    return _scalar(desk, name, label, kind, start)


def _scalar(desk: Desk, name: str, label: str, kind: str | None, start: Any) -> Input:
    if kind == "boolean":
        check = ui.checkbox(label, value=start in (True, "true", "1")).mark(name)
        return Input(_Plain(check), lambda: bool(check.value))
    if kind in ("integer", "number"):
        sign = usual_sign(desk.language)
        return _line(name, label, _written(start, sign), partial(as_number, usual=sign), "inputmode=decimal")
    return _json(name, label, start)


def resolved(spec: Spec, defs: Mapping[str, Spec]) -> Spec:
    """Return a schema with its reference followed and `or nothing` taken off."""
    if "$ref" in spec:
        return resolved(defs[spec["$ref"].rsplit("/", 1)[-1]], defs)
    kinds = [one for one in spec.get("anyOf", ()) if one.get("type") != "null"]
    if len(kinds) == 1:
        return resolved(dict(kinds[0]) | {k: v for k, v in spec.items() if k == "default"}, defs)
    if "const" in spec:
        return dict(spec) | {"enum": [spec["const"]]}
    return spec


def as_number(text: str, usual: str = POINT) -> Any:
    """Return a number that was typed, or the text itself where it is none: the door says what is wrong.

    Args:
        text: As it was typed.
        usual: The decimal sign that the person's language has, for numbers that may be read in two ways.

    >>> as_number("12"), as_number("3,5"), as_number("1.5e3"), as_number("many")
    (12, 3.5, 1500.0, 'many')
    >>> as_number("1,234"), as_number("1.234", COMMA), as_number("1,234", COMMA)
    (1234, 1234, 1.234)
    """
    return _number(text, decimal_sign([text], usual))


def _number(text: str, sign: str) -> Any:
    if not text.strip().isdecimal():
        return number_of(text, sign)
    try:
        return int(text)
    except ValueError:  # more digits than Python reads
        return text


def _written(start: Any, sign: str) -> Any:
    """Return a number that is filled in as it would be typed; the address of a page writes numbers with a point."""
    number = number_of(start, POINT) if isinstance(start, str) and COMMA not in start else start
    return start if isinstance(number, bool | str) or number is None else number_text(number, sign)


def as_moment(text: str, zone: ZoneInfo) -> str:
    """Return a local time that was typed with its zone, as it was typed where clocks show it twice or never.

    A time without its offset is refused by the door, so nobody gets an hour that was not meant.

    >>> as_moment("2027-01-31T12:00", ZoneInfo("Europe/Moscow"))
    '2027-01-31T12:00:00+03:00'
    >>> [as_moment(text, ZoneInfo("Europe/Berlin")) for text in ("2026-10-25T02:30", "2026-03-29T02:30")]
    ['2026-10-25T02:30', '2026-03-29T02:30']
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    if at.tzinfo is not None:
        return at.isoformat()
    first, second = (at.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    return first.isoformat() if first.utcoffset() == second.utcoffset() else text


def records_of(text: str, items: Spec, defs: Mapping[str, Spec], usual: str = POINT) -> Any:
    r"""Return records that were pasted, names in the first line, cells apart by tabs, semicolons or commas.

    All numbers of a paste have the same decimal sign: `usual`, where none of them tells.

    >>> records_of("mtu\tmw\n1\t20", {"properties": {"mtu": {"type": "string"}, "mw": {"type": "number"}}}, {})
    [{'mtu': '1', 'mw': 20}]
    """
    lines = text.strip("\n").splitlines()
    mark = next((m for m in ("\t", ";", ",") if m in lines[0]), "\t")
    head, *rows = csv.reader(lines, delimiter=mark)
    names = [h.strip() for h in head]
    kinds = {name: resolved(spec, defs).get("type") for name, spec in items.get("properties", {}).items()}

    full = [row for row in rows if any(cell.strip() for cell in row)]
    names += [f"column {i + 1}" for i in range(len(names), max(map(len, full), default=0))]  # the door knows none such
    numbers = [cell for row in full for n, cell in zip(names, row, strict=False) if kinds.get(n) != "string"]
    sign = decimal_sign(numbers, POINT if mark == COMMA else usual)

    def read(name: str, cell: str) -> Any:
        return cell if kinds.get(name) == "string" else _number(cell, sign)

    return [{n: read(n, cell) for n, cell in zip(names, row, strict=False) if cell.strip()} for row in full]


class _Plain:
    """An element without an error of its own, such as a checkbox: the list of mistakes says it."""

    def __init__(self, element: Any) -> None:
        self.element, self.error = element, None

    def on_value_change(self, handler: Callable[[], None]) -> None:
        """Call a handler whenever the value changes."""
        self.element.on_value_change(handler)


def _choice(desk: Desk, label: str, values: list[Any], start: Any) -> Input:
    shown = {value: desk.t(str(value).replace("_", " ")) for value in values}
    box = ui.select(shown, label=label, value=start if start in shown else None, clearable=True).props("outlined dense")
    return Input(box, lambda: box.value)


def _line(name: str, label: str, start: Any, read: Callable[[str], Any], props: str = "") -> Input:
    box = ui.input(label, value="" if start is None else str(start)).props(f"outlined dense {props}").mark(name)
    return Input(box, lambda: read(box.value) if box.value not in ("", None) else None)


def _string(desk: Desk, name: str, label: str, spec: Spec, start: Any) -> Input:
    form = spec.get("format")
    if form == "date":
        return _line(name, label, start, str, "type=date stack-label")
    if form == "date-time":
        named = f"{label} ({desk.zone.key})"
        return _line(name, named, start, lambda text: as_moment(text, desk.zone), "type=datetime-local stack-label")
    if spec.get("maxLength", 0) > 300 or ("maxLength" not in spec and name in ("text", "csv")):
        box = ui.textarea(label, value=start or "").props("outlined dense autogrow").mark(name)
        return Input(box, lambda: box.value or None)
    return _line(name, label, start, str)


def _lines(desk: Desk, name: str, label: str, items: Spec, start: Any, defs: Mapping[str, Spec]) -> Input:
    kind = items.get("type")
    if kind == "object" or "oneOf" in items or "discriminator" in items:
        return _records(desk, name, label, items, start, defs)
    sign = usual_sign(desk.language)
    hint = desk.t("one a line") if kind != "array" else desk.t("one a line, its parts apart by commas or spaces")
    listed = [start] if isinstance(start, str) else start or ()
    before = "\n".join(
        joined(one) if isinstance(one, list | tuple) else str(_written(one, sign) if kind != "string" else one)
        for one in listed
    )
    box = ui.textarea(label, value=before).props(f'outlined dense autogrow hint="{hint}"').mark(name)

    def read() -> Any:
        lines = [line.strip() for line in (box.value or "").splitlines() if line.strip()]
        if not lines:
            return None
        if kind == "array":
            return [parted(line, items.get("maxItems", 0)) for line in lines]
        if kind not in ("integer", "number"):
            return lines
        said = decimal_sign(lines, sign)
        return [_number(line, said) for line in lines]

    return Input(box, read)


def parted(line: str, count: int = 0) -> list[str]:
    r"""Return the parts of a line: apart by tabs, semicolons or commas where it has any, else by spaces.

    Args:
        line: As it was typed.
        count: Of parts, 0 for any; spaces part the last ones, since names of zones may have some.

    >>> parted("North Ost, electricity"), parted("North Ost electricity", 2), parted("A gas")
    (['North Ost', 'electricity'], ['North Ost', 'electricity'], ['A', 'gas'])
    """
    mark = next((m for m in ("\t", ";", COMMA) if m in line), None)
    return [part.strip() for part in line.split(mark)] if mark else line.rsplit(maxsplit=count - 1)


def joined(parts: Sequence[Any]) -> str:
    """Return parts as a line that is parted into them again.

    >>> joined(["BY", "gas"]), joined(["Nord, Ost", "gas"]), joined(["a b", "natural gas"])
    ('BY gas', 'Nord, Ost; gas', 'a b, natural gas')
    """
    said = [str(part) for part in parts]
    lines = (mark.join(said) for mark in (" ", ", ", "; ", "\t"))
    return next((line for line in lines if parted(line, len(said)) == said), "\t".join(said))


def _records(desk: Desk, name: str, label: str, items: Spec, start: Any, defs: Mapping[str, Spec]) -> Input:
    names = ", ".join(items.get("properties", {})) or "JSON"
    hint = desk.t("paste rows with their names in the first line: {names}").format(names=names)
    before = json.dumps(start, ensure_ascii=False, indent=1) if start else ""
    box = ui.textarea(label, value=before).props(f'outlined dense autogrow hint="{hint}"').classes("mono").mark(name)

    def read() -> Any:
        text = box.value or ""
        if not text.strip():
            return None
        if text.lstrip().startswith(("[", "{")):
            return _parsed(text)
        return records_of(text, items, defs, usual_sign(desk.language))

    return Input(box, read)


def _json(name: str, label: str, start: Any) -> Input:
    before = json.dumps(start, ensure_ascii=False, indent=1) if start is not None else ""
    box = ui.textarea(f"{label} (JSON)", value=before).props("outlined dense autogrow").classes("mono").mark(name)
    return Input(box, lambda: _parsed(box.value) if box.value else None)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
