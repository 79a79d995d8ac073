"""Records of supply agreements: facts that somebody says, documents that follow from them; money is booked at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row

from walras.contracts import Agreement, Event, Journal
from walras.contracts.calendar import begin_of
from walras.contracts.offers import day_offer
from walras.errors import BadInput, Mistake
from walras.service import permissions
from walras.service.capacity.bilateral import check_member
from walras.service.clock import MINUTE
from walras.service.commands.supply import IssueSupplyDocument, RecordSupplyFacts
from walras.service.dispatch import Answer, handles
from walras.service.roles import Role
from walras.service.store import capacity, notices
from walras.service.store import supply as stored
from walras.service.supply.asked import asked_of, found_for
from walras.service.supply.booking import add
from walras.service.supply.entitled import right_mistakes
from walras.service.supply.offered import gate_mistakes, withdraw
from walras.service.supply.reserving import set_to
from walras.service.supply.saying import said_by
from walras.service.work import Work, refuse
from walras.settlement.accounts import name_of


@handles(RecordSupplyFacts)
def record_supply_facts(work: Work, command: RecordSupplyFacts) -> Answer:
    """Record facts by the door's clock; every mistake of every row is listed, and nothing is recorded then."""
    is_nominated = any(row.get("kind", "").strip() == "nomination" for row in command.rows)
    if is_nominated:
        capacity.lock(work.connection, stored.get(work.connection, command.agreement).market)
    found = found_for(work.connection, work.actor, command.agreement, is_locked=True)
    at = work.now()
    journal = stored.journal(work.connection, found)
    if is_nominated and work.actor.role is Role.MEMBER:
        check_member(work, work.actor.company, found.market, "buyer")
    rows, mistakes = said_by(work.actor, journal.agreement, command.rows, at // MINUTE)
    try:
        made = journal.record(rows)
    except BadInput as error:
        mistakes += error.mistakes
    if mistakes:
        raise BadInput(mistakes)
    _check_begun(work, found, journal, made, at)
    _reserve(work, found, journal, made, at)
    booked = add(work, found, journal, made, at)
    return {"agreement": found.id, "first": made[0].number, "last": made[-1].number, "events": booked}


def _check_begun(work: Work, found: Row[Any], journal: Journal, made: Sequence[Event], at: int) -> None:
    """Refuse what is said to have been delivered on days to come: it would close them to the buyer's nominations.

    Raises:
        BadInput: A day has not begun, and no gate of an auction has closed for it (rule `supply_day_begun`).
    """
    agreement = journal.agreement
    asked = [
        (contract, day)
        for name, said in sorted({(e.contract, str(e.body["day"])) for e in made if e.kind == "allocation"})
        if (contract := agreement.contract(name)) is not None
        and begin_of(agreement, day := date.fromisoformat(said)) > at // MINUTE
    ]
    meets = [(c, day) for c, day in asked if c.meeting is not None]
    shut = {m.where for m in gate_mistakes(work.connection, found.market, agreement, meets, at)}
    fix = "Allocate what was delivered, once the day has begun."
    places = [f"contract {c.contract} {day}" for c, day in asked]
    wrong = [Mistake("the day has not begun", where, "supply_day_begun", fix) for where in places if where not in shut]
    if wrong:
        raise BadInput(wrong)


def _reserve(work: Work, found: Row[Any], journal: Journal, made: Sequence[Event], at: int) -> None:
    """Take the capacity of what was nominated for auctions to come; flexibility of those days has to be offered anew.

    Raises:
        BadInput: The gate of a day has closed (rule `supply_gate`), a line has no room (`capacity_free`), or a party
            could not send such orders itself (`member_may_trade`, `member_limit`).
    """
    agreement = journal.agreement
    days = {(e.contract, str(e.body["day"])) for e in made if e.kind == "nomination"}
    asked = [
        (contract, date.fromisoformat(day))
        for name, day in sorted(days)
        if (contract := agreement.contract(name)) is not None and contract.meeting is not None
    ]
    offers = [day_offer(journal.standing, contract, day) for contract, day in asked]
    wrong = list(gate_mistakes(work.connection, found.market, agreement, asked, at))
    wrong += right_mistakes(work.connection, found.market, offers)
    if wrong:
        raise BadInput(wrong)
    for contract, day in asked:
        withdraw(work, found.market, found.id, contract.contract, day.isoformat(), at)
    set_to(work, found.market, offers, "supply nominated", at)


@handles(IssueSupplyDocument)
def issue_supply_document(work: Work, command: IssueSupplyDocument) -> Answer:
    """Compute a document by the door's clock, record and book it, and tell everybody whom it makes pay or paid."""
    found = found_for(work.connection, work.actor, command.agreement, is_locked=True)
    at = work.now()
    journal = stored.journal(work.connection, found)
    _may_issue(work, found, journal.agreement, command.contract)
    is_year = command.kind == "annual statement"
    if is_year == ("-" in command.of):
        fix = "Name a year for an annual statement, a month such as 2027-03 for all else."
        raise refuse(f"{command.of} is no {'year' if is_year else 'month'}", "of", "supply_document_of", fix)
    event = journal.issue(command.kind, command.contract, command.of, at // MINUTE)
    booked = add(work, found, journal, [event], at)
    told = {"market": found.market, "agreement": found.id, "contract": command.contract, "document": command.kind,
            "of": command.of, "record": event.number}  # fmt: skip
    _tell(work, journal, told, at)
    return told | {"events": booked, "document": dict(event.body), "kind": command.kind}


def _may_issue(work: Work, found: Row[tuple[object, ...]], agreement: Agreement, name: str) -> None:
    """Refuse who is neither the market operator nor the seller (rule `supply_issuer`)."""
    contract = agreement.contract(name)
    if contract is None:
        fix = f"Name one of {', '.join(c.contract for c in agreement.contracts)}."
        raise refuse(f"there is no contract {name!r}", "contract", "contract_known", fix)
    if work.actor.role is not Role.OPERATOR and work.actor.company != name_of(contract.seller):
        what = f"{work.actor.company} is not the seller of {name}"
        raise permissions.not_allowed(what, f"contract {name}", "supply_issuer", "Let the seller issue it.")


def _tell(work: Work, journal: Journal, told: dict[str, object], at: int) -> None:
    asked = asked_of(journal.agreement)
    for company in sorted({*asked.parties, *asked.operators}):
        notices.tell(work, company, "supply document issued", "", told, at)
