"""Tickets: random secrets that stand for something in this process for a while."""

from __future__ import annotations

import secrets
import time
from typing import Generic, TypeVar

T = TypeVar("T")


class Tickets(Generic[T]):
    """Holders by their tickets, in memory alone; a new ticket ends the one that the same holder had before.

    Args:
        seconds: How long a ticket counts.
        most: So many are held; the oldest make room.

    >>> tickets = Tickets[str](seconds=60.0, most=1000)
    >>> ticket = tickets.give("Ada")
    >>> tickets.of(ticket), tickets.take(ticket), tickets.take(ticket)
    ('Ada', 'Ada', None)
    """

    def __init__(self, seconds: float, most: int) -> None:
        self.seconds, self.most = seconds, most
        self._held: dict[str, tuple[float, T]] = {}

    def give(self, holder: T) -> str:
        """Return a new ticket."""
        now = time.monotonic()
        living = [(t, held) for t, held in self._held.items() if held[0] > now and held[1] is not holder]
        ticket = secrets.token_urlsafe(32)
        self._held = dict(living[max(0, len(living) - self.most + 1) :])
        self._held[ticket] = now + self.seconds, holder
        return ticket

    def of(self, ticket: str) -> T | None:
        """Return who holds a ticket, None where nobody does or it has ended."""
        ends, holder = self._held.get(ticket, (0.0, None))
        return holder if ends > time.monotonic() else None

    def take(self, ticket: str) -> T | None:
        """Return who holds a ticket and end it."""
        holder = self.of(ticket)
        self._held.pop(ticket, None)
        return holder
