"""Commands about companies, their users and keys."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from walras.service.commands.command import (
    EVERY_COMPANY,
    MEMBER,
    OPERATOR,
    PUBLIC,
    REGULATOR,
    SYSTEM_OPERATOR,
    Code,
    Command,
    Name,
    Serial,
    Words,
)
from walras.service.roles import Role


class ApplyForMembership(Command):
    """Ask to become a company of the market."""

    roles: ClassVar[frozenset[Role]] = frozenset({PUBLIC, OPERATOR})
    scope: ClassVar[str] = "members"
    role: Literal["member", "system_operator", "regulator"] = "member"
    name: Name
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    eic: Annotated[str, Field(max_length=16)] | None = None
    identifiers: Annotated[tuple[Annotated[str, Field(max_length=80)], ...], Field(max_length=10)] = ()
    contact_name: Name
    contact_email: Annotated[str, Field(max_length=200, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")]


class AttachDocument(Command):
    """File a document with a company."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR, MEMBER, SYSTEM_OPERATOR})
    scope: ClassVar[str] = "members"
    company: Code
    name: Name
    media_type: Annotated[str, Field(pattern=r"^[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}$")]
    content_base64: Annotated[str, Field(max_length=14_000_000)]


class ImportRestrictedList(Command):
    """Take in a list of restricted parties; every company is screened against it."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "screening"
    name: Name
    csv: Annotated[str, Field(max_length=50_000_000)]


class DecideCase(Command):
    """Say whether a hit of a screening is the company or not; two officers must."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "screening"
    case: Serial
    verdict: Literal["clear", "confirm"]
    reason: Words


class AdmitCompany(Command):
    """Admit an applicant whose screening is clear."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "members"
    is_critical: ClassVar[bool] = True
    company: Code


class RejectApplication(Command):
    """Turn an applicant down."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "members"
    company: Code
    reason: Words


class SuspendCompany(Command):
    """Stop a company's orders from now on."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "members"
    company: Code
    reason: Words


class ReinstateCompany(Command):
    """Let a suspended company trade again."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "members"
    is_critical: ClassVar[bool] = True
    company: Code
    reason: Words


class SetRights(Command):
    """Say what a company may trade in a market, and how much of it."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "members"
    is_critical: ClassVar[bool] = True
    company: Code
    market: Code
    products: Annotated[tuple[tuple[str, str], ...], Field(max_length=200)]
    most_orders: Annotated[int, Field(ge=0, le=1_000_000)] = 1000
    most_steps: Annotated[int, Field(ge=0, le=10_000_000)] = 100_000
    most_mw: Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)] = 100_000.0


class AddUser(Command):
    """Add a user of a company; an officer needs two officers."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR, MEMBER, SYSTEM_OPERATOR, REGULATOR})
    scope: ClassVar[str] = "users"
    company: Code
    name: Name
    email: Annotated[str, Field(max_length=200, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+$")]


class DeactivateUser(Command):
    """Stop a user and every key of theirs."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "users"
    user: Code


class ErasePerson(Command):
    """Erase the personal data of a user; the record keeps the pseudonym."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "users"
    is_critical: ClassVar[bool] = True
    user: Code
    reason: Words


class IssueKey(Command):
    """Make an API key, shown once; for an officer, or a company that has keys, an officer needs a second one."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "users"
    user: Code
    scopes: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    days: Annotated[int, Field(ge=1, le=400)] = 90


class RevokeKey(Command):
    """End an API key at once."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "users"
    prefix: Code


class RotateKey(Command):
    """Replace the key in use; the old one ends after some minutes."""

    roles: ClassVar[frozenset[Role]] = EVERY_COMPANY
    scope: ClassVar[str] = "users"
    days: Annotated[int, Field(ge=1, le=400)] = 90
    old_ends_after_minutes: Annotated[int, Field(ge=0, le=10_080)] = 60
