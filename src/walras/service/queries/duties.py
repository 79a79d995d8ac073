"""The query of a system operator's day: what waits for its hand."""

from __future__ import annotations

from typing import ClassVar

from walras.service.commands.command import SYSTEM_OPERATOR
from walras.service.queries.query import Query
from walras.service.roles import Role


class ListDuties(Query):
    """What waits for a system operator: capacities, corridors, agreements, meters, permits that end; the soonest first.

    Kinds: `capacity_due`, `capacity_differs`, `corridor_due`, `agreement_waits`, `metering_missing`, `permit_ends`.
    """

    roles: ClassVar[frozenset[Role]] = frozenset({SYSTEM_OPERATOR})
    scope: ClassVar[str] = "capacity"
    path: ClassVar[str] = "/duties"
