"""Auctions with minimum-profit conditions, as published with arXiv 1508.07967, to books.

Two areas, 24 hours. Every bid of `hourly_quad` becomes a curve of one step, named
hourly-I; every order of `mp_headers` a scalable complex order, named mp-MP, in the reading
that the paper calls MPC: its steps are offered at PH and cost that, FC is the fixed term,
and accepted it earns both. (In the other reading, of the minimum-income condition, FC and VC
count in the condition and not in welfare; VC and VH are therefore not read here.) A step with
AR > 0 runs with AR times its quantity at least while the order runs; being the cheapest of
its period, that is the minimum acceptance power of the order there.

Prices and quantities keep their decimals: ticks are as fine as the tables need. The tables
name no day, so a day in UTC stands for it. Tables: `minimum_profit_files`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import Cells, FloatArray, Grid, Tick, Zone
from walras.book.network import Borders
from walras.book.profile import load_profile
from walras.errors import BadInput
from walras.formats.minimum_profit_checks import PRICES, check_auction
from walras.formats.minimum_profit_files import Auction, read_auction
from walras.formats.minimum_profit_orders import curves_of, in_ticks, lines_of, scalables_of
from walras.orders.blocks import BlockOrders
from walras.orders.flexible import FlexibleOrders

DAY = date(2016, 1, 1)
COUNTRY = "XX"
MOST_DECIMALS = 6
"""A finer tick would not change welfare by a cent."""


@dataclass(frozen=True)
class MinimumProfitAuction:
    """The book of one auction, and what people should know of how it was read."""

    book: Book
    notes: tuple[str, ...]


def convert_minimum_profit(src: Path) -> Book:
    """Return the book of one auction (see `read_minimum_profit`)."""
    return read_minimum_profit(src).book


def read_minimum_profit(src: Path) -> MinimumProfitAuction:
    """Return the book of one auction, with notes.

    Args:
        src: Folder with the tables of `minimum_profit_files`.

    Raises:
        BadInput: Every missing table, column and value, repeated key, unknown area, period and order,
            number out of range, minimum on a step that is not the cheapest, and missing capacity.
    """
    auction = read_auction(src)
    if not auction.findings.mistakes:
        check_auction(auction)
    if auction.findings.mistakes:
        raise BadInput(auction.findings.mistakes)
    notes: list[str] = []
    cells = _cells(auction, notes)
    lines, curves, scalables = lines_of(auction, cells), curves_of(auction, cells), scalables_of(auction, cells)
    name = f"Minimum-profit auction {src.resolve().name}"
    book = Book(
        name, "EUR", "UTC", DAY, load_profile("european", DAY), cells, lines, Borders.none(),
        curves, BlockOrders.none(), FlexibleOrders.none(), scalables,
    )  # fmt: skip
    return MinimumProfitAuction(book, tuple(notes))


def _cells(auction: Auction, notes: list[str]) -> Cells:
    hourly, steps = auction.tables["hourly_quad"], auction.tables["mp_hourly"]
    price = _tick("prices", 2, pl.concat([hourly["PI0"], hourly["PI1"], steps["PH"]]).to_numpy(), notes)
    offered = steps["AR"] * steps["QH"]
    quantity = _tick("quantities", 1, pl.concat([hourly["QI"], steps["QH"], offered]).to_numpy(), notes)
    begin = (DAY - date(1970, 1, 1)).days * 1440
    low, high = (price.count(p) for p in PRICES)
    zones = tuple(Zone(a, None, COUNTRY) for a in auction.areas)
    end = begin + 60 * auction.hours
    grids = tuple(Grid(z, "electricity", 60, begin, end, low, high, price, quantity) for z in range(len(zones)))
    return Cells(zones, grids)


def _tick(what: str, least: int, values: FloatArray, notes: list[str]) -> Tick:
    """Return the coarsest decimal tick, of `least` decimals or more, that all values lie on."""
    for decimals in range(least, MOST_DECIMALS + 1):
        tick = Tick(1, 10**decimals)
        off = int((np.abs(values - in_ticks(values, tick) / tick.scale) > 1e-9).sum())
        if not off:
            return tick
    notes.append(f"{what} rounded to {MOST_DECIMALS} decimals: {off}")
    return tick
