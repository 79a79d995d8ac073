"""Notices, proposals and the record."""

from __future__ import annotations

from walras.service.queries import GetProposal, ListNotices, ListProposals, ListTrail
from walras.service.readers.registry import Look, Shown, page, reads
from walras.service.store import notices, proposals, trail


@reads(ListNotices)
def list_notices(look: Look, query: ListNotices) -> Shown:
    """Return notices to the caller's company."""
    found = notices.of_company(look.connection, look.actor.company, query.after, query.limit + 1)
    return page(found, query.limit, "notice")


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
    """Return the record of a stream."""
    return page(trail.listed(look.connection, query.stream, query.after, query.limit + 1), query.limit, "row")
