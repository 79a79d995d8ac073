"""Personal data is erased when its time is over, the record goes on under the pseudonym; old sign-ins are deleted."""

from __future__ import annotations

from sqlalchemy import select

from walras.service.roles import WORKER
from walras.service.secrets import Secrets
from walras.service.store import cases, sign_ins, users
from walras.service.store.engine import Store
from walras.service.store.schema import persons
from walras.service.store.schema import users as user_table
from walras.service.work import Work

SIGN_IN_DAYS = 90
"""A sign-in is listed for so long after it ended; that it was stays in the trail."""


def sweep(store: Store, secrets: Secrets) -> None:
    """Do what is due: personal data, and sign-ins."""
    erase_expired(store, secrets)
    forget_sign_ins(store)


def forget_sign_ins(store: Store) -> int:
    """Delete sign-ins that ended long ago; return how many."""
    with store.write() as connection:
        return sign_ins.sweep(connection, store.clock.now(connection) - SIGN_IN_DAYS * users.DAY)


def erase_expired(store: Store, secrets: Secrets) -> list[str]:
    """Erase the personal data whose retention period has ended; return the users it was of."""
    with store.write() as connection:
        work = Work(connection, store.clock, WORKER, secrets)
        at = work.now()
        over = connection.execute(
            select(persons.c.user, user_table.c.company)
            .join(user_table, user_table.c.id == persons.c.user)
            .where(persons.c.keep_until <= at)
            .order_by(persons.c.user)
        ).all()
        for person in over:
            cases.redact(connection, person.company, person.user)
            users.erase_person(connection, person.user)
            work.record("members", "person erased", {"user": person.user, "was_there": True, "why": "retention"}, at)
        work.finish()
        return [p.user for p in over]
