"""The market of one delivery day, ready for the readers of orders; made once and kept."""

from __future__ import annotations

from datetime import date
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

import polars as pl

from walras.book import schema
from walras.book.columns import DTYPES
from walras.book.findings import Findings
from walras.book.market import MarketTerms
from walras.book.profile import load_profile
from walras.book.read_domains import read_domains
from walras.book.read_network import read_borders, read_lines
from walras.book.read_places import read_places
from walras.book.read_terms import Terms, delivery_day_minutes
from walras.book.tables import Table
from walras.errors import BadInput
from walras.service.canonical import canonical
from walras.service.definition import MarketDefinition, tables_of


def market_terms(market: MarketDefinition, day: date) -> MarketTerms:
    """Return what orders of a delivery day are read against.

    Raises:
        BadInput: With everything that is wrong with the definition on that day, by the rules of a market folder.
    """
    return _terms(canonical(market.model_dump(mode="json")), day)


@lru_cache(maxsize=64)
def _terms(text: str, day: date) -> MarketTerms:
    market = MarketDefinition.model_validate_json(text)
    findings = Findings()
    if market.time_zone not in _zone_names():
        fix = "Write a name such as Europe/Rome."
        findings.add(f"time zone {market.time_zone!r} is not known", "time_zone", "time_zone", fix)
        raise BadInput(findings.mistakes)
    zone = ZoneInfo(market.time_zone)
    profile = load_profile(market.profile, day)
    terms = Terms(market.name, market.currency, market.time_zone, day, profile, *delivery_day_minutes(day, zone))
    frames = tables_of(market, day)
    tables = {spec.name: _table(spec, frames.get(spec.name), market.currency) for spec in schema.TABLES}
    places = read_places(tables["zones"], tables["grids"], terms, findings)
    lines = read_lines(tables["lines"], tables["line_capacities"], places, findings)
    borders = read_borders(tables["borders"], tables["border_periods"], places, findings)
    domains = read_domains(tables, places, findings)
    if findings.mistakes:
        raise BadInput(findings.mistakes)
    return MarketTerms(
        market.name, market.currency, market.time_zone, day, profile, places, lines, borders, domains
    )  # fmt: skip


@cache
def _zone_names() -> frozenset[str]:
    """Return every time zone there is; what else `ZoneInfo` opens (`posixrules`, a folder) is none."""
    return frozenset(available_timezones())


def _table(spec: schema.TableSpec, frame: pl.DataFrame | None, currency: str) -> Table:
    """Return a table with all its columns, empty where the definition has nothing."""
    rows = 0 if frame is None else frame.height
    columns = [
        frame[c.name] if frame is not None and c.name in frame.columns
        else pl.Series(c.name, [None], dtype=DTYPES[c.kind]).new_from_index(0, rows)
        for c in spec.columns
    ]  # fmt: skip
    return Table(spec, pl.DataFrame(columns), currency=currency)
