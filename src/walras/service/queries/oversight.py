"""Queries of the regulator: order books, concentration, pivotal suppliers, replays."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from walras.service.commands import Code, SessionId
from walras.service.queries.query import WATCHING, Query
from walras.service.roles import Role

Version = Annotated[int, Field(ge=1, lt=2**31)]
GroupText = Annotated[str, Field(max_length=4000)]
"""Company groups, as `North=M-0001,M-0002;South=M-0003,M-0004`."""
Threshold = Annotated[float, Field(ge=0, le=10_000)]


class GetOrderBook(Query):
    """Every order of a session after its gate, raw, as curves, and with what became of it; a zip file."""

    roles: ClassVar[frozenset[Role]] = WATCHING
    scope: ClassVar[str] = "oversight"
    path: ClassVar[str] = "/sessions/{session}/order-book"
    session: SessionId
    version: Version | None = None
    form: Literal["csv", "parquet"] = "csv"
    names: Literal["codes", "pseudonyms"] = "codes"


class GetConcentration(Query):
    """The HHI of zones or coupled areas over final results, and day by day: of the last day unless days are named."""

    roles: ClassVar[frozenset[Role]] = WATCHING
    scope: ClassVar[str] = "oversight"
    path: ClassVar[str] = "/markets/{market}/concentration"
    market: Code
    first_day: date | None = None
    last_day: date | None = None
    of: Literal["zones", "areas"] = "zones"
    groups: GroupText = ""
    moderate: Threshold = 1500.0
    high: Threshold = 2500.0
    form: Literal["json", "csv"] = "json"


class GetPivotalSuppliers(Query):
    """The residual supply index over final results, and day by day: of the last day unless days are named."""

    roles: ClassVar[frozenset[Role]] = WATCHING
    scope: ClassVar[str] = "oversight"
    path: ClassVar[str] = "/markets/{market}/pivotal-suppliers"
    market: Code
    first_day: date | None = None
    last_day: date | None = None
    groups: GroupText = ""
    threshold: Annotated[float, Field(ge=0, le=100)] = 1.1
    share_of_hours: Annotated[float, Field(ge=0, le=100)] = 5.0
    form: Literal["json", "csv"] = "json"


class GetReplay(Query):
    """A session cleared again from its sealed orders, with the verdict of every step; takes as long as its run."""

    roles: ClassVar[frozenset[Role]] = WATCHING
    scope: ClassVar[str] = "oversight"
    path: ClassVar[str] = "/sessions/{session}/replay"
    session: SessionId
    version: Version | None = None
