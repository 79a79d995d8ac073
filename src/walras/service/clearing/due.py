"""What of settlement is due by the clock: final sessions that were not settled, and dated reruns.

A rerun is due so many months after the month of delivery has ended, in the market's time zone. A
session whose fixings are not stored yet waits for them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, exists, func, select

from walras.errors import BadInput
from walras.service.clearing.terms import SettlementTerms
from walras.service.clock import moment
from walras.service.commands import Command, ResettleSession, SettleSession
from walras.service.dispatch import Dispatch
from walras.service.roles import SYSTEM
from walras.service.store import markets, settlement
from walras.service.store.schema import sessions
from walras.service.store.settlement_schema import settlement_runs, settlement_terms

LOST = {"settled_once", "run_once"}
"""Rules by which a command is refused that another process was first with."""
WAITS = {"fixing_missing"}
"""Rules by which a session waits for somebody."""
MOST = 200
"""Sessions a turn, so that a year that falls due at once does not hold up the rest."""


def due(connection: Connection, now: int) -> list[Command]:
    """Return what is due at a time: first runs of final sessions, then reruns; the oldest days first."""
    r, s = settlement_runs.c, sessions.c
    terms = exists().where(settlement_terms.c.market == s.market)
    settled = exists().where(r.session == s.id)
    waiting = connection.execute(
        select(s.id, s.market, s.delivery_day)
        .where(s.state == "final", s.kind == "live", terms, ~settled)
        .order_by(s.delivery_day, s.id)
        .limit(MOST)
    ).all()
    first = [SettleSession(session=w.id) for w in waiting if _is_automatic(connection, w.market, w.delivery_day)]
    return [*first, *_reruns(connection, now)]


def _is_automatic(connection: Connection, market: str, day: str) -> bool:
    found = settlement.find_terms(connection, market, date.fromisoformat(day))
    return found is not None and found.terms.is_automatic


def _reruns(connection: Connection, now: int) -> Iterator[Command]:
    r, s = settlement_runs.c, sessions.c
    for market, name, months in _dated(connection):
        zone = ZoneInfo(markets.version_now(connection, market, moment(now).date()).definition.time_zone)
        before = first_of_month(moment(now).astimezone(zone).date(), -months)
        made = exists().where(r.session == s.id, r.name == name)
        settled = exists().where(r.session == s.id)
        rows = connection.execute(
            select(s.id, s.delivery_day)
            .where(s.market == market, s.delivery_day < before.isoformat(), settled, ~made)
            .order_by(s.delivery_day, s.id)
            .limit(MOST)
        ).all()
        for row in rows:
            terms = settlement.terms_on(connection, market, date.fromisoformat(row.delivery_day)).terms
            if terms.is_automatic and any((x.name, x.months) == (name, months) for x in terms.reruns):
                reason = f"due {months} months after the month of delivery"
                yield ResettleSession(session=row.id, name=name, reason=reason)


def _dated(connection: Connection) -> list[tuple[str, str, int]]:
    """Return market, name and months of every dated rerun that any terms have."""
    found = set()
    for row in connection.execute(select(settlement_terms.c.market, settlement_terms.c.body)):
        terms = SettlementTerms.model_validate(json.loads(row.body))
        found |= {(row.market, x.name, x.months) for x in terms.reruns}
    return sorted(found, key=lambda x: (x[0], x[2]))


def first_of_month(day: date, months: int) -> date:
    """Return the first day of the month that lies so many months from that of a day.

    >>> first_of_month(date(2027, 2, 15), -4)
    datetime.date(2026, 10, 1)
    """
    whole = day.year * 12 + day.month - 1 + months
    return date(whole // 12, whole % 12 + 1, 1)


def tick(dispatch: Dispatch) -> list[Command]:
    """Do what is due and return what this process did; a session that cannot be settled holds up no other.

    Raises:
        BadInput: A command was refused for another reason than that somebody was first or that it waits.
    """
    with dispatch.store.read() as connection:
        if not connection.scalar(select(func.count()).select_from(settlement_terms)):
            return []
        waiting = due(connection, dispatch.store.clock.now(connection))
    done, refused = [], []
    for command in waiting:
        try:
            dispatch.do(SYSTEM, command)
            done.append(command)
        except BadInput as error:
            refused += [m for m in error.mistakes if m.rule not in LOST | WAITS]
    if refused:
        raise BadInput(refused)
    return done
