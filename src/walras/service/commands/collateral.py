"""Commands about collateral, margin calls and defaults; amounts are whole minor units of their currency."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from walras.service.clearing.terms import CURRENCY
from walras.service.commands.command import OPERATOR, Code, Command, Name, Words
from walras.service.commands.payments import BankName, Minor
from walras.service.roles import Role

CashReference = Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f\x7f]+$")]
CoverReference = Annotated[str, Field(max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]*$")]


class CashMoved(BaseModel):
    """Money that moved between a bank account of the market and somebody's collateral."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    market: Code
    member: Code
    bank: BankName
    currency: CURRENCY
    amount_minor: Minor
    value_day: date
    bank_reference: CashReference


class DepositCollateral(Command, CashMoved):
    """Book cash that secures what a member may come to owe, once for each reference of the bank."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "collateral"


class ReleaseCollateral(Command, CashMoved):
    """Give cash back that nothing binds."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "collateral"
    is_critical: ClassVar[bool] = True


class CoverGiven(BaseModel):
    """What secures a member beside cash, on days from the first to the last of the market's time zone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    market: Code
    member: Code
    reference: CoverReference
    currency: CURRENCY
    amount_minor: Minor
    valid_from: date
    valid_to: date


class FileGuarantee(Command, CoverGiven):
    """File a guarantee of a third party for a member."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "collateral"
    guarantor: Name


class AcceptSetOff(Command, CoverGiven):
    """Accept a claim of a member as security for what it may come to owe."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "collateral"
    claim: Name


class EndGuarantee(Command):
    """End a guarantee or a set-off: nothing may be bound by it any more, unless its days are over."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "collateral"
    market: Code
    reference: CoverReference
    reason: Words


class CollectGuarantee(Command, CashMoved):
    """Book what the guarantor of a member paid after a default."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "collateral"


class ContributeDefaultFund(Command):
    """Book what a member paid into the default fund, or the operator into its own funds where no member is named."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "collateral"
    market: Code
    member: Code | None = None
    bank: BankName
    currency: CURRENCY
    amount_minor: Minor
    value_day: date
    bank_reference: CashReference


class CallMargin(Command):
    """Ask a member for the collateral that it lacks."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "collateral"
    market: Code
    member: Code


class DeclareDefault(Command):
    """Say that a member does not pay what it owes, and let the layers of the waterfall bear it."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "collateral"
    is_critical: ClassVar[bool] = True
    market: Code
    member: Code
    reason: Words
