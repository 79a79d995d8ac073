"""The readers by their query, and the way in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection

from walras.service import permissions
from walras.service.queries import Query
from walras.service.roles import Actor, Role
from walras.service.secrets import Secrets
from walras.service.store.engine import Store

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


def page(items: list[Shown], limit: int, cursor: str) -> Shown:
    """Return a page of a list that was read one row further than its limit.

    >>> page([{"id": 1}, {"id": 2}, {"id": 3}], 2, "id")
    {'items': [{'id': 1}, {'id': 2}], 'next': 2}
    """
    is_more = len(items) > limit
    return {"items": items[:limit], "next": items[limit - 1][cursor] if is_more else None}
