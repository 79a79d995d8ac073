"""Queries about documents of settlement and statements as papers."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from walras.service.clearing.terms import Account
from walras.service.commands import EVERY_COMPANY, Code, SessionId
from walras.service.queries.query import Limit, Query
from walras.service.roles import Role

Form = Literal["html", "pdf", "csv"]
Number = Annotated[str, Field(max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]


class ListBills(Query):
    """Invoices, self-billing documents, credit notes and interest notes: a company's own, all to those who watch."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "billing"
    path: ClassVar[str] = "/markets/{market}/bills"
    market: Code
    party: Account | None = None
    after: Annotated[str, Field(max_length=80)] = ""
    limit: Limit = 200


class GetBill(Query):
    """One of these documents as a page, a PDF or CSV; a company only its own."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "billing"
    path: ClassVar[str] = "/markets/{market}/bills/{number}/{form}"
    market: Code
    number: Number
    form: Form


class GetStatement(Query):
    """What a run of settlement says of one account, as a page, a PDF or CSV; a company only of its own."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "settlement"
    path: ClassVar[str] = "/sessions/{session}/settlement/{run}/statement/{form}"
    session: SessionId
    run: Annotated[int, Field(ge=1, lt=2**31)]
    form: Form
    party: Account | None = None
