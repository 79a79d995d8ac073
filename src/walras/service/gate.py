"""What happens around a gate: a session's times, its book, and the certificate of its final result."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from walras.service.clock import microseconds
from walras.service.definition import MarketDefinition
from walras.service.work import refuse


def times_of(market: MarketDefinition, day: date, opens: datetime | None, gate: datetime | None) -> dict[str, int]:
    """Return the times of a session in microseconds, those of the timetable unless given."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(market.time_zone))
    given = {"opens_at": opens, "gate_at": gate}
    for name, moment in given.items():
        if moment is not None and moment.tzinfo is None:
            raise refuse("the time has no zone", name, "time_zone", "Write it with its offset, such as 12:00Z.")
    times = {
        "opens_at": microseconds(opens or midnight - timedelta(days=14)),
        "gate_at": microseconds(gate or midnight - timedelta(hours=12)),
        "results_due_at": microseconds((gate or midnight - timedelta(hours=12)) + timedelta(minutes=45)),
    }
    if not times["opens_at"] < times["gate_at"]:
        raise refuse("the gate does not close after the book opens", "gate_at", "session_times", "Give a later gate.")
    return times


def check_definition(market: MarketDefinition, first: date, last: date | None) -> None:
    """Refuse a market whose folder of the first delivery day would not read."""


def gather(work: Any, session: Any, at: int) -> str:
    """Take in default orders and return the digest of the book at the gate."""
    raise NotImplementedError


def certify_final(work: Any, session: Any, at: int) -> None:
    """Store the certificate of the final result."""
    raise NotImplementedError
