"""The page of an accession: figures for `report/accession.js`, which draws them.

Nothing is computed here that a table does not hold: duration curves and day profiles are
views of `prices`, the network picture is a mean of `exchanges`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from walras.book.cells import Cells
from walras.studies.accession import words
from walras.studies.accession.totals import WHENS, Whole
from walras.studies.report.page import write_page
from walras.studies.report.series import places

Data = dict[str, Any]
DURATION_POINTS = 201


def accession_page(summary: Data, whole: Whole, tables: dict[str, pl.DataFrame], cells: Cells, out_html: Path) -> None:
    """Write one self-contained HTML page.

    Args:
        summary: As in `summary.json`.
        whole: The tables of all days.
        tables: The tables of the report folder, by name.
        cells: Of a joined market, for the places of its zones.
        out_html: File to write.
    """
    states = [r["state"] for r in summary["by_state"]]
    data = {
        "head": _head(summary, states),
        "states": _states(summary),
        "sums": {k: summary[k] for k in ("welfare", "outside", "rounding")},
        "duration": [_duration(whole.prices, s) for s in states],
        "profile": [_profile(whole.prices, s, summary["time_zone"]) for s in states],
        "days": _days(tables["days"], states, summary["currency"].lower()),
        "borders": _borders(tables["borders"], tables["border_days"]),
        "network": {when: _network(whole, cells, when) for when in WHENS},
        "equal": summary["equal_price_share"],
    }
    write_page(
        out_html, words.headline(summary), data,
        page="accession.html", styles=("style.css", "accession.css"), scripts=("network.js", "page.js", "accession.js"),
    )  # fmt: skip


def _head(summary: Data, states: list[str]) -> Data:
    return {
        "title": words.headline(summary),
        "yearly": words.yearly(summary),
        "period": words.period(summary),
        "proof": words.proof(summary),
        "whoPays": words.who_pays(summary),
        "words": {s: words.state_words(summary, s) for s in states},
        "market": summary["market"],
        "member": summary["new_member"],
        "currency": summary["currency"],
        "timeZone": summary["time_zone"],
        "profile": summary["rules_profile"],
        "count": summary["days"]["count"],
    }


def _states(summary: Data) -> list[Data]:
    """Return the rows of the states with neutral names."""
    cur = summary["currency"].lower()
    return [
        {k.removesuffix(f"_{cur}_per_mwh").removesuffix(f"_{cur}"): v for k, v in row.items()}
        for row in summary["by_state"]
    ]


def _duration(prices: pl.DataFrame, state: str) -> Data:
    """Return prices before and after, dearest first, against the share of time."""
    own = prices.filter(pl.col("state") == state)
    at = np.linspace(0, 100, DURATION_POINTS)
    out: Data = {"state": state, "share": at}
    for when in WHENS:
        sorted_ = own.sort(f"price_{when}", descending=True)
        end = np.cumsum(sorted_["minutes"].to_numpy())
        place = np.searchsorted(end, at / 100 * end[-1], side="right").clip(max=len(end) - 1)
        out[when] = sorted_[f"price_{when}"].to_numpy()[place]
    return out


def _profile(prices: pl.DataFrame, state: str, time_zone: str) -> Data:
    """Return the mean price of each time of day, in the market's time zone."""
    local = pl.col("mtu_start").dt.convert_time_zone(str(ZoneInfo(time_zone)))
    minute = (local.dt.hour().cast(pl.Int64) * 60 + local.dt.minute()).alias("minute")
    own = prices.filter(pl.col("state") == state).group_by(minute)
    table = own.agg(pl.col(f"price_{when}").mean() for when in WHENS).sort("minute")
    return {"state": state, "hour": table["minute"].to_numpy() / 60} | {
        w: table[f"price_{w}"].to_numpy() for w in WHENS
    }


def _days(days: pl.DataFrame, states: list[str], cur: str) -> Data:
    """Return what each state gains each day."""
    labels = sorted(set(days["day"].to_list()))
    change = {s: days.filter(pl.col("state") == s) for s in states}
    return {
        "day": [d.isoformat() for d in labels],
        "change": {s: _on(labels, table, f"welfare_change_{cur}") for s, table in change.items()},
    }


def _borders(borders: pl.DataFrame, by_day: pl.DataFrame) -> list[Data]:
    """Return net energy of each border and day in GWh, before and after, and its totals."""
    labels = sorted(set(by_day["day"].to_list()))
    out = []
    for row in borders.iter_rows(named=True):
        own = by_day.filter(pl.col("border") == row["border"])
        neutral = {k.rsplit("_", 1)[0] if k.startswith("income") else k: v for k, v in row.items()}
        net = {
            w: own.with_columns(((pl.col(f"forward_{w}_mwh") - pl.col(f"backward_{w}_mwh")) / 1000).alias("net"))
            for w in WHENS
        }
        out.append(neutral | {"net": {w: _on(labels, table, "net") for w, table in net.items()}})
    return out


def _on(labels: list[Any], table: pl.DataFrame, column: str) -> list[float | None]:
    """Return a column at each of some days, None where a day has no row."""
    known = dict(zip(table["day"].to_list(), table[column].to_list(), strict=True))
    return [known.get(label) for label in labels]


def _network(whole: Whole, cells: Cells, when: str) -> Data:
    """Return mean prices, net positions and exchanges, as the network picture takes them."""
    prices = whole.prices.group_by("zone").agg(
        pl.col(f"price_{when}").mean().alias("price"), pl.col(f"net_{when}_mw").mean().alias("net")
    )
    mean = {r["zone"]: r for r in prices.iter_rows(named=True)}
    names = [cells.zones[g.zone].name for g in cells.grids]
    zones = [
        {"label": n, "start": [0], "price": [mean[n]["price"]], "net": [mean[n]["net"]], "decimals": 2} for n in names
    ]
    power = pl.col(f"exchange_{when}_mw")
    room = pl.when(power >= 0).then(pl.col("capacity_forward_mw")).otherwise(pl.col("capacity_backward_mw"))
    full = ((power != 0) & (power.abs() >= room - 0.05)).cast(pl.Float64)
    lines = whole.exchanges.filter(power.is_not_null()).group_by("line", "from_zone", "to_zone", maintain_order=True)
    means = lines.agg(
        power.mean().alias("mw"), full.mean().alias("full"),
        pl.col("capacity_forward_mw").mean().alias("forward"), pl.col("capacity_backward_mw").mean().alias("backward"),
    )  # fmt: skip
    drawn = [
        {
            "name": r["line"], "from": names.index(r["from_zone"]), "to": names.index(r["to_zone"]), "start": [0],
            "exchange": [r["mw"]], "forward": [r["forward"]], "backward": [r["backward"]], "full": [r["full"] > 0.5],
        }
        for r in means.iter_rows(named=True)
        if r["from_zone"] in names and r["to_zone"] in names
    ]  # fmt: skip
    return {"zones": zones, "picture": {"places": places(cells), "lines": drawn, "borders": []}}
