"""The network of a result: pictures of the day or of one MTU, positions and exchanges, where it was full."""

from __future__ import annotations

from datetime import datetime
from html import escape

from walras.results.minor_units import decimals_of
from walras.service.publication import rows
from walras.service.publication.congestion import Congestion, congestion_of, full_branches
from walras.service.publication.figures import Figures, Link
from walras.service.publication.picture import Edge, Node, is_large, network_svg
from walras.service.publication.prices import carrier_words, wide
from walras.service.publication.visitor import Visitor

MOST_SPANS, MOST_BRANCHES = 8, 200


def chooser(visitor: Visitor, figures: Figures, session: str, anchor: str) -> str:
    """Return links to the day, the MTU before and after, and to each MTU."""
    t, mtu, count = visitor.t, visitor.asked.mtu, len(figures.starts)

    def link(to: int | None, text: str) -> str:
        here = ' aria-current="true"' if to == mtu else ""
        return f'<a href="{visitor.link(session, anchor=anchor, mtu=to)}"{here}>{text}</a>'

    each = "".join(f"<li>{link(i, visitor.clock(at))}</li>" for i, at in enumerate(figures.starts, 1))
    step = [link(None, t("mean of the day"))]
    if mtu is None:
        step.append(link(1, t("first MTU")))
    else:
        step += [link(mtu - 1, "← " + t("MTU before"))] if mtu > 1 else []
        step += [link(mtu + 1, t("MTU after") + " →")] if mtu < count else []
    shown = t("Shown: mean of the day") if mtu is None else t("Shown: MTU {n} of {count}, {time}").format(
        n=mtu, count=count, time=visitor.moment(figures.starts[mtu - 1])
    )  # fmt: skip
    choose = t("Choose an MTU ({zone})").format(zone=visitor.zone_names(figures.starts))
    return (
        f'<nav class="chooser" aria-label="{escape(choose)}"><p><strong>{shown}</strong></p><p>{" ".join(step)}</p>'
        + rows.folded(choose, f'<ul class="mtus">{each}</ul>')
        + "</nav>"
    )


def pictures(visitor: Visitor, figures: Figures) -> str:
    """Return a picture of every carrier that has links or more than one zone."""
    t, out = visitor.t, []
    window = figures.window(visitor.asked.mtu)
    for carrier in figures.carriers:
        links = figures.links_of(carrier)
        if not links and len(figures.zones(carrier)) < 2:
            continue
        name = carrier_words(visitor, carrier)
        if all(figures.price[z, carrier].mean(*window) is None for z in figures.zones(carrier)):
            said = t("No MTU of this carrier then.")
            out.append(f'<h3>{escape(name)}</h3><p class="quiet">{said}</p>')
            continue
        nodes = _nodes(visitor, figures, carrier, links, window)
        large = is_large(len(figures.zones(carrier)), len(links))
        edges = [_edge(visitor, n, window, figures.power_decimals(carrier), large=large) for n in links]
        title = t("{carrier}: network with prices in {unit} and exchanges in MW").format(
            carrier=name, unit=visitor.per_mwh(figures.currency)
        )
        told = t("Prices in {unit}.").format(unit=visitor.per_mwh(figures.currency)) if large else ""
        drawn = network_svg(visitor, nodes, edges, figures.network.places, title)
        out.append(f"<figure><figcaption><h3>{escape(name)}</h3>{told}</figcaption>{drawn}</figure>")
    return "".join(out)


def legend(visitor: Visitor) -> str:
    """Return how a picture is read."""
    t = visitor.t
    return (
        '<p class="quiet legend"><svg viewBox="0 0 60 12" aria-hidden="true"><path class="link free" stroke-width="4" '
        f'd="M2 6H58"/></svg> {t("carries, and has room")} <svg viewBox="0 0 60 12" aria-hidden="true">'
        f'<path class="link full" stroke-width="4" d="M2 6H58"/></svg> {t("full: at its limit")}. '
        f"{t('The wider a line, the more it carries; the arrow points to where the energy goes.')}</p>"
    )


def _nodes(
    visitor: Visitor, figures: Figures, carrier: str, links: list[Link], window: tuple[datetime, datetime]
) -> list[Node]:
    t, zones, out = visitor.t, figures.zones(carrier), []
    decimals, mw_decimals = figures.price_decimals(carrier), figures.power_decimals(carrier)
    large = is_large(len(zones), len(links))
    for zone in zones:
        price = figures.price[zone, carrier].mean(*window)
        unit = "" if large else f" {visitor.per_mwh(figures.currency)}"
        lines = [visitor.number(price, decimals) + unit if price is not None else "–"]
        position = figures.position.get((zone, carrier))
        power = position.mean(*window) if position else None
        if power is not None and round(power, mw_decimals) and not large:
            said = t("exports {mw} MW") if power > 0 else t("imports {mw} MW")
            lines.append(said.format(mw=visitor.number(abs(power), mw_decimals)))
        out.append(Node(zone, tuple(lines)))
    kinds = {"border": t("outside of the market"), "domain": t("flow-based domain")}
    others = {n.target: kinds.get(n.kind, "–") for n in links} | {n.source: "–" for n in links}
    return out + [Node(name, (text,), is_outside=True) for name, text in sorted(others.items()) if name not in zones]


