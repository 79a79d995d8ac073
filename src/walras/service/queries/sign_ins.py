"""Who signed in to the console."""

from __future__ import annotations

from typing import ClassVar

from walras.service.commands import EVERY_COMPANY, Code
from walras.service.queries.query import After, Limit, Query
from walras.service.roles import Role


class ListSignIns(Query):
    """Sign-ins to the console of the last 90 days: the operator sees all, others those of their company."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "users"
    path: ClassVar[str] = "/sign-ins"
    user: Code | None = None
    after: After = 0
    limit: Limit = 100
