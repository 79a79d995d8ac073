"""The box to paste into: for those without a mouse, for small screens, and for numbers that may be read in two ways."""

from __future__ import annotations

from collections.abc import Callable, Collection

from nicegui import ui
from nicegui.events import GenericEventArguments

from walras.service.console.desk import Desk
from walras.service.console.grid import IN_PIECES, Grid, Pieces
from walras.service.console.paste import COMMA, POINT, Pasted, usual_sign
from walras.service.console.telling import left_out_of, said_of_sign

LONG = """(e) => {
  %s
  const text = e.clipboardData.getData('text/plain');
  if (text.length < most / 4) return;
  e.preventDefault(); send(text);
}"""
"""What is long goes into the sheet at once: a text box sends all of its text with each change."""


class PasteBox:
    """A text box whose content goes into the sheet that is shown; what is pasted onto a sheet is told here as well.

    Args:
        desk: Where it stands.
        shown: Returns the sheet that is shown.
        every: All sheets, where there are more: a person's spreadsheet has one decimal sign.
    """

    def __init__(self, desk: Desk, shown: Callable[[], Grid], every: Collection[Grid] = ()) -> None:
        self.desk, self.shown, self.every = desk, shown, every
        t = desk.t
        with ui.expansion(t("Paste here from a spreadsheet"), icon="content_paste", value=False).classes("paste-box"):
            ui.label(t(
                "Copy rows in your spreadsheet, with or without the names of columns, and paste them here "
                "or onto a cell of the sheet."
            )).classes("quiet")  # fmt: skip
            self.box = ui.textarea(t("Rows from a spreadsheet")).props("outlined rows=6").classes("paste-box mono")
            self.box.mark("paste-box")
            self.pieces = Pieces()
            self.box.on("paste", self._long, js_handler=LONG % IN_PIECES)
            with ui.element("div").classes("row-of-acts"):
                signs = {POINT: t("1.5 (point)"), COMMA: t("1,5 (comma)")}
                self.sign = ui.select(
                    signs, value=usual_sign(desk.language), label=t("Decimal sign, where it may be either")
                )
                self.sign.props("outlined dense").classes("sign").on_value_change(self._sign)
                ui.button(t("Put into the sheet"), on_click=self._put).props("no-caps outline").mark("put")
        self.said = ui.label("").classes("quiet").props('role="status"')
        for grid in every or (shown(),):
            grid.on_paste = self.tell

    def _sign(self) -> None:
        for grid in self.every or (self.shown(),):
            grid.use(self.sign.value)

    def _put(self) -> None:
        if (self.box.value or "").strip():
            self._into_sheet(self.box.value)
            self.box.value = ""

    def _long(self, event: GenericEventArguments) -> None:
        text = self.pieces.take(*event.args)
        if text is not None:
            self._into_sheet(text)

    def _into_sheet(self, text: str) -> None:
        grid = self.shown()
        grid.use(self.sign.value)
        at = len(grid.filled)
        self.tell(grid.paste(text), at)

    def tell(self, found: Pasted, at: int) -> None:
        """Say how a paste was understood."""
        t = self.desk.t
        count = len(found.rows)
        parts = [
            t.n_("{count} row was pasted, from row {row} on.", "{count} rows were pasted, from row {row} on.", count)
        ]
        parts[0] = parts[0].format(count=count, row=at + self.shown().first_row)
        if found.has_head:
            parts.append(t("The first line named the columns."))
        parts += left_out_of(self.desk, found)
        if found.left_out:
            full = t("The sheet is full: {count} rows of the paste were left out.")
            parts.append(full.format(count=found.left_out))
        parts.append(said_of_sign(self.desk, found))
        self.said.text = " ".join(parts)
        self.sign.value = found.decimal
