"""Commands about supply agreements: proposed, confirmed, recorded under, invoiced."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from walras.contracts.agreement_file import MOST_BYTES
from walras.contracts.events import DOCUMENTS
from walras.service.commands.command import MEMBER, OPERATOR, SYSTEM_OPERATOR, Code, Command, Words
from walras.service.roles import Role

PARTIES = frozenset({MEMBER})
MOST_ROWS = 1000
Said = Annotated[str, Field(max_length=500)]
Field_ = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
Price = Annotated[str, Field(pattern=r"^-?[0-9]{1,9}(\.[0-9]{1,6})?$")]
Kind = Literal["provisional invoice", "final invoice", "annual statement", "deferral instalment", "credit note"]
assert set(Kind.__args__) == set(DOCUMENTS), "every document may be asked for"  # type: ignore[attr-defined]


class ProposeSupplyAgreement(Command):
    """Propose a supply agreement, or a new version of one of the same name, as a party of it; the others confirm."""

    roles: ClassVar[frozenset[Role]] = PARTIES
    scope: ClassVar[str] = "contracts"
    market: Code
    text: Annotated[str, Field(min_length=1, max_length=MOST_BYTES)]


class ConfirmSupplyAgreement(Command):
    """Agree to the version of a supply agreement that waits; it holds once every other party has."""

    roles: ClassVar[frozenset[Role]] = PARTIES
    scope: ClassVar[str] = "contracts"
    agreement: Code
    version: Annotated[int, Field(ge=1, lt=2**31)]


class RefuseSupplyAgreement(Command):
    """Turn down the version of a supply agreement that waits."""

    roles: ClassVar[frozenset[Role]] = PARTIES
    scope: ClassVar[str] = "contracts"
    agreement: Code
    version: Annotated[int, Field(ge=1, lt=2**31)]
    reason: Words


class LapseSupplyAgreement(Command):
    """End a version of a supply agreement that was not confirmed in time."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "contracts"
    agreement: Code


class RecordSupplyFacts(Command):
    """Record what happened under a supply agreement, all of it or none: a row a nomination, allocation and so on."""

    roles: ClassVar[frozenset[Role]] = frozenset({MEMBER, SYSTEM_OPERATOR, OPERATOR})
    scope: ClassVar[str] = "contracts"
    agreement: Code
    rows: Annotated[tuple[dict[Field_, Said], ...], Field(min_length=1, max_length=MOST_ROWS)]


class IssueSupplyDocument(Command):
    """Issue an invoice or statement of a supply contract as its records lead to it, and book it."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR, MEMBER})
    scope: ClassVar[str] = "contracts"
    agreement: Code
    contract: Code
    kind: Kind
    of: Annotated[str, Field(pattern=r"^[0-9]{4}(-[0-9]{2})?$")]


class FlexStep(BaseModel):
    """A quantity of a contract day above what is nominated, with or without its unit, and its price for a MWh."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    quantity: Said
    price_per_mwh: Price


class OfferSupplyFlexibility(Command):
    """Offer what a contract day has above its nomination to the auction, in steps; no steps take it back."""

    roles: ClassVar[frozenset[Role]] = PARTIES
    scope: ClassVar[str] = "contracts"
    agreement: Code
    contract: Code
    day: date
    steps: Annotated[tuple[FlexStep, ...], Field(max_length=20)]
    floor_per_mwh: Price | None = None
