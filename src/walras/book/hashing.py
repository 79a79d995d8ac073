"""The hash of a market: over what its folder says, never over file bytes.

The canonical content (`book.canonical`) is every table and column of the folder by name,
in the order of docs/market-folder.md: whole numbers as int64, numbers as float64, both
little-endian, texts as UTF-8 after their lengths. Empty tables and optional columns that
nobody set are left out. Rows are in canonical order in the book, so neither the format of
a file nor the order of its rows nor the writer's version changes the hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import numpy as np

from walras.book.book import Book
from walras.book.canonical import Values, canonical_parts


def market_hash(book: Book) -> str:
    """Return the SHA-256 of a market's canonical content, 64 hex digits (docs/market-folder.md, hash).

    An empty field of a number (NaN) has one bit pattern here, and -0.0 is 0.0.
    """
    digest = hashlib.sha256(b"walras-market 1\n")
    for table, column, values in canonical_parts(book):
        kind, content = packed(values)
        digest.update(f"{table} {column} {kind} {len(values)}\n".encode())
        for piece in content:
            digest.update(piece)
    return digest.hexdigest()


def same_market(one: Book, other: Book) -> bool:
    """Return whether two books agree in every field, those that only follow from others too."""
    return list(book_fields(one)) == list(book_fields(other))


def book_fields(book: Book) -> Iterator[tuple[str, object]]:
    """Yield every field of a book by its path, arrays as type, shape and bytes."""
    yield from _fields("book", book)


def _fields(name: str, value: object) -> Iterator[tuple[str, object]]:
    if is_dataclass(value) and not isinstance(value, type):
        for f in fields(value):
            yield from _fields(f"{name}.{f.name}", getattr(value, f.name))
    elif isinstance(value, np.ndarray):
        kind, content = packed(value)
        yield name, (kind, value.shape, b"".join(bytes(c) for c in content))
    elif isinstance(value, tuple) and any(is_dataclass(part) for part in value):
        for i, part in enumerate(value):
            yield from _fields(f"{name}[{i}]", part)
    else:
        yield name, value


def packed(values: Values) -> tuple[str, list[bytes | memoryview]]:
    """Return the kind of a column and its bytes in pieces; every NaN has one pattern, and -0.0 is 0.0."""
    if isinstance(values, list):
        letters = [None if v is None else v.encode() for v in values]
        lengths = np.array([-1 if v is None else len(v) for v in letters], dtype="<i8")
        return "text", [lengths.tobytes(), b"".join(v for v in letters if v is not None)]
    if np.issubdtype(values.dtype, np.floating):
        numbers = values.astype("<f8") + 0.0
        numbers[np.isnan(numbers)] = np.nan
        return "number", [numbers.data.cast("B")] if len(numbers) else []
    assert np.issubdtype(values.dtype, np.integer)
    whole = np.ascontiguousarray(values, dtype="<i8")
    return "whole", [whole.data.cast("B")] if len(whole) else []
