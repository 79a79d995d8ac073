"""What a sealed submission says, for whoever holds the key: the trail check, readers, restores."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row

from walras.service.canonical import bytes_digest
from walras.service.intake import payload
from walras.service.secrets import Secrets
from walras.service.store import orders
from walras.service.trail_check import Effect

WITHDRAWAL = "withdrawal"


def opened(secrets: Secrets, session: Row[Any], row: Row[Any]) -> bytes:
    """Return the content of a sealed submission.

    Raises:
        BadInput: It was changed, or sealed with another key (rule `seal_intact`).
    """
    key = secrets.session_key(session.id, session.sealed_key)
    return orders.opened(key, session.id, row.member, row.sealed)


def stored_digest(secrets: Secrets, row: Row[Any], content: bytes) -> str:
    """Return what the store has of a submission's digest."""
    return secrets.blind(row.session, row.member, digest(content))


def digest(content: bytes) -> str:
    """Return the digest that the receipt names: of the bytes, or of what the tables of a file say."""
    if content.startswith(payload.MAGIC):
        return payload.digest(payload.decode(content))
    return bytes_digest(content)


def effect(kind: str, content: bytes) -> Effect:
    """Return what a submission does to the orders of its member."""
    if kind == WITHDRAWAL:
        return Effect({}, frozenset(json.loads(content)["withdrawn"]), takes_all_back=False)
    return Effect(payload.kin(payload.decode(content)), frozenset(), takes_all_back=False)
