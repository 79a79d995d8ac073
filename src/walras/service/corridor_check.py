"""Does the store still hold what the trail says of a session's corridor? A part of `trail_check`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, select

from walras.service.canonical import bytes_digest
from walras.service.capacity_check import Act, Key, compared
from walras.service.clock import time_text
from walras.service.store.capacity_schema import corridor_answers, corridors
from walras.service.store.trail import Flaw


def corridor_flaws(connection: Connection, session: Row[Any], acts: list[Act]) -> Iterator[Flaw]:
    """Yield where requests, answers or what was granted are not as the session's stream says."""
    c, a = corridors.c, corridor_answers.c
    held: dict[Key, Act] = {
        (r.version,): {"state": r.state, "digest": r.digest, "body": bytes_digest(r.body.encode()),
                       "granted": bytes_digest(r.granted.encode()) if r.granted else "",
                       "due_at": time_text(r.due_at), "at": r.at}
        for r in connection.execute(select(corridors).where(c.session == session.id))
    }  # fmt: skip
    told: dict[Key, Act] = {}
    for act in acts:
        body = act["body"]
        if act["act"] == "corridor requested":
            told[body["version"],] = {
                "state": "requested", "digest": body["request_digest"], "body": body["request_digest"], "granted": "",
                "due_at": body["due_at"], "at": act["at"],
            }  # fmt: skip
        elif act["act"] == "corridor granted":
            told[body["corridor"],] |= {"state": "granted", "granted": body["granted_digest"]}
    yield from compared(session.id, "corridor", held, told)
    answered: dict[Key, Act] = {
        (r.version, r.element, r.side): {"digest": r.digest, "body": bytes_digest(r.body.encode()), "at": r.at}
        for r in connection.execute(select(corridor_answers).where(a.session == session.id))
    }
    said = {
        (act["body"]["corridor"], element, act["body"]["side"]): {"digest": digest, "body": digest, "at": act["at"]}
        for act in acts if act["act"] == "corridor answered"
        for element, digest in act["body"]["digests"].items()
    }  # fmt: skip
    yield from compared(session.id, "corridor answer", answered, said)
