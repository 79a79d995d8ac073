"""Objections to a preliminary result and their answers."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from walras.service import batch, moves
from walras.service.commands import AnswerObjection, RaiseObjection
from walras.service.dispatch import Answer, handles
from walras.service.store import notices, sessions
from walras.service.store.schema import objections
from walras.service.work import Work, refuse


@handles(RaiseObjection)
def raise_objection(work: Work, command: RaiseObjection) -> Answer:
    """Take an objection while the window is open."""
    found = sessions.locked(work, command.session, is_shared=True)
    at = work.now()
    batch.rights_of(work.connection, work.actor.company, found.market)  # an applicant could hold up every result
    moves.check_objection(found, at)
    result = work.connection.execute(
        insert(objections).values(
            session=found.id, member=work.actor.company, version=found.version, text=command.text, state="raised", at=at
        )
    )
    assert result.inserted_primary_key is not None
    number = int(result.inserted_primary_key[0])
    work.record(found.id, "objection raised", {"objection": number, "text": command.text}, at)
    return {"objection": number, "state": "raised"}


@handles(AnswerObjection)
def answer_objection(work: Work, command: AnswerObjection) -> Answer:
    """Uphold or dismiss; upholding changes nothing by itself, the next run does."""
    found = work.connection.execute(
        select(objections).where(objections.c.id == command.objection).with_for_update()
    ).one_or_none()
    where = f"objection {command.objection}"
    if found is None or found.state != "raised":
        state = "there is no such objection" if found is None else f"it is {found.state}"
        raise refuse(state, where, "objection_waiting", "Take one that waits for an answer.")
    at = work.now()
    state = "upheld" if command.verdict == "uphold" else "dismissed"
    work.connection.execute(
        update(objections).where(objections.c.id == found.id).values(state=state, answer=command.text)
    )
    body = {"objection": found.id, "answer": command.text}
    work.record(found.session, f"objection {state}", body, at)
    notices.tell(work, found.member, f"objection {state}", found.session, body, at)
    return {"objection": found.id, "state": state}
