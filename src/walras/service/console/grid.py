"""A sheet of orders on a screen: the columns of the template, typed, pasted, marked where something is wrong.

The rows are kept here, cell by cell as they are typed; the browser keeps a copy for itself
(console.js), so that a page that is loaded anew, or a connection that was lost, costs nothing.
Rows stand where they stand in a spreadsheet: the number before each is the one that mistakes name.

Numbers are kept as numbers, exactly. On the screen, in the cell that is edited and in what is copied
out they have the decimal sign with which the sheet reads, so what is shown reads back as itself.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from walras.service.console.desk import Desk
from walras.service.console.paste import Pasted, Value, decimal_sign, number_text, pasted, usual_sign, value_of
from walras.service.intake.sheets import Sheet, SheetColumn
from walras.service.intake.typed import FIRST_ROW, is_filled

Row = dict[str, Any]
BLANK_ROWS = 12
MOST_ROWS = 50_000
"""Rows of a sheet, as at the door."""
WAIT_SECONDS = 5.0
"""For the browser to say what it kept."""
MOST_ONE_BY_ONE = 300
"""Rows that are drawn anew one by one; with more, all are."""
WIDTHS = {"time": 185, "number": 125, "integer": 90, "text": 120}
WRONG = "_wrong"
IS_WRONG = "p => !!(p.data && p.data._wrong && (p.colDef.field in p.data._wrong || '*' in p.data._wrong))"
WHY = "p => p.data && p.data._wrong ? p.data._wrong[p.colDef.field] || p.data._wrong['*'] || null : null"
WRITTEN = "p => typeof p.value === 'number' ? String(p.value).replace('.', (p.context || {}).decimal || '.') : p.value"
"""A number as `number_text` writes it, in the sign that the sheet has now."""
IN_PIECES = """const most = 400000, send = (text, ...where) => {
    for (let from = 0, to; from < text.length; from = to) {
      to = from + most < text.length ? text.lastIndexOf('\\n', from + most) + 1 : text.length;
      if (to <= from) to = text.length;
      emit(text.slice(from, to), ...where, to < text.length);
    }
  };"""
"""A message of NiceGUI's browser part has at most a million characters: a long text goes line by line in several."""
PASTE = """(e) => {
  %s
  const text = e.clipboardData.getData('text/plain'), api = getElement(%d).api, cell = api.getFocusedCell();
  if (!text || (api.getEditingCells().length && !/[\\t\\n]/.test(text))) return;
  e.preventDefault(); api.stopEditing(true);
  send(text, cell ? cell.rowIndex : null, cell ? cell.column.getColId() : null);
}"""


class Pieces:
    """Puts a text together that comes in several messages."""

    def __init__(self) -> None:
        self.held: list[str] = []

    def take(self, text: object, is_more: object = False) -> str | None:
        """Return the whole text with its last piece, None before."""
        self.held.append(str(text))
        if is_more:
            return None
        whole, self.held = "".join(self.held), []
        return whole


