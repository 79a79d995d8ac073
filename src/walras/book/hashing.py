"""The hash of a market: over what the book says, never over file bytes.

The canonical content is every field of the book in its order, with its name, its type
and its shape as separators, integers as int64 and numbers as float64, both little-endian.
Rows are in canonical order in the book, so neither the format of a file nor the order of
its rows nor the writer's version changes the hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date

import numpy as np

from walras.book.book import Book


def market_hash(book: Book) -> str:
    """Return the SHA-256 of a book's canonical content, 64 hex digits.

    A number that is "none" (NaN) has one bit pattern here, and -0.0 is 0.0.
    """
    digest = hashlib.sha256(b"walras-market 1\n")
    for name, kind, content in canonical_content(book):
        digest.update(f"{name} {kind} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()


def same_market(one: Book, other: Book) -> bool:
    """Return whether two books say exactly the same."""
    return all(a == b for a, b in zip(canonical_content(one), canonical_content(other), strict=True))


def canonical_content(book: Book) -> Iterator[tuple[str, str, bytes]]:
    """Yield every field of a book as name, type with shape, and bytes."""
    yield from _content("book", book)


def _content(name: str, value: object) -> Iterator[tuple[str, str, bytes]]:
    if is_dataclass(value) and not isinstance(value, type):
        for f in fields(value):
            yield from _content(f"{name}.{f.name}", getattr(value, f.name))
    elif isinstance(value, np.ndarray):
        yield name, *_array(value)
    elif isinstance(value, tuple):
        yield name, f"tuple {len(value)}", b""
        for i, part in enumerate(value):
            yield from _content(f"{name}[{i}]", part)
    else:
        yield name, *_scalar(value)


def _array(values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> tuple[str, bytes]:
    if np.issubdtype(values.dtype, np.floating):
        numbers = values.astype("<f8") + 0.0
        numbers[np.isnan(numbers)] = np.nan
        return f"f8 {values.shape}", numbers.tobytes()
    assert np.issubdtype(values.dtype, np.integer)
    return f"i8 {values.shape}", values.astype("<i8").tobytes()


def _scalar(value: object) -> tuple[str, bytes]:
    match value:
        case None:
            return "none", b""
        case str():
            return "text", value.encode()
        case int():
            return "i8", str(value).encode()
        case float():
            return "f8", np.array(value + 0.0, dtype="<f8").tobytes()
        case date():
            return "date", value.isoformat().encode()
        case _:
            raise AssertionError(f"a book holds no {type(value).__name__}")
