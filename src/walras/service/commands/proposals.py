"""Commands of the second officer."""

from __future__ import annotations

from typing import ClassVar

from walras.service.commands.command import OPERATOR, Command, Serial, Words
from walras.service.roles import Role


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
