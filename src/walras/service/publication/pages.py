"""Plain pages of results: no scripts, one style, readable on a telephone and on paper.

::

    visitor ─▶ pages ─▶ front: sessions, latest result
                   └──▶ one session: prices, network, curves, proof     (shell is the frame around both)

Every text from the store is escaped. A page says in a banner and in its title what stage the
result has, and how anybody checks it without trusting the page.
"""

from __future__ import annotations

from html import escape

from sqlalchemy import Connection, select

from walras.errors import Mistake
from walras.service.permissions import NotKnown
from walras.service.publication import front as front_page
from walras.service.publication import network_part, proof, reading, rows
from walras.service.publication.cell_curves import curves_of
from walras.service.publication.figures import Figures, figures_of
from walras.service.publication.kept import Kept
from walras.service.publication.markets import market_of
from walras.service.publication.marks import MEANING, WORDS, badge, standing_of
from walras.service.publication.prices import carrier_words, plot_or_nothing, prices_of, wide
from walras.service.publication.reading import Published
from walras.service.publication.shell import page
from walras.service.publication.visitor import Visitor
from walras.service.store.engine import Store
from walras.service.store.schema import runs, sessions
from walras.service.words import mark

MOST_KEPT = 24_000_000
"""Characters of pages that are kept."""
KEPT = Kept(MOST_KEPT)
RUNGS = {"rerun": mark("rerun"), "partial_decoupling": mark("partial decoupling"), "local": mark("local")}
"""Rungs of the ladder below the coupled auction, in words."""


def front(store: Store, visitor: Visitor = Visitor()) -> str:  # noqa: B008 - it never changes
    """Return the front page: sessions that go on, the latest result, and those that were."""
    with store.read() as connection:
        body = front_page.body(visitor, connection, store.clock.now(connection), str(store.engine.url))
    return page(visitor, visitor.t("Market results"), body)


def session(store: Store, name: str, version: int | None = None, visitor: Visitor = Visitor()) -> str:  # noqa: B008
    """Return the page of one result, or of a session that has none yet.

    Raises:
        NotKnown: There is no such session, version, MTU or zone.
    """
    with store.read() as connection:
        found = connection.execute(select(sessions).where(sessions.c.id == name)).one_or_none()
        if found is None or found.kind not in reading.PUBLIC_KINDS:
            raise reading.unknown_session(name)
        visitor = visitor.at(market_of(connection, found).zone)
        if version is None and not found.version:
            return _without_result(visitor, connection, name)
        of = reading.published(connection, name, version)
        count = reading.files_count(connection, of)
        key = (str(store.engine.url), of, count, visitor.language, visitor.asked, visitor.zone.key)
        return KEPT.get(key, lambda: _written(visitor, connection, of))


def _without_result(visitor: Visitor, connection: Connection, name: str) -> str:
    found = connection.execute(select(sessions).where(sessions.c.id == name)).one()
    query = select(runs.c.id).where(runs.c.session == name, runs.c.state == "running")
    standing = standing_of(found, is_running=connection.scalar(query) is not None)
    t = visitor.t
    facts = (
        (t("market"), escape(market_of(connection, found).name)),
        (t("opens"), visitor.moment(found.opens_at)),
        (t("gate closes"), visitor.moment(found.gate_at)),
        (t("results expected by"), visitor.moment(found.results_due_at)),
    )
    listed = "".join(f"<dt>{n}</dt><dd>{v}</dd>" for n, v in facts)
    body = (
        f"<h1>{visitor.day(found.delivery_day)} {badge(visitor, standing)}</h1>"
        f'<div class="banner {standing}"><p><strong>{t(MEANING[standing])}</strong></p>'
        f'<p>{front_page.times(visitor, found, standing)}</p></div><dl class="facts">{listed}</dl>'
    )
    return page(visitor, f"{name} ({t(WORDS[standing])})", body, name)


def _written(visitor: Visitor, connection: Connection, of: Published) -> str:
    t, figures = visitor.t, figures_of(connection, of)
    _check_asked(visitor, figures)
    head = (
        f"<h1>{visitor.day(of.delivery_day)} {badge(visitor, of.stage)}</h1>"
        f"{_banner(visitor, of)}{_fallback(visitor, connection, of)}"
    )
    sections: list[tuple[str, str, str]] = []
    if figures is not None:
        sections += _drawn(visitor, connection, of, figures)
    sections += [
        (
            "provisional",
            t("Provisional prices, without network limits"),
            _other(visitor, connection, of, "provisional_prices"),
        ),
        ("system", t("System prices, as if no line were full"), _other(visitor, connection, of, "system_prices")),
        ("rejected", t("Paradoxically rejected orders"), proof.rejected(visitor, connection, of, figures)),
        ("welfare", t("Welfare"), "" if of.stage == "provisional" else proof.welfare(visitor, connection, of)),
        ("downloads", t("Downloads"), proof.downloads(visitor, connection, of)),
        ("verify", t("Verify it yourself"), proof.check(visitor, connection, of)),
    ]
    kept = [s for s in sections if s[2]]
    contents = "".join(f'<li><a href="#{anchor}">{escape(title)}</a></li>' for anchor, title, _ in kept)
    body = "".join(
        f'<section aria-labelledby="{anchor}"><h2 id="{anchor}">{escape(title)}</h2>{part}</section>'
        for anchor, title, part in kept
    )
    toc = f'<nav class="contents" aria-label="{t("On this page")}"><ul>{contents}</ul></nav>'
    title = t("{session} ({stage}, version {version})").format(
        session=of.session, stage=t(WORDS[of.stage]), version=of.version
    )
    return page(visitor, title, head + toc + body, of.session)