class Grid:
    """One sheet.

    Args:
        desk: Where it stands.
        sheet: Its columns.
        choices: What some columns offer, by their names; other values can be pasted, and are then wrong.
        on_change: Called after rows have changed.
        day: Delivery day, before times that are typed without one.
        decimal: Decimal sign that numbers are shown with, and read with where they may be read in two ways; of the
            person's language unless given.
        first_row: Number of the first row, as mistakes count.
        is_fixed: Whether the rows are shown and not changed.
        label: What the sheet is, where it holds no orders.
        kept: Name under which the browser keeps what is typed, for a sheet that shows it again by itself.
    """

    def __init__(
        self, desk: Desk, sheet: Sheet, choices: Mapping[str, Sequence[str]], on_change: Callable[[], None], *,
        day: str = "", decimal: str = "", first_row: int = FIRST_ROW, is_fixed: bool = False, label: str = "",
        kept: str = "",
    ) -> None:  # fmt: skip
        self.desk, self.sheet, self.choices, self.on_change, self.day = desk, sheet, choices, on_change, day
        self.decimal = decimal or usual_sign(desk.language)
        self.first_row, self.is_fixed, self.kept = first_row, is_fixed, kept or sheet.name
        self.columns = {c.name: c for c in sheet.columns}
        self.rows: list[Row] = _blank(BLANK_ROWS)
        self.pieces = Pieces()
        name = label or desk.t("Sheet {name}: orders to be sent").format(name=sheet.name)
        self.grid = ui.aggrid(self._options(name), auto_size_columns=False).classes("sheet").mark(f"sheet-{sheet.name}")
        self.grid.props(f'data-sheet="{sheet.name}"')
        self.grid.on("cellValueChanged", self._edited, args=["rowIndex", "colId", "newValue"])
        if not is_fixed:
            self.grid.on("paste", self._pasted, js_handler=PASTE % (IN_PIECES, self.grid.id))
        self.on_paste: Callable[[Pasted, int], None] = lambda _found, _at: None
        if kept:
            self.said = ui.label("").classes("quiet").props('role="status"')
            ui.timer(0.1, self._restore, once=True)

    def _options(self, name: str) -> dict[str, Any]:
        number = {
            "headerName": self.desk.t("row"), ":valueGetter": f"p => p.node.rowIndex + {self.first_row}", "width": 64,
            "pinned": "left", "editable": False, "cellClass": "row-number", "colId": "_row",
        }  # fmt: skip
        label, sheet = name.replace("'", ""), self.sheet.name
        ready = f"p => walras.nameSheet('{sheet}', '{label}')"
        keep = f"p => walras.keepSheet({json.dumps(self.kept)}, p.api)"
        return {
            "columnDefs": [number, *(self._column(c) for c in self.sheet.columns)],
            "rowData": [dict(row) for row in self.rows], "context": {"decimal": self.decimal},
            "defaultColDef": {
                "editable": not self.is_fixed, "sortable": False, "suppressMovable": True, "resizable": True,
                "cellDataType": False, "cellClassRules": {":wrong": IS_WRONG}, ":tooltipValueGetter": WHY,
            },
            "rowSelection": {
                "mode": "multiRow", "checkboxes": True, "headerCheckbox": True, "enableClickSelection": False,
            },
            "undoRedoCellEditing": True, "enterNavigatesVertically": True, "enterNavigatesVerticallyAfterEdit": True,
            "stopEditingWhenCellsLoseFocus": True, "tooltipShowDelay": 200, "suppressFieldDotNotation": True,
            "ensureDomOrder": True, "suppressColumnVirtualisation": True,
            ":onGridReady": ready, ":onCellValueChanged": keep, ":onRowDataUpdated": keep,
        }  # fmt: skip

    def _column(self, column: SheetColumn) -> dict[str, Any]:
        said: dict[str, Any] = {
            "field": column.name, "headerName": column.name, "width": WIDTHS[column.kind],
            "headerTooltip": column.note or column.name,
        }  # fmt: skip
        if column.kind in ("number", "integer"):
            said |= {"type": "rightAligned", ":valueFormatter": WRITTEN, "cellEditorParams": {"useFormatter": True}}
        if column.name in self.choices:
            values = ["", *self.choices[column.name]]
            said |= {"cellEditor": "agSelectCellEditor", "cellEditorParams": {"values": values}}
        return said

    @property
    def filled(self) -> list[Row]:
        """Return the rows up to the last one that holds anything."""
        last = max((i for i, row in enumerate(self.rows) if is_filled(row)), default=-1)
        return self.rows[: last + 1]

    def put(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show rows in place of those before."""
        self.rows = [{n: v for n, v in row.items() if n in self.columns} for row in rows[:MOST_ROWS]]
        self.rows += _blank(max(BLANK_ROWS - len(self.rows), 2))
        self.show()

    def paste(self, text: str, at: int | None = None, column: str | None = None) -> Pasted:
        """Put a copied text into the rows from one of them and one column on; below all others unless one is named."""
        names = list(self.columns)
        first = names.index(column) if column in self.columns else 0
        found = pasted(text, self.sheet, first=first, decimal=self.decimal)
        self.use(found.decimal)
        start = len(self.filled) if at is None else at
        room = max(MOST_ROWS - start, 0)
        found = replace(found, rows=found.rows[:room], left_out=max(len(found.rows) - room, 0))
        for i, cells in enumerate(found.rows, start):
            while len(self.rows) <= i:
                self.rows.append({})
            self.rows[i] = {n: v for n, v in self.rows[i].items() if n != WRONG}
            self.rows[i] |= dict(zip(found.columns, cells, strict=True))
        if len(self.rows) < start + len(found.rows) + 2:
            self.rows += _blank(2)
        self.show()
        self.on_change()
        return found

    def use(self, decimal: str) -> None:
        """Show and read numbers with another decimal sign."""
        if decimal != self.decimal:
            self.decimal = decimal
            self.grid.run_grid_method("setGridOption", "context", {"decimal": decimal})
            self.grid.run_grid_method("refreshCells", {"force": True})

    def add_rows(self, count: int = BLANK_ROWS) -> None:
        """Add blank rows at the end."""
        more = _blank(min(count, MOST_ROWS - len(self.rows)))
        self.rows += more
        self.grid.run_grid_method("applyTransaction", {"add": [dict(row) for row in more]})

    def remove(self, positions: Sequence[int]) -> None:
        """Take rows away; those below move up."""
        gone = set(positions)
        self.rows = [row for i, row in enumerate(self.rows) if i not in gone]
        self.rows += _blank(max(BLANK_ROWS - len(self.rows), 0))
        self.show()
        self.on_change()

    def clear(self) -> None:
        """Empty the sheet, in the browser's memory too."""
        self.put([])
        self.on_change()

    def mark(self, wrong: Mapping[int, Mapping[str, str]]) -> None:
        """Mark cells that are wrong, by position and column (`*` = the whole row), and no others."""
        changed = [i for i, row in enumerate(self.rows) if i in wrong or WRONG in row]
        for i in changed:
            self.rows[i].pop(WRONG, None)
            if i in wrong:
                self.rows[i][WRONG] = dict(wrong[i])
        if len(changed) > MOST_ONE_BY_ONE:
            self.show()
            return
        for i in changed:
            self.grid.run_row_method(str(i), "setData", dict(self.rows[i]))

    def focus(self, at: int, column: str) -> None:
        """Show a cell and put the focus on it."""
        name = column or next(iter(self.columns))
        self.grid.run_grid_method("ensureIndexVisible", at, "middle")
        self.grid.run_grid_method("ensureColumnVisible", name)
        self.grid.run_grid_method("setFocusedCell", at, name)

    def show(self) -> None:
        """Show the rows as they are."""
        self.grid.run_grid_method("setGridOption", "rowData", [dict(row) for row in self.rows])

    def text(self) -> str:
        """Return the rows as a spreadsheet takes them from the clipboard, names of columns first.

        A sheet that is pasted into reads each number as it is here.
        """
        out = io.StringIO()
        writer = csv.writer(out, delimiter="\t", lineterminator="\n")
        writer.writerow(self.columns)
        for row in self.filled:
            writer.writerow([self._written(column, row.get(n)) for n, column in self.columns.items()])
        return out.getvalue()

    def _written(self, column: SheetColumn, value: object) -> str:
        if column.kind in ("number", "integer") and isinstance(value, int | float):
            return number_text(value, self.decimal)
        return "" if value is None else str(value)

    def forget(self, *beside: str) -> None:
        """Let the browser forget what was typed here, and drafts beside it: it was sent."""
        keys = ", ".join(map(json.dumps, (f"sheet {self.kept}", *beside)))
        ui.run_javascript(f"walras.forget({keys})")

    async def _restore(self) -> None:
        """Show what this tab kept, and from now on let it keep every change."""
        rows = (await kept_rows(self.kept)).get(self.kept, [])
        known = [{n: v for n, v in row.items() if n in self.columns and v != ""} for row in self.read(rows)]
        if known and known != self.filled and self.fits(known):
            self.put(known)
            self.on_change()
            self.said.text = self.desk.t("What you typed before and did not send is here again.")

    def read(self, rows: Sequence[Row]) -> list[Row]:
        """Return rows that were kept, read anew: of what was typed last, the browser may hold the bare text."""
        return [{n: self.value(self.columns[n], v) if n in self.columns else v for n, v in r.items()} for r in rows]

    def fits(self, _rows: Sequence[Row]) -> bool:
        """Return whether rows that were kept can stand here."""
        return True

    def _edited(self, event: GenericEventArguments) -> None:
        at, name, typed = event.args["rowIndex"], event.args["colId"], event.args["newValue"]
        if not isinstance(at, int) or not 0 <= at < len(self.rows) or name not in self.columns:
            return
        value = self.value(self.columns[name], typed)
        self.rows[at][name] = value
        if value != typed:
            self.grid.run_row_method(str(at), "setDataValue", name, value)
        if at >= len(self.rows) - 1:
            self.add_rows()
        self.on_change()

    def value(self, column: SheetColumn, typed: object) -> Value:
        """Return what was typed into a cell as the column wants it; a time may leave out the delivery day."""
        if typed is None:
            return ""
        if isinstance(typed, int | float) and not isinstance(typed, bool):
            return typed
        text = str(typed).strip()
        if column.kind == "time" and self.day and len(text) in (4, 5) and text[-3] == ":":
            text = f"{self.day} {text}"
        return value_of(text, column, decimal_sign([text], self.decimal))

    def _pasted(self, event: GenericEventArguments) -> None:
        piece, at, column, *is_more = event.args
        text = self.pieces.take(piece, *is_more)
        if text is None:
            return
        start = at if isinstance(at, int) else None
        found = self.paste(text, start, column)
        self.on_paste(found, len(self.filled) if start is None else start)


async def kept_rows(*names: str) -> dict[str, list[Row]]:
    """Return what this tab kept of sheets by their names; from now on it keeps every change."""
    listed = ", ".join(map(json.dumps, names))
    try:
        kept = await ui.run_javascript(f"return walras.keptSheets({listed})", timeout=WAIT_SECONDS)
    except TimeoutError:  # the browser has gone, or is slow: nothing to show, and it keeps what it has
        return {}
    return rows_of(kept or {})


def rows_of(kept: Mapping[str, Any]) -> dict[str, list[Row]]:
    """Return rows by sheet of what a browser kept.

    >>> rows_of({"Curves": {"columns": ["order", "step"], "rows": [["sun", 1]]}})
    {'Curves': [{'order': 'sun', 'step': 1}]}
    """
    return {
        name: [dict(zip(sheet["columns"], row, strict=False)) for row in sheet["rows"]]
        for name, sheet in kept.items()
        if isinstance(sheet, dict) and sheet.get("rows")
    }


def _blank(count: int) -> list[Row]:
    return [{} for _ in range(count)]
