"""Commands about deviations: meters, initiative, what the two sides agree, and runs that book."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StrictInt,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from walras.service.commands.command import OPERATOR, SYSTEM_OPERATOR, Code, Command, Name, Words
from walras.service.definition import Short
from walras.service.roles import Role

Kwh = Annotated[int, Field(strict=True, ge=-(10**12), le=10**12)]
Fractional = Annotated[float, Field(strict=True, allow_inf_nan=False)]
"""Taken in to be refused by its rule: energy is in whole kWh."""
MOST_MTUS = 1500


def _number(value: object, among: ValidatorFunctionWrapHandler) -> object:
    """Say once what is no number, not once for each kind of number."""
    try:
        return among(value)
    except ValidationError:
        raise PydanticCustomError("number_type", "Input should be a valid number") from None


Number = Annotated[StrictInt | Fractional, WrapValidator(_number)]


class EnergyTerms(BaseModel):
    """A part of a command: no field may be unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class MeterMtu(EnergyTerms):
    """Energy of one MTU along the line, kWh."""

    mtu_start: datetime
    kwh: Number


class CausedMtu(EnergyTerms):
    """Who caused the deviation of one MTU: kWh forward positive, of each side and of nobody."""

    mtu_start: datetime
    from_kwh: Kwh
    to_kwh: Kwh
    rest_kwh: Kwh = 0


class EnergyMtu(EnergyTerms):
    """Energy of one MTU of an element, kWh, forward positive."""

    mtu_start: datetime
    kwh: Kwh


Mtus = Annotated[tuple[EnergyMtu, ...], Field(min_length=1, max_length=MOST_MTUS)]


class SubmitMetering(Command):
    """Send a version of one's own meter of a line over a delivery day: every MTU once, whole kWh along the line."""

    roles: ClassVar[frozenset[Role]] = frozenset({SYSTEM_OPERATOR})
    scope: ClassVar[str] = "deviations"
    market: Code
    delivery_day: date
    line: Short
    side: Literal["from", "to"] | None = None
    """The end of the line; may be left out by who operates one end alone."""
    version: Annotated[int, Field(ge=1, lt=2**31)]
    mtus: Annotated[tuple[MeterMtu, ...], Field(min_length=1, max_length=MOST_MTUS)]


class DeclareInitiative(Command):
    """Say which part of a day's deviation each side caused; the parts and the rest add up to it."""

    roles: ClassVar[frozenset[Role]] = frozenset({SYSTEM_OPERATOR})
    scope: ClassVar[str] = "deviations"
    market: Code
    delivery_day: date
    element: Short
    mtus: Annotated[tuple[CausedMtu, ...], Field(min_length=1, max_length=MOST_MTUS)]


class DeclareEmergency(Command):
    """Propose that energy was emergency assistance, in some MTUs of a day; it counts once the other side agrees."""

    roles: ClassVar[frozenset[Role]] = frozenset({SYSTEM_OPERATOR})
    scope: ClassVar[str] = "deviations"
    market: Code
    delivery_day: date
    element: Short
    reference: Name
    mtus: Mtus


class AgreeReturn(Command):
    """Propose to return energy that is owed, on a later day; once the other side agrees it is scheduled."""

    roles: ClassVar[frozenset[Role]] = frozenset({SYSTEM_OPERATOR})
    scope: ClassVar[str] = "deviations"
    market: Code
    delivery_day: date
    element: Short
    reference: Name
    mtus: Mtus


class AnswerAgreement(Command):
    """Agree to what the other side proposed, or refuse it."""

    roles: ClassVar[frozenset[Role]] = frozenset({SYSTEM_OPERATOR})
    scope: ClassVar[str] = "deviations"
    agreement: Code
    decision: Literal["agreed", "refused"]


class SettleDeviations(Command):
    """Book the deviations of a day at a cross-section: for the first time, or again, which books differences alone."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "settlement"
    market: Code
    delivery_day: date
    element: Short
    run: Literal["initial", "rerun"] = "initial"
    reason: Words = "as the terms say"
