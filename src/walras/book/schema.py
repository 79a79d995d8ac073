"""The tables of the market folder, version 1, as data.

One description for reading, for writing and for the test that keeps
`docs/market-folder.md` equal to it. `cur` in a column name stands for the market's
currency in lower case: `price_cur_per_mwh` is `price_eur_per_mwh` in an EUR market.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FORMAT = "walras-market"
VERSION = 1

Kind = Literal["text", "integer", "number", "time"]


@dataclass(frozen=True)
class Column:
    """One column: its name, what it holds, and whether it (and each of its fields) may be left out."""

    name: str
    kind: Kind
    is_optional: bool = False

    def named(self, currency: str) -> str:
        """Return the name in a market of that currency.

        >>> Column("price_cur_per_mwh", "number").named("ZAR")
        'price_zar_per_mwh'
        """
        return "_".join(currency.lower() if part == "cur" else part for part in self.name.split("_"))


@dataclass(frozen=True)
class TableSpec:
    """One table: columns in order, the columns that together name a row, and whether a market needs it.

    The first column of the key says whose row it is in messages.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    is_required: bool = False

    def column(self, name: str) -> Column:
        """Return the column of that name."""
        return next(c for c in self.columns if c.name == name)


def _table(name: str, columns: str, key: str, *, is_required: bool = False) -> TableSpec:
    """Return a table from `name:kind` words; brackets mark optional columns."""
    parsed = []
    for word in columns.split():
        bare = word.strip("[]")
        column, kind = bare.split(":")
        kinds: dict[str, Kind] = {"t": "text", "i": "integer", "n": "number", "at": "time"}
        parsed.append(Column(column, kinds[kind], is_optional=word.startswith("[")))
    return TableSpec(name, tuple(parsed), tuple(key.split()), is_required)


_ORDER = "order:t member:t zone:t carrier:t side:t"
_LIMITS = "price_min_cur_per_mwh:n price_max_cur_per_mwh:n price_tick_cur_per_mwh:n quantity_tick_mw:n"

ZONES = _table("zones", "zone:t [eic:t] country:t [latitude:n] [longitude:n]", "zone", is_required=True)
GRIDS = _table(
    "grids", f"zone:t carrier:t mtu_minutes:i [start:at] [end:at] {_LIMITS}", "zone carrier", is_required=True
)
_LINE_TERMS = "[loss_forward:n] [loss_backward:n] [tariff_cur_per_mwh:n]"
LINES = _table("lines", f"line:t carrier:t from_zone:t to_zone:t [mtu_minutes:i] {_LINE_TERMS}", "line")
LINE_CAPACITIES = _table(
    "line_capacities", "line:t mtu_start:at capacity_forward_mw:n capacity_backward_mw:n", "line mtu_start"
)
BORDERS = _table("borders", "border:t zone:t carrier:t neighbour:t kind:t", "border")
BORDER_PERIODS = _table(
    "border_periods",
    "border:t mtu_start:at [price_cur_per_mwh:n] [capacity_export_mw:n] [capacity_import_mw:n] [exchange_mw:n]",
    "border mtu_start",
)
DOMAINS = _table("domains", "domain:t carrier:t [mtu_minutes:i]", "domain")
DOMAIN_ZONES = _table("domain_zones", "domain:t zone:t", "domain zone")
CRITICAL_BRANCHES = _table("critical_branches", "domain:t branch:t mtu_start:at ram_mw:n", "domain branch mtu_start")
PTDFS = _table("ptdfs", "domain:t branch:t [mtu_start:at] zone:t ptdf:n", "domain branch mtu_start zone")
CURVE_ORDERS = _table("curve_orders", _ORDER, "order")
CURVE_STEPS = _table(
    "curve_steps",
    "order:t mtu_start:at [minutes:i] step:i price_start_cur_per_mwh:n price_end_cur_per_mwh:n quantity_mw:n",
    "order mtu_start step",
)
BLOCK_ORDERS = _table("block_orders", f"{_ORDER} price_cur_per_mwh:n min_acceptance_ratio:n", "order")
BLOCK_LEGS = _table("block_legs", "order:t mtu_start:at [minutes:i] quantity_mw:n", "order mtu_start")
BLOCK_LINKS = _table("block_links", "child:t parent:t", "child parent")
EXCLUSIVE_GROUPS = _table("exclusive_groups", "group:t order:t", "group order")
FLEXIBLE_ORDERS = _table(
    "flexible_orders",
    f"{_ORDER} price_cur_per_mwh:n quantity_mw:n minutes:i [window_start:at] [window_end:at]",
    "order",
)
SCALABLE_ORDERS = _table(
    "scalable_orders",
    f"{_ORDER} fixed_term_cur:n [gradient_up_mw:n] [gradient_down_mw:n] [stop_mtus:i]",
    "order",
)
SCALABLE_STEPS = _table(
    "scalable_steps", "order:t mtu_start:at step:i price_cur_per_mwh:n quantity_mw:n", "order mtu_start step"
)
SCALABLE_MINIMUMS = _table("scalable_minimums", "order:t mtu_start:at minimum_mw:n", "order mtu_start")
CONVERSIONS = _table("conversions", "order:t input_zone:t input_carrier:t efficiency:n [outside_share:n]", "order")
STORAGE_ORDERS = _table(
    "storage_orders",
    "order:t member:t zone:t carrier:t charge_mw:n discharge_mw:n capacity_mwh:n spread_cur_per_mwh:n "
    "[fixed_term_cur:n] [start_mwh:n] [end_mwh:n] [charge_efficiency:n] [discharge_efficiency:n] [hourly_loss:n]",
    "order",
)

TABLES: tuple[TableSpec, ...] = (
    ZONES, GRIDS, LINES, LINE_CAPACITIES, BORDERS, BORDER_PERIODS,
    DOMAINS, DOMAIN_ZONES, CRITICAL_BRANCHES, PTDFS,
    CURVE_ORDERS, CURVE_STEPS, BLOCK_ORDERS, BLOCK_LEGS, BLOCK_LINKS, EXCLUSIVE_GROUPS,
    FLEXIBLE_ORDERS, SCALABLE_ORDERS, SCALABLE_STEPS, SCALABLE_MINIMUMS, CONVERSIONS,
    STORAGE_ORDERS,
)  # fmt: skip

TRADE_UNITS = _table(
    "trade_units",
    "carrier:t [zone:t] unit:t [mwh_per_unit:n] [tonnes_per_barrel:n] [mwh_per_tonne:n]",
    "carrier zone",
    is_required=True,
)
"""Not a table of a market: a folder with it counts in trade units (`walras.formats.trade_units`)."""
