"""What a final result makes of supply contracts: allocations recorded, capacity firm where it is used and free else."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from typing import Any

from sqlalchemy import Row

from walras.contracts import Event, Journal
from walras.contracts.auction import allocation_rows
from walras.contracts.offers import DayOffer
from walras.errors import BadInput
from walras.service import gate
from walras.service.clock import MINUTE
from walras.service.store import capacity, notices, runs
from walras.service.store import supply as stored
from walras.service.stored_results import read_results
from walras.service.supply.asked import asked_of
from walras.service.supply.booking import add
from walras.service.supply.offered import offers_of
from walras.service.supply.reserving import set_to
from walras.service.work import Work


def allocate_for(work: Work, session: Row[Any], version: int, at: int) -> None:
    """Record what a session that becomes final delivered under each contract; the session is locked.

    A contract whose journal does not take its allocation (its year was stated meanwhile) holds up no result: the
    trail and its parties are told why.
    """
    if stored.offered(work.connection, session.id)[0] != "offered":
        return
    capacity.lock(work.connection, session.market)
    offers = offers_of(work.connection, session.id)
    plan = runs.plan_of(work.connection, session.id, version)
    book = gate.book_loader(work.secrets)(work.connection, session, plan)
    results, _ = read_results(work.connection, session.id, version, book)
    rows = allocation_rows(book, results.published, [o for _, o in offers], at // MINUTE)
    by: dict[str, list[dict[str, Any]]] = defaultdict(list)
    used: list[DayOffer] = []
    for (agreement, offer), row in zip(offers, rows, strict=True):
        by[agreement].append(row)
        used.append(replace(offer, nominated=Fraction(row["quantity"]), steps=()))
    stored.set_offered(work.connection, session.id, "allocated")
    work.record(session.id, "supply allocated", {"contract_days": len(rows)}, at)
    for agreement in sorted(by):
        _record(work, session, agreement, by[agreement], at)
    set_to(work, session.market, used, "supply allocated", at, is_firm=True)


def _record(work: Work, session: Row[Any], agreement: str, rows: list[dict[str, Any]], at: int) -> None:
    found = stored.get(work.connection, agreement, is_locked=True)
    journal = stored.journal(work.connection, found)
    made, why = _taken(journal, rows)
    if why:
        said = {"agreement": agreement, "why": why}
        work.record(session.id, "supply not allocated", said, at)
        _tell(work, session, journal, "supply not allocated", said, at)
    if made:
        add(work, found, journal, made, at)
        told = {"agreement": agreement, "first": made[0].number, "last": made[-1].number}
        _tell(work, session, journal, "supply allocated", told, at)


def _taken(journal: Journal, rows: list[dict[str, Any]]) -> tuple[list[Event], list[str]]:
    """Record what a journal takes of some rows; return it, and why it does not take the others."""
    try:
        return journal.record(rows), []
    except BadInput:
        made, why = list[Event](), list[str]()
    for row in rows:
        try:
            made += journal.record([row])
        except BadInput as error:
            why += [str(m) for m in error.mistakes]
    return made, why


def _tell(work: Work, session: Row[Any], journal: Journal, kind: str, said: dict[str, Any], at: int) -> None:
    asked = asked_of(journal.agreement)
    for company in sorted({*asked.parties, *asked.operators}):
        notices.tell(work, company, kind, session.id, {"market": session.market} | said, at)
