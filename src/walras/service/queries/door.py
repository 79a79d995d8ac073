"""Queries about markets, sessions, orders, companies and the record."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from walras.service.commands import EVERY_COMPANY, Code, Serial, SessionId
from walras.service.queries.query import EVERYBODY, WATCHING, After, Limit, Query
from walras.service.roles import Role


class WhoAmI(Query):
    """Who this key belongs to."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    path: ClassVar[str] = "/me"


class ListMarkets(Query):
    """Every market."""

    roles: ClassVar[frozenset[Role]] = EVERYBODY
    path: ClassVar[str] = "/markets"


class GetMarket(Query):
    """The definition of a market that holds on a day, today's if none is given, or that of a version."""

    roles: ClassVar[frozenset[Role]] = EVERYBODY
    path: ClassVar[str] = "/markets/{market}"
    market: Code
    day: date | None = None
    version: Annotated[int, Field(ge=1, lt=2**31)] | None = None


class ListSessions(Query):
    """Sessions, the latest delivery day first."""

    roles: ClassVar[frozenset[Role]] = EVERYBODY
    path: ClassVar[str] = "/sessions"
    market: Code | None = None
    state: Code | None = None
    before: SessionId | None = None
    limit: Limit = 100


class GetSession(Query):
    """One session with its times and its state."""

    roles: ClassVar[frozenset[Role]] = EVERYBODY
    path: ClassVar[str] = "/sessions/{session}"
    session: SessionId


class ListRuns(Query):
    """The runs of a session with their progress."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    path: ClassVar[str] = "/sessions/{session}/runs"
    session: SessionId


class ListOrders(Query):
    """A member's orders as they stand: its own, and after the gate, to those who watch, of all."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.MEMBER}) | WATCHING
    scope: ClassVar[str] = "orders"
    path: ClassVar[str] = "/sessions/{session}/orders"
    session: SessionId
    member: Code | None = None
    after: Annotated[str, Field(max_length=40)] = ""
    limit: Limit = 200


class ListOrderVersions(Query):
    """Every version of one order that a member has sent."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.MEMBER}) | WATCHING
    scope: ClassVar[str] = "orders"
    path: ClassVar[str] = "/sessions/{session}/orders/{name}/versions"
    session: SessionId
    name: Code
    member: Code | None = None


class ListSubmissions(Query):
    """What a member has sent in a session, with digests, as the receipts say it."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.MEMBER}) | WATCHING
    scope: ClassVar[str] = "orders"
    path: ClassVar[str] = "/sessions/{session}/submissions"
    session: SessionId
    member: Code | None = None
    after: After = 0
    limit: Limit = 200


class GetTemplate(Query):
    """The spreadsheet of a session, to be filled by hand."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.MEMBER}) | WATCHING
    path: ClassVar[str] = "/sessions/{session}/template.xlsx"
    session: SessionId


class ListArtefacts(Query):
    """The files of a session's results: names, digests, who may have them."""

    roles: ClassVar[frozenset[Role]] = EVERYBODY
    path: ClassVar[str] = "/sessions/{session}/results"
    session: SessionId
    version: Annotated[int, Field(ge=1, lt=2**31)] | None = None


class GetBundle(Query):
    """A bundle to verify elsewhere: for everybody, a member or the regulator; the final one once there is one."""

    roles: ClassVar[frozenset[Role]] = EVERYBODY
    path: ClassVar[str] = "/sessions/{session}/bundles/{level}"
    session: SessionId
    level: Literal["public", "member", "regulator"]
    member: Code | None = None
    version: Annotated[int, Field(ge=1, lt=2**31)] | None = None


class ListObjections(Query):
    """Objections: a member sees its own."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.MEMBER}) | WATCHING
    scope: ClassVar[str] = "objections"
    path: ClassVar[str] = "/sessions/{session}/objections"
    session: SessionId


class ListNotices(Query):
    """Notices to the caller's company; `after` is the last one of the page before, whichever end comes first."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "notices"
    path: ClassVar[str] = "/notices"
    first: Literal["oldest", "newest"] = "oldest"
    after: After = 0
    limit: Limit = 100


class GetWebhook(Query):
    """Where notices to the caller's company are sent, since when, and how sending goes; never its secret."""

    roles: ClassVar[frozenset[Role]] = frozenset({Role.MEMBER, Role.SYSTEM_OPERATOR, Role.REGULATOR})
    scope: ClassVar[str] = "notices"
    path: ClassVar[str] = "/webhook"


class ListCompanies(Query):
    """Companies: those who watch see all, others themselves."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "members"
    path: ClassVar[str] = "/companies"
    after: Annotated[str, Field(max_length=40)] = ""
    limit: Limit = 200


class GetCompany(Query):
    """A company with its users, keys, documents, rights and cases; a member only its own."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "members"
    path: ClassVar[str] = "/companies/{company}"
    company: Code


class GetDocument(Query):
    """A document that was filed with a company; a member only its own."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "members"
    path: ClassVar[str] = "/companies/{company}/documents/{document}"
    company: Code
    document: Serial


class ListCases(Query):
    """Hits of screenings with every decision."""

    roles: ClassVar[frozenset[Role]] = WATCHING
    scope: ClassVar[str] = "screening"
    path: ClassVar[str] = "/cases"
    after: After = 0
    limit: Limit = 100


class ListProposals(Query):
    """Critical acts with who proposed and who decided them."""

    roles: ClassVar[frozenset[Role]] = WATCHING
    scope: ClassVar[str] = "proposals"
    path: ClassVar[str] = "/proposals"
    state: Code | None = None
    after: After = 0
    limit: Limit = 100


class GetProposal(Query):
    """One critical act with all that it says."""

    roles: ClassVar[frozenset[Role]] = WATCHING
    scope: ClassVar[str] = "proposals"
    path: ClassVar[str] = "/proposals/{proposal}"
    proposal: Serial


class ListTrail(Query):
    """The record of a stream, such as a session's id; `after` is the last row of the page before."""

    roles: ClassVar[frozenset[Role]] = WATCHING
    scope: ClassVar[str] = "trail"
    path: ClassVar[str] = "/trail/{stream}"
    stream: SessionId
    first: Literal["oldest", "newest"] = "oldest"
    after: After = 0
    limit: Limit = 500
