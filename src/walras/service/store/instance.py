"""What a store says of itself: whether it is of a rehearsal, and how far its clock is set forward.

Written by the stage of rehearsals alone (`rehearsal.stage`), on a store that holds nothing yet; read by whatever
opens a store (`bootstrap.build`), so that all its processes share one clock. A store without the mark is live:
its clock is the database's, and nobody enters it without a sign-in. Unit: microseconds.
"""

from __future__ import annotations

import json

from sqlalchemy import Connection, func, insert, select, update

from walras.service.store.schema import companies, instance
from walras.service.work import refuse

REHEARSAL = "rehearsal"
"""Name of the mark in the table `instance`; its value is JSON: `{"ahead": microseconds}`."""


def is_rehearsal(connection: Connection) -> bool:
    """Return whether a store is of a rehearsal: its members, money and time are nobody's."""
    return _mark(connection) is not None


def clock_ahead(connection: Connection) -> int:
    """Return how far the clock of a store is set forward (backward: negative); 0 for a live one."""
    mark = _mark(connection)
    return 0 if mark is None else int(json.loads(mark)["ahead"])


def mark_rehearsal(connection: Connection, ahead: int) -> None:
    """Mark a new store as one of a rehearsal.

    Raises:
        BadInput: Somebody is in it already, so it may be a live one (rule `rehearsal_new`).
    """
    if connection.scalar(select(func.count()).select_from(companies)):
        what = "the store has companies already"
        raise refuse(what, "store", "rehearsal_new", "Rehearse in a folder of its own, which is empty.")
    connection.execute(insert(instance).values(name=REHEARSAL, value=json.dumps({"ahead": ahead})))


def set_clock(connection: Connection, ahead: int) -> None:
    """Keep how far the clock of a rehearsal is set forward now; a live store has no mark that could change."""
    changed = update(instance).where(instance.c.name == REHEARSAL).values(value=json.dumps({"ahead": ahead}))
    assert connection.execute(changed).rowcount == 1, "the clock of a live store is never set"


def _mark(connection: Connection) -> str | None:
    return connection.scalar(select(instance.c.value).where(instance.c.name == REHEARSAL))
