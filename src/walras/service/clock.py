"""The one place where the service reads the time: the clock of its database.

All processes on one store share that clock, so no gate depends on whose machine asks. Units:
whole microseconds since 1970 UTC. A clock can be set forward for tests and simulations; a
service that was started from the command line never is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, text

SECOND = 1_000_000
MINUTE = 60 * SECOND

_POSTGRESQL = text("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)")
_SQLITE = text("SELECT strftime('%s', 'now'), strftime('%f', 'now')")


@dataclass
class Clock:
    """The database's clock, `ahead` microseconds set forward."""

    ahead: int = 0

    def now(self, connection: Connection) -> int:
        """Return the time inside a transaction, read anew at each call."""
        if connection.dialect.name == "postgresql":
            return int(connection.execute(_POSTGRESQL).scalar_one()) + self.ahead
        whole, seconds = connection.execute(_SQLITE).one()
        return int(whole) * SECOND + round(float(seconds) % 1 * SECOND) + self.ahead


def microseconds(moment: datetime) -> int:
    """Return a time with its zone as microseconds since 1970 UTC.

    >>> microseconds(datetime(2026, 3, 1, 12, tzinfo=UTC))
    1772366400000000
    """
    assert moment.tzinfo is not None, "a time needs its zone"
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """Return microseconds since 1970 as a time in UTC.

    >>> moment(1772366400000000).isoformat()
    '2026-03-01T12:00:00+00:00'
    """
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)


def time_text(at: int | None) -> str | None:
    """Return a time for people and files, None for none.

    >>> time_text(1772366400000000)
    '2026-03-01T12:00:00.000000Z'
    """
    return None if at is None else moment(at).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
