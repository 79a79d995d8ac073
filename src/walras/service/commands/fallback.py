"""Commands for the day on which the auction fails: the ladder of fallbacks, and orders that stop the engine."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from walras.service.commands.command import OPERATOR, Code, Command, SessionId, Words
from walras.service.definition import Short
from walras.service.roles import Role

Zones = Annotated[tuple[Short, ...], Field(max_length=500)]


class StartFallback(Command):
    """Go down the ladder: clear again, clear with some zones or all of them cut off, or give no result."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "sessions"
    is_critical: ClassVar[bool] = True
    session: SessionId
    reason: Words
    rung: Literal["rerun", "partial_decoupling", "local", "none"] = "none"
    cut_off: Zones = ()


class StepDown(Command):
    """Take the rung whose deadline has come while there is no result, as the clock does."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "sessions"
    session: SessionId


class DeclareMissingBook(Command):
    """Declare that the order book of zones cannot be had: a partial decoupling cuts them off."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "sessions"
    is_critical: ClassVar[bool] = True
    session: SessionId
    zones: Annotated[Zones, Field(min_length=1)]
    reason: Words


class ExcludeOrder(Command):
    """Leave an order that makes the engine fail out of a session, and clear again; its member is told."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "sessions"
    is_critical: ClassVar[bool] = True
    session: SessionId
    member: Code
    order: Code
    reason: Words


class ReadmitOrder(Command):
    """Take an order that was excluded back into a session, with its family, and clear again."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "sessions"
    is_critical: ClassVar[bool] = True
    session: SessionId
    member: Code
    order: Code
    reason: Words
