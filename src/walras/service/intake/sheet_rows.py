"""Rows of the trader's spreadsheet to order tables.

The first row of an order says what holds for the whole order; later rows of the same name
add MTUs, steps or periods. Sheets are filled by hand, so a row may be a Python object here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from walras.book.columns import DTYPES
from walras.book.findings import Findings
from walras.book.market import MarketTerms
from walras.book.schema import Kind
from walras.book.tables import Table
from walras.service.intake.hostile import FileLimits, printable
from walras.service.intake.local_time import utc_of
from walras.service.intake.periods import periods_of
from walras.service.intake.sheets import SHEETS, Sheet, SheetColumn
from walras.service.intake.tables import SPECS, DoorTable
from walras.service.intake.workbook import Cell, read_workbook

_WANTED: dict[Kind, str] = {
    "text": "a text", "integer": "a whole number", "number": "a number", "time": "a local time",
}  # fmt: skip
_BROKEN = object()
MOST_TEXT = 1_000
_BOUGHT = ("input_zone", "input_carrier", "efficiency", "outside_share")


@dataclass
class Collected:
    """Rows of order tables, where they stand, and which orders lack some that could not be read."""

    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    places: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    lost: dict[str, list[str | None]] = field(default_factory=lambda: defaultdict(list))

    def add(self, table: str, place: str, row: dict[str, Any]) -> None:
        """Add a row to a table."""
        self.rows[table].append(row)
        self.places[table].append(place)

    def table(self, name: str, is_whole: bool, currency: str) -> DoorTable:
        """Return a table of the rows."""
        rows, spec = self.rows[name], SPECS[name]
        frame = pl.DataFrame(
            [pl.Series(c.name, [r.get(c.name) for r in rows], dtype=DTYPES[c.kind]) for c in spec.columns]
        )
        places, lost = self.places[name], pl.Series(self.lost[name], dtype=pl.String)
        return DoorTable(spec, frame, None, lost, is_whole, currency, source=lambda row: places[row - 1])


def xlsx_tables(market: MarketTerms, data: bytes, limits: FileLimits, findings: Findings) -> dict[str, Table] | None:
    """Return the order tables of a filled template, None if the workbook is refused (reported)."""
    sheets = read_workbook(data, limits, findings)
    if sheets is None:
        return None
    collected, whole = Collected(), {}
    for sheet in SHEETS:
        if sheet.name in sheets:
            reader = _SheetReader(sheet, market, findings, collected)
            whole[sheet.table] = reader.read(sheets[sheet.name])
    is_whole = all(whole.values())
    return {name: collected.table(name, is_whole, market.currency) for name in SPECS}


@dataclass
class _SheetReader:
    """Reads one sheet."""

    sheet: Sheet
    market: MarketTerms
    findings: Findings
    out: Collected
    said: dict[str, dict[str, Any]] = field(default_factory=dict)

    def read(self, rows: list[list[Cell]]) -> bool:
        """Add all rows; return whether the columns are there."""
        used = [(n, row) for n, row in enumerate(rows, 1) if any(cell != "" for cell in row)]
        if not used or (used[0][0] == 1 and len(used) == 1):
            return True
        columns = self._columns(rows[0])
        if columns is None:
            return False
        for number, row in used:
            if number > 1:
                cells = {c.name: row[i] if i < len(row) else "" for i, c in columns.items()}
                self._row(f"sheet {self.sheet.name} row {number}", cells)
        return True

    def _columns(self, titles: list[Cell]) -> dict[int, SheetColumn] | None:
        """Return the known columns by their position, None if one is missing."""
        where, known = f"sheet {self.sheet.name} row 1", {c.name: c for c in self.sheet.columns}
        found: dict[int, SheetColumn] = {}
        for i, title in enumerate(titles):
            name = title.strip() if isinstance(title, str) else title
            if name in known and known[name] not in found.values():
                found[i] = known[name]
            elif name != "":
                fix = f"Keep the columns of the template, each once: {', '.join(known)}."
                self.findings.add(f"column {printable(str(name))!r} is not known", where, "column_known", fix)
        missing = [c.name for c in self.sheet.columns if not c.is_optional and c not in found.values()]
        for name in missing:
            self.findings.add(f"column {name!r} is missing", where, "column_present", f"Add the column {name}.")
        return None if missing else found

    def _row(self, place: str, cells: dict[str, Cell]) -> None:
        values: dict[str, Any] = {}
        name = self._cell(place, self.sheet.columns[0], cells.get("order", ""), True)
        if name is _BROKEN:
            for table in (self.sheet.table, *_ROW_TABLES[self.sheet.name]):
                self.out.lost[table].append(None)
            return
        is_first = name not in self.said
        for column in self.sheet.columns:
            needed = not column.is_optional and (is_first or not column.is_header)
            values[column.name] = self._cell(place, column, cells.get(column.name, ""), needed)
        header = {c.name: values[c.name] for c in self.sheet.columns if c.is_header}
        if is_first:
            self.said[name] = header
            self._header(place, name, header)
        else:
            self._repeated(place, header, self.said[name])
        rest = {c.name: values[c.name] for c in self.sheet.columns if not c.is_header}
        if any(v is _BROKEN for v in rest.values()):
            for table in _ROW_TABLES[self.sheet.name]:
                self.out.lost[table].append(name)
        elif self.sheet.name in _READ_ROW:
            _READ_ROW[self.sheet.name](self, place, rest)
        elif not is_first:
            self.findings.add(
                f"order {printable(name)!r} stands in an earlier row", place, "duplicate_key", "Give each order a row."
            )

    def _cell(self, place: str, column: SheetColumn, cell: Cell, needed: bool) -> Any:
        """Return the value of a cell, None if empty, `_BROKEN` if it cannot be used (reported)."""
        if cell == "" or (isinstance(cell, str) and not cell.strip()):
            if not needed:
                return None
            fix = f"Fill {column.name} with {_WANTED[column.kind]}."
            self.findings.add(f"{column.name} is empty", place, "field_filled", fix)
            return _BROKEN
        try:
            return _typed(cell, column.kind, ZoneInfo(self.market.time_zone))
        except (ValueError, OverflowError) as error:
            what = f"{column.name} {printable(str(cell))!r} is not {_WANTED[column.kind]}"
            if column.kind == "time":
                text = str(error)
                self.findings.add(f"{what}: {text}", place, "local_time", f"{text[:1].upper()}{text[1:]}.")
            else:
                self.findings.add(what, place, "field_readable", f"Write {_WANTED[column.kind]}.")
            return _BROKEN

    def _header(self, place: str, name: str, header: dict[str, Any]) -> None:
        if any(v is _BROKEN for v in header.values()):
            self.out.lost[self.sheet.table].append(name)
            return
        fields = {c.field: header[c.name] for c in self.sheet.columns if c.is_header and c.field}
        bought: dict[str, Any] = {k: fields.pop(k) for k in _BOUGHT if k in fields}
        self.out.add(self.sheet.table, place, fields | {"order": name})
        if any(v is not None for v in bought.values()):
            self._conversion(place, name, bought)
        for parent in (header.get("parents") or "").split(","):
            if parent.strip():
                self.out.add("block_links", place, {"child": name, "parent": parent.strip()})
        if header.get("group"):
            self.out.add("exclusive_groups", place, {"group": header["group"], "order": name})

    def _conversion(self, place: str, name: str, bought: dict[str, Any]) -> None:
        missing = [k for k in ("input_zone", "input_carrier", "efficiency") if bought[k] is None]
        for field_name in missing:
            fix = "Fill input_zone, input_carrier and efficiency for a conversion, or none of them."
            self.findings.add(f"{field_name} is empty", place, "field_filled", fix)
        if not missing:
            self.out.add("conversions", place, bought | {"order": name})

    def _repeated(self, place: str, header: dict[str, Any], said: dict[str, Any]) -> None:
        for name, value in header.items():
            if value is not None and value is not _BROKEN and said[name] is not _BROKEN and value != said[name]:
                what = f"{name} {printable(str(value))!r} differs from the first row of the order"
                fix = "Leave it empty, or repeat what the first row says."
                self.findings.add(what, place, "order_said_once", fix)

    def curve(self, place: str, row: dict[str, Any]) -> None:
        """Add a row of Curves."""
        end = row["price_start"] if row["price_end"] is None else row["price_end"]
        self.out.add("curve_steps", place, {
            "order": row["order"], "mtu_start": row["mtu_start"], "step": row["step"],
            "quantity_mw": row["quantity_mw"],
            "price_start_cur_per_mwh": row["price_start"], "price_end_cur_per_mwh": end,
        })  # fmt: skip

    def block(self, place: str, row: dict[str, Any]) -> None:
        """Add a row of Blocks: the MTUs of a period with one quantity."""
        said = self.said[row["order"]]
        starts = periods_of(self.market, said["zone"], said["carrier"], row["from"], row["to"])
        if starts is None:
            what = f"the period from {row['from']:%Y-%m-%dT%H:%MZ} to {row['to']:%Y-%m-%dT%H:%MZ} has no whole MTUs"
            self.findings.add(what, place, "block_period", "End it after its start, both where MTUs of the day begin.")
            self.out.lost["block_legs"].append(row["order"])
            return
        for start in starts:
            leg = {"order": row["order"], "mtu_start": start, "quantity_mw": row["quantity_mw"]}
            self.out.add("block_legs", place, leg)

    def scalable(self, place: str, row: dict[str, Any]) -> None:
        """Add a row of Scalable: a step, a minimum, or both."""
        key = {"order": row["order"], "mtu_start": row["mtu_start"]}
        step = {c: row[c] for c in ("step", "price", "quantity_mw")}
        if row["minimum_mw"] is not None:
            self.out.add("scalable_minimums", place, key | {"minimum_mw": row["minimum_mw"]})
        elif all(v is None for v in step.values()):
            fix = "Fill step, price and quantity_mw, or minimum_mw, or remove the row."
            self.findings.add("the row has neither a step nor a minimum", place, "field_filled", fix)
        missing = [c for c, v in step.items() if v is None]
        if not missing:
            row = key | {"step": step["step"], "price_cur_per_mwh": step["price"], "quantity_mw": step["quantity_mw"]}
            self.out.add("scalable_steps", place, row)
        elif len(missing) < len(step):
            self.out.lost["scalable_steps"].append(key["order"])
            for name in missing:
                self.findings.add(f"{name} is empty", place, "field_filled", f"Fill {name}.")


_ROW_TABLES = {
    "Curves": ("curve_steps",), "Blocks": ("block_legs",), "Flexible": (), "Storage": (),
    "Scalable": ("scalable_steps", "scalable_minimums"),
}  # fmt: skip
_READ_ROW: dict[str, Callable[[_SheetReader, str, dict[str, Any]], None]] = {
    "Curves": _SheetReader.curve, "Blocks": _SheetReader.block, "Scalable": _SheetReader.scalable,
}  # fmt: skip


def _typed(cell: Cell, kind: Kind, zone: ZoneInfo) -> object:
    """Return a cell as its column wants it.

    Raises:
        ValueError: It is something else.
    """
    if kind == "time":
        return utc_of(cell, zone)
    if kind == "text":
        # a name of digits is a number to a spreadsheet
        is_whole = isinstance(cell, float | int) and not isinstance(cell, bool) and cell == int(cell)
        text = str(int(cell)) if is_whole else cell
        if not isinstance(text, str) or len(text) > MOST_TEXT:
            raise ValueError
        return text.strip()
    if isinstance(cell, bool) or not isinstance(cell, float | int) or not abs(cell) < float("inf"):
        raise ValueError
    if kind == "integer":
        if cell != int(cell) or abs(cell) > 1e12:
            raise ValueError
        return int(cell)
    return float(cell)
