"""Markets, for everybody."""

from __future__ import annotations

from walras.service.clock import moment
from walras.service.queries import GetMarket, ListMarkets, ListMarketVersions
from walras.service.readers.registry import Look, Shown, reads
from walras.service.store import markets


@reads(ListMarkets)
def list_markets(look: Look, _query: ListMarkets) -> Shown:
    """Return every market with its newest version."""
    return {"items": markets.newest(look.connection), "next": None}


@reads(GetMarket)
def get_market(look: Look, query: GetMarket) -> Shown:
    """Return the definition that holds on a day, that of today in UTC if none is given, or that of a version."""
    if query.version is not None:
        found = markets.known_version(look.connection, query.market, query.version)
    else:
        found = markets.version_for(look.connection, query.market, query.day or moment(look.at).date())
    return {"market": found.market, "version": found.version, "definition": found.definition.model_dump(mode="json")}


@reads(ListMarketVersions)
def list_market_versions(look: Look, query: ListMarketVersions) -> Shown:
    """Return every version, the newest first: of two that hold on a day the newer one counts."""
    return {"items": markets.versions(look.connection, query.market), "next": None}
