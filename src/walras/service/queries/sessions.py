"""Queries about one session beside its facts: what comes next, and the figures of its result as pages draw them."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from walras.service.commands import EVERY_COMPANY, SessionId
from walras.service.queries.query import Query
from walras.service.roles import Role


class GetNextSteps(Query):
    """What comes next in a session and by whom, and which acts the caller may do now, or why not yet."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    path: ClassVar[str] = "/sessions/{session}/next-steps"
    session: SessionId


class GetResultFigures(Query):
    """A result as it is drawn: prices, positions, exchanges with their limits, congestion, welfare."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    path: ClassVar[str] = "/sessions/{session}/figures"
    session: SessionId
    version: Annotated[int, Field(ge=1, lt=2**31)] | None = None
