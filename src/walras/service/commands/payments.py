"""Commands about bank accounts and payments; amounts are whole minor units of their currency."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from walras.service.clearing.terms import CURRENCY, Account
from walras.service.commands.command import OPERATOR, Code, Command, Words
from walras.service.roles import Role

Minor = Annotated[int, Field(gt=0, lt=2**53)]
BillNumber = Annotated[str, Field(max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
BankReference = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$")]
BankNumber = Annotated[str, Field(min_length=4, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9 .-]*$")]
BankName = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]


class OpenBankAccount(Command):
    """Name a bank account of the market: payments in its currency go through it."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "payments"
    market: Code
    bank: BankName
    currency: CURRENCY
    number: BankNumber


class CloseBankAccount(Command):
    """Close a bank account of the market that holds nothing any more."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "payments"
    market: Code
    bank: BankName


class ReceivePayment(Command):
    """Book a payment that came: once for each reference of the bank; one that cannot cross is held apart."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "payments"
    market: Code
    party: Account
    bank: BankName
    currency: CURRENCY
    amount_minor: Minor
    value_day: date
    bank_reference: BankReference
    for_document: BillNumber | None = None
    is_blocked: bool = False


class ReleasePayment(Command):
    """Say that a payment which was held has crossed: it pays from now on."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "payments"
    payment: Code
    value_day: date


class ReturnPayment(Command):
    """Say that a payment went back to its sender: it could not cross, or failed at the bank."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "payments"
    payment: Code
    reason: Words


class SendPayment(Command):
    """Pay somebody what the market owes it, or a part of it."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "payments"
    is_critical: ClassVar[bool] = True
    market: Code
    party: Account
    bank: BankName
    currency: CURRENCY
    amount_minor: Minor
    value_day: date
    bank_reference: BankReference


class HoldPayout(Command):
    """Set apart what somebody is to get and cannot be sent for now."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "payments"
    market: Code
    party: Account
    currency: CURRENCY
    amount_minor: Minor
    reason: Words


class FreePayout(Command):
    """Say that what was set apart for somebody can be sent."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "payments"
    payment: Code
