"""Disputes: a party says that a run of settlement is wrong, and the operator decides."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Row

from walras.service import permissions
from walras.service.clock import SECOND, time_text
from walras.service.commands import AnswerDispute, RaiseDispute, WithdrawDispute
from walras.service.dispatch import Answer, handles
from walras.service.handlers.settlement import lines_of
from walras.service.store import disputes, ledger, notices, sessions, settlement
from walras.service.store.users import next_id
from walras.service.work import Work, refuse
from walras.settlement.accounts import name_of

DAY = 86_400 * SECOND


@handles(RaiseDispute)
def raise_dispute(work: Work, command: RaiseDispute) -> Answer:
    """Dispute a run that has lines of one's own company, while that is possible."""
    session = sessions.get(work.connection, command.session)
    at = work.now()
    run = settlement.run_of(work.connection, session.id, command.run)
    mine = [p for p in lines_of(run)["party"].unique() if name_of(p) == work.actor.company]
    where = f"run {command.run} of {session.id}"
    if not mine:
        fix = "Dispute a run with lines of your own company."
        raise refuse("it has no line of this company", where, "dispute_party", fix)
    terms = settlement.terms_on(work.connection, session.market, date.fromisoformat(session.delivery_day)).terms
    until = run.at + terms.dispute_days * DAY
    if at >= until:
        what = f"it could be disputed until {time_text(until)}"
        raise refuse(what, where, "dispute_time", "Dispute a later run, if there is one.")
    dispute = next_id(work.connection, "D")
    row = {"session": session.id, "run": command.run, "party": sorted(mine)[0], "text": command.text}
    disputes.add(work.connection, id=dispute, market=session.market, state="raised", at=at, **row)
    work.record(ledger.stream_of(session.market), "dispute raised", {"dispute": dispute} | row, at)
    return {"dispute": dispute, "state": "raised"}


@handles(AnswerDispute)
def answer_dispute(work: Work, command: AnswerDispute) -> Answer:
    """Decide on a dispute, and tell who raised it."""
    found = _raised(work, command.dispute)
    return _end(work, found, command.decision, command.answer)


@handles(WithdrawDispute)
def withdraw_dispute(work: Work, command: WithdrawDispute) -> Answer:
    """End one's own dispute."""
    found = _raised(work, command.dispute)
    if name_of(found.party) != work.actor.company:
        what, fix = "another company raised it", "Take back disputes of your own company."
        raise permissions.not_allowed(what, f"dispute {found.id}", "own_company", fix)
    return _end(work, found, "withdrawn", "")


def _raised(work: Work, dispute: str) -> Row[Any]:
    found = disputes.get(work.connection, dispute)
    if found.state != "raised":
        what, fix = f"the dispute is {found.state}", "Decide on disputes that are raised."
        raise refuse(what, f"dispute {found.id}", "dispute_state", fix)
    return found


def _end(work: Work, found: Row[Any], state: str, answer: str) -> Answer:
    at = work.now()
    disputes.decide(work.connection, found.id, state, answer)
    told = {"dispute": found.id, "state": state, "answer": answer}
    work.record(ledger.stream_of(found.market), "dispute ended", told, at)
    notices.tell(work, name_of(found.party), "dispute ended", found.session, told, at)
    return {"dispute": found.id, "state": state}
