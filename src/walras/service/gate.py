"""What happens around a gate: a session's times, default orders, and the book that a run reads."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from walras.book.book import Book
from walras.book.decouple import decoupled
from walras.book.market import MarketTerms
from walras.book.unlimited import unlimited
from walras.contracts.auction import with_contracts
from walras.contracts.offers import DayOffer
from walras.errors import BadInput
from walras.service import batch
from walras.service.batch import Entry
from walras.service.canonical import bytes_digest, digest_of
from walras.service.capacity.auctions import with_capacities
from walras.service.capacity.network import section_mistakes
from walras.service.clock import MINUTE, microseconds
from walras.service.defaults import moved
from walras.service.definition import MarketDefinition
from walras.service.intake import payload
from walras.service.plan import AS_HELD, UNLIMITED, Plan
from walras.service.roles import Actor, Role
from walras.service.secrets import Secrets, unseal
from walras.service.store import corridors, markets, notices, orders, users
from walras.service.supply.offered import bare, offers_of
from walras.service.terms import market_terms
from walras.service.timetable.events import events, utc_of
from walras.service.timetable.ladder import Ladder, deadlines_on, ladder_of
from walras.service.timetable.parse import timetable_from
from walras.service.timetable.rules import check_timetable, due_mistakes, load_door_rules, pass_mistakes, usual_settings
from walras.service.timetable.timetable import Timetable, read_moment
from walras.service.work import Work, refuse

LAST_YEAR = 2999
"""Times of sessions lie before its end: a thousand years short of what a clock can say."""


def times_of(market: MarketDefinition, day: date, opens: datetime | None, gate: datetime | None) -> dict[str, int]:
    """Return the times of a session in microseconds, those of the market's timetable unless given.

    Raises:
        BadInput: A given time has no zone, or the gate is not after the opening (`time_zone`, `session_times`).
    """
    given = {"opens_at": opens, "gate_at": gate}
    for name, moment in given.items():
        if moment is not None and moment.tzinfo is None:
            raise refuse("the time has no zone", name, "time_zone", "Write it with its offset, such as 12:00Z.")
        if moment is not None and not 1970 <= moment.year <= LAST_YEAR:
            raise refuse(f"{moment} is far away", name, "session_times", f"Give a time from 1970 to {LAST_YEAR}.")
    timetable = timetable_of(market, day)
    usual = {event.name: event.utc for event in events(timetable, day)}
    until_results = usual["results_due"] - usual["gate"]
    opens, gate = opens or usual["open"], gate or usual["gate"]
    if not opens < gate:
        raise refuse("the gate does not close after the book opens", "gate_at", "session_times", "Give a later gate.")
    times = {"opens_at": opens, "gate_at": gate, "results_due_at": gate + until_results}
    return {name: microseconds(moment) for name, moment in times.items()}


def first_plan(market: MarketDefinition, day: date) -> Plan:
    """Return the plan of the run at a gate: where a corridor is requested it clears without network limits."""
    is_asked = load_door_rules(market.profile, day).corridor == "requested"
    return Plan(network=UNLIMITED if is_asked else AS_HELD)


def begins_at(market: MarketDefinition, session: Row[Any], at: int) -> int:
    """Return when the run of a gate may begin: after the verification of orders, 0 where there is none.

    Verification of a live session counts from its gate; other kinds are closed at any time, and verified from then.
    """
    minutes = load_door_rules(market.profile, date.fromisoformat(session.delivery_day)).verification_minutes
    return (session.gate_at if session.kind == "live" else at) + minutes * MINUTE if minutes else 0


def corridor_due(market: MarketDefinition, day: date, gate_at: int) -> int:
    """Return until when the corridor of a session may be answered, as far from its gate as usual."""
    timetable = timetable_of(market, day)
    until = read_moment(market.capacity.corridor_due or load_door_rules(market.profile, day).corridor_due)
    assert until is not None, "checked when the market was defined"
    usual = utc_of(timetable, day, [timetable.moment("gate"), until])
    return gate_at + microseconds(usual[1]) - microseconds(usual[0])


def deadlines_of(market: MarketDefinition, day: date, gate_at: int) -> list[tuple[str, int]]:
    """Return the rungs of a session's ladder and when the clock takes each, as far from its gate as usual."""
    timetable = timetable_of(market, day)
    usual = next(event.utc for event in events(timetable, day) if event.name == "gate")
    moved = gate_at - microseconds(usual)
    found = deadlines_on(ladder_for(market, day, timetable), timetable, day)
    return [(rung, microseconds(at) + moved) for rung, at in found]


