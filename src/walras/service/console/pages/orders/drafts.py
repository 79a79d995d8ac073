"""What was typed and not sent: the browser keeps it in its tab, and it comes back when the page is loaded anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nicegui import ui

from walras.service.intake.sheets import SHEETS

if TYPE_CHECKING:
    from walras.service.console.pages.orders.entry import Entry

WAIT_SECONDS = 5.0


async def restore(entry: Entry) -> None:
    """Show what this tab kept of the sheets, and from now on let it keep every change."""
    names = ", ".join(f"'{sheet.name}'" for sheet in SHEETS)
    try:
        kept = await ui.run_javascript(f"return walras.keptSheets({names})", timeout=WAIT_SECONDS)
    except TimeoutError:  # the browser has gone, or is slow: nothing to show, and it keeps what it has
        return
    sheets = rows_of(kept or {})
    if sheets:
        entry.put(sheets)
        entry.verdict.say(entry.desk.t("What you typed before and did not send is here again."))


def rows_of(kept: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return rows by sheet of what a browser kept; columns that a sheet no longer has are left out.

    >>> rows_of({"Curves": {"columns": ["order", "step"], "rows": [["sun", 1]]}})
    {'Curves': [{'order': 'sun', 'step': 1}]}
    """
    return {
        name: [dict(zip(sheet["columns"], row, strict=False)) for row in sheet["rows"]]
        for name, sheet in kept.items()
        if isinstance(sheet, dict) and sheet.get("rows")
    }
