"""The query for what the parties of a contract nominated for a day."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from walras.service.commands import MEMBER, Code
from walras.service.queries.query import WATCHING, Query
from walras.service.roles import Role


class GetNomination(Query):
    """A contract on one day: what it has, what each side nominated and what holds; the other side's once matched."""

    roles: ClassVar[frozenset[Role]] = frozenset({MEMBER}) | WATCHING
    scope: ClassVar[str] = "schedules"
    path: ClassVar[str] = "/contracts/{contract}/days/{delivery_day}/nomination"
    contract: Code
    delivery_day: date
