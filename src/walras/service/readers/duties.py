"""What waits for a system operator, over all markets: one answer for the screen on which its day begins.

Days are local ones of each market. Capacities are asked for on days ahead that have a session, and
on the next day whose capacities are still to come; meters on the last days on which something was
planned at a border that has terms.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from walras.capacity.taking import utc_text
from walras.errors import BadInput
from walras.service.capacity import moments
from walras.service.capacity.state import State, state_of
from walras.service.clearing.deviation_rules import end_operators
from walras.service.clearing.deviations import Section, planned, section_of
from walras.service.clock import MINUTE, moment, time_text
from walras.service.queries import ListDuties
from walras.service.readers.registry import Look, Shown, reads
from walras.service.store import attention, corridors, markets, sessions, settlement
from walras.service.store import capacity as stored
from walras.service.store import deviations as border
from walras.service.store.settlement_schema import meter_series
from walras.service.timetable.rules import MOST_DAYS_BEFORE
from walras.settlement.deviations.metering import SIDES

METERED_DAYS = 7
"""Days back on which meters are asked for."""
PERMIT_DAYS = 14
"""Permits that end within so many days are named."""
MOST_AHEAD = 30


@dataclass(frozen=True)
class Post:
    """Who asks, about which market, on which local day there."""

    look: Look
    market: str
    today: date

    @property
    def company(self) -> str:
        """Return the system operator that asks."""
        return self.look.actor.company

    def duty(self, kind: str, due: int | None, **more: Any) -> Shown:
        """Return a duty; it is late once its time is over."""
        is_late = due is not None and self.look.at >= due
        return {"kind": kind, "market": self.market, "due_at": time_text(due), "is_late": is_late} | more


@reads(ListDuties)
def list_duties(look: Look, _query: ListDuties) -> Shown:
    """Return duties with a time first, the soonest first; a market that cannot be read on a day has none there."""
    found: list[Shown] = []
    for row in markets.newest(look.connection):
        post = Post(look, row["market"], moment(look.at).astimezone(ZoneInfo(row["time_zone"])).date())
        for part in (_capacities, _corridors, _agreements, _meters, _permits):
            found += part(post)
    found.sort(key=lambda d: (d["due_at"] is None, d["due_at"] or ""))
    return {"at": time_text(look.at), "items": found, "next": None}


def _capacities(post: Post) -> Iterator[Shown]:
    """Yield elements for which its side declared nothing, and those where the two sides differ."""
    for day in _days_ahead(post):
        try:
            state = state_of(post.look.connection, post.market, day, day)
        except BadInput:  # no version of the market holds then
            continue
        until, at = moments.due(state.definition, day).capacity, {"delivery_day": day.isoformat()}
        ends = zip(state.elements.items, state.network.sides, strict=True)
        names = [item.name for item, sides in ends if item.is_line and post.company in sides]
        silent = [n for n in names if post.company not in state.declared.get((n, day), {})]
        if silent:
            yield post.duty("capacity_due", until, **at, elements=silent)
        for name in names:
            count = _differing(state, name, day)
            if count:
                yield post.duty("capacity_differs", until, **at, element=name, mtus=count)


def _differing(state: State, name: str, day: date) -> int:
    """Return in how many MTUs, both ways, the sides of an element declared different figures."""
    agreed = state.agreed.get((name, day))
    return 0 if agreed is None else int(agreed.differs.sum())


def _days_ahead(post: Post) -> list[date]:
    """Return days with sessions that are still open to orders, and the next one whose capacities are to come."""
    connection, market = post.look.connection, post.market
    rows = attention.days_ahead(connection, MOST_AHEAD)
    days = {date.fromisoformat(r.delivery_day) for r in rows if r.market == market}
    for day in (post.today + timedelta(days=n) for n in range(MOST_DAYS_BEFORE + 1)):
        try:
            definition = markets.version_for(connection, market, day).definition
        except BadInput:
            continue
        if moments.due(definition, day).capacity > post.look.at:
            days.add(day)
            break
    return sorted(days)


def _corridors(post: Post) -> Iterator[Shown]:
    """Yield sessions that wait for its answer to what they ask of lines at its side."""
    connection = post.look.connection
    for session in sessions.latest(connection, post.market, "closed", None, None, MOST_AHEAD):
        found = corridors.waits_in(connection, session)
        if found is None:
            continue
        day = date.fromisoformat(session.delivery_day)
        definition = markets.version(connection, post.market, session.market_version).definition
        asked = json.loads(found.body)["lines"]
        own = {x.line for x in definition.lines if x.line in asked and post.company in end_operators(definition, x)}
        given = {a.element for a in corridors.answers(connection, session.id, found.version) if a.side == post.company}
        if own - given:
            more = {"session": session.id, "delivery_day": day.isoformat(), "elements": sorted(own - given)}
            yield post.duty("corridor_due", found.due_at, **more)


def _agreements(post: Post) -> Iterator[Shown]:
    """Yield what the other side proposed and waits for an answer."""
    for row in border.agreements(post.look.connection, post.market, None):
        if row.state != "proposed":
            continue
        section = section_of(post.look.connection, post.market, row.element, date.fromisoformat(row.day))
        if _side(section, post.company) not in {None, row.side}:
            more = {"agreement": row.id, "element": row.element, "delivery_day": row.day, "what": row.kind}
            yield post.duty("agreement_waits", None, **more, reference=row.reference)


def _side(section: Section, company: str) -> str | None:
    sides = {section.terms.from_side.operator: "from", section.terms.to_side.operator: "to"}
    return sides.get(company)


def _meters(post: Post) -> Iterator[Shown]:
    """Yield lines whose own meter sent nothing for one of the last days on which something was planned."""
    connection = post.look.connection
    for day in (post.today - timedelta(days=n) for n in range(1, METERED_DAYS + 1)):
        terms = settlement.find_terms(connection, post.market, day)
        sections = () if terms is None or terms.terms.deviations is None else terms.terms.deviations.sections
        for one in sections:
            try:
                section = section_of(connection, post.market, one.element, day)
            except BadInput:  # that day's market does not have it
                continue
            missing = _missing(post, section)
            if missing and section.place.grid.end * MINUTE <= post.look.at and planned(connection, section).any():
                at = {"delivery_day": day.isoformat(), "element": one.element}
                yield post.duty("metering_missing", section.due(one.metering_due), **at, lines=missing)


def _missing(post: Post, section: Section) -> list[str]:
    """Return the lines of a section that its side meters and sent nothing for."""
    lines, day = [line for line, _ in section.place.lines], section.place.grid.day
    sent = border.newest(post.look.connection, meter_series, post.market, {x.line for x in lines}, day)
    own = [(x.line, s) for x in lines for s, operator in zip(SIDES, end_operators(section.definition, x), strict=True)
           if operator == post.company]  # fmt: skip
    return sorted({line for line, side in own if (line, side) not in sent})


def _permits(post: Post) -> Iterator[Shown]:
    """Yield permits that it granted and that end soon."""
    now = post.look.at // MINUTE
    for row in stored.permits_of(post.look.connection, post.market, None):
        if row.granted_by == post.company and now < row.end <= now + PERMIT_DAYS * 1440:
            more = {"permit": row.id, "holder": row.holder, "element": row.element, "end": utc_text(row.end)}
            yield post.duty("permit_ends", None, **more)
