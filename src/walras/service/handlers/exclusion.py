"""Orders that make the engine fail: left out by two officers, said to their member, listed in the certificate."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from walras.results.publication.leaves import pseudonym_of
from walras.service import moves
from walras.service.commands import ExcludeOrder, ReadmitOrder
from walras.service.dispatch import Answer, handles
from walras.service.handlers.sessions import queue_again
from walras.service.intake import payload
from walras.service.plan import LeftOut
from walras.service.secrets import publication_secret
from walras.service.store import notices, orders, runs, sessions
from walras.service.work import Work, refuse


@handles(ExcludeOrder)
def exclude_order(work: Work, command: ExcludeOrder) -> Answer:
    """Leave an order out, with every child whose parent goes, and clear again without them.

    Of a submission that does not read every order goes.

    A member of an exclusive group goes alone: the others of its group stay alternatives.
    """
    found = sessions.locked(work, command.session)
    at = work.now()
    moves.check_exclusion(found)
    plan, where = runs.newest_plan(work.connection, found.id), f"order {command.member}.{command.order}"
    live = {r.name: r for r in orders.live(work.connection, found.id, command.member)}
    if command.order not in live:
        raise refuse("there is no such live order", where, "order_live", "Take a name from the member's orders.")
    if command.order in plan.of_member(command.member):
        raise refuse("it is excluded already", where, "order_excluded", "Look at the plan of the newest run.")
    gone = _with_children(work, found, command.member, command.order)
    left_out = [LeftOut(command.member, name, live[name].version) for name in sorted(gone & set(live))]
    plan = plan.without(left_out)
    ended = runs.supersede(work.connection, found.id, f"order {command.order} of {command.member} was excluded")
    body = {"member": command.member, "orders": [o.order for o in left_out], "reason": command.reason}
    answer = queue_again(work, found, plan, at, "order excluded", body | {"superseded": ended})
    _tell(work, found, "order excluded", left_out, command.reason, at)
    return answer | {"excluded": [o.name for o in left_out]}


@handles(ReadmitOrder)
def readmit_order(work: Work, command: ReadmitOrder) -> Answer:
    """Take an excluded order back in, with all of its family that was left out, and clear again."""
    found = sessions.locked(work, command.session)
    at = work.now()
    moves.check_readmission(work.connection, found)
    plan, where = runs.newest_plan(work.connection, found.id), f"order {command.member}.{command.order}"
    if command.order not in plan.of_member(command.member):
        raise refuse("it is not excluded", where, "order_excluded", "Look at the plan of the newest run.")
    place = (found.id, command.member)
    kin = {n: s.kin for n, s in orders.standing(work.connection, {place: None})[place].items()}
    own = kin.get(command.order, "")
    back = [
        o for o in plan.excluded
        if o.member == command.member and (o.order == command.order or (own and kin.get(o.order) == own))
    ]  # fmt: skip
    ended = runs.supersede(work.connection, found.id, f"order {command.order} of {command.member} was readmitted")
    body = {"member": command.member, "orders": [o.order for o in back], "reason": command.reason}
    answer = queue_again(work, found, plan.with_again(back), at, "order readmitted", body | {"superseded": ended})
    _tell(work, found, "order readmitted", back, command.reason, at)
    return answer | {"readmitted": [o.name for o in back]}


def _with_children(work: Work, found: Row[Any], member: str, order: str) -> frozenset[str]:
    key = work.secrets.session_key(found.id, found.sealed_key)
    gone = {order}
    for _, content, names in orders.payloads(work.connection, found.id, key, member):
        sent = payload.readable(content)
        if sent is not None:
            gone |= payload.with_children(sent, {order})
        elif order in names:  # what does not read goes as a whole
            gone |= names
    return frozenset(gone)


def _tell(work: Work, found: Row[Any], kind: str, changed: list[LeftOut], reason: str, at: int) -> None:
    """Tell the member, with the pseudonyms under which the certificate lists its orders."""
    secret = publication_secret(work.secrets.session_key(found.id, found.sealed_key))
    named = {o.order: pseudonym_of(secret, o.name) for o in changed}
    notices.tell(work, changed[0].member, kind, found.id, {"orders": named, "reason": reason}, at)
