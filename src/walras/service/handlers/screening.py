"""Screening: lists that come in, and what two officers decide about a hit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, update

from walras.service.clock import moment
from walras.service.commands import DecideCase, ImportRestrictedList
from walras.service.dispatch import Answer, critical_when, handles
from walras.service.handlers.members import identifiers_of
from walras.service.screening import decisions
from walras.service.screening.decisions import Case, CaseState
from walras.service.screening.lists import read_list
from walras.service.screening.screen import screen_many
from walras.service.store import cases, notices, users
from walras.service.store.schema import companies
from walras.service.work import Work, refuse

STREAM = "members"


@handles(ImportRestrictedList)
def import_list(work: Work, command: ImportRestrictedList) -> Answer:
    """Store a version of a list, and screen every company against all lists of now."""
    content = command.csv.encode()
    one = read_list(command.name, content)
    concerned = cases.screened_companies(work.connection)
    at = work.now()
    number = cases.add_list(work.connection, one, content, at)
    work.record(STREAM, "list imported", {"list": number, "name": one.name, "version": one.version}, at)
    held = screen_again(work, concerned, at)
    return {"list": number, "version": one.version, "entries": len(one.entries), "held": held}


@critical_when(ImportRestrictedList)
def replaces_a_list(work: Work, command: ImportRestrictedList) -> bool:
    """Return whether a list of that name is there: a new version of it may leave somebody out."""
    return cases.has_list(work.connection, command.name)


def screen_again(work: Work, concerned: Sequence[Row[Any]], at: int) -> list[str]:
    """Screen companies against all lists of now; return those whose case is held, with new hits or old ones.

    A member with a confirmed hit is out for good: its case is left as it is.
    """
    found = {c.code: cases.of_company(work.connection, c.code) for c in concerned}
    still = [c for c in concerned if (had := found[c.code]) is None or had[1].state is not CaseState.REJECTED]
    applicants = [cases.applicant(work.connection, c, identifiers_of(c.identifiers)) for c in still]
    held = []
    for company, screening in zip(still, screen_many(applicants, cases.lists_now(work.connection)), strict=True):
        own = cases.own_users(work.connection, company.code)
        number, before = found[company.code] or _first_case(work, company, own, at)
        case = decisions.screened(replace(before, own_users=own), screening, work.actor.user, moment(at))
        cases.put(work.connection, number, case)
        if case.state is CaseState.HELD:
            held.append(company.code)
            if company.state == "applied":
                _set_state(work, company.code, "held")
            work.record(STREAM, "case held", {"company": company.code, "case": number}, at)
    return held


def _first_case(work: Work, company: Row[Any], own: frozenset[str], at: int) -> tuple[int, Case]:
    """Open the case of a company that was there before any screening."""
    is_admitted = company.state in {"active", "suspended"}
    case = replace(decisions.receive(company.code, own, work.actor.user, moment(at)), is_admitted=is_admitted)
    return cases.add(work.connection, case, at), case


@handles(DecideCase)
def decide_case(work: Work, command: DecideCase) -> Answer:
    """Record one officer's decision; the second one that clears opens the case, one that confirms ends it."""
    party = cases.party_of(work.connection, command.case)
    company = users.company(work.connection, party, is_locked=True)
    before = replace(cases.locked(work.connection, command.case), own_users=cases.own_users(work.connection, party))
    if company.state == "rejected":
        fix = "A new application starts a new case."
        raise refuse("the application was rejected", f"case {command.case}", "company_state", fix)
    at = work.now()
    case = decisions.decide(before, work.actor.user, command.verdict, command.reason, moment(at))
    cases.put(work.connection, command.case, case)
    body = {"case": command.case, "company": case.party, "verdict": command.verdict, "reason": command.reason}
    work.record(STREAM, "case decided", body, at)
    _follow(work, case, company.state, at)
    return {"case": command.case, "state": case.state.value, "decisions": len(case.cleared_by) or 1}


def _follow(work: Work, case: Case, state: str, at: int) -> None:
    """Move the company as its case says: cleared applicants wait again, confirmed ones are out."""
    if case.state is CaseState.CLEARED and state == "held":
        _set_state(work, case.party, "applied")
    if case.state is CaseState.REJECTED:
        after = "suspended" if case.is_admitted else "rejected"
        _set_state(work, case.party, after)
        work.record(STREAM, f"company {after}", {"company": case.party, "reason": "a hit was confirmed"}, at)
        notices.tell(work, case.party, f"company {after}", "", {}, at)


def _set_state(work: Work, company: str, state: str) -> None:
    work.connection.execute(update(companies).where(companies.c.code == company).values(state=state))
