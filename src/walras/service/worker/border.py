"""The clock at the border: capacities and schedules of a day are closed when they are due, what waits too long lapses.

Any number of processes may look at once, as with sessions (`worker.timetable`): each asks by
the same commands as an officer, and who comes second is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from walras.errors import BadInput
from walras.service.capacity import moments
from walras.service.capacity.network import network_of
from walras.service.clock import SECOND
from walras.service.commands import CloseCapacities, Command, LapseContract, LapseSupplyAgreement, MatchSchedules
from walras.service.definition import MarketDefinition
from walras.service.dispatch import Dispatch
from walras.service.roles import SYSTEM
from walras.service.store import capacity as stored
from walras.service.store import contracts, markets, supply
from walras.service.timetable.rules import MOST_DAYS_BEFORE

LOST = {"capacity_told", "schedules_matched", "contract_pending", "supply_agreement_pending"}
"""Rules by which a command is refused that another process was first with."""


def due(connection: Connection, now: int) -> list[Command]:
    """Return what is due at a time: first what lapses, then the days of each market."""
    found: list[Command] = [LapseContract(contract=c) for c in contracts.waiting(connection, now)]
    found += [LapseSupplyAgreement(agreement=a) for a in supply.waiting(connection, now)]
    for row in markets.newest(connection):
        found += _of_market(connection, row["market"], now)
    return found


def _of_market(connection: Connection, market: str, now: int) -> Iterator[Command]:
    """Yield what is due of the days of a market that are not over."""
    today = datetime.fromtimestamp(now // SECOND, UTC).date()
    for day in (today + timedelta(days=n) for n in range(-1, MOST_DAYS_BEFORE + 1)):
        try:
            definition = markets.version_for(connection, market, day).definition
        except BadInput:
            continue
        begin, end = _span(definition, day)
        if end * 60 * SECOND <= now or not definition.lines:
            continue
        until, done = moments.due(definition, day), stored.day_of(connection, market, day.isoformat())
        has_sides = any(network_of(definition, day, day).sides)
        if has_sides and now >= until.capacity and (done is None or done.capacity_told_at is None):
            yield CloseCapacities(market=market, delivery_day=day)
        is_matched = done is not None and done.matched_at is not None
        if now >= until.nomination and not is_matched and stored.has_trade(connection, market, begin, end):
            yield MatchSchedules(market=market, delivery_day=day)


def _span(definition: MarketDefinition, day: date) -> tuple[int, int]:
    """Return begin and end of a local day, UTC minutes; days of carriers may begin in the morning."""
    zone = ZoneInfo(definition.time_zone)
    latest = max((g.begins for g in definition.grids), default="00:00")
    hour, minute = map(int, latest.split(":"))
    start = datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() // 60
    return int(start), int(start) + 1500 + hour * 60 + minute


def tick(dispatch: Dispatch) -> int:
    """Do what is due and return how much of it this process did.

    Raises:
        BadInput: A command was refused for another reason than that somebody was first; the others are done.
    """
    with dispatch.store.read() as connection:
        waiting = due(connection, dispatch.store.clock.now(connection))
    done, refused = 0, []
    for command in waiting:
        try:
            dispatch.do(SYSTEM, command)
        except BadInput as error:
            refused += [m for m in error.mistakes if m.rule not in LOST]
            continue
        done += 1
    if refused:
        raise BadInput(refused)
    return done
