"""What of settlement is due by the clock: final sessions that were not settled, and dated reruns.

A rerun is due so many months after the month of delivery has ended, in the market's time zone. A
session whose fixings are not stored yet waits for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, exists, select
from sqlalchemy.exc import DBAPIError

from walras.errors import BadInput, Mistake
from walras.service.clock import MINUTE, moment
from walras.service.commands import Command, ResettleSession, SettleSession
from walras.service.dispatch import Dispatch
from walras.service.roles import SYSTEM
from walras.service.store import markets, settlement
from walras.service.store.schema import sessions
from walras.service.store.settlement import Span
from walras.service.store.settlement_schema import fixings, settlement_runs

LOST = {"settled_once", "run_once"}
"""Rules by which a command is refused that another process was first with."""
WAITS = {"fixing_missing"}
"""Rules by which a session waits for somebody."""
PAUSE = 5 * MINUTE
"""So long a session that could not be settled is left alone: to try costs as much as to settle."""
MOST = 200
"""Sessions of a market a turn, so that a year that falls due at once does not hold up the rest."""


def due(connection: Connection, now: int) -> list[Command]:
    """Return what is due at a time, market by market: first runs of final sessions, then reruns; oldest days first.

    What the terms of a day do not ask for, and what waits for a fixing, takes nobody's place.
    """
    found: list[Command] = []
    for market in settlement.markets_with_terms(connection):
        spans = [s for s in settlement.spans_of(connection, market) if s.terms.is_automatic]
        if spans:
            found += islice(_first_runs(connection, market, spans), MOST)
            found += islice(_reruns(connection, market, spans, now), MOST)
    return found


def _first_runs(connection: Connection, market: str, spans: Sequence[Span]) -> Iterator[Command]:
    s = sessions.c
    is_final = and_(s.state == "final", s.kind == "live", ~_has_run())
    for span in spans:
        for row in _sessions(connection, market, span, span.last, is_final):
            yield SettleSession(session=row.id)


def _reruns(connection: Connection, market: str, spans: Sequence[Span], now: int) -> Iterator[Command]:
    zone = ZoneInfo(markets.version_now(connection, market, moment(now).date()).definition.time_zone)
    today = moment(now).astimezone(zone).date()
    dated = [(rerun, span) for span in spans for rerun in span.terms.reruns]
    for rerun, span in sorted(dated, key=lambda x: x[0].months):
        last = first_of_month(today, -rerun.months) - timedelta(days=1)
        is_missing = and_(_has_run(), ~_has_run(settlement_runs.c.name == rerun.name))
        for row in _sessions(connection, market, span, min(last, span.last), is_missing):
            reason = f"due {rerun.months} months after the month of delivery"
            yield ResettleSession(session=row.id, name=rerun.name, reason=reason)


def _has_run(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    r, s = settlement_runs.c, sessions.c
    return exists().where(r.market == s.market, r.session == s.id, *more)


def _sessions(
    connection: Connection, market: str, span: Span, last: date, wanted: ColumnElement[bool]
) -> Sequence[Any]:
    """Return sessions of days that some terms hold for, once every fixing that these ask for is stored."""
    s, f = sessions.c, fixings.c
    stored = [
        exists().where(
            f.market == market, f.base == x.base, f.quote == x.quote, f.day == s.delivery_day, f.source == x.source
        )
        for x in span.terms.fixings
    ]
    days = and_(s.delivery_day >= span.first.isoformat(), s.delivery_day <= last.isoformat())
    query = select(s.id).where(s.market == market, days, wanted, *stored)
    return connection.execute(query.order_by(s.delivery_day, s.id).limit(MOST)).all()


def first_of_month(day: date, months: int) -> date:
    """Return the first day of the month that lies so many months from that of a day.

    >>> first_of_month(date(2027, 2, 15), -4)
    datetime.date(2026, 10, 1)
    """
    whole = day.year * 12 + day.month - 1 + months
    return date(whole // 12, whole % 12 + 1, 1)


def tick(dispatch: Dispatch, later: dict[str, int] | None = None) -> list[Command]:
    """Do what is due and return what this process did; a session that cannot be settled holds up no other.

    Args:
        dispatch: The store, and the way in.
        later: Sessions that failed, and when they are tried again (microseconds); kept by the caller between turns.

    Raises:
        BadInput: A command was refused for another reason than that somebody was first or that it waits.
        Exception: The first failure of another kind, once everything else is done; one of the store at once.
    """
    with dispatch.store.read() as connection:
        now = dispatch.store.clock.now(connection)
        waiting = due(connection, now)
    later = {} if later is None else later
    done, refused, failed = list[Command](), list[Mistake](), list[Exception]()
    for command in waiting:
        assert isinstance(command, SettleSession | ResettleSession)
        if later.get(command.session, 0) > now:
            continue
        try:
            dispatch.do(SYSTEM, command)
            done.append(command)
            continue
        except BadInput as error:
            found = [m for m in error.mistakes if m.rule not in LOST | WAITS]
            refused += found
            if not found:
                continue
        except DBAPIError:
            raise
        except Exception as error:
            failed.append(error)
        later[command.session] = now + PAUSE
    if failed:
        raise failed[0]
    if refused:
        raise BadInput(refused)
    return done
