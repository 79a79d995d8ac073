"""Who asks: the roles, and the actor that a key or a sign-in stands for.

A user belongs to one company and has one role; what a role may ask stands beside every
command (`commands`) and query (`queries`). The public has no key and no company.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a user is in the market."""

    OPERATOR = "operator"
    MEMBER = "member"
    SYSTEM_OPERATOR = "system_operator"
    REGULATOR = "regulator"
    PUBLIC = "public"


@dataclass(frozen=True)
class Actor:
    """Who asks for something.

    Attributes:
        role: What the user is.
        user: Pseudonymous id of the user, such as `U-0007`; empty for the public.
        company: Code of the user's company, such as `M-0001`; empty for the public.
        key: Prefix of the API key in use; empty where no key was used.
        scopes: What the key is limited to; empty = everything that the role may ask.
    """

    role: Role
    user: str = ""
    company: str = ""
    key: str = ""
    scopes: frozenset[str] = field(default_factory=frozenset)

    def may(self, scope: str) -> bool:
        """Return whether the key reaches a scope.

        >>> Actor(Role.MEMBER, "U-0007", "M-0001", scopes=frozenset({"orders"})).may("sessions")
        False
        """
        return not self.scopes or scope in self.scopes


PUBLIC = Actor(Role.PUBLIC)
SYSTEM = Actor(Role.OPERATOR, user="timetable", company="walras")
"""The clock of the service itself: it opens, closes and takes down the ladder what the timetable says, nothing else."""
WORKER = Actor(Role.OPERATOR, user="worker", company="walras")
"""A run worker: it stores results and says in the trail that it did, nothing else."""
