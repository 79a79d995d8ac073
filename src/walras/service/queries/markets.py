"""Queries about a market over time: its versions, and the timetable of a delivery day."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from walras.service.commands import Code
from walras.service.queries.query import EVERYBODY, Query
from walras.service.roles import Role


class ListMarketVersions(Query):
    """Every version of a market with the delivery days that it was made for, the newest first."""

    roles: ClassVar[frozenset[Role]] = EVERYBODY
    path: ClassVar[str] = "/markets/{market}/versions"
    market: Code


class GetTimetable(Query):
    """The events of a delivery day, in UTC and in the market's time; of the day whose gate comes next if none is given.

    Times are those of the timetable; a session that was scheduled with times of its own stands beside them.
    """

    roles: ClassVar[frozenset[Role]] = EVERYBODY
    path: ClassVar[str] = "/markets/{market}/timetable"
    market: Code
    day: date | None = None
