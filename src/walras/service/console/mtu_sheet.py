"""A sheet with one row for each MTU of a day: figures that are typed, pasted, or the same all day.

Rows stand for the day's MTUs and none can be added or taken away. A paste with times goes to the
rows that they name; one without goes from the chosen cell down. What does not fit the day is said,
never dropped in silence. Drafts stay in the browser's tab, as those of orders do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from walras.errors import Mistake
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.grid import WRONG, Grid
from walras.service.console.paste import Pasted, cells_of, decimal_sign, number_of, pasted, time_of
from walras.service.console.problems import Problems
from walras.service.console.telling import left_out_of, said_of_sign
from walras.service.intake.sheets import Sheet, SheetColumn

START = "mtu_start"


def clock(desk: Desk, start: str) -> str:
    """Return when an MTU begins, on local clocks; where clocks go back the offset tells the two hours apart."""
    at = shown.moment_of(start)
    assert at is not None, "MTUs have a start"
    local = at.astimezone(desk.zone)
    is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    offset = local.strftime("%z")
    return local.strftime("%Y-%m-%d %H:%M") + (f"{offset[:3]}:{offset[3:]}" if is_twice else "")


class MtuSheet(Grid):
    """One day of figures.

    Args:
        desk: Where it stands.
        name: Of the sheet, one for each thing and day.
        label: What it is, for screen readers.
        starts: UTC starts of the day's MTUs, in order.
        columns: Figures as (name, note); names are those that a paste may have in its first line.
        values: What stands there at first, by column.
        market: Whose figures these are, where the address does not tell: the browser keeps what is typed under this
            and the name.

    Attributes:
        starts: UTC starts, a row each.
        misfits: What the last paste had that does not fit the day or the columns.
        found: The last paste.
        problems: Below the sheet: what did not fit, and what the door says of what was sent.
    """

    def __init__(
        self, desk: Desk, name: str, label: str, starts: Sequence[str], columns: Sequence[tuple[str, str]],
        values: Mapping[str, Sequence[Any]] | None = None, *, market: str = "",
    ) -> None:  # fmt: skip
        self.starts = list(starts)
        self.misfits: list[Mistake] = []
        self.found: Pasted | None = None
        when = SheetColumn(START, "time", "", note=desk.t("Local time, {zone}").format(zone=desk.zone.key))
        figures = [SheetColumn(n, "number", "", note=note) for n, note in columns]
        what, _, which = name.partition(" ")
        kept = f"{what} {market} {which}" if market else name
        super().__init__(desk, Sheet(name, "", (when, *figures)), {}, lambda: None, first_row=1, label=label, kept=kept)
        self.clocks = [clock(desk, s) for s in self.starts]
        self.times = times_of(self.clocks)
        self.rows = [{START: at} for at in self.clocks]
        for column, figure in (values or {}).items():
            for row, value in zip(self.rows, figure, strict=True):
                row[column] = value
        self.grid.options["rowData"] = [dict(row) for row in self.rows]
        self.problems = Problems(desk)

    @property
    def names(self) -> list[str]:
        """Return the columns of figures."""
        return [n for n in self.columns if n != START]

    def series(self, column: str) -> list[Any]:
        """Return the figures of a column as they were typed; empty cells are None."""
        return [None if row.get(column) in ("", None) else row[column] for row in self.rows]

    def fill(self, column: str, text: str) -> None:
        """Put the same figure into every MTU."""
        value = number_of(text, decimal_sign([text], self.decimal))
        for row in self.rows:
            row[column] = value
        self.show()

    def put(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Show figures in place of those before, a row an MTU."""
        self.rows = [{**row, START: at} for at, row in zip(self.clocks, rows, strict=True)]
        self.show()

    def clear(self) -> None:
        """Take all figures away."""
        self.put([{} for _ in self.starts])

    def add_rows(self, count: int = 0) -> None:
        """Add none: the day has the MTUs that it has."""

    def remove(self, positions: Sequence[int]) -> None:
        """Empty rows: they stay where they are."""
        for i in positions:
            self.rows[i] = {START: self.clocks[i]}
        self.show()

    def paste(self, text: str, at: int | None = None, column: str | None = None) -> Pasted:
        """Put a copied text into the rows that its times name, or from a cell on down and to the right."""
        names = list(self.columns)
        cells = cells_of(text, names)
        has_times = bool(cells) and bool(cells[0]) and self._position(time_of(cells[0][0])) is not None
        first = 0 if has_times else max(1, names.index(column) if column in self.columns else 1)
        found = pasted(text, self.sheet, first=first, decimal=self.decimal)
        self.found, self.misfits = found, [self._of_no_column(what) for what in left_out_of(self.desk, found)]
        start = 0 if at is None else at
        for n, values in enumerate(found.rows):
            said = dict(zip(found.columns, values, strict=True))
            when = said.pop(START, None)
            i = start + n if when is None else self._position(str(when))
            if i is None or i >= len(self.rows):
                self._misfit(n + 1, when)
                continue
            self.rows[i] = {c: v for c, v in self.rows[i].items() if c != WRONG} | said
        self.show()
        return found

    def _position(self, text: str) -> int | None:
        """Return the row that a time names: local, with an offset, or of the day alone; None for any other."""
        plain = text.strip().replace("T", " ")
        if plain in self.times:
            return self.times[plain]
        try:
            at = datetime.fromisoformat(plain)
        except ValueError:
            return None
        moments = [shown.moment_of(s) for s in self.starts]
        return moments.index(at) if at.tzinfo is not None and at in moments else None

    def _of_no_column(self, what: str) -> Mistake:
        fix = self.desk.t("Paste columns as the sheet has them, or name them in the first line: {names}.")
        return Mistake(what, "", "column_known", fix.format(names=", ".join(self.columns)))

    def _misfit(self, line: int, when: object) -> None:
        t = self.desk.t
        if when is None:
            what = t("the day has {count} MTUs, the paste has more rows").format(count=len(self.rows))
            fix = t("Paste from a higher row on, or fewer rows.")
        else:
            what = t("{time} is no start of an MTU of this day").format(time=when)
            fix = t("Write times as the sheet does, from {first} to {last}.").format(
                first=self.clocks[0], last=self.clocks[-1]
            )
        self.misfits.append(Mistake(what, t("pasted row {row}").format(row=line), "capacity_mtus", fix))

    def mark_places(self, wrong: Mapping[tuple[int, str], str]) -> None:
        """Mark cells by row and column with what is wrong, and no others."""
        by_row: dict[int, dict[str, str]] = {}
        for (i, column), what in wrong.items():
            if 0 <= i < len(self.rows):
                by_row.setdefault(i, {})[column] = what
        self.mark(by_row)

    def fits(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Return whether rows that were kept are as many as the day has."""
        return len(rows) == len(self.rows)

    def _column(self, column: SheetColumn) -> dict[str, Any]:
        found = super()._column(column)
        if column.name == START:
            return found | {"editable": False, "pinned": "left", "width": 170}
        return found | {"width": max(110, 30 + 9 * len(column.name))}

    def _options(self, name: str) -> dict[str, Any]:
        options = super()._options(name)
        options["columnDefs"] = options["columnDefs"][1:]  # its number says less than its time
        options.pop("rowSelection")
        return options

    def _pasted(self, event: GenericEventArguments) -> None:
        super()._pasted(event)
        self.tell()

    def tell(self) -> None:
        """Say how the last paste was read, and row by row what did not fit."""
        self.problems.clear()
        if self.found is not None:
            count = len(self.found.rows)
            said = self.desk.t.n_("{count} row was pasted.", "{count} rows were pasted.", count).format(count=count)
            self.said.text = f"{said} {said_of_sign(self.desk, self.found)}"
        if self.misfits:
            self.problems.show(self.misfits)


def times_of(clocks: Sequence[str]) -> dict[str, int]:
    """Return rows by every way to write their times that names one row alone: with the day, and without it.

    >>> times_of(["2027-01-31 00:00", "2027-01-31 01:00"])["01:00"]
    1
    """
    short = [at[11:16] for at in clocks]
    found = {at: i for i, at in enumerate(short) if short.count(at) == 1}
    return found | {at: i for i, at in enumerate(clocks)}


def draw_fill(desk: Desk, sheet: MtuSheet, labels: Mapping[str, str]) -> None:
    """Draw what fills a sheet without a spreadsheet: the same figure all day, and a box to paste into."""
    t = desk.t
    with ui.element("div").classes("row-of-acts"):
        value = ui.input(t("Same value all day")).props("outlined dense inputmode=decimal").mark("same-value")
        names = {n: labels.get(n, n) for n in sheet.names}
        column = ui.select(names, value=sheet.names[0], label=t("Into column")).props("outlined dense")
        column.mark("same-column")

        def fill() -> None:
            if value.value:
                sheet.fill(str(column.value), str(value.value))

        ui.button(t("Fill"), on_click=fill).props("outline no-caps").mark("fill")
        ui.button(t("Empty the sheet"), on_click=sheet.clear).props("flat no-caps")
    with ui.expansion(t("Paste here from a spreadsheet"), icon="content_paste").classes("paste-box"):
        ui.label(t("Copy cells in your spreadsheet and paste them here or onto a cell of the sheet.")).classes("quiet")
        box = ui.textarea(t("Rows from a spreadsheet")).props("outlined rows=5").classes("paste-box mono")
        box.mark("paste-box")

        def put() -> None:
            sheet.paste(box.value or "")
            sheet.tell()

        ui.button(t("Put into the sheet"), on_click=put).props("outline no-caps").mark("put")
