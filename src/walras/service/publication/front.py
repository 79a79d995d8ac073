"""The front page: sessions that go on, the latest result, sessions that were."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from html import escape
from typing import Any

from sqlalchemy import Connection, Row, select

from walras.service.clock import moment
from walras.service.publication import reading, rows
from walras.service.publication.bundle_network import Network
from walras.service.publication.figures import figures_of
from walras.service.publication.kept import Kept
from walras.service.publication.markets import Market, market_of
from walras.service.publication.marks import badge, standing_of
from walras.service.publication.prices import carrier_words, day_table, plot_or_nothing
from walras.service.publication.visitor import Visitor
from walras.service.store.schema import runs, sessions
from walras.service.words import mark

MOST_SESSIONS, MOST_CURRENT, MOST_LATEST = 200, 12, 4
ENDED = ("final", "fallback", "cancelled")
LATEST = Kept(2_000_000)
"""The part of the front page that shows a result, by result and language."""
SESSION_KINDS = {
    "live": mark("live"),
    "public_test": mark("public test"),
}


def body(visitor: Visitor, connection: Connection, now: int, store: str) -> str:
    """Return the front page's main part.

    Args:
        visitor: Who reads it.
        connection: Of the store.
        now: The clock of the store, in microseconds.
        store: What tells this store from others of the process.
    """
    t, found = visitor.t, _sessions(connection)
    going = set(connection.scalars(select(runs.c.session).where(runs.c.state == "running")))
    current = [s for s in found if _is_current(connection, s, now)][:MOST_CURRENT]
    past = [s for s in found if s not in current]
    head = f"<h1>{t('Market results')}</h1>"
    if not found:
        return head + f"<p>{t('There is no session yet.')}</p>"
    cards = "".join(_card(visitor, connection, s, is_running=s.id in going) for s in reversed(current))
    none = f"<p>{t('No session is going on.')}</p>"
    out = f'{head}<h2>{t("Now")}</h2><div class="cards">{cards}</div>' if cards else f"{head}<h2>{t('Now')}</h2>{none}"
    out += _latest(visitor, connection, found, store)
    if past:
        listed = [_row(visitor, connection, s, is_running=s.id in going) for s in past]
        heads = (t("delivery day"), t("result"), t("session"), t("market"), t("gate"), t("kind"))
        count = visitor.n_("{n} session", "{n} sessions", len(past))
        title = t("Past sessions")
        out += f'<h2>{title}</h2><p class="quiet">{count}</p>{rows.table(title, heads, listed, 6)}'
    return out


def times(visitor: Visitor, session: Row[Any], standing: str) -> str:
    """Return what comes next for a session, in words."""
    t, day = visitor.t, str(session.delivery_day)
    gate, due = visitor.moment(session.gate_at), visitor.moment(session.results_due_at)
    if standing == "scheduled":
        return t("Opens {opens}; the gate closes {gate}.").format(opens=visitor.moment(session.opens_at), gate=gate)
    if standing == "open":
        return t("Open until the gate closes: {gate}. Results are expected by {due}.").format(gate=gate, due=due)
    if standing in ("closed", "running"):
        return t("The gate closed {gate}. Results are expected by {due}.").format(gate=gate, due=due)
    if standing == "preliminary" and session.objections_until is not None:
        until = visitor.moment(session.objections_until, near=day)
        return t("Members may object until {until}.").format(until=until)
    return t("The gate closed {gate}.").format(gate=gate)


def _sessions(connection: Connection) -> Sequence[Row[Any]]:
    query = select(sessions).where(sessions.c.kind.in_(reading.PUBLIC_KINDS))
    return connection.execute(query.order_by(sessions.c.delivery_day.desc(), sessions.c.id).limit(MOST_SESSIONS)).all()


def _is_current(connection: Connection, session: Row[Any], now: int) -> bool:
    """Return whether a session goes on, or its delivery day has not passed where the market is."""
    if session.state not in ENDED:
        return True
    zone = market_of(connection, session).zone
    try:
        return date.fromisoformat(session.delivery_day) >= moment(now).astimezone(zone).date()
    except ValueError:
        return False


def _card(visitor: Visitor, connection: Connection, session: Row[Any], *, is_running: bool) -> str:
    market = market_of(connection, session)
    visitor = visitor.at(market.zone)
    standing = standing_of(session, is_running=is_running)
    address = visitor.link(session.id)
    return (
        f'<article class="card {standing}"><h3><a href="{address}">{visitor.day(session.delivery_day)}</a></h3>'
        f"<p>{badge(visitor, standing)} {escape(market.name)}</p><p>{times(visitor, session, standing)}</p>"
        f'<p class="quiet">{escape(session.id)}</p></article>'
    )


def _row(visitor: Visitor, connection: Connection, session: Row[Any], *, is_running: bool) -> tuple[str, ...]:
    market = market_of(connection, session)
    visitor = visitor.at(market.zone)
    kind = visitor.t(SESSION_KINDS[session.kind]) if session.kind in SESSION_KINDS else session.kind
    return (
        visitor.short_day(session.delivery_day),
        badge(visitor, standing_of(session, is_running=is_running)),
        f'<a href="{visitor.link(session.id)}">{escape(session.id)}</a>',
        escape(market.name), visitor.moment(session.gate_at), escape(kind),
    )  # fmt: skip


def _latest(visitor: Visitor, connection: Connection, found: Sequence[Row[Any]], store: str) -> str:
    """Return plot and mean prices of the newest result that holds, of each market."""
    newest: dict[str, Row[Any]] = {}
    for s in found:
        if s.version and s.state in ("cleared", "final"):
            newest.setdefault(s.market, s)
    out = []
    for s in list(newest.values())[:MOST_LATEST]:
        of, market = reading.published(connection, s.id), market_of(connection, s)
        key = (store, of, visitor.language, visitor.asked.lang)
        write = partial(_result, visitor.at(market.zone), connection, of, market)
        out.append(LATEST.get(key, write))
    return "".join(out)


def _result(visitor: Visitor, connection: Connection, of: reading.Published, market: Market) -> str:
    t, figures = visitor.t, figures_of(connection, of, Network())
    if figures is None:
        return ""
    day = visitor.day(of.delivery_day)
    head = f"<h2>{t('Latest result')}: {escape(market.name)}</h2><p>{badge(visitor, of.stage)} "
    head += f'<a href="{visitor.link(of.session)}">{day}</a></p>'
    parts = []
    for carrier in figures.carriers:
        series = {z: figures.price[z, carrier] for z in figures.zones(carrier)}
        name = carrier_words(visitor, carrier)
        title = t("{carrier}: prices in {unit}").format(carrier=name, unit=visitor.per_mwh(figures.currency))
        decimals = figures.price_decimals(carrier)
        drawn = plot_or_nothing(visitor, series, visitor.per_mwh(figures.currency), title, decimals=decimals)
        parts.append(f"<div><h3>{escape(title)}</h3>{drawn}{day_table(visitor, series, title, decimals)}</div>")
    return f'<section class="latest">{head}<div class="pairs">{"".join(parts)}</div></section>'
