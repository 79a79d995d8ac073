"""Where the network was full: which link in which MTUs, the price difference there, and what it earned.

Income of a line over a day (what `settlement` pays out in halves to its ends, here from
published figures)::

    income = sum over periods (price_to * received - price_from * sent - tariff * |sent|) * hours
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from walras.service.publication.figures import Figures, Link, Series

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Congestion:
    """One line over the day.

    Attributes:
        link: The line.
        spans: When it was at its limit, neighbouring periods put together.
        periods: How many periods it was at its limit.
        difference: Mean price at its end less that at its beginning while it was full, in the direction of the
            exchange; None if it never was.
        income: Over the day in the market's currency; None if an end has no price.
    """

    link: Link
    spans: tuple[Span, ...]
    periods: int
    difference: float | None
    income: float | None


def congestion_of(figures: Figures) -> list[Congestion]:
    """Return every line of a result, in order of carriers and names."""
    lines = [n for c in figures.carriers for n in figures.links_of(c) if n.kind == "line"]
    return [_of(figures, link) for link in lines]


def income_of(figures: Figures, link: Link) -> float | None:
    """Return what a line earned over the day."""
    source, target = _ends(figures, link)
    if source is None or target is None:
        return None
    total = 0.0
    for i, (begin, end) in enumerate(zip(link.sent.begin, link.sent.end, strict=True)):
        low, high = source.mean(begin, end), target.mean(begin, end)
        if low is None or high is None:
            return None
        sent, hours = link.sent.value[i], (end - begin).total_seconds() / 3600
        total += (high * link.received.value[i] - low * sent - link.tariff * abs(sent)) * hours
    return total


def spans_of(link: Link) -> tuple[Span, ...]:
    """Return when a link was at its limit, neighbouring periods put together."""
    out: list[Span] = []
    for begin, end, full in zip(link.sent.begin, link.sent.end, link.full, strict=True):
        if full and out and out[-1][1] == begin:
            out[-1] = (out[-1][0], end)
        elif full:
            out.append((begin, end))
    return tuple(out)


def full_branches(figures: Figures) -> pl.DataFrame:
    """Return the critical branches of flow-based domains that had no room: domain, branch, mtu_start, flow_mw, ram_mw.

    The flow is the sum of a zone's factor times its export into the domain. Rounding exchanges to
    ticks may leave half a tick of each zone.
    """
    links = [n for n in figures.links if n.kind == "domain"]
    network = figures.network
    if not links or not network.branches.height or not network.factors.height:
        return pl.DataFrame()
    exchange = pl.DataFrame(
        [
            {"domain": n.name, "zone": n.source, "mtu_start": b, "exchange_mw": v}
            for n in links
            for b, v in zip(n.sent.begin, n.sent.value, strict=True)
        ],
        schema_overrides={"mtu_start": pl.Datetime("us", "UTC")},
    )
    keys = [c for c in ("domain", "zone", "mtu_start") if c in network.factors.columns]
    tick = max(network.quantity_tick.values(), default=0.0)
    flows = (
        network.factors.join(exchange, on=keys)
        .group_by("domain", "branch", "mtu_start")
        .agg(
            (pl.col("ptdf") * pl.col("exchange_mw")).sum().alias("flow_mw"),
            (pl.col("ptdf").abs().sum() * tick / 2).alias("slack"),
        )
    )
    found = network.branches.join(flows, on=["domain", "branch", "mtu_start"])
    kept = found.filter(pl.col("flow_mw") >= pl.col("ram_mw") - pl.col("slack") - 1e-6)
    return kept.select("domain", "branch", "mtu_start", "flow_mw", "ram_mw").sort("domain", "branch", "mtu_start")


def _of(figures: Figures, link: Link) -> Congestion:
    full = [i for i, way in enumerate(link.full) if way]
    return Congestion(link, spans_of(link), len(full), _difference(figures, link, full), income_of(figures, link))


def _difference(figures: Figures, link: Link, full: list[int]) -> float | None:
    source, target = _ends(figures, link)
    if source is None or target is None:
        return None
    found = []
    for i in full:
        begin, end = link.sent.begin[i], link.sent.end[i]
        low, high = source.mean(begin, end), target.mean(begin, end)
        if low is not None and high is not None:
            found.append((high - low) * link.full[i])
    return sum(found) / len(found) if found else None


def _ends(figures: Figures, link: Link) -> tuple[Series | None, Series | None]:
    carrier = link.carrier or figures.carriers[0]
    return figures.price.get((link.source, carrier)), figures.price.get((link.target, carrier))
