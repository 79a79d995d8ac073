"""Commands that carry orders."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from walras.service.commands.command import MEMBER, Code, Command, SessionId
from walras.service.intake.documents import MOST_ORDERS, Document
from walras.service.intake.kinds import FileKind
from walras.service.roles import Role

AnyOrder = Annotated[Document, Field(discriminator="family")]


class SubmitOrders(Command):
    """Send orders; one of a name that stands already is a new version of it."""

    roles: ClassVar[frozenset[Role]] = frozenset({MEMBER})
    scope: ClassVar[str] = "orders"
    session: SessionId
    orders: Annotated[list[AnyOrder], Field(min_length=1, max_length=MOST_ORDERS)]


class SendFile(Command):
    """Send orders as a file, which is the body: CSV, a zip of CSV or Parquet tables, or the filled template."""

    roles: ClassVar[frozenset[Role]] = SubmitOrders.roles
    scope: ClassVar[str] = SubmitOrders.scope
    path: ClassVar[str] = "/sessions/{session}/files"
    session: SessionId
    kind: FileKind | None = None


class CheckFile(Command):
    """See whether a file of orders, which is the body, would be taken and what its orders look like; send nothing."""

    roles: ClassVar[frozenset[Role]] = SubmitOrders.roles
    scope: ClassVar[str] = SubmitOrders.scope
    path: ClassVar[str] = "/sessions/{session}/checks"
    session: SessionId
    kind: FileKind | None = None


class WithdrawOrders(Command):
    """Take back orders by name, or all of them."""

    roles: ClassVar[frozenset[Role]] = frozenset({MEMBER})
    scope: ClassVar[str] = "orders"
    session: SessionId
    names: Annotated[tuple[Code, ...], Field(max_length=10_000)] = ()
    is_all: bool = False


class SetDefaultOrders(Command):
    """Leave orders, as of one delivery day, for live sessions of a market in which nothing is sent."""

    roles: ClassVar[frozenset[Role]] = frozenset({MEMBER})
    scope: ClassVar[str] = "orders"
    market: Code
    day: date
    orders: Annotated[list[AnyOrder], Field(max_length=1000)] = Field(default_factory=list)
