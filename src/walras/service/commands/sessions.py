"""Commands about markets and the life of their sessions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from walras.service.commands.command import OPERATOR, Code, Command, SessionId, Words
from walras.service.definition import MarketDefinition
from walras.service.roles import Role

Kind = Literal["live", "dry_run", "simulation", "public_test"]


class SetMarket(Command):
    """Define a market, or a new version of it from a delivery day on."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "markets"
    is_critical: ClassVar[bool] = True
    market: Code
    valid_from: date
    valid_to: date | None = None
    definition: MarketDefinition


class ScheduleSession(Command):
    """Plan the auction of a delivery day; times come from the market's timetable unless given."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "sessions"
    market: Code
    delivery_day: date
    kind: Kind = "live"
    layer: Literal["day_ahead", "intraday"] = "day_ahead"
    name: Code = "da"
    opens_at: datetime | None = None
    gate_at: datetime | None = None


class OpenSession(Command):
    """Begin to take orders."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "sessions"
    session: SessionId


class CloseSession(Command):
    """Close the gate and hand the book to a run; a live session only after its gate."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "sessions"
    session: SessionId


class CancelSession(Command):
    """End a session without a result."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "sessions"
    is_critical: ClassVar[bool] = True
    session: SessionId
    reason: Words


class RunSession(Command):
    """Clear a closed or cleared session again, by the plan of its last run or coupled as a whole: a new version."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "sessions"
    session: SessionId
    reason: Words
    is_coupled: bool = False


class FinaliseSession(Command):
    """Make the preliminary result binding: the version that is named, the newest at the proposal unless one is."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "sessions"
    is_critical: ClassVar[bool] = True
    session: SessionId
    version: Annotated[int, Field(ge=1, lt=2**31)] | None = None
