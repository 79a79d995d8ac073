"""Companies, users and their keys."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from walras.errors import Mistake
from walras.service.clock import MINUTE
from walras.service.permissions import NotKnown
from walras.service.roles import Actor, Role
from walras.service.secrets import Secrets, new_api_key
from walras.service.store.schema import api_keys, companies, counters, persons, users
from walras.service.work import Work, refuse

DAY = 24 * 60 * MINUTE
PERSON_DAYS = 5 * 366
"""Personal data is kept this long after it was given, unless it is erased before."""

MAY_ASK = {"active", "suspended", "held", "applied"}
"""States of a company whose users are answered at all; what they may do is decided by each handler."""

WATCHERS = {Role.REGULATOR, Role.SYSTEM_OPERATOR}
"""Roles that are answered only while their company is admitted: a regulator sees everybody's rows."""


def next_id(connection: Connection, letter: str) -> str:
    """Return the next pseudonymous id, such as `M-0001`."""
    found = connection.scalar(select(counters.c.value).where(counters.c.name == letter).with_for_update())
    if found is None:
        connection.execute(insert(counters).values(name=letter, value=1))
        return f"{letter}-0001"
    connection.execute(update(counters).where(counters.c.name == letter).values(value=found + 1))
    return f"{letter}-{found + 1:04d}"


def company(connection: Connection, code: str, *, is_locked: bool = False) -> Row[tuple[object, ...]]:
    """Return a company.

    Raises:
        BadInput: There is none (rule `company_known`).
    """
    query = select(companies).where(companies.c.code == code)
    found = connection.execute(query.with_for_update() if is_locked else query).one_or_none()
    if found is None:
        raise refuse(f"there is no company {code!r}", "company", "company_known", "Take a code from the list.")
    return found


def user(connection: Connection, name: str) -> Row[tuple[object, ...]]:
    """Return a user with company and role.

    Raises:
        BadInput: There is none (rule `user_known`).
    """
    found = connection.execute(select(users).where(users.c.id == name)).one_or_none()
    if found is None:
        raise refuse(f"there is no user {name!r}", "user", "user_known", "Take an id from the company's list.")
    return found


def add_user(work: Work, company: str, role: Role, name: str, email: str, at: int) -> str:
    """Add a user, personal data apart, and return its pseudonym."""
    number = next_id(work.connection, "U")
    work.connection.execute(insert(users).values(id=number, company=company, role=role.value, is_active=True, since=at))
    keep = at + PERSON_DAYS * DAY
    work.connection.execute(insert(persons).values(user=number, name=name, email=email, keep_until=keep))
    return number


def add_key(work: Work, user: str, scopes: tuple[str, ...], days: int, at: int) -> dict[str, object]:
    """Make a key of a user; the key itself is in the answer and nowhere else."""
    prefix, key = new_api_key()
    expires = at + days * DAY
    work.connection.execute(
        insert(api_keys).values(
            prefix=prefix, mac=work.secrets.mac(key), user=user, scopes=" ".join(scopes), since=at, expires_at=expires
        )
    )
    return {"prefix": prefix, "key": key, "expires_at": expires}


def erase_person(connection: Connection, user: str) -> bool:
    """Erase the personal data of a user, return whether there was some."""
    return connection.execute(delete(persons).where(persons.c.user == user)).rowcount > 0


@dataclass(frozen=True)
class Known:
    """Who a key belongs to, and until when it may be believed."""

    actor: Actor
    company_state: str
    expires_at: int


def authenticate(connection: Connection, secrets: Secrets, key: str, now: int) -> Known:
    """Return who sends a key.

    Raises:
        NotKnown: There is no such key, it was revoked or has expired, or its user or company ended.
    """
    parts = key.split("_", 2)
    prefix = parts[1] if len(parts) == 3 else ""
    found = connection.execute(
        select(api_keys, users.c.company, users.c.role, users.c.is_active, companies.c.state)
        .join(users, users.c.id == api_keys.c.user)
        .join(companies, companies.c.code == users.c.company)
        .where(api_keys.c.prefix == prefix)
    ).one_or_none()
    mac = secrets.mac(key)
    if found is None or not hmac.compare_digest(found.mac, mac):
        raise _unknown(
            "this key is not known", "key_known", "Send the key as it was issued: Authorization: Bearer wk_…"
        )
    if found.revoked_at is not None and found.revoked_at <= now:
        raise _unknown("this key was revoked", "key_revoked", "Ask for a new key.")
    if found.expires_at <= now:
        raise _unknown("this key has expired", "key_expired", "Ask for a new key.")
    check_standing(found, "key", "Authorization")
    scopes = frozenset(found.scopes.split())
    actor = Actor(Role(found.role), found.user, found.company, prefix, scopes)
    ends = found.expires_at if found.revoked_at is None else min(found.expires_at, found.revoked_at)
    return Known(actor, found.state, ends)


def check_standing(found: Row[Any], means: str, where: str) -> None:
    """Refuse whoever has ended: a user, its company, or the admission of one that watches.

    Args:
        found: A row with `is_active` and `role` of the user, and `state` of its company.
        means: What they are known by: key or sign-in.
        where: Where it stands.

    Raises:
        NotKnown: They are answered nothing (rule `user_active`).
    """
    if not found.is_active or found.state not in MAY_ASK:
        what = f"the user or company of this {means} has ended"
    elif found.role in WATCHERS and found.state != "active":
        what = f"the company of this {means} is {found.state}"
    else:
        return
    raise NotKnown(Mistake(what, where, "user_active", "Ask the operator."))


def _unknown(what: str, rule: str, fix: str) -> NotKnown:
    return NotKnown(Mistake(what, "Authorization", rule, fix))
