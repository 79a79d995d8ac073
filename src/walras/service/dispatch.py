"""One way in for every command: permission, four eyes, one transaction, one trail.

::

    actor, command ─▶ permission ─▶ proposal (critical) or handler ─▶ trail ─▶ commit ─▶ answer

A command with an idempotency key that was seen before gets the answer of that time; with
another content it is refused. Nothing is swallowed: a handler's error leaves nothing behind
but, for a refusal of permission, its row in the trail.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from walras.errors import BadInput
from walras.service import permissions
from walras.service.canonical import canonical, digest_of
from walras.service.commands import Command
from walras.service.roles import Actor
from walras.service.secrets import Secrets
from walras.service.store import proposals, trail
from walras.service.store.engine import Store, is_conflict
from walras.service.store.schema import idempotency
from walras.service.work import Work, refuse

Answer = dict[str, Any]
Handler = Callable[[Work, Any], Answer]
C = TypeVar("C", bound=Command)

HANDLERS: dict[type[Command], Handler] = {}
"""Filled by `handles`; complete once `walras.service.handlers` is imported (a test holds it to that)."""

CRITICAL_WHEN: dict[type[Command], Callable[[Work, Any], bool]] = {}
"""Filled by `critical_when`."""

Prepare = Callable[[Store, Secrets, Actor, Any], Any]
PREPARES: dict[type[Command], Prepare] = {}
"""Filled by `prepares`."""

TRIES = 5


def handles(command: type[C]) -> Callable[[Callable[[Work, C], Answer]], Callable[[Work, C], Answer]]:
    """Name a function as the handler of a command."""

    def note(function: Callable[[Work, C], Answer]) -> Callable[[Work, C], Answer]:
        assert command not in HANDLERS, f"{command.word()} has a handler"
        HANDLERS[command] = function
        return function

    return note


def prepares(command: type[Command]) -> Callable[[Prepare], Prepare]:
    """Name a function that computes, before the transaction, what takes too long inside: its handler finds it there.

    It may refuse the command, and may write in transactions of its own.
    """

    def note(function: Prepare) -> Prepare:
        assert command not in PREPARES, f"{command.word()} is prepared"
        PREPARES[command] = function
        return function

    return note


@dataclass(frozen=True)
class Dispatch:
    """The door's inside: a store, and the secrets that go with it."""

    store: Store
    secrets: Secrets

    def do(self, actor: Actor, command: Command, key: str | None = None) -> Answer:
        """Carry out a command and return its answer, on disk.

        Args:
            actor: Who asks.
            command: What is asked.
            key: Idempotency key of the caller, None if it has none.

        Raises:
            NotAllowed: The actor may not; recorded in the stream `access`.
            BadInput: What was asked breaks rules; nothing was changed.
        """
        try:
            permissions.check(actor, type(command))
            prepare, prepared = PREPARES.get(type(command)), None
            if prepare is not None:
                before = self._answered_meanwhile(actor, command, key)
                if before is not None:
                    return before
                prepared = prepare(self.store, self.secrets, actor, command)
            for attempt in range(TRIES):
                try:
                    return self._once(actor, command, key, prepared)
                except DBAPIError as error:
                    if not is_conflict(error) or attempt == TRIES - 1:
                        raise
                except BadInput:
                    answer = self._answered_meanwhile(actor, command, key)
                    if answer is None:
                        raise
                    return answer
        except permissions.NotAllowed as refused:
            self.refused(actor, command.word(), refused)
            raise
        raise AssertionError("unreachable")

    def refused(self, actor: Actor, word: str, refused: permissions.NotAllowed) -> None:
        """Record an attempt that was not allowed."""
        with self.store.write() as connection:
            body = {"asked": word, "rule": refused.mistake.rule, "where": refused.mistake.where}
            row = trail.row_of("access", self.store.clock.now(connection), actor, "refused", body)
            trail.append(connection, [row])

    def _answered_meanwhile(self, actor: Actor, command: Command, key: str | None) -> Answer | None:
        """Return the answer to the same request that was carried out at the same moment, and made this one illegal."""
        with self.store.read() as connection:
            return remembered(Work(connection, self.store.clock, actor, self.secrets), command, key)

    def _once(self, actor: Actor, command: Command, key: str | None, prepared: Any) -> Answer:
        with self.store.write() as connection:
            work = Work(connection, self.store.clock, actor, self.secrets, prepared=prepared)
            before = remembered(work, command, key)
            if before is not None:
                return before
            answer = proposals.propose(work, command) if needs_two(work, command) else carry_out(work, command)
            remember(work, command, key, answer)
            work.finish()
            return answer


def critical_when(command: type[C]) -> Callable[[Callable[[Work, C], bool]], Callable[[Work, C], bool]]:
    """Name a function that says whether a command which is not always critical is so this time."""

    def note(function: Callable[[Work, C], bool]) -> Callable[[Work, C], bool]:
        assert command not in CRITICAL_WHEN, f"{command.word()} has a rule"
        CRITICAL_WHEN[command] = function
        return function

    return note


def needs_two(work: Work, command: Command) -> bool:
    """Return whether a command waits for a second officer."""
    rule = CRITICAL_WHEN.get(type(command))
    return command.is_critical or (rule is not None and rule(work, command))


def carry_out(work: Work, command: Command) -> Answer:
    """Call the handler of a command, in a transaction that is open."""
    return HANDLERS[type(command)](work, command)


def remembered(work: Work, command: Command, key: str | None) -> Answer | None:
    """Return the answer that this idempotency key was given before, None if it is new.

    Raises:
        BadInput: The key came with another content then (rule `idempotency_key`).
    """
    if key is None:
        return None
    owner = work.actor.company or "public"
    found = work.connection.execute(
        select(idempotency.c.digest, idempotency.c.answer).where(
            idempotency.c.company == owner, idempotency.c.key == key
        )
    ).one_or_none()
    if found is None:
        return None
    if found.digest != _digest(work, command):
        what = "this idempotency key came with another content before"
        raise refuse(what, "Idempotency-Key", "idempotency_key", "Use a new key for a new request.")
    answer: Answer = json.loads(work.secrets.reveal(found.answer))
    return answer


def remember(work: Work, command: Command, key: str | None, answer: Answer) -> None:
    """Keep an answer for its idempotency key; what is shown once only is left out."""
    if key is None:
        return
    kept = _without_secrets(answer)
    work.connection.execute(
        insert(idempotency).values(
            company=work.actor.company or "public", key=key, digest=_digest(work, command),
            answer=work.secrets.hide(canonical(kept)), at=work.now(),
        )
    )  # fmt: skip


def _without_secrets(answer: Answer) -> Answer:
    """Return an answer without what is shown once, also where it is the answer of a proposal."""
    kept = {name: value for name, value in answer.items() if name not in {"key", "secret", "uri"}}
    inner = kept.get("answer")
    return kept | {"answer": _without_secrets(inner)} if isinstance(inner, dict) else kept


def _digest(work: Work, command: Command) -> str:
    """Return what tells one content from another; secrets take no part: a digest would be quick to guess at."""
    body = command.model_dump(mode="json", exclude=set(command.secret_fields))
    return work.secrets.blind(digest_of({"command": command.word(), "body": body}))
