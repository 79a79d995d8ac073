"""What was typed and not sent: the browser keeps it in its tab, and it comes back when the page is loaded anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from walras.service.console.grid import kept_rows
from walras.service.intake.sheets import SHEETS

if TYPE_CHECKING:
    from walras.service.console.pages.orders.entry import Entry


async def restore(entry: Entry) -> None:
    """Show what this tab kept of the sheets, and from now on let it keep every change."""
    sheets = await kept_rows(*(sheet.name for sheet in SHEETS))
    if sheets:
        entry.put({name: entry.grids[name].read(rows) for name, rows in sheets.items()})
        entry.verdict.say(entry.desk.t("What you typed before and did not send is here again."))
