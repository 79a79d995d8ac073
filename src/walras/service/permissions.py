"""May this actor ask this? One question, asked by every door the same way.

Roles and scopes are data on the commands and queries; what depends on whose thing it is
(a member's own orders, a user's own key) is decided by the handler, with the row in hand.
"""

from __future__ import annotations

from typing import ClassVar, Protocol

from walras.errors import Mistake, WalrasError
from walras.service.roles import Actor, Role


class Asked(Protocol):
    """A command or a query, as far as permissions go."""

    roles: ClassVar[frozenset[Role]]
    scope: ClassVar[str]

    @classmethod
    def word(cls) -> str:
        """Return its name."""


class NotAllowed(WalrasError):
    """The actor may not ask this; the attempt is recorded."""

    def __init__(self, mistake: Mistake) -> None:
        self.mistake = mistake
        super().__init__(str(mistake))


class NotKnown(WalrasError):
    """There is no such key, it has ended, or its user or company has."""

    def __init__(self, mistake: Mistake) -> None:
        self.mistake = mistake
        super().__init__(str(mistake))


def check(actor: Actor, asked: type[Asked]) -> None:
    """Refuse what the actor's role or key does not reach.

    Raises:
        NotAllowed: Rule `role_may` or `key_scope`.
    """
    word = asked.word()
    if actor.role not in asked.roles:
        allowed = ", ".join(sorted(asked.roles))
        raise not_allowed(f"{actor.role} may not ask {word}", word, "role_may", f"Ask as {allowed}.")
    if not actor.may(asked.scope):
        fix = f"Use a key with the scope {asked.scope}."
        raise not_allowed(f"this key does not reach {word}", word, "key_scope", fix)


def not_allowed(what: str, where: str, rule: str, fix: str) -> NotAllowed:
    """Return a refusal to be raised."""
    return NotAllowed(Mistake(what, where, rule, fix))
