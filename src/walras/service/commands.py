"""Everything that may be asked of the door, and who may ask it.

One frozen class a command: its fields are what a caller sends, its class variables the law.
`roles` may ask it, an API key needs its `scope`, and one that is `is_critical` waits as a
proposal until a second officer approves. Handlers stand in `handlers`, one function a command;
the API, the client, the permission matrix and docs/permissions.md all follow from this list.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from walras.service.definition import MarketDefinition
from walras.service.intake.documents import MOST_ORDERS, Document
from walras.service.intake.kinds import FileKind
from walras.service.roles import Role

OPERATOR, MEMBER, REGULATOR = Role.OPERATOR, Role.MEMBER, Role.REGULATOR
SYSTEM_OPERATOR, PUBLIC = Role.SYSTEM_OPERATOR, Role.PUBLIC
EVERY_COMPANY = frozenset({OPERATOR, MEMBER, SYSTEM_OPERATOR, REGULATOR})

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
SessionId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,79}$")]
Words = Annotated[str, Field(min_length=1, max_length=2000)]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Serial = Annotated[int, Field(ge=1, lt=2**62)]
AnyOrder = Annotated[Document, Field(discriminator="family")]
Kind = Literal["live", "dry_run", "simulation", "public_test"]


@cache
def _word(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


class Command(BaseModel):
    """One thing that may be asked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    roles: ClassVar[frozenset[Role]] = frozenset()
    scope: ClassVar[str] = ""
    is_critical: ClassVar[bool] = False
    path: ClassVar[str] = ""

    @classmethod
    def word(cls) -> str:
        """Return the name of the command in addresses, in the trail and in scopes.

        >>> OpenSession.word()
        'open-session'
        """
        return _word(cls.__name__)

    @classmethod
    def address(cls) -> str:
        """Return where the API has it, after its version.

        >>> OpenSession.address(), SendFile.address()
        ('/commands/open-session', '/sessions/{session}/files')
        """
        return cls.path or f"/commands/{cls.word()}"


# --- members and their users -------------------------------------------------------------


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


# --- four eyes ---------------------------------------------------------------------------


class ApproveProposal(Command):
    """Carry out what another officer proposed."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "proposals"
    proposal: Serial


class RejectProposal(Command):
    """Turn down what another officer proposed, or take back one's own."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "proposals"
    proposal: Serial
    reason: Words


# --- markets and sessions ----------------------------------------------------------------


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


class StartFallback(Command):
    """Declare that a session has no result by coupling."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "sessions"
    is_critical: ClassVar[bool] = True
    session: SessionId
    reason: Words


class RunSession(Command):
    """Clear a closed or cleared session again, as a new version of its result."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "sessions"
    session: SessionId
    reason: Words


class FinaliseSession(Command):
    """Make the preliminary result binding: the version that is named, the newest at the proposal unless one is."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "sessions"
    is_critical: ClassVar[bool] = True
    session: SessionId
    version: Annotated[int, Field(ge=1, lt=2**31)] | None = None


# --- orders ------------------------------------------------------------------------------


class SubmitOrders(Command):
    """Send orders; one of a name that stands already is a new version of it."""

    roles: ClassVar[frozenset[Role]] = frozenset({MEMBER})
    scope: ClassVar[str] = "orders"
    session: SessionId
    orders: Annotated[list[AnyOrder], Field(min_length=1, max_length=MOST_ORDERS)]


class SendFile(Command):
    """Send orders as a file, which is the body: CSV, a zip of CSV or Parquet tables, or the filled template."""

    roles: ClassVar[frozenset[Role]] = SubmitOrders.roles
    scope: ClassVar[str] = SubmitOrders.scope
    path: ClassVar[str] = "/sessions/{session}/files"
    session: SessionId
    kind: FileKind | None = None


class WithdrawOrders(Command):
    """Take back orders by name, or all of them."""

    roles: ClassVar[frozenset[Role]] = frozenset({MEMBER})
    scope: ClassVar[str] = "orders"
    session: SessionId
    names: Annotated[tuple[Code, ...], Field(max_length=10_000)] = ()
    is_all: bool = False


class SetDefaultOrders(Command):
    """Leave orders, as of one delivery day, for live sessions of a market in which nothing is sent."""

    roles: ClassVar[frozenset[Role]] = frozenset({MEMBER})
    scope: ClassVar[str] = "orders"
    market: Code
    day: date
    orders: Annotated[list[AnyOrder], Field(max_length=1000)] = Field(default_factory=list)


# --- after the auction -------------------------------------------------------------------


class RaiseObjection(Command):
    """Object to a preliminary result."""

    roles: ClassVar[frozenset[Role]] = frozenset({MEMBER})
    scope: ClassVar[str] = "objections"
    session: SessionId
    text: Words


class AnswerObjection(Command):
    """Uphold an objection, which needs a new run, or dismiss it."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "objections"
    objection: Serial
    verdict: Literal["uphold", "dismiss"]
    text: Words


class SetWebhook(Command):
    """Have notices sent to an address, signed with a secret that is shown once; none = stop."""

    roles: ClassVar[frozenset[Role]] = frozenset({MEMBER, SYSTEM_OPERATOR, REGULATOR})
    scope: ClassVar[str] = "notices"
    url: Annotated[str, Field(max_length=500, pattern=r"^https?://[^\s\x00-\x1f]+$")] | None = None


def _all(of: type[Command]) -> list[type[Command]]:
    return [found for child in of.__subclasses__() for found in (child, *_all(child))]


COMMANDS: dict[str, type[Command]] = {command.word(): command for command in _all(Command)}
"""Every command by its name."""
