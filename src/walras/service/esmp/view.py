"""What one addressee sees of a delivery day: lines, holders, matches; and version and time of its document.

Documents are about electricity. A system operator sees the lines that end in its zones, a
member its own contracts and rights on any line, those who watch see everything and get it as
the operator. The version counts what happened to the day, the time is that of the last such
thing: the same state gives the same bytes, whoever asks and whenever.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from walras.errors import BadInput, Mistake
from walras.formats import esmp
from walras.service.capacity.network import network_of
from walras.service.capacity.state import State, state_of
from walras.service.clock import SECOND, moment
from walras.service.esmp.eics import Eics, eics_of
from walras.service.roles import Actor, Role
from walras.service.store import capacity as ledger
from walras.service.store import market_documents as stored
from walras.service.work import refuse

CARRIER = "electricity"
MOST_VERSION = 999
OPERATOR_ROLE, SYSTEM_OPERATOR_ROLE, MEMBER_ROLE = "A11", "A04", "A01"
"""Market operator, system operator, trade responsible party."""


@dataclass(frozen=True)
class View:
    """One addressee's sight of a day.

    Attributes:
        state: The ledger of the day.
        eics: Codes, with what is missing.
        company: Whose document it is.
        role: What that company is; those who watch see what the operator does.
        lines: Numbers of the lines that it sees.
        span: First minute of the day, and the minute that follows it.
        parties: Seller and buyer of each contract, twice the holder of each right, among the holders it sees.
        matches: What matching came to, None before.
        happened: How many things happened to the day, and when the last did.
    """

    state: State
    eics: Eics
    company: str
    role: Role
    lines: tuple[int, ...]
    span: tuple[int, int]
    parties: dict[str, tuple[str, str]]
    matches: list[dict[str, Any]] | None
    happened: tuple[int, int]

    @property
    def day(self) -> date:
        """Delivery day."""
        return self.state.days[0]

    @cached_property
    def sender(self) -> esmp.Party:
        """The market operator."""
        return esmp.Party(self.eics.company(self.eics.operator), OPERATOR_ROLE)

    @cached_property
    def receiver(self) -> esmp.Party:
        """The addressee."""
        return esmp.Party(self.eics.company(self.company), party_role(self.role))

    @property
    def version(self) -> int:
        """From 1 to 999."""
        return (self.happened[0] - 1) % MOST_VERSION + 1

    @property
    def created_at(self) -> datetime:
        """When the last thing happened, in whole seconds."""
        return moment(self.happened[1] // SECOND * SECOND)

    def identification(self, kind: str) -> str:
        """Return what the document is called; after 999 versions another number follows."""
        rest = (self.happened[0] - 1) // MOST_VERSION
        name = f"{self.day} {kind} {self.company} {self.state.market}"
        return short_name(f"{name} {rest + 1}" if rest else name)

    @cached_property
    def domain(self) -> str:
        """Area that the document is about: the system operator's first zone, or the market's."""
        own = [z.zone for z in self.state.definition.zones if z.system_operator == self.company]
        ends = [area for e in self.lines for area in self.zones(e, 0)]
        return self.eics.zone(next(iter([*own, *ends, self.state.definition.zones[0].zone])))

    def zones(self, line: int, direction: int) -> tuple[str, str]:
        """Return the zones that a line leads out of and into."""
        item = self.state.elements.items[line]
        ends = (item.from_areas[0], item.to_areas[0])
        return ends if direction == 0 else ends[::-1]

    def line_code(self, line: int) -> str | None:
        """Return the EIC of a line, None where its zones say which it is."""
        ends = set(self.zones(line, 0))
        twins = [e for e in electric_lines(self.state) if set(self.zones(e, 0)) == ends]
        name = self.state.elements.items[line].name
        return None if len(twins) == 1 and self.eics.lines[name] is None else self.eics.line(name)


def party_role(role: Role) -> str:
    """Return the role by which documents name a company.

    >>> party_role(Role.REGULATOR)
    'A11'
    """
    return {Role.MEMBER: MEMBER_ROLE, Role.SYSTEM_OPERATOR: SYSTEM_OPERATOR_ROLE}.get(role, OPERATOR_ROLE)


def short_name(text: str) -> str:
    """Return a text as an identification: at most 60 characters, the same one for the same text.

    >>> short_name("C-0001 0 N-S forward"), len(short_name("x" * 200))
    ('C-0001 0 N-S forward', 60)
    """
    return text if len(text) <= 60 else f"{text[:47].rstrip()}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def view_of(connection: Connection, actor: Actor, market: str, day: date) -> View:
    """Return what the caller sees of a day.

    Raises:
        BadInput: No such market or version, no line of electricity that the caller sees (`esmp_lines`), or lines
            with days that begin at different times (`esmp_day`).
    """
    state = state_of(connection, market, day, day)
    is_watching = actor.role in {Role.OPERATOR, Role.REGULATOR}
    role = Role.OPERATOR if is_watching else actor.role
    eics = eics_of(connection, state.definition)
    company = eics.operator if is_watching else actor.company
    lines = electric_lines(state, company if role is Role.SYSTEM_OPERATOR else None)
    if not lines:
        fix = "Ask for a day and market in which a line of electricity ends in your zone."
        raise refuse(f"{company} has no line of electricity", f"market {market}", "esmp_lines", fix)
    span = span_of(state, lines)
    numbers = set(lines)
    held = state.ledger.held
    parties = stored.parties(connection, held.filter(held["line"].is_in(numbers))["holder"].unique().to_list())
    matches = _matches(connection, state, lines)
    own = None
    if role is Role.MEMBER:
        parties = {holder: pair for holder, pair in parties.items() if company in pair}
        matches = None if matches is None else [m for m in matches if company in (m["seller"], m["buyer"])]
        own = stored.holders_of(connection, market, company)
    names = [state.elements.items[e].name for e in lines]
    near = network_of(state.definition, day, day, names).elements.items
    happened = stored.happened(connection, market, day, [i.name for i in near], span, own)
    return View(state, eics, company, role, lines, span, parties, matches, happened)


def electric_lines(state: State, side: str | None = None) -> tuple[int, ...]:
    """Return the lines of electricity, those alone that end at one system operator unless it is None."""
    electric = {line.line for line in state.definition.lines if line.carrier == CARRIER}
    return tuple(
        e for e, item in enumerate(state.elements.items)
        if item.is_line and item.name in electric and (side is None or side in state.network.sides[e])
    )  # fmt: skip


def span_of(state: State, lines: tuple[int, ...]) -> tuple[int, int]:
    """Return first minute and end of the day that lines share (rule `esmp_day`)."""
    spans = {(int(state.elements.begin[e]), int(state.elements.end[e])) for e in lines}
    if len(spans) > 1:
        fix = "Give electricity one beginning of the day in all zones, or use the plain queries and commands."
        raise BadInput([Mistake("lines have different days", f"market {state.market}", "esmp_day", fix)])
    return spans.pop()


def _matches(connection: Connection, state: State, lines: tuple[int, ...]) -> list[dict[str, Any]] | None:
    """Return what matching came to for contracts that cross some lines; each with its first hop, and the line there."""
    done = ledger.day_of(connection, state.market, state.days[0].isoformat())
    if done is None or done.matched_at is None:
        return None
    found = json.loads(done.matches)
    legs = stored.paths(connection, [m["contract"] for m in found])
    kept = []
    for m in found:
        hops = [hop for leg in legs[m["contract"]] for hop in leg]
        crossed = [line for hop in hops for line, _ in _lines_of(state, hop["element"])]
        if set(crossed) & set(lines):
            first, is_reversed = next(_lines_of(state, hops[0]["element"]))
            along = (hops[0]["direction"] == "backward") != is_reversed
            kept.append(m | {"line": first, "direction": int(along), "element": hops[0]["element"]})
    return kept


def _lines_of(state: State, element: str) -> Any:
    return state.elements.lines_of(state.elements.known(element, "contract"))
