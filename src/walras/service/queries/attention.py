"""The query of whoever runs the market or watches over it: what needs somebody."""

from __future__ import annotations

from typing import ClassVar

from walras.service.queries.query import WATCHING, Query
from walras.service.roles import Role


class GetAttention(Query):
    """What needs somebody: failed runs, proposals, objections, missing capacities, hits, debts, acts that are late."""

    roles: ClassVar[frozenset[Role]] = WATCHING
    scope: ClassVar[str] = "attention"
    path: ClassVar[str] = "/attention"
