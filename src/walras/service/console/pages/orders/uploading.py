"""Orders from a file: a filled template or a flat CSV comes into the sheets, other files are checked as they are.

Whatever is wrong is marked where it stands: in the sheets, or in the tables of a zip, which are
shown for that and not changed here.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import polars as pl
from nicegui import ui
from nicegui.events import UploadEventArguments

from walras.book.findings import Findings
from walras.service.console.desk import MOST_BYTES, Desk
from walras.service.console.grid import MOST_ROWS, Grid
from walras.service.console.paste import POINT, pasted
from walras.service.console.problems import guarded
from walras.service.intake.hostile import ZIP_START, FileLimits, unzip
from walras.service.intake.hostile import guarded as guarded_bytes
from walras.service.intake.kinds import FileKind
from walras.service.intake.sheets import SHEETS, Sheet, SheetColumn
from walras.service.intake.tables import SPECS
from walras.service.intake.workbook import read_workbook

if TYPE_CHECKING:
    from walras.service.console.pages.orders.entry import Entry

Sheets = dict[str, list[dict[str, Any]]]
ACCEPTED = ".csv,.xlsx,.zip"


class UploadBox:
    """Takes a file, and sends it as it is where it is no sheet."""

    def __init__(self, desk: Desk, entry: Entry) -> None:
        self.desk, self.entry = desk, entry
        t = desk.t
        with ui.expansion(t("From a file"), icon="upload_file", value=False).classes("paste-box"):
            ui.label(t("The filled template (XLSX), CSV, or a zip of CSV or Parquet tables.")).classes("quiet")
            box = ui.upload(
                label=t("Choose a file"), auto_upload=True, max_files=1, max_file_size=MOST_BYTES,
                on_upload=guarded(desk)(self._taken),
            )  # fmt: skip
            box.props(f'accept="{ACCEPTED}" flat bordered').mark("upload")
            self.box = box
        self.tables = ui.element("div")  # put below the door's answer by the entry

    async def _taken(self, event: UploadEventArguments) -> None:
        self.box.reset()
        await self.desk.check_upload(event.file.size())
        await self.take(event.file.name, await event.file.read())

    async def take(self, name: str, data: bytes) -> None:
        """Check a file; what fits into the sheets is shown there, unless the person keeps what was typed."""
        self.tables.clear()
        kind = kind_of_file(name, data)
        sheets: Sheets = {}
        if kind == "xlsx":
            sheets = await self.desk.work(read_sheets, data)
        elif kind == "csv" and not data.startswith(ZIP_START):
            sheets = await self.desk.work(flat_sheet, data)
        if sheets:
            if await self.entry.take(sheets):
                await self._check(data, kind, sheets)
            return
        is_good = await self.entry.checked_with(lambda: data, kind)
        with self.tables:
            if is_good:
                self._offer(data, kind)
            elif kind != "xlsx":
                self._show_tables(await self.desk.work(raw_tables, data))

    async def _check(self, data: bytes, kind: FileKind, sheets: Sheets) -> None:
        """Check a file that is in the sheets: a workbook as it is, then with what the other sheets hold."""
        is_whole = self.entry.sheets().keys() <= sheets.keys()
        if kind == "csv" or (await self.entry.checked_with(lambda: data, kind) and not is_whole):
            await self.entry.check()

    def _offer(self, data: bytes, kind: FileKind) -> None:
        async def send() -> None:
            if await self.entry.sent_with(lambda: data, kind, self.entry.key):
                self.tables.clear()

        text = self.desk.t("Send this file")
        ui.button(text, icon="send", on_click=guarded(self.desk)(send)).props("no-caps unelevated").mark("send-file")

    def _show_tables(self, tables: dict[str, pl.DataFrame]) -> None:
        """Show the tables of a zip that mistakes are about, marked."""
        shown = {
            name: Sheet(name, name, tuple(SheetColumn(column, "text", column) for column in frame.columns))
            for name, frame in tables.items()
        }
        for name, wrong in self.entry.verdict.spots(shown.values()).items():
            with ui.element("h3"):
                ui.label(name).classes("inline")
            grid = Grid(self.desk, shown[name], {}, lambda: None, first_row=1, is_fixed=True)
            grid.put(tables[name].to_dicts())
            grid.mark(wrong)
            first = min(wrong)
            grid.focus(first, next(iter(wrong[first])).replace("*", ""))


def kind_of_file(name: str, data: bytes) -> FileKind:
    """Return what kind of file this is, by its name and, of a zip, by what is in it.

    >>> kind_of_file("Orders.XLSX", b""), kind_of_file("orders.csv", b"order,zone")
    ('xlsx', 'csv')
    """
    if name.lower().endswith((".xlsx", ".xlsm")):
        return "xlsx"
    if data.startswith(ZIP_START):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as file:
                names = file.namelist()
        except zipfile.BadZipFile:
            return "csv"
        return "parquet" if any(n.endswith(".parquet") for n in names) else "csv"
    return "csv"


def read_sheets(data: bytes) -> Sheets:
    """Return the rows of a workbook's sheets by the names of columns, nothing where it cannot be read.

    Rows stand where they stand in the file; columns that the template does not have are left out, and
    told by the door.
    """
    found = read_workbook(data, FileLimits(), Findings()) or {}
    out: Sheets = {}
    for sheet in SHEETS:
        table = found.get(sheet.name) or []
        if len(table) < 2:
            continue
        known = {c.name for c in sheet.columns}
        heads = [(i, str(head).strip()) for i, head in enumerate(table[0]) if str(head).strip() in known]
        rows = [{name: _plain(row[i]) for i, name in heads if i < len(row)} for row in table[1:]]
        if any(any(str(v).strip() for v in row.values()) for row in rows):
            out[sheet.name] = rows
    return out


def _plain(cell: Any) -> Any:
    """Return a cell as a screen holds it: a time as the sheets write it, a whole number without its point."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        text = str(cell)
        return text[:16] if hasattr(cell, "isoformat") else text
    return int(cell) if isinstance(cell, float) and cell == int(cell) and abs(cell) < 1e15 else cell


def flat_sheet(data: bytes) -> Sheets:
    """Return the rows of a flat CSV of curves, nothing where some of it has no place there: the door judges it."""
    try:
        found = pasted(data.decode("utf-8-sig"), SHEETS[0], decimal=POINT)
    except UnicodeDecodeError:
        return {}
    has_more = found.unknown or found.twice or found.beyond or len(found.rows) > MOST_ROWS
    if not found.has_head or has_more:
        return {}
    return {SHEETS[0].name: [dict(zip(found.columns, row, strict=True)) for row in found.rows]}


def raw_tables(data: bytes) -> dict[str, pl.DataFrame]:
    """Return the tables of a zip as texts, as far as they can be read; at most as many rows as a sheet shows."""
    files = unzip(data, FileLimits(), Findings()) or {}
    tables = {}
    for name, content in files.items():
        table, _, end = name.rpartition(".")
        if table in SPECS and end in ("csv", "parquet"):
            with guarded_bytes(Findings(), name, "table_readable"):
                more: dict[str, Any] = {"infer_schema": False} if end == "csv" else {}
                read: Any = pl.read_csv if end == "csv" else pl.read_parquet
                tables[table] = read(io.BytesIO(content), n_rows=MOST_ROWS, **more).cast(pl.String, strict=False)
    return tables
