"""Commands about a corridor: what a market asks of its lines, and what their system operators grant."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from walras.service.commands.capacity import Mw, Terms
from walras.service.commands.command import OPERATOR, SYSTEM_OPERATOR, Command, SessionId
from walras.service.definition import Short
from walras.service.roles import Role


class CorridorMtu(Terms):
    """One MTU of a line: what is granted both ways."""

    mtu_start: datetime
    forward_mw: Mw
    backward_mw: Mw


class CorridorFigures(Terms):
    """What is granted of one line."""

    element: Short
    mtus: Annotated[tuple[CorridorMtu, ...], Field(min_length=1, max_length=1500)]


class AnswerCorridor(Command):
    """Grant an auction capacity of lines at one's side, at most what it holds; the lower of two sides holds."""

    roles: ClassVar[frozenset[Role]] = frozenset({SYSTEM_OPERATOR})
    scope: ClassVar[str] = "capacity"
    session: SessionId
    figures: Annotated[tuple[CorridorFigures, ...], Field(min_length=1, max_length=500)]


class CloseCorridor(Command):
    """Take what was granted of a corridor once answers are due: a silent side grants what the session holds."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "sessions"
    session: SessionId
