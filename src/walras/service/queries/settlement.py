"""Queries about settlement: terms, fixings, runs and their statements, the ledger, payments, disputes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from walras.service.clearing.terms import Account
from walras.service.commands import EVERY_COMPANY, Code, SessionId
from walras.service.queries.query import WATCHING, After, Limit, Query
from walras.service.roles import Role

LedgerAccount = Annotated[str, Field(max_length=120, pattern=r"^[a-z_]+/[^\x00-\x1f\x7f]+$")]
"""Any account of the chart, such as `line/A-B`."""
Run = Annotated[int, Field(ge=1, lt=2**31)]


class GetSettlementTerms(Query):
    """By what terms the sessions of a delivery day are settled; today's if none is given."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "settlement"
    path: ClassVar[str] = "/markets/{market}/settlement-terms"
    market: Code
    day: date | None = None


class ListFixings(Query):
    """Every fixing of a market with its versions."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "settlement"
    path: ClassVar[str] = "/markets/{market}/fixings"
    market: Code
    after: After = 0
    limit: Limit = 200


class ListSettlementRuns(Query):
    """The runs of settlement of a session."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "settlement"
    path: ClassVar[str] = "/sessions/{session}/settlement"
    session: SessionId


class ListStatements(Query):
    """Runs of settlement with what they say of a company in sum, newest first; of all companies to those who watch."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "settlement"
    path: ClassVar[str] = "/markets/{market}/statements"
    market: Code
    company: Code | None = None
    before: After = 0
    limit: Annotated[int, Field(ge=1, le=100)] = 30


class GetStatementLines(Query):
    """What a run of settlement says of a company, line by line; all companies to those who watch."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "settlement"
    path: ClassVar[str] = "/sessions/{session}/settlement/{run}/lines"
    session: SessionId
    run: Run
    company: Code | None = None


class ListBalances(Query):
    """Balances of the ledger, now or at a past moment: a company's own accounts, all to those who watch."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "settlement"
    path: ClassVar[str] = "/markets/{market}/balances"
    market: Code
    at: datetime | None = None


class ListLedger(Query):
    """Entries of a market's ledger with their postings and hashes; all, or those of an event or that touch an account.

    `after` is the last one of the page before, whichever end comes first.
    """

    roles: ClassVar[frozenset[Role]] = WATCHING
    scope: ClassVar[str] = "settlement"
    path: ClassVar[str] = "/markets/{market}/ledger"
    market: Code
    account: LedgerAccount | None = None
    event: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    first: Literal["oldest", "newest"] = "oldest"
    after: After = 0
    limit: Limit = 200


class GetLedgerFile(Query):
    """Every posting of a market's ledger with its entry and hashes, as CSV."""

    roles: ClassVar[frozenset[Role]] = WATCHING
    scope: ClassVar[str] = "settlement"
    path: ClassVar[str] = "/markets/{market}/ledger/csv"
    market: Code


class ListLedgerEvents(Query):
    """Events of a market's ledger, from which its entries follow; all, or those of a kind.

    `after` is the last one of the page before, whichever end comes first.
    """

    roles: ClassVar[frozenset[Role]] = WATCHING
    scope: ClassVar[str] = "settlement"
    path: ClassVar[str] = "/markets/{market}/ledger-events"
    market: Code
    kind: Annotated[str, Field(max_length=40)] | None = None
    first: Literal["oldest", "newest"] = "oldest"
    after: After = 0
    limit: Limit = 200


class ListPayments(Query):
    """Payments of a market: a company's own, all to those who watch."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "payments"
    path: ClassVar[str] = "/markets/{market}/payments"
    market: Code
    party: Account | None = None
    after: Annotated[str, Field(max_length=20)] = ""
    limit: Limit = 200


class ListBankAccounts(Query):
    """Bank accounts of a market: where payments go."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "payments"
    path: ClassVar[str] = "/markets/{market}/bank-accounts"
    market: Code


class ListDisputes(Query):
    """Disputes of a market: a company's own, all to those who watch."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "settlement"
    path: ClassVar[str] = "/markets/{market}/disputes"
    market: Code
    after: Annotated[str, Field(max_length=20)] = ""
    limit: Limit = 200
