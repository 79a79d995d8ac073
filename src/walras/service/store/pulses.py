"""Pulses of workers: each says every few seconds that it lives, in the table `instance`, and who has gone is swept.

Written by the loop of each worker (`worker.loop`), read by whoever looks after the service. Unit: microseconds.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from walras.service.clock import SECOND
from walras.service.store.schema import instance

MARK = "worker "
EVERY_SECONDS = 10.0
ALIVE = 45 * SECOND
"""A worker that was silent for longer counts as gone."""
KEPT = 24 * 3600 * SECOND
MOST_LETTERS = 32
"""Of a worker's name that are kept: its end, which no other worker has."""


class Pulse(NamedTuple):
    """One worker: its name, since when it works, when it said so last."""

    name: str
    since: int
    at: int

    def is_alive(self, now: int) -> bool:
        """Return whether it was heard of lately; a beat of the future was made before the clock was set back."""
        return abs(now - self.at) <= ALIVE


def beat(connection: Connection, name: str, now: int) -> None:
    """Keep that a worker lives, and forget those that were silent for a day."""
    key = _key(name)
    found = connection.scalar(select(instance.c.value).where(instance.c.name == key).with_for_update())
    if found is None:
        connection.execute(insert(instance).values(name=key, value=json.dumps({"since": now, "at": now})))
    else:
        value = json.dumps(json.loads(found) | {"at": now})
        connection.execute(update(instance).where(instance.c.name == key).values(value=value))
    for one in listed(connection):
        if abs(now - one.at) > KEPT:
            forget(connection, one.name)


def forget(connection: Connection, name: str) -> None:
    """Forget a worker that has ended."""
    connection.execute(delete(instance).where(instance.c.name == _key(name)))


def listed(connection: Connection) -> list[Pulse]:
    """Return the workers that were heard of, those that have gone too, by name."""
    query = select(instance).where(instance.c.name.startswith(MARK, autoescape=True)).order_by(instance.c.name)
    return [
        Pulse(row.name.removeprefix(MARK), int(body["since"]), int(body["at"]))
        for row in connection.execute(query).all()
        for body in (json.loads(row.value),)
    ]


def _key(name: str) -> str:
    return MARK + name[-MOST_LETTERS:]
