"""Write what docs/contracts/opportunity-cost.md shows: `python docs/make_opportunity_pictures.py [YEARS] [HTML]`.

Runs the backtest of opportunity costs in both invented cases (100 years of each world, about five minutes on one core),
draws one year and the shares of gain as SVG, and puts the tables between their marks in the page. With a second
argument the interactive page of the first case is written there, too. The same release gives the same bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl
from make_carrier_pictures import LEFT, WIDTH, Axis, Line, Panel, picture

from walras.studies.opportunity import backtest, illustrative_case, markdown, scarce_case, shares, summary, write_page
from walras.studies.opportunity.pages import COLOURS
from walras.studies.opportunity.strategies import STRATEGIES, Case
from walras.studies.opportunity.worlds import prices_of
from walras.studies.opportunity.year import Year, year_of

DOCS = Path(__file__).parent
PAGE = DOCS / "contracts" / "opportunity-cost.md"
YEARS, DRAWN = 100, {"A cheap year": 0, "A dear year": 4}
"""Seeds 0 to 99; those of the years that are drawn."""
WIDE = "perfect foresight"
CASES = {"A year with take-or-pay": illustrative_case, "A right to a tenth of a year": scarce_case}
MONTHS = ["Oct", "Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep"]
STARTS = np.cumsum([0, 31, 30, 31, 31, 28, 31, 30, 31, 30, 31, 31])
NOTE = "first of each month; invented figures"
YEAR = Axis(365, dict(zip(STARTS.tolist(), MONTHS, strict=True)), 0, NOTE)
ROW, NAMES, LOWEST, APART = 26, 120, 20, 3.5
"""Dots: height of a row, width of its name, the lowest share that is drawn, in per cent, and how far dots are apart."""


def year_picture(case: Case, years: Mapping[str, Year]) -> str:
    """Return years as SVG, two panels each: price and offer, then what is taken more than at an even pace."""
    panels = []
    for name, year in years.items():
        prices = [
            Line("price", "#5c6470", year.price.tolist()),
            Line("first offer", COLOURS["opportunity cost"], _until_nothing_is_left(year.first_offer)),
        ]
        taken = [
            Line(strategy, COLOURS[strategy], ((series - year.taken["flat"]) / 1000).tolist(), is_wide=strategy == WIDE)
            for strategy, series in year.taken.items()
            if strategy != "flat"
        ]
        contract = float(case.view.contract_price[0])
        panels += [
            Panel(f"{name}, EUR/MWh; dashed: contract price", prices, 60, 10, contract, 10),
            Panel("Taken beyond an even pace, GWh", taken, 12, 6, 0, -6),
        ]
    return picture(panels, YEAR)


def share_picture(tables: Mapping[str, pl.DataFrame]) -> str:
    """Return shares of gain as SVG: a block a case, a row a world, a dot a strategy."""
    body, top = "", 44
    for title, table in tables.items():
        worlds = table["world"].unique(maintain_order=True).to_list()
        body += f'<g transform="translate(0,{top})">{_dots(title, table, worlds)}</g>\n'
        top += ROW * len(worlds) + 68
    names = list(STRATEGIES)[1:-1]
    legend, right = "", 20.0
    for name in names:
        legend += f'<circle cx="{right:.1f}" cy="16" r="5" fill="{COLOURS[name]}"/>'
        legend += f'<text x="{right + 10:.1f}" y="20">{name}</text>\n'
        right += 6.1 * len(name) + 44
    wide = LEFT + WIDTH + 18
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {top}" width="{wide}" height="{top}" '
        f'font-family="sans-serif" font-size="12" fill="#16202c">\n<rect width="{wide}" height="{top}" fill="#fff"/>\n'
        f"{legend}{body}</svg>\n"
    )


def _dots(title: str, table: pl.DataFrame, worlds: list[str]) -> str:
    def x(share: float) -> float:
        return NAMES + 12 + (WIDTH - NAMES + 40) * (max(100 * share, LOWEST) - LOWEST) / (100 - LOWEST)

    out, high = f'<text x="12" y="6" font-weight="bold">{title}</text>\n', ROW * len(worlds)
    for share in range(LOWEST, 101, 10):
        at = x(share / 100)
        out += f'<line x1="{at:.1f}" y1="16" x2="{at:.1f}" y2="{high + 16}" stroke="#e9edf1"/>'
        out += f'<text x="{at:.1f}" y="{high + 31}" text-anchor="middle" fill="#566273">{share} %</text>\n'
    for row, world in enumerate(worlds):
        y = 16 + ROW * (row + 0.5)
        out += f'<text x="12" y="{y + 4:.1f}" fill="#566273">{world}</text>\n'
        for number, name in enumerate(list(STRATEGIES)[1:-1]):
            share = table.filter(pl.col("world") == world, pl.col("strategy") == name)["share_of_gain"][0]
            if share is not None:
                at = y + APART * (number - 1.5)
                out += f'<circle cx="{x(share):.1f}" cy="{at:.1f}" r="5" fill="{COLOURS[name]}" fill-opacity="0.85"/>\n'
    return out


def _until_nothing_is_left(series: np.ndarray) -> list[float]:
    gone = np.flatnonzero(np.isnan(series))
    return series[: gone[0] if len(gone) else None].tolist()


def with_tables(page: str, tables: Mapping[str, str]) -> str:
    """Return the page with each table between its marks."""
    for name, table in tables.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, old, rest = page.partition(begin)
        _, closed, after = rest.partition(end)
        assert old, f"{PAGE.name} has no mark of {name!r}"
        assert closed, f"{PAGE.name} has no mark of the end of {name!r}"
        page = f"{before}{begin}\n{table}\n{end}{after}"
    return page


def main(years: int, out_html: Path | None = None) -> None:
    """Run both backtests and write what the page shows."""
    cases = {title: make() for title, make in CASES.items()}
    rows = {title: backtest(range(years), case=case) for title, case in cases.items()}
    first = next(iter(cases))
    view = cases[first].view
    drawn = {name: year_of(cases[first], prices_of("as the model", seed, view)) for name, seed in DRAWN.items()}
    images = DOCS / "images"
    (images / "opportunity-year.svg").write_text(year_picture(cases[first], drawn), encoding="utf-8")
    dots = share_picture({title: summary(table) for title, table in rows.items()})
    (images / "opportunity-shares.svg").write_text(dots, encoding="utf-8")
    tables = {f"shares: {title}": shares(table) for title, table in rows.items()}
    tables["figures"] = markdown(rows[first])
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), tables), encoding="utf-8")
    if out_html is not None:
        write_page(rows[first], cases[first], drawn["A cheap year"], out_html)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else YEARS, Path(sys.argv[2]) if len(sys.argv) > 2 else None)
