"""Aggregated supply and demand of cells, with the point at which each cleared.

Of each zone and carrier one drawing: of the chosen MTU, or of that with the highest price. A
market with more of them than fit shows one zone at a time.
"""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Any

import polars as pl

from walras.service.publication.figures import Cell, Figures, price_column
from walras.service.publication.plot import Point, curves_svg
from walras.service.publication.prices import carrier_words
from walras.service.publication.visitor import Visitor

MOST_CELLS = 8
"""Drawings of one page."""


def cells_of(figures: Figures, zone: str) -> list[Cell]:
    """Return the cells that are drawn: all if they fit, else those of one zone, by default the dearest."""
    every = [(z, c) for c in figures.carriers for z in figures.zones(c)]
    if not zone and len(every) <= MOST_CELLS:
        return every
    first = [cell for cell in every if cell[1] == figures.carriers[0]]
    chosen = zone or max(first, key=lambda cell: (max(figures.price[cell].value), cell))[0]
    return [cell for cell in every if cell[0] == chosen]


def curves_of(visitor: Visitor, figures: Figures, tables: dict[str, pl.DataFrame], session: str) -> str:
    """Return the drawings, with links that choose a zone where they do not all fit.

    Args:
        visitor: Who chose MTU and zone.
        figures: Prices and positions.
        tables: `aggregated_curves`, `aggregated_volumes` and `curve_volumes`.
        session: Whose page it is.
    """
    drawn = []
    for cell in cells_of(figures, visitor.asked.zone):
        begin = _begin(figures, cell, visitor.asked.mtu)
        if begin is not None:
            drawn.append(_figure(visitor, figures, tables, cell, begin))
    return _zones(visitor, figures, session) + f'<div class="plots">{"".join(drawn)}</div>'


def _zones(visitor: Visitor, figures: Figures, session: str) -> str:
    every = sorted({z for z, _ in figures.price})
    if sum(len(figures.zones(c)) for c in figures.carriers) <= MOST_CELLS and not visitor.asked.zone:
        return ""
    shown = cells_of(figures, visitor.asked.zone)[0][0]
    here = {shown: ' aria-current="true"'}
    links = " ".join(
        f'<a href="{visitor.link(session, anchor="#curves", zone=z)}"{here.get(z, "")}>{escape(z)}</a>' for z in every
    )
    return f'<nav class="chooser" aria-label="{visitor.t("Choose a zone")}"><p>{links}</p></nav>'


def _begin(figures: Figures, cell: Cell, mtu: int | None) -> datetime | None:
    """Return when the cell's MTU begins that is drawn, None if the cell has none at that time."""
    series = figures.price[cell]
    if mtu is None:
        return max(zip(series.value, series.begin, strict=True), key=lambda one: (one[0], -one[1].timestamp()))[1]
    at = figures.starts[mtu - 1]
    return next((b for b, e in zip(series.begin, series.end, strict=True) if b <= at < e), None)


def _figure(visitor: Visitor, figures: Figures, tables: dict[str, pl.DataFrame], cell: Cell, begin: datetime) -> str:
    t = visitor.t
    series = figures.price[cell]
    i = series.begin.index(begin)
    price, minutes = series.value[i], round((series.end[i] - begin).total_seconds() / 60)
    net = figures.position[cell].value[figures.position[cell].begin.index(begin)] if cell in figures.position else 0.0
    lines, volume = {}, 0.0
    for side, traded in (("demand", max(net, 0.0)), ("supply", max(-net, 0.0))):
        own = {n: _here(frame, cell, begin, side, minutes) for n, frame in tables.items()}
        accepted = _sum(own["aggregated_volumes"], "curve_mw")
        in_front = accepted - _sum(own["curve_volumes"], "accepted_mw")
        in_front += _sum(own["aggregated_volumes"], "indivisible_mw") + traded
        lines[side] = _moved(own["aggregated_curves"], side, in_front, price)
        volume = max(volume, accepted + _sum(own["aggregated_volumes"], "indivisible_mw") + traded)
    name = f"{cell[0]}, {carrier_words(visitor, cell[1])}, {visitor.moment(begin)}"
    title = t("Supply and demand: {cell}").format(cell=name)
    decimals = (figures.power_decimals(cell[1]), figures.price_decimals(cell[1]))
    unit = visitor.per_mwh(figures.currency)
    drawing = curves_svg(visitor, lines["demand"], lines["supply"], (volume, price), unit, title, decimals)
    if not drawing:
        return ""
    cleared = t("cleared at {price} {unit} with {volume} MW").format(
        price=visitor.number(price, decimals[1]), unit=unit, volume=visitor.number(volume, decimals[0])
    )
    return f"<figure>{drawing}<figcaption><strong>{escape(name)}</strong><br>{cleared}</figcaption></figure>"


def _here(frame: pl.DataFrame, cell: Cell, begin: datetime, side: str, minutes: int) -> pl.DataFrame:
    """Return the rows of one side of a cell; of spans, those that are as long as the cell."""
    kept = (pl.col("zone") == cell[0]) & (pl.col("carrier") == cell[1]) & (pl.col("mtu_start") == begin)
    if "minutes" in frame.columns:
        kept &= pl.col("minutes") == minutes
    return frame.filter(kept & (pl.col("side") == side))


def _sum(frame: pl.DataFrame, column: str) -> float:
    return float(frame[column].sum()) if frame.height else 0.0


def _moved(points: pl.DataFrame, side: str, by: float, price: float) -> list[Point]:
    """Return the points of one curve as it is drawn behind a volume at any price: inside each price, then up to it."""
    if not points.height:
        return [(by, price)] if by else []
    column = price_column(points)
    out: list[Any] = []
    for row in points.sort(column, descending=side == "demand").iter_rows(named=True):
        out += [(row["inside_mw"] + by, row[column]), (row["upto_mw"] + by, row[column])]
    out.sort(key=lambda p: (p[0], -p[1] if side == "demand" else p[1]))
    return [(0.0, out[0][1]), *out] if by else out
