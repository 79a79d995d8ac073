"""Prices of a result: a plot a carrier, the day's figures a zone, all MTUs behind a fold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape

from walras.service.publication import rows
from walras.service.publication.figures import Figures, Series
from walras.service.publication.price_plot import MOST_LINES, price_svg
from walras.service.publication.visitor import UTC, Visitor
from walras.service.words import mark

CARRIERS = {
    "electricity": mark("Electricity"),
    "gas": mark("Gas"),
    "oil_products": mark("Oil products"),
    "hydrogen": mark("Hydrogen"),
    "heat": mark("Heat"),
}
"""What carriers are called; one that is not here is shown as it is named."""


def carrier_words(visitor: Visitor, carrier: str) -> str:
    """Return what a carrier is called, as plain text."""
    return visitor.t(CARRIERS[carrier]) if carrier in CARRIERS else carrier.replace("_", " ")


def prices_of(visitor: Visitor, figures: Figures, shown: tuple[datetime, datetime] | None) -> str:
    """Return plots and tables of the prices of every carrier."""
    t, unit, out = visitor.t, visitor.per_mwh(figures.currency), []
    for carrier in figures.carriers:
        series = {z: figures.price[z, carrier] for z in figures.zones(carrier)}
        name = carrier_words(visitor, carrier)
        title = t("{carrier}: prices in {unit}").format(carrier=name, unit=unit)
        decimals = figures.price_decimals(carrier)
        out.append(f"<h3>{escape(name)}</h3>{plot_or_nothing(visitor, series, unit, title, shown, decimals)}")
        out.append(day_table(visitor, series, title, decimals))
        out.append(rows.folded(t("All MTUs: {what}").format(what=title), wide(visitor, series, title, decimals)))
    return "".join(out)


def plot_or_nothing(
    visitor: Visitor,
    series: Mapping[str, Series],
    unit: str,
    title: str,
    shown: tuple[datetime, datetime] | None = None,
    decimals: int = 2,
) -> str:
    """Return the plot where there is something over time to see, and what of it is left out."""
    if max(len(s.value) for s in series.values()) < 2:
        return ""
    left = len(set(series.values())) - MOST_LINES
    more = visitor.n_("{n} more line is in the table.", "{n} more lines are in the table.", left) if left > 0 else ""
    return price_svg(visitor, series, unit, title, shown, decimals) + (f'<p class="quiet">{more}</p>' if more else "")


def day_table(visitor: Visitor, series: Mapping[str, Series], title: str, decimals: int = 2) -> str:
    """Return mean, lowest and highest price of the day a zone."""
    t = visitor.t
    body = [
        (escape(zone), *(visitor.number(v, decimals) for v in (s.whole, min(s.value), max(s.value))))
        for zone, s in series.items()
    ]
    heads = (t("zone"), t("mean of the day"), t("lowest"), t("highest"))
    return f'<div class="small">{rows.table(title, heads, body)}</div>'


def wide(visitor: Visitor, series: Mapping[str, Series], title: str, decimals: int) -> str:
    """Return a table with a row an MTU and a column a series; times local and UTC.

    Where clocks are changed during the day, each row names the zone that holds then.
    """
    t = visitor.t
    begins = sorted({b for s in series.values() for b in s.begin})
    if not begins:
        return ""
    zones = [visitor.zone_name(b) for b in begins]
    named = [f" {zone}" if len(set(zones)) > 1 else "" for zone in zones]
    found = [dict(zip(s.begin, s.value, strict=True)) for s in series.values()]
    body = [
        (
            f"{b.astimezone(visitor.zone):%Y-%m-%d %H:%M}{name}",
            f"{b.astimezone(UTC):%m-%d %H:%M}",
            *(visitor.number(values.get(b), decimals) for values in found),
        )
        for b, name in zip(begins, named, strict=True)
    ]
    heads = (t("MTU begins ({zone})").format(zone=visitor.zone_names(begins)), "UTC", *series)
    return rows.table(title, heads, body, left=2) + cut_note(visitor, len(body), len(heads))


def cut_note(visitor: Visitor, count: int, columns: int) -> str:
    """Return how much of a table is left out of the page, empty if nothing is."""
    left = rows.cut(count, columns)
    said = visitor.n_("{n} more row is in the download.", "{n} more rows are in the download.", left)
    return f'<p class="quiet">{said}</p>' if left else ""
