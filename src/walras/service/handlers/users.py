"""Users, their keys and their personal data."""

from __future__ import annotations

from sqlalchemy import select, update

from walras.service.clock import MINUTE, time_text
from walras.service.commands import COMMANDS, AddUser, DeactivateUser, ErasePerson, IssueKey, RevokeKey, RotateKey
from walras.service.dispatch import Answer, critical_when, handles
from walras.service.handlers.screening import screen_again
from walras.service.permissions import not_allowed
from walras.service.queries import QUERIES
from walras.service.roles import Role
from walras.service.store import cases, companies, notices, sign_ins, users
from walras.service.store.schema import api_keys
from walras.service.store.schema import users as user_table
from walras.service.work import Work, refuse

STREAM = "members"


@handles(AddUser)
def add_user(work: Work, command: AddUser) -> Answer:
    """Add a user with the role of its company."""
    _own(work, command.company)
    company = users.company(work.connection, command.company, is_locked=True)
    at = work.now()
    number = users.add_user(work, command.company, Role(company.role), command.name, command.email, at)
    work.record(STREAM, "user added", {"user": number, "company": command.company}, at)
    if company.role != Role.OPERATOR:
        screen_again(work, [company], at)
    return {"user": number, "company": command.company}


@critical_when(AddUser)
def makes_an_officer(work: Work, command: AddUser) -> bool:
    """Return whether it adds an officer: one officer alone would be two otherwise."""
    company = users.company(work.connection, command.company)
    return work.actor.role is Role.OPERATOR and company.role == Role.OPERATOR


@critical_when(IssueKey)
def makes_another_of_somebody(work: Work, command: IssueKey) -> bool:
    """Return whether an officer asks for a key of another officer, or of a company that has keys already.

    Whoever holds it acts as that user: approves as a second officer, reads a member's orders before the gate.
    The first key of a company is the way in for a new member, and one officer hands it over.
    """
    if work.actor.role is not Role.OPERATOR or command.user == work.actor.user:
        return False
    company = users.company(work.connection, users.user(work.connection, command.user).company)
    return company.role == Role.OPERATOR or bool(companies.keys_of(work.connection, company.code))


@handles(DeactivateUser)
def deactivate_user(work: Work, command: DeactivateUser) -> Answer:
    """Stop a user, their keys and their sign-ins."""
    found = users.user(work.connection, command.user)
    _own(work, found.company)
    at = work.now()
    work.connection.execute(update(user_table).where(user_table.c.id == command.user).values(is_active=False))
    work.connection.execute(
        update(api_keys).where(api_keys.c.user == command.user, api_keys.c.revoked_at.is_(None)).values(revoked_at=at)
    )
    sign_ins.forget(work.connection, command.user, at)
    work.record(STREAM, "user deactivated", {"user": command.user}, at)
    return {"user": command.user, "is_active": False}


@critical_when(DeactivateUser)
def takes_an_officer_away(work: Work, command: DeactivateUser) -> bool:
    """Return whether it stops an officer: one alone could leave nobody to disagree."""
    company = users.company(work.connection, users.user(work.connection, command.user).company)
    return work.actor.role is Role.OPERATOR and company.role == Role.OPERATOR


@handles(ErasePerson)
def erase_person(work: Work, command: ErasePerson) -> Answer:
    """Erase personal data, password and one-time codes; the record goes on under the pseudonym."""
    company = users.user(work.connection, command.user).company
    cases.redact(work.connection, company, command.user)
    erased = users.erase_person(work.connection, command.user)
    at = work.now()
    sign_ins.forget(work.connection, command.user, at)
    work.record(STREAM, "person erased", {"user": command.user, "was_there": erased}, at)
    return {"user": command.user, "erased": erased}


@handles(IssueKey)
def issue_key(work: Work, command: IssueKey) -> Answer:
    """Make a key for a user of the same company, or, as operator, for anybody."""
    found = users.user(work.connection, command.user)
    _own(work, found.company)
    known = sorted({c.scope for c in COMMANDS.values()} | {q.scope for q in QUERIES.values()})
    unknown = [s for s in command.scopes if s not in known]
    if unknown:
        raise refuse(f"there is no scope {unknown[0]!r}", "scopes", "scope_known", f"Use {', '.join(known)}.")
    _within(work, command.scopes)
    at = work.now()
    answer = users.add_key(work, command.user, command.scopes, command.days, at)
    body = {"user": command.user, "prefix": answer["prefix"]}
    work.record(STREAM, "key issued", body, at)
    if found.company != work.actor.company:
        notices.tell(work, str(found.company), "key issued", "", body, at)
    return _shown(answer)


@handles(RotateKey)
def rotate_key(work: Work, command: RotateKey) -> Answer:
    """Make a new key like the one in use, which ends after a while."""
    at = work.now()
    ends = at + command.old_ends_after_minutes * MINUTE
    ended = work.connection.execute(
        update(api_keys)
        .where(api_keys.c.prefix == work.actor.key, api_keys.c.revoked_at.is_(None))
        .values(revoked_at=ends)
    )
    if ended.rowcount != 1:
        raise refuse("this key was rotated or revoked", "key", "key_in_use", "Rotate with the newer key.")
    answer = users.add_key(work, work.actor.user, tuple(sorted(work.actor.scopes)), command.days, at)
    work.record(STREAM, "key rotated", {"old": work.actor.key, "prefix": answer["prefix"]}, at)
    return _shown(answer)


@handles(RevokeKey)
def revoke_key(work: Work, command: RevokeKey) -> Answer:
    """End a key of the same company, or, as operator, any."""
    owner = work.connection.execute(
        select(user_table.c.company)
        .join(api_keys, api_keys.c.user == user_table.c.id)
        .where(api_keys.c.prefix == command.prefix)
    ).scalar_one_or_none()
    if owner is None:
        raise refuse(f"there is no key {command.prefix!r}", "prefix", "key_known", "Take a prefix from the list.")
    _own(work, owner)
    at = work.now()
    work.connection.execute(update(api_keys).where(api_keys.c.prefix == command.prefix).values(revoked_at=at))
    work.record(STREAM, "key revoked", {"prefix": command.prefix}, at)
    return {"prefix": command.prefix, "revoked_at": time_text(at)}


def _within(work: Work, scopes: tuple[str, ...]) -> None:
    """Refuse a key that reaches further than the one that asks for it (rule `key_scope`)."""
    if work.actor.scopes and not (scopes and work.actor.scopes.issuperset(scopes)):
        mine = ", ".join(sorted(work.actor.scopes))
        raise not_allowed("the new key would reach further than this one", "scopes", "key_scope", f"Use {mine}.")


def _own(work: Work, company: str) -> None:
    if work.actor.role is not Role.OPERATOR and work.actor.company != company:
        fix = "Ask the operator, or a user of that company."
        raise not_allowed("this belongs to another company", company, "own_company", fix)


def _shown(answer: dict[str, object]) -> Answer:
    expires = answer["expires_at"]
    assert isinstance(expires, int)
    return answer | {"expires_at": time_text(expires)}
