"""The page of a year: figures for `report/year.js`, which draws them. Nothing is computed here that no table holds.

Axes: d days, w weeks of seven days from the first day on.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from walras.studies.report.page import write_page

if TYPE_CHECKING:
    from walras.book.cells import FloatArray
    from walras.studies.pairs.pair import Pair

Data = dict[str, Any]
Tables = dict[str, pl.DataFrame]
WEEK, HOURS = 7, 24
MOST_PLANTS = 7
"""Plants of a place that are drawn by themselves; the others are one."""
PARTIES = ("member", "operator", "fee")


def year_page(pair: Pair, tables: Tables, summary: Data, out_html: Path) -> None:
    """Write one self-contained HTML page.

    Args:
        pair: Whose year it is.
        tables: As `Year.tables`.
        summary: As `Year.summary`.
        out_html: File to write; its folder must exist.
    """
    days = sorted(set(tables["prices"]["day"].to_list()))
    data = {
        "head": _head(summary),
        "days": [d.isoformat() for d in days],
        "weeks": [d.isoformat() for d in days[::WEEK]],
        "prices": _prices(tables["prices"], days),
        "flows": _flows(pair, tables["flows"], days),
        "plants": _plants(tables["plants"], days),
        "contracts": _contracts(tables, days),
        "money": _money(tables["money"], summary),
        "months": _months(tables["money"], summary),
        "invoices": tables["invoices"].to_dicts(),
        "statements": tables["statements"].to_dicts(),
        "value": tables["value"].to_dicts(),
        "decimals": summary["decimals"],
    }
    write_page(
        out_html, data["head"]["title"], data,
        page="year.html", styles=("style.css", "accession.css", "year.css"), scripts=("page.js", "year.js"),
    )  # fmt: skip


def _head(summary: Data) -> Data:
    names = ("name", "currency", "first", "last", "seed", "auctions", "prices", "documents", "ledger", "rates")
    return {"title": f"{summary['name']}, {summary['first']} to {summary['last']}",
            "timeZone": summary["time_zone"], **{n: summary[n] for n in names}}  # fmt: skip


def _on(table: pl.DataFrame, days: list[Any], column: str) -> FloatArray:
    """Return a column at each day, NaN where a day has no row; shape (d,)."""
    known = dict(zip(table["day"].to_list(), table[column].to_list(), strict=True))
    return np.array([np.nan if known.get(d) is None else known[d] for d in days], dtype=float)


def _prices(prices: pl.DataFrame, days: list[Any]) -> list[Data]:
    """Return the daily mean price of every zone, by carrier; zones that are alike on every day are one line."""
    out = []
    for (carrier,), own in prices.group_by("carrier", maintain_order=True):
        lines: list[Data] = []
        for (zone,), rows in own.group_by("zone", maintain_order=True):
            mean = _on(rows, days, "mean")
            same = next((line for line in lines if np.allclose(line["mean"], mean, equal_nan=True)), None)
            if same:
                same["zone"] += f", {zone}"
            else:
                lines.append({"zone": str(zone), "mean": mean})
        out.append({"carrier": carrier, "zones": lines})
    return out


def _flows(pair: Pair, flows: pl.DataFrame, days: list[Any]) -> list[Data]:
    """Return mean MW between two zones, lines side by side taken together."""
    ends = pl.DataFrame([{"line": r.line, "from": r.from_zone, "to": r.to_zone} for r in pair.lines])
    both = flows.join(ends, on="line", maintain_order="left")
    out = []
    for (start, end, carrier), own in both.group_by("from", "to", "carrier", maintain_order=True):
        sums = own.group_by("day").agg(pl.col("^.*_mwh$").sum())
        mw = {n: _on(sums, days, f"{n}_mwh") / HOURS for n in ("auction", "contracts", "forward", "backward")}
        out.append({"from": start, "to": end, "carrier": carrier, **mw})
    return out


def _plants(plants: pl.DataFrame, days: list[Any]) -> list[Data]:
    """Return what plants of each place sold, and what conversions burnt, in mean MW of weeks."""
    out = []
    for (zone, carrier), own in plants.group_by("zone", "carrier", maintain_order=True):
        out.append({"title": f"{zone}: {carrier} sold", "rows": _weekly(own, days, "sold_mwh")})
    burnt = plants.filter(pl.col("input_mwh") > 0)
    for (zone, carrier), own in burnt.group_by("zone", "input_carrier", maintain_order=True):
        out.append({"title": f"{zone}: {carrier} used by plants", "rows": _weekly(own, days, "input_mwh")})
    for plot in out:
        plot["title"] = str(plot["title"]).replace("_", " ")
    return [plot for plot in out if plot["rows"]]


def _weekly(table: pl.DataFrame, days: list[Any], column: str) -> list[Data]:
    """Return the largest plants, and the rest as one; mean MW of each week, shape (w,)."""
    order = table.group_by("plant").agg(pl.col(column).sum()).sort(column, "plant", descending=[True, False])
    edges = [*range(0, len(days), WEEK), len(days)]
    found: list[Data] = []
    rest = np.zeros(len(edges) - 1)
    for n, name in enumerate(order["plant"].to_list()):
        daily = np.nan_to_num(_on(table.filter(pl.col("plant") == name), days, column)) / HOURS
        mean = np.array([daily[a:b].mean() for a, b in pairwise(edges)])
        if n < MOST_PLANTS:
            found.append({"plant": name, "mw": mean})
        else:
            rest = rest + mean
    found = [row for row in found if row["mw"].any()]
    return [*found, {"plant": "others", "mw": rest}] if rest.any() else found


def _contracts(tables: Tables, days: list[Any]) -> list[Data]:
    """Return contracts that met the auction: quantities by day, and prices."""
    met = tables["contracts"].filter(pl.col("hub").is_not_null())
    final = tables["invoices"].filter(pl.col("document") == "final invoice", pl.col("price").is_not_null())
    out = []
    for (name,), own in met.group_by("contract", maintain_order=True):
        columns = ("nominated", "delivered", "offered", "taken", "take_or_pay", "make_up", "carry_forward", "hub",
                   "first_step", "last_step", "cost")  # fmt: skip
        prices = {r["of"]: r["price"] for r in final.filter(pl.col("contract") == name).iter_rows(named=True)}
        by_day = np.array([prices.get(d.isoformat()[:7], np.nan) for d in days], dtype=float)
        out.append(
            {"contract": name, "unit": own["unit"][0], "final": by_day, **{c: _on(own, days, c) for c in columns}}
        )
    return out


def _money(money: pl.DataFrame, summary: Data) -> list[Data]:
    """Return what each party received in all, in the trade currency at the last fixing, by auction and by contracts."""
    out: dict[str, Data] = {}
    for row in money.iter_rows(named=True):
        role, _, name = row["account"].partition("/")
        if role in PARTIES:
            party = out.setdefault(row["account"], {"party": name, "role": role, "auction": 0.0, "contracts": 0.0})
            party[row["by"]] += _in_trade(row, summary)
    return sorted(out.values(), key=lambda p: p["auction"] + p["contracts"], reverse=True)


def _months(money: pl.DataFrame, summary: Data) -> Data:
    """Return what moved in each month: the sum of what parties received, by auction and by contracts."""
    months = sorted(set(money["month"]))
    out: Data = {"month": months, "auction": [0.0] * len(months), "contracts": [0.0] * len(months)}
    sums: dict[tuple[str, str, str], float] = {}
    for row in money.iter_rows(named=True):
        if row["account"].partition("/")[0] in PARTIES:
            key = (row["month"], row["by"], row["account"])
            sums[key] = sums.get(key, 0.0) + _in_trade(row, summary)
    for (month, by, _), amount in sums.items():
        out[by][months.index(month)] += max(0.0, amount)
    return out


def _in_trade(row: Data, summary: Data) -> float:
    currency = row["currency"]
    return float(row["net_minor"] / 10 ** summary["decimals"][currency] * summary["rates"][currency])
