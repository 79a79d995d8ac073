"""Companies: application, screening, admission, rights, suspension."""

from __future__ import annotations

import json
from base64 import b64decode
from binascii import Error as Base64Error

from sqlalchemy import insert, select, update
from stdnum.eu import eic

from walras.service.canonical import bytes_digest, canonical
from walras.service.clock import moment
from walras.service.commands import (
    AdmitCompany,
    ApplyForMembership,
    AttachDocument,
    ReinstateCompany,
    RejectApplication,
    SetRights,
    SuspendCompany,
)
from walras.service.dispatch import Answer, handles
from walras.service.permissions import not_allowed
from walras.service.roles import Role
from walras.service.screening import decisions
from walras.service.screening.identifiers import Identifier, read_identifier
from walras.service.screening.screen import screen
from walras.service.store import cases, markets, notices, users
from walras.service.store.schema import companies, documents, rights
from walras.service.work import Work, refuse

STREAM = "members"
MOST_DOCUMENT = 10 * 2**20


@handles(ApplyForMembership)
def apply(work: Work, command: ApplyForMembership) -> Answer:
    """Take an application in and screen it; a hit holds it."""
    identifiers = _identifiers(command.identifiers)
    if command.eic is not None:
        check_eic(work, command.eic)
    at, connection = work.now(), work.connection
    code = users.next_id(connection, "M")
    values: dict[str, str | None] = {
        "code": code,
        "role": command.role,
        "name": command.name,
        "country": command.country,
    }
    values |= {"eic": command.eic, "identifiers": canonical(list(command.identifiers)), "state": "applied"}
    connection.execute(insert(companies).values(**values, since=at))
    user = users.add_user(work, code, Role(command.role), command.contact_name, command.contact_email, at)
    who = work.actor.user or "applicant"
    case = decisions.receive(code, frozenset({user}), who, moment(at))
    found = users.company(connection, code)
    screening = screen(cases.applicant(connection, found, identifiers), cases.lists_now(connection))
    case = decisions.screened(case, screening, who, moment(at))
    number = cases.add(connection, case, at)
    state = "held" if case.state is decisions.CaseState.HELD else "applied"
    connection.execute(update(companies).where(companies.c.code == code).values(state=state))
    body = {"company": code, "role": command.role, "case": number, "hits": len(case.open_hits), "user": user}
    work.record(STREAM, "application received", body, at)
    # an applicant is not told what a list says; officers see it with the case
    return {"company": code, "user": user, "state": "applied"}


@handles(AttachDocument)
def attach_document(work: Work, command: AttachDocument) -> Answer:
    """File a document with a company: its own, or as operator any."""
    if work.actor.role is not Role.OPERATOR and work.actor.company != command.company:
        raise not_allowed("this is another company", command.company, "own_company", "File it with your own company.")
    users.company(work.connection, command.company)
    try:
        content = b64decode(command.content_base64, validate=True)
    except (Base64Error, ValueError):
        fix = "Send the bytes of the file in base64."
        raise refuse("this is no base64", "content_base64", "document_base64", fix) from None
    if not 0 < len(content) <= MOST_DOCUMENT:
        what = f"the document has {len(content)} bytes"
        raise refuse(what, "content_base64", "document_size", f"Send 1 to {MOST_DOCUMENT} bytes.")
    at, digest = work.now(), bytes_digest(content)
    values = {"company": command.company, "name": command.name, "media_type": command.media_type}
    result = work.connection.execute(insert(documents).values(**values, digest=digest, content=content, at=at))
    assert result.inserted_primary_key is not None
    number = int(result.inserted_primary_key[0])
    work.record(STREAM, "document attached", {"company": command.company, "document": number, "digest": digest}, at)
    return {"document": number, "digest": digest}


@handles(AdmitCompany)
def admit(work: Work, command: AdmitCompany) -> Answer:
    """Admit an applicant whose case is clear against the lists of now."""
    company = users.company(work.connection, command.company, is_locked=True)
    if company.state not in {"applied", "held"}:
        raise _state(company.code, company.state, "Admit applicants only.")
    found = cases.of_company(work.connection, command.company)
    if found is None:
        raise refuse("it was never screened", command.company, "case_clear", "Let it apply, so that it is screened.")
    number, case = found
    at = work.now()
    lists = cases.lists_now(work.connection)
    case = decisions.approve(case, work.actor.user, "admitted", moment(at), lists)
    cases.put(work.connection, number, case)
    return _moved(work, command.company, "active", "company admitted", "", at)


@handles(RejectApplication)
def reject(work: Work, command: RejectApplication) -> Answer:
    """Turn an applicant down."""
    company = users.company(work.connection, command.company, is_locked=True)
    if company.state not in {"applied", "held"}:
        raise _state(company.code, company.state, "Reject applicants only; suspend members.")
    return _moved(work, command.company, "rejected", "application rejected", command.reason, work.now())


