"""What a market folder and a result folder say, as plain decimals: cells, energies, exchanges.

Written from docs/market-folder.md and docs/result-folder.md alone, for the second opinion of settlement. Energy is
MW times minutes, exact; positive is into the zone. A cell is `(zone, carrier, start)`.
Columns are read without the name of the currency: `price_cur_per_mwh`.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

Row = dict[str, Any]
Tables = dict[str, list[Row]]
Cell = tuple[str, str, datetime]
Traded = dict[tuple[str, Cell, str], Decimal]
"""MW times minutes by member, cell and side."""


def exact(value: float) -> Decimal:
    """The decimal that a published figure was written as; ticks have at most nine digits."""
    return Decimal(repr(round(float(value), 9)))


@dataclass(frozen=True)
class Taken:
    """What an element of the network does with a cell in one of its periods: MW x minutes, positive into the zone."""

    element: str
    period: datetime
    cell: Cell
    energy: Decimal


@dataclass(frozen=True)
class Sent:
    """One period of a line: what is sent, positive along it, and what arrives of it, in MW."""

    line: str
    start: datetime
    minutes: int
    sent: Decimal
    received: Decimal


@dataclass(frozen=True)
class Outside:
    """One period of a border: power, positive = export, and the price at which its neighbour trades."""

    border: str
    minutes: int
    exchange: Decimal
    price: Decimal


class Published:
    """The tables of a market and of its result."""

    def __init__(self, market: Mapping[str, pl.DataFrame], result: Mapping[str, pl.DataFrame], currency: str):
        self.currency = currency
        self.market: Tables = defaultdict(list, {name: _rows(table, currency) for name, table in market.items()})
        self.result: Tables = defaultdict(list, {name: _rows(table, currency) for name, table in result.items()})
        prices = self.result["prices"]
        cells = [(r["zone"], r["carrier"], r["mtu_start"]) for r in prices]
        self.price: dict[Cell, Decimal] = dict(zip(cells, (exact(r["price_cur_per_mwh"]) for r in prices), strict=True))
        self.minutes: dict[Cell, int] = dict(zip(cells, (r["minutes"] for r in prices), strict=True))
        self._starts: dict[tuple[str, str], list[datetime]] = defaultdict(list)
        for zone, carrier, start in sorted(cells):
            self._starts[zone, carrier].append(start)
        self.lines = {r["line"]: r for r in self.market["lines"]}
        self.borders = {r["border"]: r for r in self.market["borders"]}
        self.domains: dict[str, list[str]] = {
            r["domain"]: sorted(m["zone"] for m in self.market["domain_zones"] if m["domain"] == r["domain"])
            for r in self.market["domains"]
        }
        self.carrier_of = {r["domain"]: r["carrier"] for r in self.market["domains"]}

    @classmethod
    def of_folders(cls, market: Path, result: Path) -> Published:
        """Read two folders of CSV or Parquet."""
        currency = tomllib.loads((market / "market.toml").read_text(encoding="utf-8"))["currency"]
        return cls(_tables(market), _tables(result), currency)

    def cells_in(self, zone: str, carrier: str, start: datetime, minutes: int) -> Iterator[tuple[Cell, int]]:
        """Yield the cells that a span of time meets, each with the minutes that both share."""
        starts, end = self._starts[zone, carrier], start + timedelta(minutes=minutes)
        for at in starts[bisect_right(starts, start) - 1 :]:
            if at >= end:
                return
            cell = (zone, carrier, at)
            shared = min(end, at + timedelta(minutes=self.minutes[cell])) - max(start, at)
            yield cell, shared // timedelta(minutes=1)

    def traded(self) -> Traded:
        """Return what each member sold and bought in each cell; what came to nothing is left out."""
        sums: Traded = defaultdict(Decimal)
        for member, cell, side, mw, minutes in self._volumes():
            sums[member, cell, side] += mw * minutes
        return {key: energy for key, energy in sums.items() if energy}

    def _volumes(self) -> Iterator[tuple[str, Cell, str, Decimal, int]]:
        headers = {r["order"]: r for t in ("curve_orders", "block_orders", "flexible_orders", "scalable_orders",
                                           "storage_orders") for r in self.market[t]}  # fmt: skip
        spans = {(r["order"], r["mtu_start"], r["step"]): r.get("minutes") for r in self.market["curve_steps"]}
        for r in self.result["curve_acceptances"]:
            of, start = headers[r["order"]], r["mtu_start"]
            minutes = spans[r["order"], start, r["step"]] or self.minutes[of["zone"], of["carrier"], start]
            for cell, shared in self.cells_in(of["zone"], of["carrier"], start, minutes):
                yield of["member"], cell, of["side"], exact(r["accepted_mw"]), shared
        inputs = {r["order"]: (r["input_zone"], r["input_carrier"]) for r in self.market["conversions"]}
        for r in self.result["order_volumes"]:
            of = headers[r["order"]]
            zone, carrier = inputs[r["order"]] if r["kind"] == "input" else (of["zone"], of["carrier"])
            side = {"input": "demand", "charge": "demand", "discharge": "supply"}.get(r["kind"]) or of["side"]
            cell = (zone, carrier, r["mtu_start"])
            yield of["member"], cell, side, exact(r["accepted_mw"]), self.minutes[cell]

    def sent(self) -> list[Sent]:
        """Return every period of every line."""
        return [
            Sent(r["line"], r["mtu_start"], r["minutes"], exact(r["exchange_mw"]),
                 exact(r["exchange_mw"] if r.get("received_mw") is None else r["received_mw"]))
            for r in self.result["scheduled_exchanges"]
        ]  # fmt: skip

    def ends(self, period: Sent) -> tuple[str, str]:
        """Return the zones at the sending and at the receiving end of a line in a period."""
        line = self.lines[period.line]
        ends = (line["from_zone"], line["to_zone"])
        return ends if period.sent >= 0 else (ends[1], ends[0])

    def outside(self) -> list[Outside]:
        """Return every period of every border; a fixed one trades at the price of its zone."""
        said = {(r["border"], r["mtu_start"]): r for r in self.market["border_periods"]}
        found = []
        for r in self.result["border_exchanges"]:
            border = self.borders[r["border"]]
            cell = (border["zone"], border["carrier"], r["mtu_start"])
            price = self.price[cell]
            if border["kind"] == "price_taking":
                price = Decimal(repr(said[r["border"], r["mtu_start"]]["price_cur_per_mwh"]))
            found.append(Outside(r["border"], self.minutes[cell], exact(r["exchange_mw"]), price))
        return found

    def taken(self) -> Iterator[Taken]:
        """Yield what lines, borders and domains take from cells and give to them."""
        for p in self.sent():
            carrier, (out, into) = self.lines[p.line]["carrier"], self.ends(p)
            for zone, mw in ((out, -abs(p.sent)), (into, abs(p.received))):
                for cell, minutes in self.cells_in(zone, carrier, p.start, p.minutes):
                    yield Taken(f"line/{p.line}", p.start, cell, mw * minutes)
        for r in self.result["border_exchanges"]:
            border = self.borders[r["border"]]
            cell = (border["zone"], border["carrier"], r["mtu_start"])
            yield Taken(f"border/{r['border']}", r["mtu_start"], cell, -exact(r["exchange_mw"]) * self.minutes[cell])
        for r in self.result["domain_exchanges"]:
            carrier, mw = self.carrier_of[r["domain"]], exact(r["exchange_mw"])
            for cell, minutes in self.cells_in(r["zone"], carrier, r["mtu_start"], r["minutes"]):
                yield Taken(f"domain/{r['domain']}", r["mtu_start"], cell, -mw * minutes)


def _rows(table: pl.DataFrame, currency: str) -> list[Row]:
    unit = f"_{currency.lower()}"
    plain = {name: f"{name}|".replace(f"{unit}_per_mwh|", "_cur_per_mwh|").replace(f"{unit}|", "_cur|")[:-1]
             for name in table.columns}  # fmt: skip
    return table.rename(plain).to_dicts()


def _tables(folder: Path) -> dict[str, pl.DataFrame]:
    found = {f.stem: pl.read_parquet(f) for f in folder.glob("*.parquet")}
    texts = {f.stem: pl.read_csv(f, try_parse_dates=True) for f in folder.glob("*.csv")}
    return texts | found