def _edge(visitor: Visitor, link: Link, window: tuple[datetime, datetime], decimals: int, *, large: bool) -> Edge:
    t, inside = visitor.t, link.during(*window)
    power = link.sent.mean(*window)
    label = "–" if power is None else f"{visitor.number(abs(power), 0 if large else decimals)} {t('MW')}"
    full = sum(1 for i in inside if link.full[i])
    if not large and len(inside) == 1 and (limit := link.limit(inside[0])) is not None:
        sent, most = (visitor.number(mw, decimals) for mw in (abs(power or 0.0), limit))
        label = t("{mw} of {limit} MW").format(mw=sent, limit=most)
    said = ""
    if full:
        said = t("full") if len(inside) == 1 else t("full {n} of {count}").format(n=full, count=len(inside))
    return Edge(link.name, link.source, link.target, round(power or 0.0, max(3, decimals)), label, said)


def tables(visitor: Visitor, figures: Figures) -> str:
    """Return net positions and exchanges of all MTUs, behind folds."""
    t, out = visitor.t, []
    for carrier in figures.carriers:
        name, decimals = carrier_words(visitor, carrier), figures.power_decimals(carrier)
        positions = {
            z: figures.position[z, carrier] for z in figures.zones(carrier) if (z, carrier) in figures.position
        }
        title = t("{carrier}: net positions in MW (positive = export)").format(carrier=name)
        if positions:
            out.append(rows.folded(title, wide(visitor, positions, title, decimals)))
        sent = {f"{n.name} ({n.source} → {n.target})": n.sent for n in figures.links_of(carrier)}
        title = t("{carrier}: exchanges in MW (positive along the arrow)").format(carrier=name)
        if sent:
            out.append(rows.folded(title, wide(visitor, sent, title, decimals)))
    return "".join(out)


def congestion(visitor: Visitor, figures: Figures) -> str:
    """Return which lines were full and when, the price difference then, and what they earned."""
    t = visitor.t
    found = congestion_of(figures)
    if not found:
        return ""
    money = figures.currency
    heads = (
        t("line"), t("full"), t("when ({zone})").format(zone=visitor.zone_names(figures.starts)),
        t("price difference while full, {unit}").format(unit=visitor.per_mwh(figures.currency)),
        t("congestion income of the day, {currency}").format(currency=money),
    )  # fmt: skip
    body = [_congested(visitor, figures, c) for c in found]
    total = sum(c.income for c in found if c.income is not None)
    told = t(
        "Full: no more could be sent in the direction of the exchange. Income: what arrives at its price, less what is "
        "sent at its price, less the tariff of the line."
    )
    sum_told = t("Congestion income of all lines: {amount} {currency}.").format(
        amount=visitor.number(total, decimals_of(money)), currency=money
    )
    title = t("Lines at their limits")
    return (
        f'<p class="quiet">{told}</p>'
        + rows.table(title, heads, body, left=3)
        + f"<p>{sum_told}</p>"
        + _branches(visitor, figures)
    )


def _congested(visitor: Visitor, figures: Figures, c: Congestion) -> tuple[str, ...]:
    t, link = visitor.t, c.link
    count, decimals = len(link.full), figures.price_decimals(link.carrier or figures.carriers[0])
    income = visitor.number(c.income, decimals_of(figures.currency))
    known = any(r is not None for r in link.room)
    full = t.n_("{n} of {count} MTU", "{n} of {count} MTUs", count) if known else t("limit not published")
    full = full.format(n=c.periods, count=count)
    mark_of = f'<span class="fullmark">{escape(full)}</span>' if c.periods else escape(full)
    spans = [f"{visitor.clock(b)}–{visitor.clock(e)}" for b, e in c.spans[:MOST_SPANS]]
    if c.periods == count:
        spans = [t("all day")]
    elif len(c.spans) > MOST_SPANS:
        spans.append("…")
    when = f'<span class="told">{", ".join(spans) or "–"}</span>'
    return (
        escape(f"{link.name} ({link.source} → {link.target}, {carrier_words(visitor, link.carrier)})"),
        mark_of, when, visitor.number(c.difference, decimals) or "–", income or "–",
    )  # fmt: skip


def _branches(visitor: Visitor, figures: Figures) -> str:
    """Return the critical branches without room, most of them behind a fold."""
    t, found = visitor.t, full_branches(figures)
    if not found.height:
        return ""
    body = [
        (escape(r["branch"]), escape(r["domain"]), visitor.moment(r["mtu_start"]), visitor.number(r["flow_mw"], 1),
         visitor.number(r["ram_mw"], 1))
        for r in found.head(MOST_BRANCHES).iter_rows(named=True)
    ]  # fmt: skip
    heads = (t("critical branch"), t("flow-based domain"), t("MTU begins"), t("flow, MW"), t("margin, MW"))
    title = t("Critical branches without room")
    return rows.folded(f"{title} ({visitor.number(found.height, 0)})", rows.table(title, heads, body, left=3))
