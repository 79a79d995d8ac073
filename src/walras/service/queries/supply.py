"""Queries about supply agreements, for those whom they name and those who watch."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from walras.service.commands import EVERY_COMPANY, Code
from walras.service.queries.query import After, Limit, Query
from walras.service.roles import Role

Month = Annotated[str, Field(pattern=r"^(19[5-9]|20[0-9])[0-9]-(0[1-9]|1[0-2])$")]


class ListSupplyAgreements(Query):
    """Supply agreements of a market by id: to parties and operators of hops their own."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "contracts"
    path: ClassVar[str] = "/markets/{market}/supply-agreements"
    market: Code
    after: Annotated[str, Field(max_length=20)] = ""
    limit: Limit = 100


class GetSupplyAgreement(Query):
    """One supply agreement: every version that names the caller, with its text, state and who confirmed it."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "contracts"
    path: ClassVar[str] = "/supply-agreements/{agreement}"
    agreement: Code


class GetSupplyStanding(Query):
    """Where the contracts of a supply agreement stand: quantities, banks, documents by month, statements, parts."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "contracts"
    path: ClassVar[str] = "/supply-agreements/{agreement}/standing"
    agreement: Code


class ListSupplyRecords(Query):
    """What was recorded under a supply agreement, oldest first, each sealed onto the one before."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "contracts"
    path: ClassVar[str] = "/supply-agreements/{agreement}/records"
    agreement: Code
    what: Literal["everything", "facts", "documents", "observations"] = "everything"
    after: After = 0
    limit: Limit = 100


class ExplainSupplyPrice(Query):
    """How the price of a month comes about, line by line with the observations that it stands on."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "contracts"
    path: ClassVar[str] = "/supply-agreements/{agreement}/contracts/{contract}/prices/{month}"
    agreement: Code
    contract: Code
    month: Month
    component: Annotated[str, Field(max_length=200)] | None = None


class GetSupplyCourse(Query):
    """How a year of a supply contract runs, each day beside an even pace; how its make-up and carry-forward moved."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "contracts"
    path: ClassVar[str] = "/supply-agreements/{agreement}/contracts/{contract}/course"
    agreement: Code
    contract: Code
    year: Annotated[int, Field(ge=1950, le=2099)] | None = None


class GetSupplyFlexibility(Query):
    """What a contract day has for the auction: nominated, on offer, what is left to offer, and a unit's power."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "contracts"
    path: ClassVar[str] = "/supply-agreements/{agreement}/contracts/{contract}/days/{day}/flexibility"
    agreement: Code
    contract: Code
    day: date
