"""Credentials for the console: enrolment with an API key, change of password, and their end.

What costs a hash is done before the transaction (`dispatch.prepares`), so that nobody waits for it there.
"""

from __future__ import annotations

import hmac
from typing import Any

from sqlalchemy import Row

from walras.errors import BadInput
from walras.service.commands import ChangePassword, ConfirmEnrolment, EndSignIns, EnrolForConsole
from walras.service.dispatch import Answer, critical_when, handles, prepares
from walras.service.permissions import not_allowed
from walras.service.roles import Actor, Role
from walras.service.secrets import Secrets
from walras.service.sign_in import choosing, codes, guard, hashing, proof
from walras.service.store import notices, sign_ins, users
from walras.service.store.engine import Store
from walras.service.work import Work, refuse

STREAM = "members"


@prepares(EnrolForConsole)
def hash_first_password(store: Store, secrets: Secrets, actor: Actor, command: EnrolForConsole) -> str:
    """Check key and password and return the hash."""
    _check_key(actor)
    guard.GUARD.users.take(actor.user, "user")
    _check_password(store, actor, command.password, "password")
    return guard.GUARD.hasher.hash(command.password)


@handles(EnrolForConsole)
def enrol(work: Work, _command: EnrolForConsole) -> Answer:
    """Keep password and secret until a first code confirms them."""
    user = work.actor.user
    users.user(work.connection, user)
    found = sign_ins.credentials_of(work.connection, user, is_locked=True)
    if found is not None and found.is_confirmed:
        fix = "Change the password, or end the sign-ins of this user first: that forgets password and codes."
        raise refuse(f"{user} is enrolled", "user", "enrolled_once", fix)
    at, secret = work.now(), codes.new_secret()
    password = proof.seal_password(work.secrets, user, work.prepared)
    sign_ins.enrol(work.connection, user, password, proof.seal_totp(work.secrets, user, secret), at)
    work.record(STREAM, "console enrolment begun", {"user": user}, at)
    return {"user": user, "secret": secret, "uri": codes.uri_of(secret, user)}


@handles(ConfirmEnrolment)
def confirm(work: Work, command: ConfirmEnrolment) -> Answer:
    """Let the credentials count; the code is used up by it."""
    _check_key(work.actor)
    user = work.actor.user
    found = sign_ins.credentials_of(work.connection, user, is_locked=True)
    if found is None or found.is_confirmed:
        what = f"no enrolment of {user} waits for a code"
        raise refuse(what, "user", "enrolment_waiting", "Enrol first; whoever is enrolled signs in.")
    at = work.now()
    step = codes.step_of(proof.open_totp(work.secrets, found), command.code, at, found.last_step)
    if step is None:
        fix = "Send the code that the authenticator shows now; check the clock of its device."
        raise refuse("this is not the code of now", "code", "code_right", fix)
    sign_ins.confirm(work.connection, user, step)
    body = {"user": user}
    work.record(STREAM, "console enrolment confirmed", body, at)
    notices.tell(work, work.actor.company, "console enrolment confirmed", "", body, at)
    return {"user": user, "is_enrolled": True}


@prepares(ChangePassword)
def prove_and_hash(store: Store, secrets: Secrets, actor: Actor, command: ChangePassword) -> tuple[bytes, str]:
    """Check old password and code, which is used up by it; return the row that was proven, and the new hash."""
    guard.GUARD.users.take(actor.user, "user")
    if hmac.compare_digest(hashing.plain(command.old), hashing.plain(command.new)):
        raise refuse("the new password is the old one", "new", "password_new", "Take another one.")
    _check_password(store, actor, command.new, "new")
    hasher = guard.GUARD.hasher
    before = proof.proven(store, secrets, actor.user, command.old, command.code, hasher, _held)
    if before is None:
        raise BadInput([proof.WRONG])
    return before, hasher.hash(command.new)


@handles(ChangePassword)
def change_password(work: Work, _command: ChangePassword) -> Answer:
    """Put the new password in the place of the old one and end every sign-in of the user."""
    before, hashed = work.prepared
    user = work.actor.user
    after = proof.seal_password(work.secrets, user, hashed)
    if not sign_ins.change_password(work.connection, user, before, after):
        raise BadInput([proof.WRONG])
    at = work.now()
    body = {"user": user, "ended": sign_ins.end_all(work.connection, user, at)}
    work.record(STREAM, "console password changed", body, at)
    notices.tell(work, work.actor.company, "console password changed", "", body, at)
    return body


@handles(EndSignIns)
def end_sign_ins(work: Work, command: EndSignIns) -> Answer:
    """End every sign-in of a user, and forget password and codes: the way back in is an API key."""
    company = str(users.user(work.connection, command.user).company)
    if work.actor.role is not Role.OPERATOR and work.actor.company != company:
        fix = "Ask the operator, or a user of that company."
        raise not_allowed("this belongs to another company", company, "own_company", fix)
    at = work.now()
    body = {"user": command.user, "ended": sign_ins.forget(work.connection, command.user, at)}
    work.record(STREAM, "console sign-ins ended", body, at)
    notices.tell(work, company, "console sign-ins ended", "", body, at)
    return body


@critical_when(EndSignIns)
def locks_another_officer_out(work: Work, command: EndSignIns) -> bool:
    """Return whether an officer ends the sign-ins of another one: alone, nobody could disagree any more."""
    if work.actor.role is not Role.OPERATOR or command.user == work.actor.user:
        return False
    company = users.company(work.connection, users.user(work.connection, command.user).company)
    return bool(company.role == Role.OPERATOR)


def _check_key(actor: Actor) -> None:
    if not actor.key or actor.scopes:
        what = "enrolment needs an API key without limits" if actor.key else "enrolment needs an API key"
        raise not_allowed(what, "key", "key_scope", "Enrol with the key that was handed over with the account.")


def _check_password(store: Store, actor: Actor, password: str, where: str) -> None:
    with store.read() as connection:
        company = users.company(connection, actor.company)
    mistakes = choosing.mistakes_of(password, where, [actor.user, str(company.code), str(company.name)])
    if mistakes:
        raise BadInput(mistakes)


def _held(_work: Work, found: Row[Any], _at: int) -> bytes:
    return bytes(found.password)
