"""Markets in versions: which definition holds for a delivery day."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, update

from walras.errors import BadInput
from walras.service.canonical import canonical
from walras.service.clock import time_text
from walras.service.definition import MarketDefinition
from walras.service.store.schema import market_versions, markets
from walras.service.work import Work, refuse

LAST_DAY = date(9990, 1, 1)
"""No market has delivery days from here on."""


@dataclass(frozen=True)
class MarketVersion:
    """One version of a market."""

    market: str
    version: int
    definition: MarketDefinition


def add_version(work: Work, market: str, valid_from: date, valid_to: date | None, body: dict[str, Any], at: int) -> int:
    """Store a new version and return its number."""
    current = work.connection.scalar(select(markets.c.version).where(markets.c.code == market).with_for_update())
    version = (current or 0) + 1
    if current is None:
        work.connection.execute(insert(markets).values(code=market, version=version, since=at))
    else:
        work.connection.execute(update(markets).where(markets.c.code == market).values(version=version))
    work.connection.execute(
        insert(market_versions).values(
            market=market, version=version, valid_from=valid_from.isoformat(),
            valid_to=valid_to.isoformat() if valid_to else None, body=canonical(body), at=at,
        )
    )  # fmt: skip
    return version


def check_known(connection: Connection, market: str) -> None:
    """Refuse a code that no market has (rule `market_known`)."""
    if connection.scalar(select(markets.c.code).where(markets.c.code == market)) is None:
        raise refuse(f"there is no market {market!r}", "market", "market_known", "Take a code from the list.")


def version_for(connection: Connection, market: str, day: date) -> MarketVersion:
    """Return the newest version that holds for a delivery day.

    Raises:
        BadInput: There is no such market, or no version for the day (rules `market_known`, `market_valid`).
    """
    check_known(connection, market)
    check_day(market, day)
    text = day.isoformat()
    found = connection.execute(
        select(market_versions)
        .where(
            market_versions.c.market == market,
            market_versions.c.valid_from <= text,
            market_versions.c.valid_to.is_(None) | (market_versions.c.valid_to >= text),
        )
        .order_by(market_versions.c.version.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        what = f"no version of market {market!r} holds on {day}"
        raise refuse(what, "delivery_day", "market_valid", "Define a version that is valid on that day.")
    return _version(found)


def in_force(connection: Connection, market: str, day: date) -> MarketDefinition | None:
    """Return the definition that holds for a day so far, None for none."""
    try:
        return version_for(connection, market, day).definition
    except BadInput:
        return None


def check_day(market: str, day: date) -> None:
    """Refuse a day near the end of the calendar, beyond which times cannot be reckoned (rule `market_valid`)."""
    if day >= LAST_DAY:
        what = f"no version of market {market!r} holds on {day}"
        raise refuse(what, "delivery_day", "market_valid", f"Name a day before {LAST_DAY}.")


def version_now(connection: Connection, market: str, day: date) -> MarketVersion:
    """Return the version of a day, where none holds that of the last day before it, else that of the first day.

    Money moves on after a market's last day of delivery. Raises as `version_for` does.
    """
    v, text = market_versions.c, day.isoformat()
    valid = connection.execute(select(v.valid_from, v.valid_to).where(v.market == market)).all()
    held = [min(r.valid_to or text, text) for r in valid if r.valid_from <= text]
    nearest = max(held) if held else min((r.valid_from for r in valid), default=text)
    return version_for(connection, market, date.fromisoformat(nearest))


def version(connection: Connection, market: str, number: int) -> MarketVersion:
    """Return one version of a market, which must be there."""
    found = connection.execute(
        select(market_versions).where(market_versions.c.market == market, market_versions.c.version == number)
    ).one()
    return _version(found)


def since(connection: Connection, version: MarketVersion) -> int:
    """Return when a version was made, microseconds."""
    place = (market_versions.c.market == version.market, market_versions.c.version == version.version)
    return int(connection.execute(select(market_versions.c.at).where(*place)).scalar_one())


def _version(found: Any) -> MarketVersion:
    return MarketVersion(found.market, found.version, MarketDefinition.model_validate(json.loads(found.body)))


def newest(connection: Connection) -> list[dict[str, Any]]:
    """Return every market with its newest version, for callers."""
    rows = connection.execute(
        select(market_versions)
        .join(
            markets,
            (markets.c.code == market_versions.c.market) & (markets.c.version == market_versions.c.version),
        )
        .order_by(markets.c.code)
    ).all()
    found = []
    for row in rows:
        body = json.loads(row.body)
        shown = {name: body[name] for name in ("name", "currency", "time_zone", "profile")}
        valid = {"valid_from": row.valid_from, "valid_to": row.valid_to}
        found.append({"market": row.market, "version": row.version} | shown | valid)
    return found


def versions(connection: Connection, market: str) -> list[dict[str, Any]]:
    """Return every version of a market without its definition, the newest first, for callers."""
    check_known(connection, market)
    v = market_versions.c
    query = select(v.version, v.valid_from, v.valid_to, v.at).where(v.market == market).order_by(v.version.desc())
    return [
        {"version": r.version, "valid_from": r.valid_from, "valid_to": r.valid_to, "at": time_text(r.at)}
        for r in connection.execute(query)
    ]


def known_version(connection: Connection, market: str, number: int) -> MarketVersion:
    """Return a version that somebody asks for; raises where there is none (rules `market_known`, `market_version`)."""
    check_known(connection, market)
    v = market_versions.c
    found = connection.execute(select(market_versions).where(v.market == market, v.version == number)).one_or_none()
    if found is None:
        fix = "Take a number from the list of its versions."
        raise refuse(f"market {market!r} has no version {number}", "version", "market_version", fix)
    return _version(found)


def definitions(connection: Connection, market: str, days: Sequence[date]) -> dict[date, MarketDefinition]:
    """Return the definition that holds on each of some days; raises as `version_for` does."""
    version_for(connection, market, days[0])
    check_day(market, days[-1])
    rows = connection.execute(
        select(market_versions).where(market_versions.c.market == market).order_by(market_versions.c.version.desc())
    ).all()
    read: dict[int, MarketDefinition] = {}
    found = {}
    for day in days:
        text = day.isoformat()
        row = next((r for r in rows if r.valid_from <= text and (r.valid_to is None or r.valid_to >= text)), None)
        if row is None:
            what = f"no version of market {market!r} holds on {day}"
            raise refuse(what, "delivery_day", "market_valid", "Define a version that is valid on that day.")
        if row.version not in read:
            read[row.version] = _version(row).definition
        found[day] = read[row.version]
    return found
