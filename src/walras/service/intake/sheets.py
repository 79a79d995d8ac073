"""The sheets of the spreadsheet for traders: their columns, what they hold, and what the header says about them.

One description for the template, for reading it back, and for the page that documents it.
"""

from __future__ import annotations

from dataclasses import dataclass

from walras.book.schema import Kind


@dataclass(frozen=True)
class SheetColumn:
    """One column of a sheet.

    Attributes:
        name: In row 1 of the sheet.
        kind: What its cells hold; times are local, as the sheet MTUs writes them.
        field: Column of the order tables that it fills, "" where it does more.
        is_optional: Whether it may be empty.
        is_header: Whether it says something about the whole order: needed in the first row of an order
            only, and the same in every row that repeats it.
        note: For people.
    """

    name: str
    kind: Kind
    field: str
    is_optional: bool = False
    is_header: bool = False
    note: str = ""


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, the table of its orders, and its columns."""

    name: str
    table: str
    columns: tuple[SheetColumn, ...]


def _column(text: str, note: str = "") -> SheetColumn:
    """Return a column from `name:kind:field`, the name in brackets if it is optional, with * if of the whole order."""
    name, kind, field = text.split(":")
    kinds: dict[str, Kind] = {"t": "text", "i": "integer", "n": "number", "at": "time"}
    bare = name.strip("[]*")
    return SheetColumn(bare, kinds[kind], field, "[" in name, "*" in name, note)


ORDER = _column("order:t:order", "Name of your choice, 1 to 40 of A-Z, a-z, 0-9, _, . and -")
_PLACE = (
    ORDER,
    _column("zone*:t:zone", "Bidding zone"),
    _column("carrier*:t:carrier", "electricity, gas, ..."),
)
_SIDED = (*_PLACE, _column("side*:t:side", "supply or demand"))
_PRICE = "Currency per MWh"

SHEETS = (
    Sheet("Curves", "curve_orders", (
        *_SIDED,
        _column("mtu_start:at:mtu_start", "Start of the MTU in local time, as sheet MTUs writes it"),
        _column("step:i:step", "1, 2, ... in each MTU"),
        _column("price_start:n:price_start_cur_per_mwh", _PRICE),
        _column("[price_end]:n:price_end_cur_per_mwh", "Empty: the price of the start"),
        _column("quantity_mw:n:quantity_mw", "MW, not negative"),
    )),
    Sheet("Blocks", "block_orders", (
        *_SIDED,
        _column("price*:n:price_cur_per_mwh", _PRICE),
        _column("min_acceptance_ratio*:n:min_acceptance_ratio", "0.0001 to 1"),
        _column("from:at:", "Start of a period with one quantity; a profile has a row for each period"),
        _column("to:at:", "End of the period"),
        _column("quantity_mw:n:", "MW, not negative"),
        _column("[parents*]:t:", "Names of parent blocks in this file, with commas between"),
        _column("[group*]:t:", "Name of the exclusive group"),
    )),
    Sheet("Flexible", "flexible_orders", (
        *_SIDED,
        _column("price*:n:price_cur_per_mwh", _PRICE),
        _column("quantity_mw*:n:quantity_mw", "MW, not negative"),
        _column("minutes*:i:minutes", "Length of delivery"),
        _column("[window_from*]:at:window_start", "Empty: the whole day"),
        _column("[window_to*]:at:window_end", "Empty: the whole day"),
    )),
    Sheet("Scalable", "scalable_orders", (
        *_SIDED,
        _column("fixed_term*:n:fixed_term_cur", "Amount in the market's currency"),
        _column("[gradient_up_mw*]:n:gradient_up_mw", "Empty: no limit"),
        _column("[gradient_down_mw*]:n:gradient_down_mw", "Empty: no limit"),
        _column("[stop_mtus*]:i:stop_mtus", "Supply only"),
        _column("[input_zone*]:t:input_zone", "Of a conversion: where it buys"),
        _column("[input_carrier*]:t:input_carrier", "Of a conversion: what it buys"),
        _column("[efficiency*]:n:efficiency", "Of a conversion: MWh sold for each MWh bought"),
        _column("[outside_share*]:n:outside_share", "Of a conversion: share of input beyond the horizon"),
        _column("mtu_start:at:mtu_start", "Start of the MTU in local time, as sheet MTUs writes it"),
        _column("[step]:i:step", "1, 2, ... in each MTU; empty in a row with a minimum only"),
        _column("[price]:n:price_cur_per_mwh", _PRICE),
        _column("[quantity_mw]:n:quantity_mw", "MW, not negative"),
        _column("[minimum_mw]:n:minimum_mw", "Least power of the MTU; in one of its rows"),
    )),
    Sheet("Storage", "storage_orders", (
        *_PLACE,
        _column("charge_mw*:n:charge_mw", "MW"),
        _column("discharge_mw*:n:discharge_mw", "MW"),
        _column("capacity_mwh*:n:capacity_mwh", "MWh"),
        _column("spread*:n:spread_cur_per_mwh", _PRICE),
        _column("[fixed_term*]:n:fixed_term_cur", "Amount in the market's currency"),
        _column("[start_mwh*]:n:start_mwh", "Level before the first MTU"),
        _column("[end_mwh*]:n:end_mwh", "Level after the last MTU"),
        _column("[charge_efficiency*]:n:charge_efficiency", "Above 0 and up to 1"),
        _column("[discharge_efficiency*]:n:discharge_efficiency", "Above 0 and up to 1"),
        _column("[hourly_loss*]:n:hourly_loss", "Share of the level lost in an hour"),
    )),
)  # fmt: skip
OTHER_SHEETS = ("Read me", "MTUs")
"""Sheets of the template that hold no orders; what stands in them is not read."""
