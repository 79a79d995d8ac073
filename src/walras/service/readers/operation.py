"""Notices, proposals and the record."""

from __future__ import annotations

from sqlalchemy import select

from walras.service.queries import GetProposal, GetWebhook, ListNotices, ListProposals, ListTrail
from walras.service.readers.registry import Look, Shown, page, reads
from walras.service.store import notices, proposals, trail
from walras.service.store.schema import sessions

GUESSED_FROM = frozenset({"versions", "digest"})
"""What is not shown of orders before the gate. The row's own digest covers the hash of a ciphertext as well."""


@reads(ListNotices)
def list_notices(look: Look, query: ListNotices) -> Shown:
    """Return notices to the caller's company."""
    is_newest_first = query.first == "newest"
    company, limit = look.actor.company, query.limit + 1
    found = notices.of_company(look.connection, company, query.after, limit, is_newest_first=is_newest_first)
    return page(found, query.limit, "notice")


@reads(GetWebhook)
def get_webhook(look: Look, _query: GetWebhook) -> Shown:
    """Return where notices to the caller's company are sent."""
    return notices.webhook_of(look.connection, look.actor.company)


@reads(ListProposals)
def list_proposals(look: Look, query: ListProposals) -> Shown:
    """Return critical acts, without what they say."""
    return page(proposals.listed(look.connection, query.state, query.after, query.limit + 1), query.limit, "proposal")


@reads(GetProposal)
def get_proposal(look: Look, query: GetProposal) -> Shown:
    """Return one critical act with all that it says."""
    return proposals.get(look.connection, query.proposal)


@reads(ListTrail)
def list_trail(look: Look, query: ListTrail) -> Shown:
    """Return the record of a stream; before the gate without what orders could be guessed from."""
    found = trail.listed(look.connection, query.stream, query.after, query.limit + 1)
    released = select(sessions.c.key_released_at).where(sessions.c.id == query.stream)
    is_open = look.connection.scalar(released) is not None
    return page([row if is_open else row | {"body": _sealed(row)} for row in found], query.limit, "row")


def _sealed(row: Shown) -> Shown:
    """Return the body of a row without names and digests of orders: whoever guesses an order could test it on them."""
    body: Shown = row["body"]
    return {n: v for n, v in body.items() if n not in GUESSED_FROM} if row["act"] == "orders" else body
