"""Is it them? Password and one-time code of a user, judged the same way wherever both are asked for.

::

    credentials ─▶ argon2, outside any transaction ─▶ transaction: row locked, code, count ─▶ commit

Whoever does not exist, has not confirmed, is locked or has ended takes the same way and gets the same answer.
Failures in a row are counted in the row; the fifth and each further one lock it, longer each time. What is tried
while it is locked is not counted, so nobody can lengthen a lock. Only lockings reach the trail: the public
could fill it otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Row

from walras.errors import Mistake
from walras.service.clock import MINUTE, time_text
from walras.service.permissions import NotKnown
from walras.service.roles import PUBLIC, Actor, Role
from walras.service.secrets import Secrets, seal, unseal
from walras.service.sign_in.choosing import LONGEST
from walras.service.sign_in.codes import step_of
from walras.service.sign_in.hashing import Hasher
from walras.service.store import notices, sign_ins
from walras.service.store.engine import Store
from walras.service.store.users import check_standing
from walras.service.work import Work

T = TypeVar("T")
MOST_FAILURES = 5
LOCK_MINUTES = (1, 5, 15, 60)
"""How long the fifth failure in a row locks, the sixth, the seventh, and each further one."""
WRONG = Mistake(
    "user, password or one-time code is wrong, or there were too many attempts",
    "sign-in",
    "sign_in",
    "Check all three and wait for the next code: each counts once; after five failures nothing counts for a while.",
)


def proven(
    store: Store,
    secrets: Secrets,
    user: str,
    password: str,
    code: str,
    hasher: Hasher,
    then: Callable[[Work, Row[Any], int], T],
) -> T | None:
    """Do something for a user who proves with password and code to be the one; the code is used up by it.

    Args:
        store: Of the service.
        secrets: Of the service.
        user: As it was typed.
        password: As it was typed.
        code: As it was typed.
        hasher: Compares passwords.
        then: Called with the transaction, the credentials and the time.

    Returns:
        What `then` returned; None if it is not them.

    Raises:
        Refused: Too many passwords are checked at this moment (429, rule `busy`).
    """
    with store.read() as connection:
        held = sign_ins.credentials_of(connection, user)
    typed = password if len(password) <= LONGEST else ""
    is_right = hasher.is_right(None if held is None else open_password(secrets, held), typed)
    with store.write() as connection:
        found = sign_ins.credentials_of(connection, user, is_locked=True)
        at = store.clock.now(connection)
        if held is None or found is None or not _counts(found, at):
            return None
        work = Work(connection, store.clock, actor_of_row(found), secrets)
        step = step_of(open_totp(secrets, found), code, at, found.last_step)
        if not is_right or found.password != held.password or step is None:
            _failed(work, found, at)
            return None
        sign_ins.succeeded(connection, user, step)
        done = then(work, found, at)
        work.finish()
        return done


def actor_of_row(found: Row[Any]) -> Actor:
    """Return the actor of credentials or of a sign-in."""
    return Actor(Role(found.role), found.user, found.company)


def seal_password(secrets: Secrets, user: str, hashed: str) -> bytes:
    """Return the hash of a password as the store keeps it: without the master key there is nothing to guess at."""
    return seal(secrets.named("passwords"), hashed.encode(), user)


def open_password(secrets: Secrets, found: Row[Any]) -> str:
    """Return the hash of a user's password."""
    return unseal(secrets.named("passwords"), found.password, found.user).decode()


def seal_totp(secrets: Secrets, user: str, secret: str) -> bytes:
    """Return the secret of a user's codes as the store keeps it."""
    return seal(secrets.named("one-time codes"), secret.encode(), user)


def open_totp(secrets: Secrets, found: Row[Any]) -> str:
    """Return the secret of a user's codes."""
    return unseal(secrets.named("one-time codes"), found.totp, found.user).decode()


def _counts(found: Row[Any], at: int) -> bool:
    """Return whether the attempt of a user is judged at all."""
    try:
        check_standing(found, "sign-in", "sign-in")
    except NotKnown:
        return False
    return found.is_confirmed and (found.locked_until is None or found.locked_until <= at)


def _failed(work: Work, found: Row[Any], at: int) -> None:
    failures = found.failures + 1
    over = failures - MOST_FAILURES
    until = None if over < 0 else at + LOCK_MINUTES[min(over, len(LOCK_MINUTES) - 1)] * MINUTE
    sign_ins.failed(work.connection, found.user, failures, until)
    if until is None:
        return
    body = {"user": found.user, "failures": failures, "until": time_text(until)}
    work.actor = PUBLIC
    work.record("access", "sign-in locked", body, at)
    notices.tell(work, found.company, "sign-in locked", "", body, at)
    work.finish()