def ladder_for(market: MarketDefinition, day: date, timetable: Timetable) -> Ladder:
    """Return the ladder of a market: the rungs of its profile, at its own deadlines if it has any.

    Raises:
        BadInput: It is none (as in `ladder`).
    """
    rules = load_door_rules(market.profile, day)
    own = market.run.fallback_deadlines
    return ladder_of(rules.fallback, rules.fallback_deadlines if own is None else own, timetable)


def timetable_of(market: MarketDefinition, day: date) -> Timetable:
    """Return the timetable of a market: what its profile says, where the market does not say otherwise."""
    rules = load_door_rules(market.profile, day)
    shortest = min(grid.mtu_minutes for grid in market.grids)
    own = {"mtu_minutes": shortest} if shortest in rules.mtu_minutes else {}
    timetable = timetable_from(usual_settings(rules, market.name, market.time_zone) | own | market.timetable)
    check_timetable(timetable, rules)
    return timetable


def check_kind(market: MarketDefinition, day: date, kind: str, layer: str) -> None:
    """Refuse a kind of session, or a layer, that the profile does not have (`session_kind`, `session_layer`)."""
    rules = load_door_rules(market.profile, day)
    if layer not in rules.capacity_layers:
        what = f"profile {market.profile} has no layer {layer}"
        raise refuse(what, "layer", "session_layer", f"Use {' or '.join(rules.capacity_layers)}.")
    kinds = rules.session_kinds
    if kind not in kinds:
        what = f"profile {market.profile} has no sessions of kind {kind}"
        raise refuse(what, "kind", "session_kind", f"Use {' or '.join(kinds)}.")


def check_definition(market: MarketDefinition, first: date, last: date | None) -> None:
    """Refuse a market whose folder of the first delivery day would not read; every mistake is listed."""
    if last is not None and last < first:
        raise refuse("it ends before it begins", "valid_to", "market_valid", "Give a later last day, or none.")
    market_terms(market, first)
    timetable = timetable_of(market, first)
    ladder_for(market, first, timetable)
    rules = load_door_rules(market.profile, first)
    capacity_due = market.capacity.capacity_due or rules.capacity_due
    nomination_due = market.capacity.nomination_due or rules.nomination_due
    wrong = due_mistakes(capacity_due, nomination_due, str(timetable.moment("gate")), "capacity")
    wrong += pass_mistakes(rules, market.capacity.corridor_due or rules.corridor_due, timetable, "capacity")
    wrong += section_mistakes(market, first)
    if wrong:
        raise BadInput(wrong)


def gather(work: Work, session: Row[Any], at: int) -> str:
    """Take in default orders of members that sent nothing, and return the digest of the book at the gate.

    Live sessions alone have them. Default orders that do not fit this session (a market that changed, rights
    that ended, a member that is suspended, content that was damaged) are left out, and their member is told
    why: nobody's default orders hold up a gate.
    """
    if session.kind == "live":  # an officer alone ends other kinds at any time, and would read what was left
        sent = orders.members_that_sent(work.connection, session.id)
        for row in orders.defaults(work.connection, session.market):
            if row.member not in sent:
                _take_default(work, session, row, at)
    live = orders.live(work.connection, session.id)
    return digest_of([[r.member, r.name, r.version, r.submission, r.digest] for r in live])


def _take_default(work: Work, session: Row[Any], row: Row[Any], at: int) -> None:
    """Store one member's default orders as a submission of this session, or say why not."""
    try:
        entry = _default_entry(work, session, row)
        if entry is None:
            return
        batch.prepare_here(work.connection, [entry])
        if entry.error is None:
            batch.Batch(work.connection, work.clock, work.secrets).run([entry])
        error = entry.error
    except BadInput as refused:
        error = refused
    if error is not None:
        work.record(session.id, "default orders left out", {"member": row.member, "why": _why(error)}, at)
        notices.tell(work, row.member, "default orders left out", session.id, {"why": str(error)}, at)


