"""Markets, for everybody."""

from __future__ import annotations

from walras.service.clock import moment
from walras.service.queries import GetMarket, ListMarkets
from walras.service.readers.registry import Look, Shown, reads
from walras.service.store import markets


@reads(ListMarkets)
def list_markets(look: Look, _query: ListMarkets) -> Shown:
    """Return every market with its newest version."""
    return {"items": markets.newest(look.connection), "next": None}


@reads(GetMarket)
def get_market(look: Look, query: GetMarket) -> Shown:
    """Return the definition that holds on a day, that of today in UTC if none is given."""
    found = markets.version_for(look.connection, query.market, query.day or moment(look.at).date())
    return {"market": found.market, "version": found.version, "definition": found.definition.model_dump(mode="json")}
