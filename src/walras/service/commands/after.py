"""Commands after an auction: objections, and where notices go."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from walras.service.commands.command import (
    MEMBER,
    OPERATOR,
    REGULATOR,
    SYSTEM_OPERATOR,
    Command,
    Serial,
    SessionId,
    Words,
)
from walras.service.roles import Role


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
