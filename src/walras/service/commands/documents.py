"""Commands about ENTSO-E's market documents, and about the codes by which they name companies."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from walras.service.commands.command import MEMBER, OPERATOR, SYSTEM_OPERATOR, Code, Command
from walras.service.roles import Role


class SendMarketDocument(Command):
    """Send a capacity, schedule or acknowledgement document; the answer holds our acknowledgement, also of a bad one.

    What it says is done by the handlers of the plain commands, all of it or nothing.
    """

    roles: ClassVar[frozenset[Role]] = frozenset({MEMBER, SYSTEM_OPERATOR})
    scope: ClassVar[str] = "documents"
    market: Code
    content_base64: Annotated[str, Field(max_length=14_000_000)]


class SetEic(Command):
    """Write down the EIC of a company, the operator's own too; documents name companies by it."""

    roles: ClassVar[frozenset[Role]] = frozenset({OPERATOR})
    scope: ClassVar[str] = "members"
    company: Code
    eic: Annotated[str, Field(max_length=16)]
