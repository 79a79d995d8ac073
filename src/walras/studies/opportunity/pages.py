"""The backtest as a table in Markdown, and as one self-contained HTML page with plots.

Read by people alone. The plotting library is in the page: it opens from a disk and asks nothing of the network. The
same table gives the same bytes.
"""

from __future__ import annotations

import html
import json
from pathlib import Path

import plotly.graph_objects as go
import polars as pl
from plotly.offline import get_plotlyjs
from plotly.subplots import make_subplots

from walras.studies.opportunity.backtest import summary
from walras.studies.opportunity.strategies import STRATEGIES, Case
from walras.studies.opportunity.year import Year

COLOURS = {
    "flat": "#8391a3", "plan": "#a07800", "intrinsic offers": "#0b5cad", "opportunity cost": "#d1581b",
    "opportunity cost, solved monthly": "#8e3fa8", "perfect foresight": "#17795e",
}  # fmt: skip
"""One colour a strategy, in every picture of the backtest."""
HEADS = {
    "strategy": "strategy", "profit": "profit, mean", "profit_low": "profit, worst tenth", "taken": "taken, mean",
    "take_or_pay_paid": "take-or-pay paid, mean", "share_of_foresight": "of perfect foresight",
    "share_of_gain": "of its gain over flat",
}  # fmt: skip
"""Columns of a table, and what they are called."""
STYLE = """body{font-family:system-ui,sans-serif;color:#16202c;margin:24px auto;max-width:1180px;padding:0 16px}
table{border-collapse:collapse;margin:8px 0 24px}
td,th{padding:3px 12px;text-align:right;border-bottom:1px solid #e9edf1}
td:first-child,th:first-child{text-align:left}p{color:#566273;max-width:78ch}"""
LEAD = (
    "What a gas contract's flexibility earns in years of prices. In each world the same strategies meet the same "
    "paths; only perfect foresight knows them beforehand. The first two plots show one path, the third all years."
)


def markdown(rows: pl.DataFrame) -> str:
    """Return the summary of a backtest as Markdown: a heading and a table for each world.

    Args:
        rows: Of `backtest` or `backtest_on`; shares in per cent, the rest in the units of the case.
    """
    parts = []
    for world, table in _tables(rows):
        lines = [" | ".join(HEADS.values()), "|".join(["---"] + ["---:"] * (len(HEADS) - 1))]
        lines += [" | ".join(cells) for cells in table]
        parts.append("\n".join([f"### {world[0].upper()}{world[1:]}", "", *(f"| {line} |" for line in lines)]))
    return "\n\n".join(parts).replace("| ---", "|---").replace("---: |", "---:|") + "\n"


def shares(rows: pl.DataFrame) -> str:
    """Return each strategy's share of what perfect foresight gains over the flat strategy, as one Markdown table.

    Args:
        rows: Of `backtest` or `backtest_on`.
    """
    found = summary(rows).pivot("world", index="strategy", values="share_of_gain", maintain_order=True)
    worlds = found.columns[1:]
    lines = [f"| strategy | {' | '.join(worlds)} |", f"|---|{'---:|' * len(worlds)}"]
    for row in found.iter_rows(named=True):
        cells = [_cell("share", row[world]) for world in worlds]
        lines.append(f"| {row['strategy']} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def write_page(rows: pl.DataFrame, case: Case, year: Year, out_html: Path) -> None:
    """Write the backtest as one HTML page: a year's prices, offers and quantities, shares of gain, and every table.

    Args:
        rows: Of `backtest` or `backtest_on`.
        case: Of the same run.
        year: One path, as `walras.studies.opportunity.year.year_of` makes it.
        out_html: File to write; its folder must exist.
    """
    drawn = json.dumps(json.loads(_figure(rows, case, year).to_json()), sort_keys=True, separators=(",", ":"))
    drawn = drawn.replace("<", "\\u003c")
    tables = "".join(_html(world, table) for world, table in _tables(rows))
    title = "Backtest of opportunity costs"
    out_html.write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
        f"<script>{get_plotlyjs()}</script></head><body><h1>{title}</h1><p>{html.escape(LEAD)}</p>"
        f'<div id="plot" role="img" aria-label="{title}"></div>{tables}<script>const f={drawn};'
        'Plotly.newPlot("plot",f.data,f.layout,{responsive:true,displaylogo:false});</script></body></html>\n',
        encoding="utf-8",
    )


def _tables(rows: pl.DataFrame) -> list[tuple[str, list[list[str]]]]:
    found = summary(rows)
    return [
        (str(world), [[_cell(name, row[name]) for name in HEADS] for row in own.iter_rows(named=True)])
        for (world,), own in found.group_by("world", maintain_order=True)
    ]


def _cell(name: str, figure: str | float | None) -> str:
    if figure is None:
        return ""
    if isinstance(figure, str):
        return figure
    return f"{100 * figure:.1f} %" if name.startswith("share") else f"{round(figure):,}"


def _html(world: str, table: list[list[str]]) -> str:
    heads = "".join(f"<th>{html.escape(head)}</th>" for head in HEADS.values())
    body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>" for cells in table)
    return f"<h2>{html.escape(world)}</h2><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _figure(rows: pl.DataFrame, case: Case, year: Year) -> go.Figure:
    titles = ("One year: price, and prices of the offers", "Taken so far", "Share of what perfect foresight gains")
    figure = make_subplots(rows=3, cols=1, subplot_titles=titles, vertical_spacing=0.09, row_heights=[0.34, 0.33, 0.33])
    days = list(range(1, len(year.price) + 1))

    def line(row: int, name: str, y: list[float], **style: object) -> None:
        legend = "legend" if row == 1 else f"legend{row}"
        figure.add_scatter(x=days, y=y, name=name, mode="lines", line=style, legend=legend, row=row, col=1)

    line(1, "clearing price", year.price.tolist(), color="#16202c", width=1.2)
    line(1, "first offer", year.first_offer.tolist(), color="#d1581b", width=2)
    line(1, "last offer", year.last_offer.tolist(), color="#e8a27d", width=1.5)
    line(1, "contract price", case.view.contract_price.tolist(), color="#8391a3", dash="dash", width=1.2)
    for name, series in year.taken.items():
        line(2, name, series.tolist(), color=COLOURS[name], width=2)
    for name, level in (("annual maximum", case.left.most), ("take-or-pay", case.left.take_or_pay)):
        line(2, name, [level] * len(days), color="#aab4c0", dash="dash" if name == "take-or-pay" else "dot", width=1.2)
    table = summary(rows)
    for name in list(STRATEGIES)[1:-1]:
        own = table.filter(pl.col("strategy") == name)
        figure.add_bar(
            x=own["world"].to_list(), y=own["share_of_gain"].to_list(), name=name, marker_color=COLOURS[name],
            legend="legend3", row=3, col=1,
        )  # fmt: skip
    figure.update_layout(
        template="plotly_white", height=1180, margin={"l": 72, "r": 24, "t": 40, "b": 40}, barmode="group",
        font={"family": "system-ui, sans-serif", "color": "#16202c"},
        **{f"legend{n}": {"y": y, "yanchor": "top", "x": 1.01} for n, y in (("", 1.0), (2, 0.64), (3, 0.28))},
    )  # fmt: skip
    figure.update_xaxes(title_text="day of the contract year", row=2, col=1)
    for row, title in enumerate(("currency per unit", "quantity", "share of gain over flat"), 1):
        figure.update_yaxes(title_text=title, row=row, col=1)
    figure.update_yaxes(tickformat=".0%", row=3, col=1)
    return figure
