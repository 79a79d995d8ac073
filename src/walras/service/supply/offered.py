"""What supply contracts bring to a session: fixed when its gate closes, and read again by whoever reads its book.

Live sessions of the day-ahead layer alone have it: each contract day that lies in the session's horizon
comes with what is nominated and with the flexibility that the buyer offered. A day comes once; after a
session that was cancelled it may come again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import Connection, Row, select

from walras.book.cells import Grid
from walras.book.market import MarketTerms
from walras.contracts import Agreement, Contract, Journal
from walras.contracts.calendar import begin_of
from walras.contracts.offers import DayOffer, FlexibleStep, day_offer
from walras.errors import BadInput, Mistake
from walras.service.store import markets, notices
from walras.service.store import supply as stored
from walras.service.store.schema import sessions
from walras.service.supply.admitted import admission_mistakes, products_of
from walras.service.supply.reserving import set_to
from walras.service.terms import market_terms
from walras.service.work import Work
from walras.settlement.accounts import name_of

DAY = timedelta(days=1)
SHUT = ("closed", "cleared", "fallback", "final")


def takes_in(session: Row[Any]) -> bool:
    """Return whether contracts come to a session."""
    return bool(session.kind == "live" and session.layer == "day_ahead")


def terms_of(connection: Connection, session: Row[Any]) -> MarketTerms:
    """Return the market of a session."""
    definition = markets.version(connection, session.market, session.market_version).definition
    return market_terms(definition, date.fromisoformat(session.delivery_day))


def covered(terms: MarketTerms, agreement: Agreement, contract: Contract) -> list[date]:
    """Return the days of a contract that an auction has whole where it is delivered, and where it is taken out."""
    meeting = contract.meeting
    if meeting is None:
        return []
    cells = terms.places.cells
    grids = {(cells.zones[g.zone].name, g.carrier): g for g in cells.grids}
    zones = [z for z in (meeting.delivery, meeting.source) if z is not None]
    if not all((z, meeting.carrier) in grids for z in zones):
        return []
    mine = [grids[z, meeting.carrier] for z in zones]
    first = date(1970, 1, 1) + timedelta(days=min(g.start for g in mine) // 1440) - DAY
    days = (first + n * DAY for n in range((max(g.end for g in mine) - min(g.start for g in mine)) // 1440 + 3))
    return [d for d in days if contract.begin <= d < contract.end and all(_has(g, agreement, d) for g in mine)]


def _has(grid: Grid, agreement: Agreement, day: date) -> bool:
    begin, end = begin_of(agreement, day), begin_of(agreement, day + DAY)
    return grid.start <= begin < end <= grid.end and not (begin - grid.start) % grid.mtu_minutes


def gate_mistakes(
    connection: Connection, market: str, agreement: Agreement, asked: Iterable[tuple[Contract, date]], at: int
) -> Iterator[Mistake]:
    """Yield contract days that a session whose gate has closed took in, or would have.

    Args:
        connection: A transaction that holds the lock of the market's capacity, as a gate does.
        market: Code of the market.
        agreement: Of the contracts.
        asked: Contracts that meet the auction, and days.
        at: Time of the store, microseconds.
    """
    wanted: dict[str, set[date]] = {}
    by_name: dict[str, Contract] = {}
    for contract, day in asked:
        by_name[contract.contract] = contract
        wanted.setdefault(contract.contract, set()).add(day)
    if not wanted:
        return
    every = set().union(*wanted.values())
    s = sessions.c
    near = ((min(every) - 2 * DAY).isoformat(), (max(every) + 2 * DAY).isoformat())
    query = select(sessions).where(
        s.market == market, s.kind == "live", s.layer == "day_ahead", s.delivery_day.between(*near),
        s.state.in_(SHUT) | ((s.state != "cancelled") & (s.gate_at <= at)),
    )  # fmt: skip
    for session in connection.execute(query.order_by(s.id)):
        terms = terms_of(connection, session)
        for name, days in sorted(wanted.items()):
            for day in sorted(days & set(covered(terms, agreement, by_name[name]))):
                fix = "Nominate and offer before the gate; what flowed besides is for an allocation to correct."
                what = f"the gate of session {session.id} has closed"
                yield Mistake(what, f"contract {name} {day}", "supply_gate", fix)


def current_offer(connection: Connection, journal: Journal, agreement: str, contract: Contract, day: date) -> DayOffer:
    """Return what a contract brings on a day as it stands: what is nominated, and steps that were offered."""
    body = stored.flexibility(connection, agreement, contract.contract, day.isoformat())[1]
    floor = None if body["floor"] is None else Fraction(body["floor"])
    offer = day_offer(journal.standing, contract, day, floor=floor)
    return replace(offer, steps=steps_of(body["steps"]))


def steps_of(rows: Iterable[Collection[str]]) -> tuple[FlexibleStep, ...]:
    """Return steps as they are stored: quantity and price of each."""
    return tuple(FlexibleStep(Fraction(q), Fraction(p)) for q, p in rows)


def offer_for(work: Work, session: Row[Any], at: int) -> None:
    """Fix what contracts bring to a session whose gate closes; it and the market's capacity are locked."""
    if not takes_in(session):
        return
    terms = terms_of(work.connection, session)
    grids = terms.places.cells.grids
    first, last = (
        (date(1970, 1, 1) + timedelta(days=minute // 1440 + more)).isoformat()
        for minute, more in ((min(g.start for g in grids), -1), (max(g.end for g in grids), 1))
    )
    taken = stored.offered_elsewhere(work.connection, session.market, session.id, first, last)
    rows: list[dict[str, Any]] = []
    for agreement in stored.offered_between(work.connection, session.market, first, last):
        try:
            rows += list(_rows(work, session, agreement, terms, taken, at))
        except BadInput as error:  # a text that was damaged: nobody's contract holds up a gate
            said = {"agreement": agreement, "why": [str(m) for m in error.mistakes]}
            work.record(session.id, "supply left out", said, at)
    if rows:
        digest = stored.add_offered(work.connection, session.id, rows, at)
        work.record(session.id, "supply offered", {"digest": digest, "contract_days": len(rows)}, at)


def _rows(
    work: Work, session: Row[Any], agreement: str, terms: MarketTerms, taken: Collection[tuple[str, str]], at: int
) -> Iterator[dict[str, Any]]:
    found = stored.get(work.connection, agreement, is_locked=True)
    journal = stored.journal(work.connection, found)
    for contract in journal.agreement.contracts:
        name, allocated = contract.contract, journal.standing.course(contract).allocated
        days = [d for d in covered(terms, journal.agreement, contract) if d not in allocated]
        days = [d for d in days if (name, d.isoformat()) not in taken]
        if not days or _is_left_out(work, session, contract, at):
            continue
        for day in days:
            said = day.isoformat()
            offer = current_offer(work.connection, journal, agreement, contract, day)
            yield {
                "agreement": agreement, "version": found.version, "contract": name, "day": said,
                "nominated": str(offer.nominated), "steps": [[str(s.quantity), str(s.price)] for s in offer.steps],
                "floor": None if offer.floor is None else str(offer.floor),
            }  # fmt: skip


def _is_left_out(work: Work, session: Row[Any], contract: Contract, at: int) -> bool:
    """Return whether a party may not trade now, and its contract has no orders; both and the trail hear why."""
    asked = products_of(contract).items()
    why = [str(m) for a, ps in asked for m in admission_mistakes(work.connection, session.market, a, ps)]
    if why:
        said = {"contract": contract.contract, "why": why}
        work.record(session.id, "supply left out", said, at)
        for account, _ in asked:
            notices.tell(work, name_of(account), "supply left out", session.id, {"market": session.market} | said, at)
    return bool(why)


def offers_of(connection: Connection, session: str) -> list[tuple[str, DayOffer]]:
    """Return what contracts brought to a session, each with its agreement; none before its gate."""
    return [(row["agreement"], _offer(connection, row)) for row in stored.offered(connection, session)[1]]


def _offer(connection: Connection, row: dict[str, Any]) -> DayOffer:
    agreement = stored.read(stored.text_of(connection, row["agreement"], row["version"]))
    contract = agreement.contract(row["contract"])
    assert contract is not None, "the version has the contract that it brought"
    day = date.fromisoformat(row["day"])
    begin, end = begin_of(agreement, day), begin_of(agreement, day + DAY)
    floor = None if row["floor"] is None else Fraction(row["floor"])
    return DayOffer(contract, day, begin, end, Fraction(row["nominated"]), steps_of(row["steps"]), floor)


def bare(offer: DayOffer) -> DayOffer:
    """Return an offer with what its orders are made of alone: no formulas, and of its way what is lost on it."""
    hops = tuple(replace(hop, tariff=None, permits=()) for hop in offer.contract.hops)
    return replace(offer, contract=replace(offer.contract, components=(), hops=hops))


def free_for(work: Work, session: Row[Any], at: int) -> None:
    """Give back what steps hold of a session that ends without a result; what is nominated keeps its capacity."""
    state, rows = stored.offered(work.connection, session.id)
    if state != "offered":
        return
    stored.set_offered(work.connection, session.id, "free")
    work.record(session.id, "supply freed", {}, at)
    offers = offers_of(work.connection, session.id)
    for row in rows:
        if row["steps"]:
            withdraw(work, session.market, row["agreement"], row["contract"], row["day"], at)
    set_to(work, session.market, [replace(o, steps=()) for _, o in offers if o.steps], "supply freed", at)


def withdraw(work: Work, market: str, agreement: str, contract: str, day: str, at: int) -> None:
    """Take back the flexibility of a contract day, if there is any."""
    if stored.flexibility(work.connection, agreement, contract, day)[1]["steps"]:
        say_flexibility(work, market, agreement, contract, day, {"steps": [], "floor": None}, at)


def say_flexibility(
    work: Work, market: str, agreement: str, contract: str, day: str, body: dict[str, Any], at: int
) -> int:
    """Store a version of a contract day's flexibility, say so in the trail, and return its number."""
    version, digest = stored.add_flexibility(work.connection, agreement, contract, day, body, at)
    said = {"agreement": agreement, "contract": contract, "day": day, "flexibility": version, "digest": digest}
    work.record(stored.stream_of(market), "supply flexibility", said, at)
    return version
