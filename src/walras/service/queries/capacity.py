"""Queries about capacity, contracts and schedules."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from walras.service.commands import EVERY_COMPANY, Code, SessionId
from walras.service.definition import Short
from walras.service.queries.query import EVERYBODY, WATCHING, After, Limit, Query
from walras.service.roles import Role

AT_THE_BORDER = WATCHING | {Role.SYSTEM_OPERATOR}


class GetCapacity(Query):
    """The capacities of a delivery day: what is agreed, given away in each layer, and free; how it came about."""

    roles: ClassVar[frozenset[Role]] = EVERYBODY
    scope: ClassVar[str] = "capacity"
    path: ClassVar[str] = "/markets/{market}/days/{delivery_day}/capacities"
    market: Code
    delivery_day: date
    element: Short | None = None


class ListDeclarations(Query):
    """Every version of what system operators declared for a delivery day, with its criteria and reserve."""

    roles: ClassVar[frozenset[Role]] = AT_THE_BORDER
    scope: ClassVar[str] = "capacity"
    path: ClassVar[str] = "/markets/{market}/days/{delivery_day}/declarations"
    market: Code
    delivery_day: date
    element: Short | None = None


class ListCapacityEntries(Query):
    """The entries of the ledger of a market, oldest first: who took or gave back what, in which booking."""

    roles: ClassVar[frozenset[Role]] = WATCHING
    scope: ClassVar[str] = "capacity"
    path: ClassVar[str] = "/markets/{market}/capacity-entries"
    market: Code
    after: After = 0
    limit: Limit = 1000


class ListCapacityRights(Query):
    """Rights to capacity: a member sees its own."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "capacity"
    path: ClassVar[str] = "/markets/{market}/rights"
    market: Code


class ListPermits(Query):
    """Permits: a member sees its own."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "capacity"
    path: ClassVar[str] = "/markets/{market}/permits"
    market: Code


class ListTransmissions(Query):
    """Transmission that is no trade, by id: lines, directions, hours and powers that it holds."""

    roles: ClassVar[frozenset[Role]] = AT_THE_BORDER
    scope: ClassVar[str] = "capacity"
    path: ClassVar[str] = "/markets/{market}/transmissions"
    market: Code


class ListContracts(Query):
    """Bilateral contracts by id: a member sees its own, a system operator those that cross its lines."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "contracts"
    path: ClassVar[str] = "/markets/{market}/contracts"
    market: Code
    after: Annotated[str, Field(max_length=20)] = ""
    limit: Limit = 100


class GetContract(Query):
    """One contract with every version of its volumes."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "contracts"
    path: ClassVar[str] = "/contracts/{contract}"
    contract: Code


class GetSchedules(Query):
    """The schedules of a day: planned net interchange of each element by layer, and contracts to who may see them."""

    roles: ClassVar[frozenset[Role]] = EVERYBODY
    scope: ClassVar[str] = "schedules"
    path: ClassVar[str] = "/markets/{market}/days/{delivery_day}/schedules"
    market: Code
    delivery_day: date


class GetCorridor(Query):
    """What the first pass of a session asks of each line, what it holds, and what was answered and granted."""

    roles: ClassVar[frozenset[Role]] = AT_THE_BORDER
    scope: ClassVar[str] = "capacity"
    path: ClassVar[str] = "/sessions/{session}/corridor"
    session: SessionId
