"""The readers by their query, and the way in."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection

from walras.service import permissions
from walras.service.canonical import bytes_digest
from walras.service.queries import Query
from walras.service.roles import Actor, Role
from walras.service.secrets import Secrets
from walras.service.store.engine import Store
from walras.settlement.documents.csv_file import safe

Shown = dict[str, Any]


@dataclass(frozen=True)
class File:
    """A file as an answer: its bytes, their media type and their SHA-256."""

    content: bytes
    media_type: str
    digest: str


@dataclass(frozen=True)
class Look:
    """A reading transaction, who asks, the time when it began (microseconds), and what opens sealed orders."""

    connection: Connection
    actor: Actor
    at: int
    secrets: Secrets

    @property
    def is_watching(self) -> bool:
        """Return whether the caller sees every company's rows: operator and regulator."""
        return self.actor.role in {Role.OPERATOR, Role.REGULATOR}


Reader = Callable[[Look, Any], Shown | File]
Q = TypeVar("Q", bound=Query)
S = TypeVar("S", bound=Shown | File)
READERS: dict[type[Query], Reader] = {}
"""Filled by `reads`; complete once `walras.service.readers` is imported."""


def reads(query: type[Q]) -> Callable[[Callable[[Look, Q], S]], Callable[[Look, Q], S]]:
    """Name a function as the reader of a query."""

    def note(function: Callable[[Look, Q], S]) -> Callable[[Look, Q], S]:
        assert query not in READERS, f"{query.word()} has a reader"
        READERS[query] = function
        return function

    return note


def ask(store: Store, secrets: Secrets, actor: Actor, query: Query) -> Shown | File:
    """Answer a query.

    Raises:
        NotAllowed: The actor may not see it.
        BadInput: There is nothing of that name.
    """
    permissions.check(actor, type(query))
    with store.read() as connection:
        return READERS[type(query)](Look(connection, actor, store.clock.now(connection), secrets), query)


def csv_table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> File:
    """Return a table as CSV in UTF-8; texts that a spreadsheet would take for a formula get an apostrophe in front."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heads)
    writer.writerows([safe(value) for value in row] for row in rows)
    content = text.getvalue().encode()
    return File(content, "text/csv; charset=utf-8", bytes_digest(content))


def page(items: list[Shown], limit: int, cursor: str) -> Shown:
    """Return a page of a list that was read one row further than its limit.

    >>> page([{"id": 1}, {"id": 2}, {"id": 3}], 2, "id")
    {'items': [{'id': 1}, {'id': 2}], 'next': 2}
    """
    is_more = len(items) > limit
    return {"items": items[:limit], "next": items[limit - 1][cursor] if is_more else None}
