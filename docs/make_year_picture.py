"""Write docs/images/two-states-year.svg from a year's folder: `python docs/make_year_picture.py YEAR`.

The folder is what `walras live two-states --out YEAR` writes. Draws prices of power, the hub price of gas against the
contract's, and what the contract delivers; the same folder gives the same bytes.
"""

from __future__ import annotations

import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
from make_carrier_pictures import NORTH, SOUTH, Axis, Line, Panel, picture

DOCS = Path(__file__).parent
GREY, AMBER = "#8391a3", "#b26a00"
NOTE = "first of each month of 2026; means of days; illustrative figures"


def year_picture(prices: pl.DataFrame, contracts: pl.DataFrame, invoices: pl.DataFrame) -> str:
    """Return the year as SVG, three panels."""
    days = sorted(set(prices["day"]))
    firsts = {(d - days[0]).days: f"{d:%b}" for d in days if d.day == 1}
    power = {z: _on(prices.filter(carrier="electricity", zone=z), days, "mean") for z in ("BY", "RU-west")}
    gas = contracts.filter(contract="gas-2026")
    final = invoices.filter(contract="gas-2026", document="final invoice")
    by_month = dict(zip(final["of"], final["price"], strict=True))
    paid = [by_month[d.isoformat()[:7]] for d in days]
    delivered = {n: [v / 1000 for v in _on(gas, days, n)] for n in ("nominated", "delivered")}
    return picture(
        [
            Panel("Power, RUB/MWh", [Line(z, c, power[z]) for z, c in (("BY", NORTH), ("RU-west", SOUTH))], 2400, 600),
            Panel("Gas in BY, RUB/MWh", [Line("hub", NORTH, _on(gas, days, "hub")), Line("contract", AMBER, paid)],
                  1000, 100, least=600),
            Panel("Gas contract, million m3 a day", [Line("nominated", GREY, delivered["nominated"], is_wide=True),
                  Line("delivered", NORTH, delivered["delivered"])], 36, 8),
        ],
        Axis(len(days), firsts, 0, NOTE),
    )  # fmt: skip


def _on(table: pl.DataFrame, days: list[date], column: str) -> list[float]:
    known = dict(zip(table["day"], table[column], strict=True))
    return [float(np.round(known[d], 4)) for d in days]


def main(year: Path) -> None:
    """Write the picture."""
    read = {n: pl.read_csv(year / "tables" / f"{n}.csv", try_parse_dates=True) for n in ("prices", "contracts")}
    invoices = pl.read_csv(year / "tables" / "invoices.csv")
    assert read["prices"]["day"].max() - read["prices"]["day"].min() == timedelta(days=364), "a whole year is drawn"
    out = DOCS / "images" / "two-states-year.svg"
    out.write_text(year_picture(read["prices"], read["contracts"], invoices), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
