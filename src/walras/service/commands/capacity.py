"""Commands about capacity: what system operators declare, rights, permits, transmission that is no trade."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from walras.service.commands.command import OPERATOR, REGULATOR, SYSTEM_OPERATOR, Code, Command, Words
from walras.service.definition import Short
from walras.service.roles import Role

Way = Literal["forward", "backward"]
Mw = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]
"""A power; what is below zero is refused by the rule that it breaks."""
Reference = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Terms(BaseModel):
    """A part of a command: no field may be unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Volume(Terms):
    """A power from a time on, for some minutes."""

    start: datetime
    minutes: Annotated[int, Field(ge=1, le=600_000)] = 60
    mw: Mw


class CapacityMtu(Terms):
    """One MTU of an element: the largest flow by each criterion, and what is kept in reserve, both ways."""

    mtu_start: datetime
    forward_mw: Annotated[tuple[Mw, ...], Field(min_length=1, max_length=20)]
    backward_mw: Annotated[tuple[Mw, ...], Field(min_length=1, max_length=20)]
    reserve_forward_mw: Mw = 0.0
    reserve_backward_mw: Mw = 0.0


class CapacityFigures(Terms):
    """A day of one line or cross-section; `criteria` names the columns of its MTUs."""

    element: Short
    criteria: Annotated[tuple[Short, ...], Field(min_length=1, max_length=20)]
    mtus: Annotated[tuple[CapacityMtu, ...], Field(min_length=1, max_length=1500)]


Volumes = Annotated[tuple[Volume, ...], Field(min_length=1, max_length=40_000)]


class SubmitCapacity(Command):
    """Declare capacities of a delivery day at one's side of lines; each is a new version."""

    roles: ClassVar[frozenset[Role]] = frozenset({SYSTEM_OPERATOR})
    scope: ClassVar[str] = "capacity"
    market: Code
    delivery_day: date
    figures: Annotated[tuple[CapacityFigures, ...], Field(min_length=1, max_length=500)]


class CloseCapacities(Command):
    """Say that capacities of a day are due: a side that declared none gets what the profile says, both are told."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "capacity"
    market: Code
    delivery_day: date


class GrantRight(Command):
    """Give a long-term right, or one of a term auction: a power on an element over whole delivery days."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "capacity"
    is_critical: ClassVar[bool] = True
    market: Code
    holder: Code
    element: Short
    direction: Way
    layer: Literal["long_term", "term"] = "long_term"
    mw: Mw
    valid_from: date
    valid_to: date
    reference: Reference = "allocated by the market"


class GrantPermit(Command):
    """Let a company use an element in a direction up to a power, from one delivery day to another."""

    roles: ClassVar[frozenset[Role]] = frozenset({SYSTEM_OPERATOR, REGULATOR})
    scope: ClassVar[str] = "capacity"
    market: Code
    holder: Code
    element: Short
    direction: Way
    most_mw: Mw
    valid_from: date
    valid_to: date


class EndPermit(Command):
    """End a permit after a delivery day; contracts that use it beyond are in the way."""

    roles: ClassVar[frozenset[Role]] = frozenset({SYSTEM_OPERATOR, REGULATOR})
    scope: ClassVar[str] = "capacity"
    permit: Code
    last_day: date


class NotifyTransmission(Command):
    """Say that an element carries transmission that is no trade: it takes capacity before every other layer."""

    roles: ClassVar[frozenset[Role]] = frozenset({SYSTEM_OPERATOR})
    scope: ClassVar[str] = "capacity"
    market: Code
    reference: Reference
    element: Short
    direction: Way
    volumes: Volumes


class WithdrawTransmission(Command):
    """Free transmission that was notified, on days whose schedules are still open; by a side of its lines."""

    roles: ClassVar[frozenset[Role]] = frozenset({SYSTEM_OPERATOR})
    scope: ClassVar[str] = "capacity"
    transmission: Code
    reason: Words
