"""Rows that come into the sheets as a whole, from a file or from what stands: they never push typed ones out unasked.

A sheet that the newcomer does not hold stays as it is. One that it holds is replaced at once where
its rows are held elsewhere too: they were sent, or came from a file or from what stands and were
not changed since. Otherwise the person says which rows go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nicegui import ui

from walras.service.console.desk import Desk
from walras.service.console.forms import over
from walras.service.console.grid import Grid

Rows = list[dict[str, Any]]


class Replacing:
    """Knows which rows of the sheets are held nowhere else.

    Args:
        desk: Where it stands.
        grids: The sheets by name.
    """

    def __init__(self, desk: Desk, grids: Mapping[str, Grid]) -> None:
        self.desk, self.grids = desk, grids
        self.held: dict[str, Rows] = {}

    def hold(self, names: Iterable[str]) -> None:
        """Take the rows of sheets, as they are now, as held elsewhere too."""
        self.held |= {name: _bare(self.grids[name].filled) for name in names}

    def unsent(self, sheets: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
        """Return the sheets whose rows would be lost if others took their place."""
        typed = {name: _bare(self.grids[name].filled) for name in sheets}
        return [name for name, rows in typed.items() if rows and rows not in (self.held.get(name), _bare(sheets[name]))]

    async def may(self, sheets: Mapping[str, Sequence[Mapping[str, Any]]]) -> bool:
        """Return whether rows may take the place of those that stand there; where some would be lost, ask."""
        names = self.unsent(sheets)
        return not names or bool(await self._asked(names))

    async def _asked(self, names: Sequence[str]) -> Any:
        t, title = self.desk.t, self.desk.t("Replace what you typed?")
        with over(), ui.dialog().props(f'aria-label="{title}"') as dialog, ui.card().classes("form-card"):
            ui.label(title).classes("text-h6").props('role="heading" aria-level="2"')
            ui.label(t("These sheets hold rows that you have not sent: {names}.").format(names=", ".join(names)))
            with ui.element("div").classes("row-of-acts"):
                keep = ui.button(t("Keep my rows"), on_click=lambda: dialog.submit(False))
                keep.props('no-caps unelevated color="primary"').mark("keep-rows")
                replace = ui.button(t("Replace them"), on_click=lambda: dialog.submit(True))
                replace.props('flat no-caps color="negative"').mark("replace-rows")
        answer = await dialog
        dialog.delete()
        return answer


def _bare(rows: Sequence[Mapping[str, Any]]) -> Rows:
    """Return rows without empty cells and marks, and without empty rows at the end."""
    bare = [{n: v for n, v in row.items() if not n.startswith("_") and v not in (None, "")} for row in rows]
    while bare and not bare[-1]:
        bare.pop()
    return bare
