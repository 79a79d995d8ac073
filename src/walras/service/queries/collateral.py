"""Queries about collateral: headroom and margin calls."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from walras.service.commands import Code
from walras.service.queries.query import WATCHING, Limit, Query
from walras.service.roles import Role


class GetHeadroom(Query):
    """What is free of a member's collateral; those who watch see no more of an open book than that it is sealed."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.MEMBER}) | WATCHING
    scope: ClassVar[str] = "collateral"
    path: ClassVar[str] = "/markets/{market}/headroom"
    market: Code
    member: Code | None = None


class ListMarginCalls(Query):
    """Margin calls of a market: a member its own, all to those who watch."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.MEMBER}) | WATCHING
    scope: ClassVar[str] = "collateral"
    path: ClassVar[str] = "/markets/{market}/margin-calls"
    market: Code
    after: Annotated[str, Field(max_length=20)] = ""
    limit: Limit = 200
