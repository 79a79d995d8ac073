"""Order tables as rows of the trader's spreadsheet: what stands already, in the form in which people fill it.

The way back of `sheet_rows`: what is written here reads as the same orders. One thing the sheets
cannot say, a curve with products longer than its MTU; such orders are named, not written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from walras.book.market import MarketTerms
from walras.service.intake.local_time import local_text
from walras.service.intake.sheets import SHEETS, Sheet
from walras.service.intake.tables import OrderTables
from walras.vocabulary import CARRIERS

Row = dict[str, Any]
Value = str | float | int | None


@dataclass(frozen=True)
class Filled:
    """The sheets of some orders.

    Attributes:
        rows: Cells in the columns of each sheet, below its head; sheets without orders are left out.
        left_out: Names of orders that the sheets cannot say, sorted.
    """

    rows: dict[str, list[list[Value]]]
    left_out: tuple[str, ...] = ()


def filled_of(market: MarketTerms, tables: OrderTables) -> Filled:
    """Return the sheets of order tables, whose names are the member's own; what the whole order has is in every row."""
    reader = _Writer(market, {name: frame.to_dicts() for name, frame in tables.items()})
    rows, left_out = {}, set(reader.long_curves)
    for sheet in SHEETS:
        own = [[row.get(c.name) for c in sheet.columns] for row in reader.rows(sheet)]
        if own:
            rows[sheet.name] = own
    return Filled(rows, tuple(sorted(left_out)))


class _Writer:
    """Turns the tables of one submission into rows by column name."""

    def __init__(self, market: MarketTerms, tables: dict[str, list[Row]]) -> None:
        self.market, self.tables, self.zone = market, tables, ZoneInfo(market.time_zone)
        self.grouped: dict[str, dict[str, list[Row]]] = {}
        curves = {row["order"]: row for row in tables.get("curve_orders", [])}
        self.long_curves = {
            step["order"]
            for step in tables.get("curve_steps", [])
            if step["minutes"] not in (None, self._minutes(curves[step["order"]]))
        }

    def rows(self, sheet: Sheet) -> Iterator[Row]:
        """Yield the rows of a sheet, order by order."""
        heads = {"Curves": self._curve, "Blocks": self._block, "Scalable": self._scalable}
        fields = {c.name: c.field for c in sheet.columns if c.field and (c.is_header or c.name == "order")}
        for head in sorted(self.tables.get(sheet.table, []), key=lambda row: str(row["order"])):
            said = {name: self._written(head.get(field)) for name, field in fields.items()}
            more = heads.get(sheet.name)
            for row in more(head) if more is not None else ({},):
                yield said | row

    def _curve(self, head: Row) -> Iterator[Row]:
        if head["order"] in self.long_curves:
            return
        for step in self._of("curve_steps", head["order"], ("mtu_start", "step")):
            start, end = step["price_start_cur_per_mwh"], step["price_end_cur_per_mwh"]
            yield {
                "mtu_start": self._written(step["mtu_start"]), "step": step["step"], "price_start": start,
                "price_end": None if end == start else end, "quantity_mw": step["quantity_mw"],
            }  # fmt: skip

    def _block(self, head: Row) -> Iterator[Row]:
        name = head["order"]
        parents = [row["parent"] for row in self._of("block_links", name, ("parent",), "child")]
        groups = [row["group"] for row in self._of("exclusive_groups", name, ("group",))]
        more = {"parents": ", ".join(parents) or None, "group": next(iter(groups), None)}
        legs = self._of("block_legs", name, ("mtu_start",))
        for begin, end, quantity in _periods(legs, self._minutes(head)):
            yield more | {"from": self._written(begin), "to": self._written(end), "quantity_mw": quantity}

    def _scalable(self, head: Row) -> Iterator[Row]:
        name = head["order"]
        bought: Row = next(iter(self._of("conversions", name, ("order",))), {})
        more = {c: bought.get(c) for c in ("input_zone", "input_carrier", "efficiency", "outside_share")}
        least = {row["mtu_start"]: row["minimum_mw"] for row in self._of("scalable_minimums", name, ("mtu_start",))}
        for step in self._of("scalable_steps", name, ("mtu_start", "step")):
            yield more | {
                "mtu_start": self._written(step["mtu_start"]), "step": step["step"],
                "price": step["price_cur_per_mwh"], "quantity_mw": step["quantity_mw"],
                "minimum_mw": least.pop(step["mtu_start"], None),
            }  # fmt: skip
        for start, minimum in least.items():
            yield more | {"mtu_start": self._written(start), "minimum_mw": minimum}

    def _of(self, table: str, order: str, by: tuple[str, ...], key: str = "order") -> list[Row]:
        if table not in self.grouped:
            found: dict[str, list[Row]] = defaultdict(list)
            for row in self.tables.get(table, []):
                found[row[key]].append(row)
            self.grouped[table] = found
        return sorted(self.grouped[table].get(order, []), key=lambda row: tuple(row[c] for c in by))

    def _minutes(self, head: Row) -> int:
        """Return the MTU of an order's grid."""
        places = self.market.places
        number = int(places.lookup[places.zones.names.index(head["zone"]), CARRIERS.index(head["carrier"])])
        return places.cells.grids[number].mtu_minutes

    def _written(self, value: object) -> Any:
        if isinstance(value, datetime):
            return local_text(int(value.timestamp()) // 60, self.zone)
        return value


def _periods(legs: Iterable[Row], mtu_minutes: int) -> Iterator[tuple[datetime, datetime, float]]:
    """Yield begin, end and MW of legs that follow each other with one quantity.

    >>> at = [datetime(2026, 1, 1, h) for h in (0, 1, 3)]
    >>> legs = [{"mtu_start": a, "minutes": None, "quantity_mw": 5.0} for a in at]
    >>> [(b.hour, e.hour, mw) for b, e, mw in _periods(legs, 60)]
    [(0, 2, 5.0), (3, 4, 5.0)]
    """
    open_one: tuple[datetime, datetime, float] | None = None
    for leg in legs:
        begin = leg["mtu_start"]
        end = begin + timedelta(minutes=leg["minutes"] or mtu_minutes)
        if open_one is not None and (open_one[1], open_one[2]) == (begin, leg["quantity_mw"]):
            open_one = (open_one[0], end, open_one[2])
            continue
        if open_one is not None:
            yield open_one
        open_one = (begin, end, leg["quantity_mw"])
    if open_one is not None:
        yield open_one
