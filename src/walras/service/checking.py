"""The check of a file before it is sent: the reading, the rules and the door's decision, and nothing written.

What decides at the door (gate, rights, limits, collateral) is asked as it stands now; it may be
otherwise when the file is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row

from walras.errors import BadInput, Mistake
from walras.service import batch
from walras.service.batch import Entry
from walras.service.commands import CheckFile
from walras.service.intake import payload
from walras.service.outline import Outline
from walras.service.roles import Actor
from walras.service.secrets import Secrets
from walras.service.store import markets, orders, sessions
from walras.service.store.engine import Store
from walras.service.terms import market_terms


@dataclass(frozen=True)
class Checked:
    """A file without a mistake.

    Attributes:
        entry: What it would be at the door; its `facts` are set where the door would take it.
        refusals: Why the door would not take it now.
        sent: What its orders look like.
        after: What all orders of the member look like once it is sent.
    """

    entry: Entry
    refusals: tuple[Mistake, ...]
    sent: Outline
    after: Outline

    @property
    def exposure_minor(self) -> int | None:
        """Return what its orders may owe at the most, None where the session binds no collateral."""
        return None if self.entry.exposure is None else sum(self.entry.exposure.values())

    def to_json(self) -> dict[str, Any]:
        """Return it as an answer."""
        entry = self.entry
        return {
            "session": entry.session, "member": entry.member, "digest": entry.digest,
            "would_be_taken": not self.refusals,
            "refusals": [{n: getattr(m, n) for n in ("what", "where", "rule", "fix")} for m in self.refusals],
            "orders": (entry.facts or {}).get("orders") or dict.fromkeys(sorted(entry.kin)),
            "currency": self.sent.book.currency, "exposure_minor": self.exposure_minor, "power": self.sent.power(),
        }  # fmt: skip


def check_file(store: Store, secrets: Secrets, actor: Actor, file: CheckFile, data: bytes) -> Checked:
    """Return what a file of orders would be at the door.

    Raises:
        BadInput: With every mistake of the file, or the session is not one that the member may trade in.
    """
    entry = batch.of_file(store, actor, file, data, None)
    batch.decide(store, secrets, entry)
    if entry.error is not None and not isinstance(entry.error, BadInput):
        raise entry.error
    refusals = () if entry.error is None else tuple(entry.error.mistakes)
    with store.read() as connection:
        session = sessions.get(connection, entry.session)
        after = outline_of(connection, secrets, session, entry.member, entry)
        sent = outline_of(connection, secrets, session, entry.member, entry, is_alone=True)
    return Checked(entry, refusals, sent, after)


def outline_of(
    connection: Connection, secrets: Secrets, session: Row[Any], member: str, more: Entry | None = None, *,
    is_alone: bool = False,
) -> Outline:  # fmt: skip
    """Return what a member's live orders look like, with those of an entry in place of orders of the same names.

    Args:
        connection: A transaction.
        secrets: What opens the member's orders.
        session: Where they are.
        member: Whose they are; the caller sees to it that they are its own, or that the gate has closed.
        more: Orders that come on top.
        is_alone: Whether these are all.
    """
    definition = markets.version(connection, session.market, session.market_version).definition
    terms = market_terms(definition, date.fromisoformat(session.delivery_day))
    sent: list[tuple[str, bytes, frozenset[str]]] = []
    fresh = frozenset() if more is None else frozenset(more.kin)
    if not is_alone:
        key = secrets.session_key(session.id, session.sealed_key)
        for code, content, names in orders.payloads(connection, session.id, key, member):
            sent.append((code, content, names - fresh))
    if more is not None:
        sent.append((member, more.content, fresh))
    return Outline(payload.book_of(terms, ((m, c, n) for m, c, n in sent if n)))
