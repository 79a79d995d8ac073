"""What a page says of a session's market: its name and its time zone."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection, Row, select

from walras.service.publication.visitor import UTC
from walras.service.store.schema import market_versions


@dataclass(frozen=True)
class Market:
    """A market as the public knows it."""

    name: str
    zone: ZoneInfo


_KNOWN: dict[tuple[str, str, int], Market] = {}
"""Versions of markets never change."""


def market_of(connection: Connection, session: Row[Any]) -> Market:
    """Return name and time zone of the market under whose version a session was made."""
    key = (str(connection.engine.url), str(session.market), int(session.market_version))
    if key not in _KNOWN:
        at = (market_versions.c.market == session.market, market_versions.c.version == session.market_version)
        body = connection.scalar(select(market_versions.c.body).where(*at))
        _KNOWN[key] = _read(json.loads(body) if body else {}, str(session.market))
    return _KNOWN[key]


def _read(body: dict[str, Any], code: str) -> Market:
    try:
        zone = ZoneInfo(str(body.get("time_zone", "UTC")))
    except (ZoneInfoNotFoundError, ValueError):
        zone = UTC
    return Market(str(body.get("name", code)), zone)
