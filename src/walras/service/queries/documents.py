"""The query for market documents."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from walras.service.commands import EVERY_COMPANY, Code
from walras.service.queries.query import Query
from walras.service.roles import Role

DocumentKind = Literal["capacity", "schedule", "anomaly", "confirmation"]


class GetMarketDocument(Query):
    """The ESMP document of a delivery day for the caller: of its own lines or contracts; the operator gets all."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "documents"
    path: ClassVar[str] = "/markets/{market}/days/{delivery_day}/documents/{kind}"
    market: Code
    delivery_day: date
    kind: DocumentKind
