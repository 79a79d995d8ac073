"""Permits: granted and ended by a system operator of the element, or by a regulator."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import insert, select, update

from walras.capacity.layers import DIRECTIONS
from walras.capacity.permits import Permit, overlapping
from walras.capacity.taking import utc_text
from walras.service import permissions
from walras.service.capacity.asking import stream_of
from walras.service.capacity.bilateral import check_member, used_kw
from walras.service.capacity.moments import local_day
from walras.service.capacity.network import days_from
from walras.service.capacity.state import State, state_of
from walras.service.capacity.volumes import kw_of
from walras.service.clock import MINUTE
from walras.service.commands import EndPermit, GrantPermit
from walras.service.dispatch import Answer, handles
from walras.service.roles import Role
from walras.service.store import capacity as stored
from walras.service.store import markets, notices
from walras.service.store.capacity_schema import permits
from walras.service.store.users import next_id
from walras.service.work import Work, refuse


@handles(GrantPermit)
def grant_permit(work: Work, command: GrantPermit) -> Answer:
    """Let a company use an element up to a power over whole delivery days; one permit at a time."""
    check_member(work, command.holder, command.market, "holder")
    if command.valid_to < command.valid_from:
        raise refuse("it ends before it begins", "valid_to", "permit_valid", "Give a later last day.")
    (most,) = kw_of([command.most_mw], "permit").tolist()
    stored.lock(work.connection, command.market)
    at = work.now()
    state = state_of(work.connection, command.market, command.valid_from, command.valid_to, [command.element])
    e = state.elements.known(command.element, "permit")
    _check_side(work, state, e)
    begin, end = int(state.elements.begin[e]), int(state.elements.end[e])
    if end * MINUTE <= at:
        raise refuse(f"it ends on {command.valid_to}", "valid_to", "permit_valid", "Give a last day to come.")
    direction = DIRECTIONS.index(command.direction)
    new = Permit("", command.holder, command.element, direction, most, begin, end)
    rows = stored.permits_of(work.connection, command.market, command.holder)
    has = [Permit(p.id, p.holder, p.element, p.direction, p.most_kw, p.begin, p.end) for p in rows]
    for other in overlapping(has, new):
        what = f"{other.permit} is valid from {utc_text(other.begin)} to {utc_text(other.end)}"
        raise refuse(what, "valid_from", "permit_overlaps", "End that permit first, or choose other days.")
    permit = next_id(work.connection, "P")
    values = {"element": command.element, "direction": direction, "holder": command.holder, "most_kw": most,
              "begin": begin, "end": end, "granted_by": work.actor.company}  # fmt: skip
    work.connection.execute(insert(permits).values(id=permit, market=command.market, at=at, **values))
    said = {"permit": permit, "valid_from": command.valid_from.isoformat(), "valid_to": command.valid_to.isoformat()}
    work.record(stream_of(command.market), "permit granted", said | values, at)
    notices.tell(work, command.holder, "permit granted", "", said | values, at)
    return {"permit": permit}


def _check_side(work: Work, state: State, element: int) -> None:
    """Refuse a system operator that is no side of the element; a regulator may grant any."""
    if work.actor.role is Role.SYSTEM_OPERATOR and work.actor.company not in state.network.sides[element]:
        name = state.elements.items[element].name
        what = f"{work.actor.company} is no side of {name}"
        raise permissions.not_allowed(what, "element", "capacity_side", "Grant lines at which your zone ends.")


@handles(EndPermit)
def end_permit(work: Work, command: EndPermit) -> Answer:
    """End a permit after a day, unless a contract uses it beyond."""
    found = work.connection.execute(select(permits).where(permits.c.id == command.permit)).one_or_none()
    if found is None:
        raise refuse(f"there is no permit {command.permit!r}", "permit", "permit_known", "Take an id from the list.")
    stored.lock(work.connection, found.market)
    found = work.connection.execute(select(permits).where(permits.c.id == command.permit)).one()
    at = work.now()
    day = state_of(work.connection, found.market, command.last_day, command.last_day, [found.element])
    e = day.elements.known(found.element, "permit")
    _check_side(work, day, e)
    end = int(day.elements.end[e])
    if end * MINUTE <= at or not found.begin < end < found.end:
        what = f"its last day cannot be {command.last_day}"
        raise refuse(what, "last_day", "permit_valid", "Give a day to come, before the permit ends by itself.")
    _check_unused(work, found, command.last_day)
    work.connection.execute(update(permits).where(permits.c.id == found.id).values(end=end))
    said = {"permit": found.id, "end": end, "last_day": command.last_day.isoformat(), "by": work.actor.company}
    work.record(stream_of(found.market), "permit ended", said, at)
    notices.tell(work, found.holder, "permit ended", "", said, at)
    return {"permit": found.id}


def _check_unused(work: Work, found: Any, last_day: date) -> None:
    """Refuse to end a permit under a contract that uses it (rule `permit_in_use`)."""
    first = date.fromordinal(last_day.toordinal() + 1)
    definition = state_of(work.connection, found.market, last_day, last_day, [found.element]).definition
    last = local_day(definition, found.end - 1)
    for begin, end in _of_one_definition(work, found.market, first, last):
        state = state_of(work.connection, found.market, begin, end, [found.element])
        if found.element not in state.elements.number:
            continue
        starts = state.elements.starts(state.elements.number[found.element])
        used = used_kw(work, state, found.holder, found.element, found.direction, starts)
        if used.any():
            what = f"a contract uses it at {utc_text(int(starts[used > 0][0]))}"
            raise refuse(what, "last_day", "permit_in_use", "End or lower the contracts first.")


def _of_one_definition(work: Work, market: str, first: date, last: date) -> list[tuple[date, date]]:
    """Return spans of days, each with one definition of the market: a permit may outlive several; others have none."""
    found: list[tuple[date, date]] = []
    before = None
    for day in days_from(first, last):
        now = markets.in_force(work.connection, market, day)
        if now is not None and now == before:
            found[-1] = (found[-1][0], day)
        elif now is not None:
            found.append((day, day))
        before = now
    return found
