"""Two pictures as self-contained HTML pages: HHI over time, and RSI duration curves.

Drawn with plotly, whose script is in the page: it opens from a disk and asks nothing of the network. The
same tables give the same bytes. Read by people alone.
"""

from __future__ import annotations

import html
import json
from datetime import timedelta
from importlib import resources
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import polars as pl
from plotly.offline import get_plotlyjs

from walras.oversight.concentration import Thresholds
from walras.oversight.pivotal import Screen

COLOURS = ("#0b5cad", "#d1581b", "#17795e", "#8e3fa8", "#a07800", "#b3245c", "#3f7f9c", "#5c6470")
DASHES = ("solid", "dash", "dot")
"""Beyond eight lines colours come again, dashed."""

MOST_ROWS = 200
HEADS = {
    "mean_hhi_accepted": "HHI, mean of hours", "mean_hhi_offered": "HHI of offers, mean",
    "max_hhi_accepted": "highest HHI", "above_moderate": "hours moderate or high, %", "above_high": "hours high, %",
    "lowest_rsi": "lowest RSI", "below": "hours below the screen, %", "lowest_rsi_net": "lowest net RSI",
    "pivotal_hours_net": "pivotal hours, net", "below_net": "hours below, net, %", "fails_net": "fails, net",
}  # fmt: skip
"""What columns are called on a page."""

MOST_RSI = 3.0
"""A duration curve is drawn up to here: above it nobody is near to being needed."""


def write_hhi_page(
    table: pl.DataFrame, summary: pl.DataFrame, out: Path, *, side: str = "supply", thresholds: Thresholds | None = None
) -> None:
    """Write the HHI of accepted volumes by MTU, a line a zone (or area) and carrier, with the thresholds.

    Args:
        table: Of `concentration.concentration`, of one or of many days.
        summary: Its figures (`concentration.summarise`), shown beneath.
        out: File to write.
        side: Which side is drawn.
        thresholds: Drawn as lines.
    """
    limits, place = thresholds or Thresholds(), "area" if "area" in table.columns else "zone"
    figure = go.Figure()
    rows = table.filter(pl.col("side") == side).sort(place, "carrier", "mtu_start")
    for number, ((zone, carrier), own) in enumerate(rows.group_by(place, "carrier", maintain_order=True)):
        end = own["mtu_start"][-1] + timedelta(minutes=own["minutes"][-1])  # so that the last MTU has its length
        index = own["hhi_accepted"].to_list()
        figure.add_scatter(
            x=[f"{at:%Y-%m-%d %H:%M}" for at in (*own["mtu_start"], end)], y=[*index, index[-1]], mode="lines",
            line=_line(number) | {"shape": "hv"}, name=_label(str(zone), str(carrier), rows), connectgaps=False,
        )  # fmt: skip
    for value, word in ((limits.moderate, "moderately concentrated"), (limits.high, "highly concentrated")):
        figure.add_hline(y=value, line={"color": "#5c6470", "width": 1, "dash": "dash"}, annotation_text=word,
                         annotation_position="top left", annotation_font_color="#566273")  # fmt: skip
    figure.update_yaxes(title="HHI of accepted volumes", range=[0, 10_400], tickformat=",")
    figure.update_xaxes(title="start of the MTU, UTC")
    title = f"Concentration of {side}"
    lead = (
        "Squared percent shares of owners, summed: 10,000 is one owner alone, 10,000 / n are n equal ones. "
        "Imports and bilateral contracts are in no share."
    )
    _write(out, title, lead, figure, summary.filter(pl.col("side") == side))


