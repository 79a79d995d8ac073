"""A market folder that counts in trade units (1000 m3, barrels, tonnes) to a book in MWh.

The folder is a market folder with one more table, `trade_units` (see `trade_unit_table`). All
quantities, prices and network figures of a carrier that it names are in its unit: units per hour
where a column says MW, units where it says MWh, currency per unit where it says currency per MWh.
Not so `grids`: limits and ticks are those of the joint market, in MWh. Nor what is a share or money:
efficiencies are MWh for each MWh, losses shares, fixed terms currency. A line is in the unit of its `from_zone`.

Rounding to ticks never makes an order worse for its owner: quantities down, prices of supply up and
of demand down; a minimum power up, but not beyond what its order offers. Capacities and border
prices have no tick and are exact. Axes: g grids.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.findings import Findings
from walras.book.folder import read_prepared
from walras.book.read_places import BROKEN, Places
from walras.book.schema import TRADE_UNITS
from walras.book.tables import Table
from walras.formats.trade_unit_network import convert_network
from walras.formats.trade_unit_orders import convert_orders
from walras.formats.trade_unit_rounding import Conversion
from walras.formats.trade_unit_table import GridUnits, units_of

HEADERS = (
    "curve_orders", "block_orders", "flexible_orders", "scalable_orders", "storage_orders", "borders", "lines",
)  # fmt: skip


@dataclass(frozen=True)
class TradeUnitMarket:
    """The book of a folder in trade units.

    Attributes:
        book: In MWh.
        units: Unit of each grid of the book.
        rounding: A row a grid that is not in MWh: `zone`, `carrier`, `unit`, `mwh_per_unit`, `orders`,
            `orders_touched` by rounding, `mwh_lost` (what they offer less at the most), and the greatest
            `price_shift_cur_per_mwh`.
    """

    book: Book
    units: GridUnits
    rounding: pl.DataFrame


def convert_trade_units(src: Path) -> Book:
    """Return the book of a folder in trade units (see `read_trade_units`)."""
    return read_trade_units(src).book


def read_trade_units(src: Path) -> TradeUnitMarket:
    """Return the book of a folder in trade units, and what rounding to ticks took away.

    Args:
        src: Market folder with a table `trade_units`.

    Raises:
        BadInput: Everything that is wrong with the table, with the conversion (an order or gradient below
            one tick, a price beyond the limits), and with the market that comes out.
    """
    done: list[Conversion] = []

    def prepare(tables: dict[str, Table], places: Places, findings: Findings) -> dict[str, Table]:
        is_sure = not ((places.lookup == BROKEN).any() or places.zones.is_open or places.zones.broken)
        units = units_of(tables[TRADE_UNITS.name], places.cells, findings, is_sure=is_sure)
        conversion = Conversion(places, units, findings)
        done.append(conversion)
        _refuse_domains(tables["domains"], conversion)
        tables = _without_broken(tables, conversion)
        return tables | convert_network(tables, conversion) | convert_orders(tables, conversion)

    book = read_prepared(src, (TRADE_UNITS,), prepare)
    return TradeUnitMarket(book, done[0].units, done[0].rounding())


def _without_broken(tables: dict[str, Table], conversion: Conversion) -> dict[str, Table]:
    """Leave out orders, lines and borders whose unit is not known: nothing can be said of their figures."""
    broken = np.append(conversion.units.is_broken, [False])
    out = dict(tables)
    for name in HEADERS:
        table = tables[name]
        out[name] = table.without(broken[conversion.grid_of(table)])
    return out


def _refuse_domains(domains: Table, conversion: Conversion) -> None:
    """Report flow-based domains of a carrier in trade units: their PTDFs would be units for each unit."""
    grids = conversion.places.cells.grids
    counted = {grids[g].carrier for g in conversion.units.counted}
    conversion.findings.rows(
        domains,
        domains.texts("carrier").is_in(list(counted)).to_numpy(),
        "domain_in_mwh",
        what=lambda i: f"a flow-based domain of {domains.texts('carrier')[i]}, which is counted in trade units",
        fix="Count this carrier in MWh, and remove its row from trade_units.",
    )
