"""One transaction at work: what a handler is given.

A handler reads and writes through `connection`, asks `now()` only after it holds the row that
decides, and says what it did with `record`: those rows reach the trail in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from walras.errors import BadInput, Mistake
from walras.service.clock import Clock
from walras.service.roles import Actor
from walras.service.secrets import Secrets
from walras.service.store import trail


@dataclass
class Work:
    """A writing transaction, who asked for it, and the rows it adds to the trail.

    `prepared` is what was computed for the command before the transaction began (`dispatch.prepares`).
    """

    connection: Connection
    clock: Clock
    actor: Actor
    secrets: Secrets
    rows: list[dict[str, Any]] = field(default_factory=list)
    prepared: Any = None

    def now(self) -> int:
        """Return the database's time, read at this moment."""
        return self.clock.now(self.connection)

    def record(self, stream: str, act: str, body: dict[str, Any], at: int | None = None) -> None:
        """Say in the trail what was done."""
        self.rows.append(trail.row_of(stream, self.now() if at is None else at, self.actor, act, body))

    def finish(self) -> None:
        """Write what was recorded, at the end of the transaction."""
        trail.append(self.connection, self.rows)


def refuse(what: str, where: str, rule: str, fix: str) -> BadInput:
    """Return the refusal of one thing, to be raised."""
    return BadInput([Mistake(what, where, rule, fix)])