def write_rsi_page(table: pl.DataFrame, summary: pl.DataFrame, out: Path, *, screen: Screen | None = None) -> None:
    """Write the duration curve of the lowest RSI of each zone and carrier: that of who is needed most in each MTU.

    Args:
        table: Of `pivotal.pivotal`, of one or of many days.
        summary: Its figures (`pivotal.summarise`), shown beneath.
        out: File to write.
        screen: Its threshold is drawn beside 1.
    """
    limits, figure = screen or Screen(), go.Figure()
    lowest = duration_curve(table)
    for number, ((zone, carrier), own) in enumerate(lowest.group_by("zone", "carrier", maintain_order=True)):
        figure.add_scatter(
            x=[0.0, *own["share_of_hours"].to_list()], y=[own["rsi"][0], *own["rsi"].to_list()], mode="lines",
            line=_line(number) | {"shape": "vh"}, name=_label(str(zone), str(carrier), lowest),
        )  # fmt: skip
    for value, word in ((1.0, "pivotal below 1"), (limits.threshold, f"screen at {limits.threshold:g}")):
        figure.add_hline(y=value, line={"color": "#5c6470", "width": 1, "dash": "dash"}, annotation_text=word,
                         annotation_position="bottom right" if value == 1.0 else "top right",
                         annotation_font_color="#566273")  # fmt: skip
    highest = float(lowest["rsi"].to_numpy().max(initial=1.0))
    top = min(MOST_RSI, max(1.3, float(np.ceil(10 * highest)) / 10))
    figure.update_yaxes(title="RSI of the supplier that is needed most", range=[0, top])
    figure.update_xaxes(title="share of hours with this RSI or a lower one, percent", range=[0, 100])
    lead = (
        "Residual supply index: what others could supply, imports among it, for each MW that is demanded. "
        "Below 1 the demand cannot be met without one supplier."
    )
    _write(out, "Residual supply", lead, figure, summary)


def duration_curve(table: pl.DataFrame) -> pl.DataFrame:
    """Return the lowest RSI of each zone, carrier and MTU, the lowest first, with the share of hours up to it.

    Columns: `zone`, `carrier`, `rsi`, `share_of_hours` in percent: so much time has this RSI or a lower one.
    """
    keys, hours = ["zone", "carrier"], pl.col("minutes")
    lowest = (
        table.filter(pl.col("rsi").is_not_null())
        .group_by([*keys, "mtu_start", "minutes"])
        .agg(pl.col("rsi").min())
        .sort([*keys, "rsi", "mtu_start"])
    )
    share = 100 * hours.cum_sum().over(keys) / hours.sum().over(keys)
    return lowest.with_columns(share.alias("share_of_hours")).select(*keys, "rsi", "share_of_hours")


def _line(number: int) -> dict[str, object]:
    return {"color": COLOURS[number % len(COLOURS)], "width": 2, "dash": DASHES[number // len(COLOURS) % len(DASHES)]}


def _label(zone: str, carrier: str, rows: pl.DataFrame) -> str:
    return zone if rows["carrier"].n_unique() == 1 else f"{zone} ({carrier})"


def _write(out: Path, title: str, lead: str, figure: go.Figure, table: pl.DataFrame) -> None:
    figure.update_layout(
        template="plotly_white", height=440, margin={"l": 64, "r": 24, "t": 16, "b": 56}, showlegend=True,
        legend={"orientation": "h", "y": -0.2}, font={"family": "system-ui, sans-serif", "color": "#16202c"},
    )  # fmt: skip
    drawn = json.dumps(json.loads(figure.to_json()), sort_keys=True, separators=(",", ":")).replace("<", "\\u003c")
    parts = {
        "TITLE": html.escape(title),
        "LEAD": html.escape(lead),
        "PLOT": '<div id="plot" role="img" aria-label="' + html.escape(title) + '"></div>',
        "TABLE": _table(table),
        "PLOTLY": get_plotlyjs(),
        "SCRIPT": f'const f={drawn};Plotly.newPlot("plot",f.data,f.layout,{{responsive:true,displaylogo:false}});',
    }
    text = (resources.files("walras.oversight") / "page.html").read_text(encoding="utf-8")
    for name, part in parts.items():
        pieces = text.split(f"<!--{name}-->")
        text = part.join(pieces) if name in {"TITLE", "LEAD"} else pieces[0] + part + pieces[1]
    out.write_text(text, encoding="utf-8")


def _table(table: pl.DataFrame) -> str:
    """Return a table as HTML, its first rows if it is long; numbers with two decimals at the most."""
    shown, word = table.head(MOST_ROWS), [dtype == pl.String for dtype in table.schema.values()]
    names = [html.escape(HEADS.get(c, c.replace("_", " "))) for c in shown.columns]
    heads = "".join(f"<th{' class=word' if w else ''}>{name}</th>" for name, w in zip(names, word, strict=True))
    lines = []
    for row in shown.iter_rows():
        cells = zip(map(html.escape, map(_shown, row)), word, strict=True)
        lines.append("<tr>" + "".join(f"<td{' class=word' if w else ''}>{cell}</td>" for cell, w in cells) + "</tr>")
    more = f"<p>The first {MOST_ROWS} of {table.height} rows.</p>" if table.height > MOST_ROWS else ""
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table>{more}"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return "" if value is None else str(value)
