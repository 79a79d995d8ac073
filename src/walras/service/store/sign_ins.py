"""Credentials of users and their sign-ins: everything that is read and written of both."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from walras.service.clock import time_text
from walras.service.store.schema import companies, users
from walras.service.store.sign_in_schema import credentials, sign_ins

_STANDING = (users.c.id.label("user"), users.c.company, users.c.role, users.c.is_active, companies.c.state)
"""Whose it is, and what decides whether they are let in (`store.users.check_standing`)."""


def credentials_of(connection: Connection, user: str, *, is_locked: bool = False) -> Row[Any] | None:
    """Return the credentials of a user with company and role, None where there are none."""
    c = credentials.c
    own = (c.password, c.totp, c.last_step, c.failures, c.locked_until, c.is_confirmed)
    query = _with_standing(select(*own, *_STANDING).select_from(credentials), c.user).where(c.user == user)
    return connection.execute(query.with_for_update(of=credentials) if is_locked else query).one_or_none()


def enrol(connection: Connection, user: str, password: bytes, totp: bytes, at: int) -> None:
    """Keep new credentials of a user, which count once they are confirmed; older ones are gone."""
    connection.execute(delete(credentials).where(credentials.c.user == user))
    connection.execute(
        insert(credentials).values(
            user=user, password=password, totp=totp, last_step=0, failures=0, is_confirmed=False, since=at
        )
    )


def confirm(connection: Connection, user: str, step: int) -> None:
    """Let the credentials of a user count; the code of a step is used up."""
    connection.execute(update(credentials).where(credentials.c.user == user).values(is_confirmed=True, last_step=step))


def succeeded(connection: Connection, user: str, step: int) -> None:
    """Use a code up and forget failures."""
    values = {"last_step": step, "failures": 0, "locked_until": None}
    connection.execute(update(credentials).where(credentials.c.user == user).values(values))


def failed(connection: Connection, user: str, failures: int, locked_until: int | None) -> None:
    """Keep how often a user failed in a row, and until when nothing counts."""
    values = {"failures": failures, "locked_until": locked_until}
    connection.execute(update(credentials).where(credentials.c.user == user).values(values))


def change_password(connection: Connection, user: str, before: bytes, after: bytes) -> bool:
    """Put a new password in the place of the one that was proven; return whether that one was still there."""
    place = (credentials.c.user == user) & (credentials.c.password == before)
    return connection.execute(update(credentials).where(place).values(password=after)).rowcount == 1


def forget(connection: Connection, user: str, at: int) -> int:
    """Delete the credentials of a user and end their sign-ins; return how many were open."""
    connection.execute(delete(credentials).where(credentials.c.user == user))
    return end_all(connection, user, at)


def begin(connection: Connection, mac: str, user: str, at: int, ends_at: int) -> None:
    """Keep a new sign-in."""
    connection.execute(insert(sign_ins).values(mac=mac, user=user, since=at, last_seen=at, ends_at=ends_at))


def of_mac(connection: Connection, mac: str) -> Row[Any] | None:
    """Return a sign-in with user, company and role, None where there is none."""
    s = sign_ins.c
    own = (s.id, s.last_seen, s.ends_at, s.ended_at)
    query = _with_standing(select(*own, *_STANDING).select_from(sign_ins), s.user).where(s.mac == mac)
    return connection.execute(query).one_or_none()


def seen(connection: Connection, number: int, at: int) -> None:
    """Keep when a sign-in was last used."""
    is_older = (sign_ins.c.id == number) & (sign_ins.c.last_seen < at)
    connection.execute(update(sign_ins).where(is_older).values(last_seen=at))


def end(connection: Connection, number: int, at: int) -> bool:
    """End a sign-in; return whether it was open."""
    is_open = (sign_ins.c.id == number) & sign_ins.c.ended_at.is_(None)
    return connection.execute(update(sign_ins).where(is_open).values(ended_at=at)).rowcount == 1


def end_all(connection: Connection, user: str, at: int) -> int:
    """End every sign-in of a user; return how many were open."""
    is_open = (sign_ins.c.user == user) & sign_ins.c.ended_at.is_(None)
    return connection.execute(update(sign_ins).where(is_open).values(ended_at=at)).rowcount


def sweep(connection: Connection, before: int) -> int:
    """Delete sign-ins that were over before a time; return how many."""
    over = func.coalesce(sign_ins.c.ended_at, sign_ins.c.ends_at)
    return connection.execute(delete(sign_ins).where(over < before)).rowcount


def listed(connection: Connection, company: str | None, user: str | None, after: int, limit: int) -> list[Row[Any]]:
    """Return sign-ins after one of them, oldest first, of one company or user unless these are None."""
    s = sign_ins.c
    own = (s.id, s.since, s.last_seen, s.ends_at, s.ended_at)
    query = _with_standing(select(*own, *_STANDING).select_from(sign_ins), s.user).where(s.id > after)
    if company is not None:
        query = query.where(users.c.company == company)
    if user is not None:
        query = query.where(s.user == user)
    return list(connection.execute(query.order_by(s.id).limit(limit)).all())


def shown(found: Row[Any]) -> dict[str, Any]:
    """Return a sign-in as callers see it."""
    times = {name: time_text(getattr(found, name)) for name in ("since", "last_seen", "ends_at", "ended_at")}
    return {"sign_in": found.id, "user": found.user, "company": found.company, "role": found.role} | times


def _with_standing(query: Select[Any], user: Any) -> Select[Any]:
    return query.join(users, users.c.id == user).join(companies, companies.c.code == users.c.company)
