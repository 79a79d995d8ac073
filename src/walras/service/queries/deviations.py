"""Queries about deviations, for those at the border: meters, days, agreements, energy accounts."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from walras.service.commands import Code
from walras.service.definition import Short
from walras.service.queries.capacity import AT_THE_BORDER
from walras.service.queries.query import Query
from walras.service.roles import Role


class ListMetering(Query):
    """Every version of every meter of a delivery day, kWh along its line."""

    roles: ClassVar[frozenset[Role]] = AT_THE_BORDER
    scope: ClassVar[str] = "deviations"
    path: ClassVar[str] = "/markets/{market}/days/{delivery_day}/metering"
    market: Code
    delivery_day: date
    line: Short | None = None


class GetDeviations(Query):
    """A day of a cross-section as it is known now, MTU by MTU: energy, band, initiative, prices; and its runs."""

    roles: ClassVar[frozenset[Role]] = AT_THE_BORDER
    scope: ClassVar[str] = "deviations"
    path: ClassVar[str] = "/markets/{market}/days/{delivery_day}/deviations/{element}"
    market: Code
    delivery_day: date
    element: Short


class ExplainDeviation(Query):
    """How the money of one MTU comes about, line by line; of the first of the day unless one is named."""

    roles: ClassVar[frozenset[Role]] = AT_THE_BORDER
    scope: ClassVar[str] = "deviations"
    path: ClassVar[str] = "/markets/{market}/days/{delivery_day}/deviations/{element}/explanation"
    market: Code
    delivery_day: date
    element: Short
    mtu_start: datetime | None = None


class ListAgreements(Query):
    """What the two sides of cross-sections proposed and agreed for a delivery day: assistance and returns."""

    roles: ClassVar[frozenset[Role]] = AT_THE_BORDER
    scope: ClassVar[str] = "deviations"
    path: ClassVar[str] = "/markets/{market}/days/{delivery_day}/agreements"
    market: Code
    delivery_day: date


class GetEnergyAccount(Query):
    """What one side of a cross-section owes the other in kind: balances by class, open days, movements."""

    roles: ClassVar[frozenset[Role]] = AT_THE_BORDER
    scope: ClassVar[str] = "deviations"
    path: ClassVar[str] = "/markets/{market}/energy-accounts/{element}"
    market: Code
    element: Short