@handles(SuspendCompany)
def suspend(work: Work, command: SuspendCompany) -> Answer:
    """Stop a company's orders at once; those that stand in an open session stay in the book."""
    company = users.company(work.connection, command.company, is_locked=True)
    if company.state != "active" or company.role == Role.OPERATOR:
        raise _state(company.code, company.state, "Suspend active companies.")
    return _moved(work, command.company, "suspended", "company suspended", command.reason, work.now())


@handles(ReinstateCompany)
def reinstate(work: Work, command: ReinstateCompany) -> Answer:
    """Let a suspended company trade again, unless a hit is open or was confirmed."""
    company = users.company(work.connection, command.company, is_locked=True)
    if company.state != "suspended":
        raise _state(company.code, company.state, "Reinstate suspended companies.")
    _check_case(work, command.company)
    return _moved(work, command.company, "active", "company reinstated", command.reason, work.now())


@handles(SetRights)
def set_rights(work: Work, command: SetRights) -> Answer:
    """Write what a company may trade; a new version from now on."""
    company = users.company(work.connection, command.company, is_locked=True)
    if company.role != Role.MEMBER or company.state != "active":
        raise _state(company.code, company.state, "Give rights to active members.")
    _check_case(work, command.company)
    at = work.now()
    day = moment(at).date()
    market = markets.version_now(work.connection, command.market, day).definition
    known = {(g.zone, g.carrier) for g in market.grids}
    unknown = [p for p in command.products if tuple(p) not in known]
    if unknown:
        what = f"the market has no {unknown[0][1]} in zone {unknown[0][0]!r}"
        raise refuse(what, "products", "product_known", "Name zones and carriers of the market.")
    values = {name: getattr(command, name) for name in ("most_orders", "most_steps", "most_mw")}
    values |= {"products": sorted([zone, carrier] for zone, carrier in command.products)}
    place = (rights.c.company == command.company) & (rights.c.market == command.market)
    before = work.connection.scalar(select(rights.c.version).where(place).with_for_update())
    row = {"body": canonical(values), "version": (before or 0) + 1, "since": at}
    if before is None:
        work.connection.execute(insert(rights).values(company=command.company, market=command.market, **row))
    else:
        work.connection.execute(update(rights).where(place).values(**row))
    body = {"company": command.company, "market": command.market, "version": row["version"]} | values
    work.record(STREAM, "rights set", body, at)
    notices.tell(work, command.company, "rights set", "", body, at)
    return {"company": command.company, "market": command.market, "version": row["version"]}


def _check_case(work: Work, company: str) -> None:
    """Refuse anything new for a company with a hit that is open or confirmed."""
    found = cases.of_company(work.connection, company)
    if found is not None and not decisions.may_receive_rights(found[1]):
        what = f"its case {found[0]} is {found[1].state}"
        raise refuse(what, f"company {company}", "case_clear", "Two officers decide on the case first.")


def _moved(work: Work, company: str, state: str, act: str, reason: str, at: int) -> Answer:
    work.connection.execute(update(companies).where(companies.c.code == company).values(state=state, since=at))
    work.record(STREAM, act, {"company": company, "reason": reason}, at)
    notices.tell(work, company, act, "", {"reason": reason}, at)
    return {"company": company, "state": state}


def _state(company: str, state: str, fix: str) -> Exception:
    return refuse(f"the company is {state}", f"company {company}", "company_state", fix)


def _identifiers(texts: tuple[str, ...]) -> tuple[Identifier, ...]:
    found = []
    for i, text in enumerate(texts):
        one = read_identifier(text)
        if isinstance(one, str):
            fix = "Write kind:value, such as vat:SI50223054."
            raise refuse(one, f"identifiers[{i}]", "identifier_valid", fix)
        found.append(one)
    return tuple(found)


def check_eic(work: Work, code: str, company: str = "") -> None:
    """Refuse a code that is no EIC (`eic_valid`) or belongs to another company (`eic_unique`)."""
    if not eic.is_valid(code) or eic.compact(code) != code:
        fix = "Copy the code from the publisher's list."
        raise refuse(f"{code!r} is no EIC code", "eic", "eic_valid", fix)
    if work.connection.scalar(select(companies.c.code).where(companies.c.eic == code)) not in (None, company):
        raise refuse(f"{code} belongs to another company", "eic", "eic_unique", "Send the company's own code.")


def identifiers_of(body: str) -> tuple[Identifier, ...]:
    """Return the identifiers that a company's row holds."""
    return _identifiers(tuple(json.loads(body)))
