"""Ways into a rehearsal that a live market has not: enter as anybody, and read a one-time code without authenticator.

Both ask the store whether it is one of a rehearsal; nothing of the service itself imports them but the console's page
of entrance.
"""

from __future__ import annotations

from sqlalchemy import Connection

from walras.service.permissions import not_allowed
from walras.service.rehearsal.people import people
from walras.service.roles import Actor
from walras.service.secrets import Secrets
from walras.service.sign_in.codes import code_at
from walras.service.sign_in.entering import SignedIn, begin
from walras.service.sign_in.proof import open_totp
from walras.service.store import sign_ins
from walras.service.store.engine import Store
from walras.service.store.instance import is_rehearsal
from walras.service.work import Work, refuse


def enter(store: Store, secrets: Secrets, user: str) -> SignedIn:
    """Sign in as a user of a rehearsal, without password.

    Raises:
        NotAllowed: The store is live, or it is none of those that one may enter as (rule `rehearsal_only`).
    """
    with store.write() as connection:
        _check(connection)
        found = next((p for p in people(connection) if p.user == user), None)
        if found is None:
            fix = "Choose somebody of the list."
            raise not_allowed("nobody enters this rehearsal as this user", "user", "rehearsal_only", fix)
        work = Work(connection, store.clock, Actor(found.role, found.user, found.company), secrets)
        signed = begin(work, work.now())
        work.finish()
        return signed


def current_code(store: Store, secrets: Secrets, user: str) -> str:
    """Return the one-time code of now of a user of a rehearsal: its clock is no authenticator's.

    Raises:
        NotAllowed: The store is live (rule `rehearsal_only`).
        BadInput: The user is not enrolled (rule `user_known`).
    """
    with store.read() as connection:
        _check(connection)
        found = sign_ins.credentials_of(connection, user)
        if found is None:
            raise refuse(f"{user!r} is not enrolled", "user", "user_known", "Enrol the user first.")
        return code_at(open_totp(secrets, found), store.clock.now(connection))


def _check(connection: Connection) -> None:
    if not is_rehearsal(connection):
        raise not_allowed("this market is no rehearsal", "user", "rehearsal_only", "Sign in.")
