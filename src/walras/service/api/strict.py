"""Strict JSON: what arrives is one text with one meaning, or it is refused by a rule.

Refused: bytes that are not UTF-8, keys that stand twice, NaN and infinities (also as 1e999),
integers beyond 64 bits, nesting deeper than `DEPTH`, lone surrogates and NUL in strings.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from walras.service.api.problems import Refused, from_validation, refused

M = TypeVar("M", bound=BaseModel)
DEPTH = 32
LARGEST = 2**63


def read(model: type[M], body: bytes) -> M:
    """Return a model from a JSON body.

    Raises:
        Refused: It is not strict JSON.
        BadInput: It is, and breaks rules of the model, each in the list.
    """
    check(body)
    try:
        return model.model_validate_json(body, strict=True)
    except ValidationError as error:
        raise from_validation(error) from error


def check(body: bytes) -> Any:
    """Return the content of a strict JSON body; refuse any other."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is not UTF-8"
        raise refused(what, "body", "json_text", "Send JSON as UTF-8.") from error
    try:
        content = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_float=_float, parse_int=_int
        )
    except RecursionError as error:
        raise _deep() from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise refused(f"this is not JSON: {error.msg}", where, "json", "Send one JSON object.") from error
    _walk(content, "\\u" in text, 1)
    return content


def check_text(text: str, where: str, rule: str) -> None:
    """Refuse text that no store can hold: NUL and lone surrogates."""
    if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise refused("the text holds NUL or half a character", where, rule, "Send whole characters of Unicode.")


def parameters(model: type[M], pairs: list[tuple[str, str]], path: Mapping[str, str]) -> M:
    """Return a query from the parameters of an address; raises as `read` does."""
    given: dict[str, str] = dict(path)
    for name, value in pairs:
        if name in given:
            raise refused("this parameter stands twice", name, "parameter_once", "Send it once.")
        given[name] = value
    for name, value in given.items():
        check_text(name + value, name.replace("\0", "") or "query", "parameter_text")
        if model.model_fields.get(name) is not None and not value.strip() == value:
            raise refused("there are spaces around the value", name, "parameter_text", "Send it without them.")
    try:
        return model.model_validate_strings(given, strict=True)
    except ValidationError as error:
        raise from_validation(error) from error


def _walk(content: Any, has_escapes: bool, depth: int) -> None:
    if depth > DEPTH:
        raise _deep()
    if isinstance(content, dict):
        for name, value in content.items():
            if has_escapes:
                check_text(name, "body", "json_text")
            _walk(value, has_escapes, depth + 1)
    elif isinstance(content, list):
        for value in content:
            if isinstance(value, str | dict | list):
                _walk(value, has_escapes, depth + 1)
    elif has_escapes and isinstance(content, str):
        check_text(content, "body", "json_text")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        shown = twice[:40].encode("ascii", "backslashreplace").decode()
        raise refused(f"the key {shown!r} stands twice in one object", "body", "json_keys", "Send each key once.")
    return content


def _constant(name: str) -> Any:
    raise refused(f"{name} is no number of JSON", "body", "json_number", "Send finite numbers.")


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise refused("a number is too large", "body", "json_number", "Send finite numbers.")
    return value


def _int(text: str) -> int:
    if len(text) > 20 or not -LARGEST <= (value := int(text)) < LARGEST:
        raise refused("an integer has more than 64 bits", "body", "json_number", "Send smaller integers.")
    return value


def _deep() -> Refused:
    return refused(f"nested deeper than {DEPTH}", "body", "json_depth", "Send a flatter body.")
