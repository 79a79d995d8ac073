"""The table of surpluses on the terminal: a row a state and carrier, a column a kind, in 80 columns."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from walras.cli.show import WIDTH, number, print_table
from walras.vocabulary import SurplusKind

NOBODY = (SurplusKind.OUTSIDE, SurplusKind.ROUNDING)
UNITS = (("", 1.0), ("1,000 ", 1e3), ("million ", 1e6), ("billion ", 1e9))
GAP = 2  # between two columns


def print_surpluses(result: Path, currency: str) -> None:
    """Print whose gain the welfare is, where a result has more than one state or carrier."""
    table = pl.read_parquet(result / "surpluses.parquet").rename({f"surplus_{currency.lower()}": "gain"})
    places = table.filter(pl.col("country").is_not_null()).select("country", "carrier").unique()
    if places.height < 2:
        return
    is_one = table["carrier"].n_unique() == 1
    for word, size in UNITS:
        unit, rows = word, _rows(table, size)
        if is_one:
            rows = [[row[0], *row[2:]] for row in rows]
        if sum(max(map(len, column)) + GAP for column in zip(*rows, strict=True)) <= WIDTH + GAP:
            break
    title = f"Who gains the welfare of published volumes, {unit}{currency}"
    print_table(title, rows[0], rows[1:], left=(0,) if is_one else (0, 1))


def _rows(table: pl.DataFrame, size: float) -> list[list[str]]:
    """Return heads and rows in a unit; outside and rounding only where they are not zero."""
    kinds = [k.value for k in SurplusKind if k not in NOBODY and (table["kind"] == k).any()]
    rows = [["state", "carrier", *kinds, "sum"]]
    for (country, carrier), own in table.group_by("country", "carrier", maintain_order=True):
        gain = dict(own.select("kind", "gain").iter_rows())
        if country is None:
            amounts = [(k.value, gain.get(k, 0.0)) for k in NOBODY]
            nothing = [""] * len(kinds)
            rows += [[word, carrier, *nothing, _money(v / size)] for word, v in amounts if abs(v) >= 0.005 * size]
            continue
        cells = [_money(gain[k] / size) if k in gain else "" for k in kinds]
        rows.append([country, carrier, *cells, _money(sum(gain.values()) / size)])
    total = dict(table.group_by("kind").agg(pl.col("gain").sum()).iter_rows())
    return [*rows, ["all", "", *(_money(total[k] / size) for k in kinds), _money(sum(total.values()) / size)]]


def _money(amount: float) -> str:
    return number(round(amount, 2) + 0.0)
