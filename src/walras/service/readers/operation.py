"""Notices and proposals."""

from __future__ import annotations

from walras.service.queries import GetProposal, GetWebhook, ListNotices, ListProposals
from walras.service.readers.registry import Look, Shown, page, reads
from walras.service.store import notices, proposals


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
