"""Commands about documents of settlement: tax facts of parties, issue, late interest."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from pydantic import Field

from walras.service.clearing.document_terms import Country, VatNumber
from walras.service.commands.command import OPERATOR, Code, Command
from walras.service.roles import Role


class SetTaxFacts(Command):
    """Say what documents need to know of a company: taxable dealer or not, VAT number, where it uses energy."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "billing"
    company: Code
    is_dealer: bool
    vat_number: VatNumber = ""
    used_in: Country | None = None
    postal_address: Annotated[str, Field(max_length=400, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class IssueDocuments(Command):
    """Write invoices, self-billing documents and credit notes of all runs of some delivery days not billed yet."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "billing"
    market: Code
    first_day: date
    last_day: date


class ChargeInterest(Command):
    """Write interest notes on what was paid late, or is still open, until a day; no day is charged twice."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "billing"
    market: Code
    until: date
