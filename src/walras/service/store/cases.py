"""Restricted-party lists in versions, and the case of each company."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, func, insert, select, update

from walras.service.canonical import canonical
from walras.service.screening.decisions import Case
from walras.service.screening.lists import RestrictedList, read_list
from walras.service.screening.screen import Applicant
from walras.service.store.schema import cases, companies, persons, restricted_lists, users
from walras.service.work import refuse

_CASE = TypeAdapter(Case)


def add_list(connection: Connection, one: RestrictedList, content: bytes, at: int) -> int:
    """Store a version of a list."""
    row = {"name": one.name, "digest": one.version, "content": content, "at": at}
    result = connection.execute(insert(restricted_lists).values(**row))
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def has_list(connection: Connection, name: str) -> bool:
    """Return whether a list of this name was imported before."""
    query = select(restricted_lists.c.id).where(restricted_lists.c.name == name).limit(1)
    return connection.scalar(query) is not None


def lists_now(connection: Connection) -> list[RestrictedList]:
    """Return the newest version of every list."""
    newest = select(func.max(restricted_lists.c.id)).group_by(restricted_lists.c.name)
    rows = connection.execute(
        select(restricted_lists.c.name, restricted_lists.c.digest, restricted_lists.c.id)
        .where(restricted_lists.c.id.in_(newest))
        .order_by(restricted_lists.c.name)
    ).all()
    return [_read(connection, r.name, r.digest, r.id) for r in rows]


_KEPT: dict[tuple[str, str], RestrictedList] = {}


def _read(connection: Connection, name: str, digest: str, number: int) -> RestrictedList:
    """Return a list, kept in memory by its content: it is read for every application."""
    if (name, digest) not in _KEPT:
        content = connection.execute(select(restricted_lists.c.content).where(restricted_lists.c.id == number))
        _KEPT[name, digest] = read_list(name, content.scalar_one())
    return _KEPT[name, digest]


def applicant(connection: Connection, company: Row[Any], identifiers: tuple[Any, ...]) -> Applicant:
    """Return what is screened: the company's name and identifiers, and the names of its users."""
    names = connection.scalars(
        select(persons.c.name).join(users, users.c.id == persons.c.user).where(users.c.company == company.code)
    )
    return Applicant(company.code, (company.name,), tuple(sorted(names)), identifiers)


def own_users(connection: Connection, company: str) -> frozenset[str]:
    """Return the users of a company."""
    return frozenset(connection.scalars(select(users.c.id).where(users.c.company == company)))


def add(connection: Connection, case: Case, at: int) -> int:
    """Store a new case."""
    body = _CASE.dump_json(case).decode()
    values = {"company": case.party, "state": case.state.value, "body": body, "at": at}
    result = connection.execute(insert(cases).values(**values))
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def put(connection: Connection, number: int, case: Case) -> None:
    """Store a case as it is now."""
    body = _CASE.dump_json(case).decode()
    connection.execute(update(cases).where(cases.c.id == number).values(state=case.state.value, body=body))


def redact(connection: Connection, company: str, user: str) -> None:
    """Take the name of a user out of the cases of its company; what was decided stays."""
    name = connection.scalar(select(persons.c.name).where(persons.c.user == user))
    if name is None:
        return
    written, erased = canonical(name), canonical(f"erased name of {user}")
    for row in connection.execute(select(cases.c.id, cases.c.body).where(cases.c.company == company)).all():
        body = row.body.replace(written, erased).replace(repr(name), repr(f"erased name of {user}"))
        connection.execute(update(cases).where(cases.c.id == row.id).values(body=body))


def party_of(connection: Connection, number: int) -> str:
    """Return the company of a case.

    Raises:
        BadInput: There is none (rule `case_known`).
    """
    found = connection.scalar(select(cases.c.company).where(cases.c.id == number))
    if found is None:
        raise refuse(f"there is no case {number}", "case", "case_known", "Take a number from the list of cases.")
    return str(found)


def locked(connection: Connection, number: int) -> Case:
    """Return a case that is there, its row locked."""
    return _CASE.validate_json(
        connection.execute(select(cases.c.body).where(cases.c.id == number).with_for_update()).scalar_one()
    )


def of_company(connection: Connection, company: str) -> tuple[int, Case] | None:
    """Return the newest case of a company, its row locked."""
    query = select(cases.c.id, cases.c.body).where(cases.c.company == company).order_by(cases.c.id.desc()).limit(1)
    found = connection.execute(query.with_for_update()).one_or_none()
    return None if found is None else (found.id, _CASE.validate_json(found.body))


def screened_companies(connection: Connection) -> list[Row[Any]]:
    """Return every company that a new list concerns, their rows locked: cases are changed under that lock alone."""
    states = ("applied", "held", "active", "suspended")
    query = select(companies).where(companies.c.state.in_(states), companies.c.role != "operator")
    return list(connection.execute(query.order_by(companies.c.code).with_for_update()).all())