def _why(error: Exception) -> str:
    """Return what the trail says of orders that were left out: what is free would tell what open books bind."""
    if isinstance(error, BadInput) and any(m.rule == "collateral" for m in error.mistakes):
        return "they bind more collateral than is free\n  rule: collateral"
    return str(error)


def _default_entry(work: Work, session: Row[Any], row: Row[Any]) -> Entry | None:
    """Return a member's default orders on their way into a session, None if no hour of them is in its day."""
    company: Any = users.company(work.connection, row.member)
    if company.state != "active":
        what = f"{row.member} is {company.state}"
        raise refuse(what, "company", "member_active", "Ask the operator; only active members trade.")
    actor = Actor(Role.MEMBER, "default", row.member)
    content = unseal(work.secrets.named("default orders"), row.sealed, f"{row.market} {row.member}")
    left = payload.decode(content)
    assert isinstance(left, tuple), "default orders are documents"
    zone = ZoneInfo(markets.version(work.connection, session.market, session.market_version).definition.time_zone)
    sent = moved(left, date.fromisoformat(row.day), date.fromisoformat(session.delivery_day), zone)
    if not sent:
        return None
    content = payload.encode(sent)
    return Entry(
        actor, session.id, sent, None, "", is_default=True, content=content, digest=bytes_digest(content)
    )  # fmt: skip


@dataclass(frozen=True)
class Held:
    """What the store holds of an auction: its market, and what each member sent.

    Attributes:
        terms: The market of the delivery day.
        sent: Member code, payload, and the bare names of its orders that stood at the gate.
        supply: What supply contracts brought to it; the capacities of the market are without what they reserve.
    """

    terms: MarketTerms
    sent: tuple[tuple[str, bytes, frozenset[str]], ...]
    supply: tuple[DayOffer, ...] = ()

    def book(self, plan: Plan) -> Book:
        """Return the book that a plan clears; what it leaves out is not even read.

        Raises:
            BadInput: The orders do not read.
        """
        kept = ((member, content, names - plan.of_member(member)) for member, content, names in self.sent)
        book = payload.book_of(self.terms, ((m, c, n) for m, c, n in kept if n))
        if self.supply:
            book = with_contracts(book, self.supply, is_reserved=True)
        return unlimited(book) if plan.network == UNLIMITED else decoupled(book, plan.cut_off)

    def only(self, kept: Collection[tuple[str, str]]) -> Held:
        """Return it with these orders alone, each named by member and bare name."""
        chosen = ((m, c, frozenset(n for n in names if (m, n) in kept)) for m, c, names in self.sent)
        return replace(self, sent=tuple((m, c, n) for m, c, n in chosen if n))

    def without(self, plan: Plan) -> Held:
        """Return it without the orders that a plan leaves out."""
        return replace(self, sent=tuple((m, c, left) for m, c, n in self.sent if (left := n - plan.of_member(m))))


def held_loader(secrets: Secrets) -> Callable[[Connection, Row[Any]], Held]:
    """Return what gives a worker all that was sent to a session whose gate has closed."""

    def load(connection: Connection, session: Row[Any]) -> Held:
        if session.key_released_at is None:
            what = "the gate has not closed: the key of the book is not released"
            raise refuse(what, f"session {session.id}", "book_sealed", "Wait for the gate.")
        definition = markets.version(connection, session.market, session.market_version).definition
        terms = market_terms(definition, date.fromisoformat(session.delivery_day))
        terms = with_capacities(terms, corridors.capacity_of(connection, session.id))
        key = secrets.session_key(session.id, session.sealed_key)
        supply = tuple(bare(offer) for _, offer in offers_of(connection, session.id))
        return Held(terms, tuple(orders.payloads(connection, session.id, key)), supply)

    return load


def book_loader(secrets: Secrets) -> Callable[[Connection, Row[Any], Plan], Book]:
    """Return what gives a worker the book that a plan clears: every live order but those that it excludes."""
    held = held_loader(secrets)
    return lambda connection, session, plan: held(connection, session).book(plan)
