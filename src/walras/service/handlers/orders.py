"""Default orders; orders of a session go through `door`, many at a time."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert

from walras.errors import BadInput
from walras.service import batch
from walras.service.canonical import bytes_digest
from walras.service.commands import SetDefaultOrders
from walras.service.dispatch import Answer, handles
from walras.service.intake import payload
from walras.service.intake.check import Submission, check
from walras.service.secrets import seal
from walras.service.store import markets, users
from walras.service.store.schema import default_orders
from walras.service.terms import market_terms
from walras.service.work import Work, refuse


@handles(SetDefaultOrders)
def set_default_orders(work: Work, command: SetDefaultOrders) -> Answer:
    """Leave orders that stand in for a session in which nothing was sent; none ends that.

    At each gate they are moved to the delivery day (`defaults`) and checked again.
    """
    member, at = work.actor.company, work.now()
    company: Any = users.company(work.connection, member)
    if command.orders and company.state != "active":
        what = f"{member} is {company.state}"
        raise refuse(what, "company", "member_active", "Ask the operator; only active members trade.")
    may, _ = batch.rights_of(work.connection, member, command.market)
    place = (default_orders.c.market == command.market) & (default_orders.c.member == member)
    work.connection.execute(delete(default_orders).where(place))
    sent = tuple(command.orders)
    digest = sealed = ""
    if sent:
        terms = market_terms(markets.version_for(work.connection, command.market, command.day).definition, command.day)
        if mistakes := check(terms, [Submission(member, sent, may)])[0]:
            raise BadInput(mistakes)
        digest = payload.digest(sent)
        content = seal(work.secrets.named("default orders"), payload.encode(sent), f"{command.market} {member}")
        sealed = bytes_digest(content)
        work.connection.execute(
            insert(default_orders).values(
                market=command.market,
                member=member,
                day=command.day.isoformat(),
                digest=work.secrets.blind(command.market, member, digest),
                sealed=content,
                since=at,
            )
        )
    # the trail names the sealed bytes: orders could be guessed from the hash of what they say
    work.record("markets", "default orders set", {"market": command.market, "sealed_digest": sealed}, at)
    return {"market": command.market, "orders": len(sent), "digest": digest}
