"""Commands about bilateral contracts and the schedules that follow from them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from walras.service.commands.capacity import Reference, Terms, Volumes, Way
from walras.service.commands.command import MEMBER, OPERATOR, SYSTEM_OPERATOR, Code, Command, Words
from walras.service.definition import Short
from walras.service.roles import Role

PARTIES = frozenset({MEMBER})


class HopTerms(Terms):
    """One element on the way of a contract, the direction, and the right that it uses, if any."""

    element: Short
    direction: Way
    right: Code | None = None


Leg = Annotated[tuple[HopTerms, ...], Field(min_length=1, max_length=20)]


class RegisterContract(Command):
    """Register a bilateral contract: it reserves capacity at once and waits for the other party.

    One leg is a delivery; two legs are a substitution, equal volumes at two points at the same time.
    """

    roles: ClassVar[frozenset[Role]] = PARTIES
    scope: ClassVar[str] = "contracts"
    market: Code
    reference: Reference
    role: Literal["seller", "buyer"]
    counterparty: Code
    legs: Annotated[tuple[Leg, ...], Field(min_length=1, max_length=2)]
    volumes: Volumes


class ConfirmContract(Command):
    """Agree to a contract, or to new volumes of it, as the other party."""

    roles: ClassVar[frozenset[Role]] = PARTIES
    scope: ClassVar[str] = "contracts"
    contract: Code


class RefuseContract(Command):
    """Turn down a contract or new volumes that wait: the other party, or a system operator on its way."""

    roles: ClassVar[frozenset[Role]] = frozenset({MEMBER, SYSTEM_OPERATOR})
    scope: ClassVar[str] = "contracts"
    contract: Code
    reason: Words


class ChangeContract(Command):
    """Propose new volumes for some time of a contract; what is more is reserved at once."""

    roles: ClassVar[frozenset[Role]] = PARTIES
    scope: ClassVar[str] = "contracts"
    contract: Code
    volumes: Volumes


class TerminateContract(Command):
    """End a contract from a time on, by notice of one party."""

    roles: ClassVar[frozenset[Role]] = PARTIES
    scope: ClassVar[str] = "contracts"
    contract: Code
    end: datetime
    reason: Words


class LapseContract(Command):
    """End what was not confirmed in time."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "contracts"
    contract: Code


class NominateSchedule(Command):
    """Say what one's side of a contract will deliver or take on a day: every MTU of it."""

    roles: ClassVar[frozenset[Role]] = PARTIES
    scope: ClassVar[str] = "schedules"
    contract: Code
    delivery_day: date
    volumes: Volumes


class MatchSchedules(Command):
    """Match the nominations of a day: the lower value holds and is firm; rights not used are free."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "schedules"
    market: Code
    delivery_day: date
