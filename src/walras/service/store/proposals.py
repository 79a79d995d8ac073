"""Four eyes: critical commands wait here until a second officer decides."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Row, insert, select, update

from walras.service.canonical import canonical
from walras.service.commands import COMMANDS, Command
from walras.service.store.schema import proposals
from walras.service.work import Work, refuse


def propose(work: Work, command: Command) -> dict[str, Any]:
    """Keep a critical command until another officer approves it; return its number."""
    at = work.now()
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
