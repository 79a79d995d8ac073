"""Fields of a document somebody wrote by hand: known, present, and of their type.

Written for files of units and of contracts; a document's own rules come after. Tables of fields
map a name to a type, with `!` where the field may not be left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from math import isfinite
from typing import Any

from walras.errors import Mistake

Test = Callable[[Any], bool]


def _is_number(value: Any) -> bool:  # noqa: ANN401 - a file may say anything
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)


def is_whole(value: Any) -> bool:  # noqa: ANN401
    """Return whether something is a whole number, not true or false."""
    return isinstance(value, int) and not isinstance(value, bool)


TYPES: dict[str, tuple[str, Test]] = {
    "text": ("a text", lambda v: isinstance(v, str)),
    "texts": ("a list of texts", lambda v: isinstance(v, list) and all(isinstance(i, str) for i in v)),
    "number": ("a number", _is_number),
    "whole": ("a whole number", is_whole),
    "amount": ("a number, or a text such as 12.5", lambda v: _is_number(v) or isinstance(v, str)),
    "amounts": ("a number, a text, or a table of them by year", lambda v: _is_number(v) or isinstance(v, str | dict)),
    "flag": ("true or false", lambda v: isinstance(v, bool)),
    "time": ("a time such as 2026-06-10T08:00:00Z", lambda v: isinstance(v, datetime)),
    "day": ("a day such as 2027-01-01", lambda v: isinstance(v, date) and not isinstance(v, datetime)),
    "table": ("a table", lambda v: isinstance(v, dict)),
    "tables": ("a list of tables", lambda v: isinstance(v, list) and all(isinstance(i, dict) for i in v)),
}


def field_mistakes(
    data: Mapping[str, Any], known: Mapping[str, str], where: str, rules: tuple[str, str, str]
) -> list[Mistake]:
    """Return fields that are unknown, missing or of another type.

    Args:
        data: What was written.
        known: Type of each field, `!` after it where it is needed.
        where: The table, empty for the document itself.
        rules: Names of the rules that it is known, present, and of its type.

    Example:
        >>> for mistake in field_mistakes({"nmae": 1}, {"name": "text!"}, "", ("known", "present", "type")):
        ...     print(mistake.where, mistake.rule, mistake.fix)
        nmae known Use name.
        name present Give a text.
    """
    is_known, is_present, has_type = rules
    dot = f"{where}." if where else ""
    mistakes = [
        Mistake(f"{name!r} is not known", f"{dot}{name}", is_known, f"Use {', '.join(known)}.")
        for name in sorted(set(data) - set(known))
    ]
    for name, said in known.items():
        words, test = TYPES[said.rstrip("!")]
        if name not in data:
            if said.endswith("!"):
                mistakes.append(Mistake("it is missing", f"{dot}{name}", is_present, f"Give {words}."))
        elif not test(data[name]):
            what = f"{data[name]!r} is not {words}"
            mistakes.append(Mistake(what, f"{dot}{name}", has_type, f"Write {words}."))
    return mistakes
