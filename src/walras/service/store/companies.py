"""Companies with all that belongs to them, as callers read it."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, select

from walras.service.clock import time_text
from walras.service.store.schema import api_keys, cases, companies, documents, persons, rights, users
from walras.service.work import refuse


def listed(connection: Connection, only: str | None, after: str, limit: int) -> list[dict[str, Any]]:
    """Return companies by code after one of them, one alone unless `only` is None."""
    query = select(companies).where(companies.c.code > after).order_by(companies.c.code).limit(limit)
    if only is not None:
        query = query.where(companies.c.code == only)
    return [shown(r) for r in connection.execute(query).all()]


def shown(found: Row[Any]) -> dict[str, Any]:
    """Return a company as callers see it."""
    plain = ("role", "name", "country", "eic", "state")
    more = {"identifiers": json.loads(found.identifiers), "since": time_text(found.since)}
    return {"company": found.code} | {name: getattr(found, name) for name in plain} | more


def users_of(connection: Connection, company: str) -> list[dict[str, Any]]:
    """Return the users of a company; name and address are None once they were erased."""
    rows = connection.execute(
        select(users, persons.c.name, persons.c.email)
        .outerjoin(persons, persons.c.user == users.c.id)
        .where(users.c.company == company)
        .order_by(users.c.id)
    ).all()
    return [{"user": r.id, "role": r.role, "is_active": r.is_active, "name": r.name, "email": r.email} for r in rows]


def keys_of(connection: Connection, company: str) -> list[dict[str, Any]]:
    """Return the keys of a company's users by their prefix, never what opens anything."""
    rows = connection.execute(
        select(api_keys)
        .join(users, users.c.id == api_keys.c.user)
        .where(users.c.company == company)
        .order_by(api_keys.c.since, api_keys.c.prefix)
    ).all()
    times = ("since", "expires_at", "revoked_at")
    return [
        {"prefix": r.prefix, "user": r.user, "scopes": r.scopes.split()} | {n: time_text(getattr(r, n)) for n in times}
        for r in rows
    ]


def documents_of(connection: Connection, company: str) -> list[dict[str, Any]]:
    """Return the documents of a company without their content."""
    d = documents.c
    rows = connection.execute(
        select(d.id, d.name, d.media_type, d.digest, d.at).where(d.company == company).order_by(d.id)
    ).all()
    return [
        {"document": r.id, "name": r.name, "media_type": r.media_type, "digest": r.digest, "at": time_text(r.at)}
        for r in rows
    ]


def rights_of(connection: Connection, company: str) -> list[dict[str, Any]]:
    """Return what a company may trade, market by market."""
    rows = connection.execute(select(rights).where(rights.c.company == company).order_by(rights.c.market)).all()
    return [{"market": r.market, "version": r.version, "body": json.loads(r.body)} for r in rows]


def cases_of(connection: Connection, company: str | None, after: int, limit: int) -> list[dict[str, Any]]:
    """Return hits of screenings after one of them, of one company unless it is None."""
    query = select(cases).where(cases.c.id > after).order_by(cases.c.id).limit(limit)
    if company is not None:
        query = query.where(cases.c.company == company)
    return [
        {"case": r.id, "company": r.company, "state": r.state, "body": json.loads(r.body), "at": time_text(r.at)}
        for r in connection.execute(query).all()
    ]


def document(connection: Connection, company: str, number: int) -> Row[Any]:
    """Return a document of a company with its content.

    Raises:
        BadInput: There is none (rule `document_known`).
    """
    query = select(documents).where(documents.c.company == company, documents.c.id == number)
    found = connection.execute(query).one_or_none()
    if found is None:
        fix = "Take a number from the company's documents."
        raise refuse(f"there is no document {number}", "document", "document_known", fix)
    return found
