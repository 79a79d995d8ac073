"""Four eyes: critical commands wait here until a second officer decides."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from walras.service.canonical import canonical
from walras.service.clock import time_text
from walras.service.commands import COMMANDS, Command, FinaliseSession
from walras.service.store import sessions
from walras.service.store.schema import proposals
from walras.service.work import Work, refuse


def propose(work: Work, command: Command) -> dict[str, Any]:
    """Keep a critical command until another officer approves it; return its number."""
    at = work.now()
    if isinstance(command, FinaliseSession) and command.version is None:
        command = command.model_copy(update={"version": sessions.newest_version(work.connection, command.session)})
    body = command.model_dump(mode="json")
    result = work.connection.execute(
        insert(proposals).values(
            command=command.word(), stream="proposals", body=canonical(body), state="waiting",
            proposed_by=work.actor.user, proposed_at=at,
        )
    )  # fmt: skip
    assert result.inserted_primary_key is not None
    number = int(result.inserted_primary_key[0])
    work.record("proposals", "proposed", {"proposal": number, "command": command.word(), "body": body}, at)
    return {"proposal": number, "state": "waiting", "command": command.word()}


def waiting(work: Work, number: int) -> Row[Any]:
    """Return a waiting proposal, its row locked.

    Raises:
        BadInput: There is none (rule `proposal_waiting`).
    """
    found = work.connection.execute(select(proposals).where(proposals.c.id == number).with_for_update()).one_or_none()
    if found is None or found.state != "waiting":
        state = "there is no such proposal" if found is None else f"the proposal is {found.state}"
        raise refuse(state, f"proposal {number}", "proposal_waiting", "Look at the list of waiting proposals.")
    return found


def decide(work: Work, number: int, state: str, reason: str = "") -> None:
    """Write the decision on a proposal."""
    work.connection.execute(
        update(proposals)
        .where(proposals.c.id == number)
        .values(state=state, decided_by=work.actor.user, decided_at=work.now(), reason=reason)
    )
    work.record("proposals", state, {"proposal": number, "reason": reason})


def command_of(found: Row[Any]) -> Command:
    """Return the command that was proposed."""
    return COMMANDS[found.command].model_validate(json.loads(found.body))


def listed(connection: Connection, state: str | None, after: int, limit: int) -> list[dict[str, Any]]:
    """Return proposals after one of them, oldest first, without what they say."""
    query = select(proposals).where(proposals.c.id > after).order_by(proposals.c.id).limit(limit)
    if state is not None:
        query = query.where(proposals.c.state == state)
    return [_shown(r) for r in connection.execute(query).all()]


def waiting_on(connection: Connection) -> list[dict[str, Any]]:
    """Return the proposals that wait, oldest first, with what they say."""
    query = select(proposals).where(proposals.c.state == "waiting").order_by(proposals.c.id)
    return [_shown(r) | {"body": json.loads(r.body)} for r in connection.execute(query).all()]


def get(connection: Connection, number: int) -> dict[str, Any]:
    """Return a proposal with all that it says.

    Raises:
        BadInput: There is none (rule `proposal_known`).
    """
    found = connection.execute(select(proposals).where(proposals.c.id == number)).one_or_none()
    if found is None:
        fix = "Take a number from the list."
        raise refuse(f"there is no proposal {number}", "proposal", "proposal_known", fix)
    return _shown(found) | {"body": json.loads(found.body)}


def _shown(found: Row[Any]) -> dict[str, Any]:
    plain = ("command", "state", "proposed_by", "decided_by", "reason")
    times = {name: time_text(getattr(found, name)) for name in ("proposed_at", "decided_at")}
    return {"proposal": found.id} | {name: getattr(found, name) for name in plain} | times