def _drawn(visitor: Visitor, connection: Connection, of: Published, figures: Figures) -> list[tuple[str, str, str]]:
    """Return the parts that come from prices and exchanges."""
    t = visitor.t
    shown = figures.window(visitor.asked.mtu) if visitor.asked.mtu else None
    names = ("aggregated_curves", "aggregated_volumes", "curve_volumes")
    tables = {n: found for n in names if (found := reading.table(connection, of, n)) is not None}
    curves = curves_of(visitor, figures, tables, of.session) if len(tables) == len(names) else ""
    told = (
        t("Shown where the price was highest; choose an MTU at the network picture.")
        if visitor.asked.mtu is None
        else t("Shown for the chosen MTU.")
    )
    meaning = t(
        "Demand falls, supply rises, and they meet at the clearing point. Blocks, other whole orders, exports and "
        "imports stand at the left, as volume at any price. Prices far from the clearing price are drawn at the edge."
    )
    drawn = network_part.pictures(visitor, figures)
    network = (
        network_part.chooser(visitor, figures, of.session, "#network") + network_part.legend(visitor) + drawn
        if drawn
        else ""
    )
    key = (
        f'<p class="legend"><svg viewBox="0 0 40 12" aria-hidden="true"><path class="demand" d="M2 6H38"/></svg> '
        f'{t("demand")} <svg viewBox="0 0 40 12" aria-hidden="true"><path class="supply" d="M2 6H38"/></svg> '
        f"{t('supply')}</p>"
    )
    return [
        (
            "prices",
            t("Prices, {unit}").format(unit=visitor.per_mwh(figures.currency)),
            prices_of(visitor, figures, shown),
        ),
        ("network", t("Network"), network + network_part.tables(visitor, figures)),
        ("congestion", t("Congestion"), network_part.congestion(visitor, figures)),
        ("curves", t("Supply and demand"), curves and f'<p class="quiet">{told} {meaning}</p>{key}{curves}'),
    ]


def _check_asked(visitor: Visitor, figures: Figures | None) -> None:
    """Refuse an MTU or a zone that the result does not have."""
    asked = visitor.asked
    count = len(figures.starts) if figures else 0
    zones = {z for z, _ in figures.price} if figures else set()
    if asked.mtu is not None and asked.mtu > count:
        fix = f"Ask for a number from 1 to {count}."
        raise NotKnown(Mistake(f"there is no MTU {asked.mtu}", "mtu", "mtu_known", fix))
    if asked.zone and asked.zone not in zones:
        raise NotKnown(
            Mistake(f"there is no zone {asked.zone[:40]!r}", "zone", "zone_known", "Take a zone of the page.")
        )


def _banner(visitor: Visitor, of: Published) -> str:
    t = visitor.t
    is_open = of.stage == "preliminary" and of.objections_until is not None
    until = (
        " " + t("Objections until {until}.").format(until=visitor.moment(of.objections_until or 0)) if is_open else ""
    )
    test = " " + t("This was a public test: nobody owes anything by it.") if of.kind == "public_test" else ""
    if of.stage == "provisional":
        facts = t("Market {market}, session {session}, pass {version}.")
    else:
        facts = t("Market {market}, session {session}, version {version} of the result.")
    said = escape(facts.format(market=of.market, session=of.session, version=of.version))
    return f'<p class="banner {of.stage}"><strong>{t(MEANING[of.stage])}</strong>{until}{test}<br>{said}</p>'


def _fallback(visitor: Visitor, connection: Connection, of: Published) -> str:
    """Say which rung of the ladder this result is of, who cleared alone, what was left out, what the audit flags."""
    t, parts = visitor.t, []
    if of.rung != "coupled":
        rung = t(RUNGS[of.rung]) if of.rung in RUNGS else of.rung.replace("_", " ")
        parts.append(f"{t('Fallback:')} <strong>{escape(rung)}</strong>.")
    if of.cut_off:
        parts.append(f"{t('Zones that cleared alone:')} <strong>{escape(', '.join(of.cut_off))}</strong>.")
    said = reading.summary(connection, of)
    if left_out := said.get("excluded_orders"):
        names = ", ".join(f"<code>{escape(str(n))}</code>" for n in left_out)
        parts.append(f"{t('Orders that were left out because the auction failed with them:')} {names}.")
    if said.get("audit") == "flagged":
        body = [tuple(escape(str(row[n])) for n in ("where", "rule", "amount")) for row in said["violations"]]
        heads = (t("place"), t("rule"), t("beyond its tolerance by"))
        listed = rows.table(t("What the audit flags"), heads, body, 2)
        parts.append(f"{t('Audit: flagged: rounding missed these rules by at most one tick more.')}{listed}")
    return f'<div class="banner">{" ".join(parts)}</div>' if parts else ""


def _other(visitor: Visitor, connection: Connection, of: Published, name: str) -> str:
    """Return plot and table of prices that are no result: system prices, provisional prices."""
    found = reading.table(connection, of, name)
    if found is None or not found.height:
        return ""
    t, out = visitor.t, []
    figures = figures_of(connection, of, name=name)
    assert figures is not None
    for carrier in figures.carriers:
        series = {z: figures.price[z, carrier] for z in figures.zones(carrier)}
        title = t("{carrier}: prices in {unit}").format(
            carrier=carrier_words(visitor, carrier), unit=visitor.per_mwh(figures.currency)
        )
        unit, decimals = visitor.per_mwh(figures.currency), figures.price_decimals(carrier)
        drawn = plot_or_nothing(visitor, series, unit, title, decimals=decimals)
        out.append(f"<h3>{escape(title)}</h3>{drawn}")
        out.append(rows.folded(t("All MTUs: {what}").format(what=title), wide(visitor, series, title, decimals)))
    return "".join(out)
