"""Commands about the terms of settlement, fixings, runs of settlement and disputes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from walras.service.clearing.exact import Exact
from walras.service.clearing.terms import CURRENCY, SettlementTerms
from walras.service.commands.command import MEMBER, OPERATOR, SYSTEM_OPERATOR, Code, Command, Name, SessionId, Words
from walras.service.roles import Role

Number = Annotated[int, Field(ge=1, lt=2**31)]


class SetSettlementTerms(Command):
    """Say by what terms a market's sessions are settled from a delivery day on; corrected terms go to later reruns."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "settlement"
    is_critical: ClassVar[bool] = True
    market: Code
    valid_from: date
    valid_to: date | None = None
    terms: SettlementTerms


class StoreFixing(Command):
    """Store the rate of a day at which a currency is converted: units of the quote for one of the base."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "settlement"
    market: Code
    base: CURRENCY
    quote: CURRENCY
    day: date
    rate: Exact
    source: Name
    fixed_at: datetime


class CorrectFixing(StoreFixing):
    """Store another rate of a day whose fixing was wrong; reruns of settlement use it."""

    is_critical: ClassVar[bool] = True


class SettleSession(Command):
    """Settle a final session for the first time: positions, incomes, fees and conversions go to the ledger."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "settlement"
    session: SessionId


class ResettleSession(Command):
    """Settle a session again by the newest terms and fixings; only differences are booked."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "settlement"
    session: SessionId
    name: Name
    reason: Words


class RaiseDispute(Command):
    """Dispute what a run of settlement says of one's own company."""

    roles: ClassVar[frozenset[Role]] = frozenset({MEMBER, SYSTEM_OPERATOR})
    scope: ClassVar[str] = "settlement"
    session: SessionId
    run: Number
    text: Words


class AnswerDispute(Command):
    """Decide on a dispute: upheld ones lead to another run."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "settlement"
    dispute: Code
    decision: Literal["upheld", "rejected"]
    answer: Words


class WithdrawDispute(Command):
    """Take back a dispute that was not decided yet."""

    roles: ClassVar[frozenset[Role]] = frozenset({MEMBER, SYSTEM_OPERATOR})
    scope: ClassVar[str] = "settlement"
    dispute: Code


class ReverseEvent(Command):
    """Take back an event of the ledger by entries that reverse its own."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "settlement"
    is_critical: ClassVar[bool] = True
    market: Code
    event: Number
    reason: Words
