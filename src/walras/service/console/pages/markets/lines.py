"""Where in a JSON text the value is that a mistake is about, so that it is found among a thousand lines.

Places are written by the door in two ways: as the path of a value (`definition.zones.0.country`),
or in words (`lines row 3, line 'N-S'`), rows counted from 1; both lead to a line here.
"""

from __future__ import annotations

import json
import re

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
ROW = re.compile(r"(\w+) row (\d+)")


def places_of(text: str) -> dict[str, int]:
    r"""Return the line, from 1, on which each value of a JSON text begins, by its path.

    A text that is cut off gives the places up to there.

    >>> places_of('{"zones": [\n {"zone": "A"},\n {"zone": "B"}\n]}')["zones.1.zone"]
    3
    """
    found: dict[str, int] = {}
    stack: list[tuple[str, int]] = []  # the prefix of a document, -1 as its number; of a list the number of its item
    key: str | None = None
    line, at = 1, 0
    for token in TOKEN.finditer(text):
        line += text.count("\n", at, token.start())
        at, word = token.start(), token.group()
        if word in "}]":
            stack = stack[:-1]
        elif word == ",":
            if stack and stack[-1][1] >= 0:
                stack[-1] = (stack[-1][0], stack[-1][1] + 1)
        elif word == ":":
            continue
        elif key is None and stack and stack[-1][1] < 0 and word.startswith('"') and _is_key(text, token.end()):
            key = _read(word)
        else:
            path = _path(stack, key)
            key = None
            if path:
                found[path] = line
            if word in "{[":
                stack.append((path, -1 if word == "{" else 0))
    return found


def line_of(places: dict[str, int], where: str) -> int | None:
    """Return the line that a mistake is about, None if that cannot be told.

    >>> places = {"zones.0.country": 4, "lines.2": 9, "run.fallback_deadlines": 20}
    >>> [line_of(places, w) for w in ("definition.zones.0.country", "lines row 3, line 'N-S'", "fallback_deadlines")]
    [4, 9, 20]
    >>> line_of(places, "valid_from") is None
    True
    """
    parts = where.removeprefix("definition.").replace("[", ".").replace("]", "").split(".")
    for length in range(len(parts), 0, -1):
        line = places.get(".".join(parts[:length]))
        if line is not None:
            return line
    row = ROW.match(where)
    if row is not None:
        return places.get(f"{row.group(1)}.{int(row.group(2)) - 1}")
    return next((line for path, line in places.items() if path.rpartition(".")[2] == where), None)


def _path(stack: list[tuple[str, int]], key: str | None) -> str:
    if not stack:
        return ""
    prefix, number = stack[-1]
    name = str(number) if number >= 0 else key or ""
    return f"{prefix}.{name}" if prefix else name


def _is_key(text: str, end: int) -> bool:
    return text[end:].lstrip()[:1] == ":"


def _read(word: str) -> str:
    try:
        return str(json.loads(word))
    except ValueError:
        return word.strip('"')
