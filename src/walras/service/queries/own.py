"""Queries about a member's own part of a session: what it offers, and what it got and why."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from walras.service.commands import MEMBER, Code, SessionId
from walras.service.queries.query import WATCHING, After, Limit, Query
from walras.service.roles import Role

ITS_OWN = frozenset({MEMBER}) | WATCHING
Version = Annotated[int, Field(ge=1, lt=2**31)]


class GetOffer(Query):
    """What a member's live orders look like: power over time and, of one zone and carrier, curves and boxes."""

    roles: ClassVar[frozenset[Role]] = ITS_OWN
    scope: ClassVar[str] = "orders"
    path: ClassVar[str] = "/sessions/{session}/offer"
    session: SessionId
    member: Code | None = None
    zone: Annotated[str, Field(max_length=40)] = ""
    carrier: Annotated[str, Field(max_length=40)] = ""


class GetFilledTemplate(Query):
    """A member's live orders as the spreadsheet of the session, to be changed and sent again."""

    roles: ClassVar[frozenset[Role]] = ITS_OWN
    scope: ClassVar[str] = "orders"
    path: ClassVar[str] = "/sessions/{session}/orders.xlsx"
    session: SessionId
    member: Code | None = None


class GetDefaultOrders(Query):
    """The orders that the caller's company left for sessions of a market in which it sends nothing."""

    roles: ClassVar[frozenset[Role]] = frozenset({MEMBER})
    scope: ClassVar[str] = "orders"
    path: ClassVar[str] = "/markets/{market}/default-orders"
    market: Code


class GetOwnResult(Query):
    """A member's part of a result: its orders with what became of them, its volumes and money, MTU by MTU."""

    roles: ClassVar[frozenset[Role]] = ITS_OWN
    scope: ClassVar[str] = "orders"
    path: ClassVar[str] = "/sessions/{session}/own-result"
    session: SessionId
    member: Code | None = None
    version: Version | None = None


class ListExplanations(Query):
    """Why a member's orders, or one of them, got what they got: a row an order, and of curves a row a step."""

    roles: ClassVar[frozenset[Role]] = ITS_OWN
    scope: ClassVar[str] = "orders"
    path: ClassVar[str] = "/sessions/{session}/explanations"
    session: SessionId
    member: Code | None = None
    version: Version | None = None
    order: Annotated[str, Field(max_length=80)] = ""
    after: After = 0
    limit: Limit = 200
