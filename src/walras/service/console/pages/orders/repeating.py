"""Rows again in every MTU: one is typed and ticked, and the whole day is filled."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments
from python_calamine import CalamineWorkbook

from walras.service.console.desk import Desk
from walras.service.console.grid import MOST_ROWS, Grid, Row
from walras.service.console.problems import guarded
from walras.service.queries import GetTemplate

AT = "mtu_start"
Mtus = Mapping[tuple[str, str], Sequence[str]]
"""Starts of the MTUs as the sheets write them, by zone and carrier."""


class Repeat:
    """The button of one sheet that repeats its ticked rows.

    Args:
        desk: Where it stands.
        session: Whose MTUs.
        grid: The sheet; one without a column for the MTU gets no button.
    """

    def __init__(self, desk: Desk, session: str, grid: Grid) -> None:
        self.desk, self.session, self.grid = desk, session, grid
        if AT not in grid.columns:
            return
        ticked = f"() => emit(getElement({grid.grid.id}).api.getSelectedNodes().map((n) => n.rowIndex))"
        button = ui.button(desk.t("Repeat ticked rows in every MTU"), icon="repeat").props("flat dense no-caps")
        button.mark(f"repeat-{grid.sheet.name}").on("click", guarded(desk)(self._repeat), js_handler=ticked)

    async def _repeat(self, event: GenericEventArguments) -> None:
        t, grid = self.desk.t, self.grid
        ticked = [i for i in event.args or [] if isinstance(i, int) and 0 <= i < len(grid.filled)]
        if not ticked:
            ui.notify(t("Tick the rows first: their boxes stand at the left."), type="warning")
            return
        file = await self.desk.file(GetTemplate(session=self.session))
        rows = repeated(grid.filled, ticked, await self.desk.work(mtus_of, file.content))
        if len(rows) > MOST_ROWS:
            ui.notify(t("That would be more rows than a sheet may have."), type="warning")
            return
        if rows == grid.filled:
            said = t("No row was added: write order, zone and carrier, and leave MTUs without this step.")
            ui.notify(said, type="warning")
            return
        count = len(rows) - len(grid.filled)
        grid.put(rows)
        grid.on_change()
        said = t.n_("{count} row was added.", "{count} rows were added.", count).format(count=count)
        ui.notify(said if count else t("Rows without a time have one now."))


def mtus_of(template: bytes) -> Mtus:
    """Return the MTUs that the market's own template names."""
    table = CalamineWorkbook.from_filelike(io.BytesIO(template)).get_sheet_by_name("MTUs").to_python()
    found: dict[tuple[str, str], list[str]] = {}
    for zone, carrier, _number, at, *_utc in table[1:]:
        found.setdefault((str(zone), str(carrier)), []).append(str(at))
    return found


def repeated(rows: Sequence[Row], ticked: Sequence[int], mtus: Mtus) -> list[Row]:
    """Return rows with those that are ticked again in all MTUs where their order has no row of the same step yet.

    A ticked row without an MTU is replaced by its copies, and stays where it has none.

    >>> rows = [{"order": "mill", "zone": "N", "carrier": "gas", "mtu_start": "2027-01-31 00:00", "step": 1}]
    >>> mtus = {("N", "gas"): ["2027-01-31 00:00", "2027-01-31 01:00"]}
    >>> [row["mtu_start"] for row in repeated(rows, [0], mtus)]
    ['2027-01-31 00:00', '2027-01-31 01:00']
    """
    taken = {_step(row) for row in rows}
    added: list[Row] = []
    replaced: set[int] = set()
    wanted = sorted((at, i) for i in ticked for at in mtus.get(_place(rows, i), ()))
    for at, i in wanted:
        copy = {name: value for name, value in rows[i].items() if not name.startswith("_")} | {AT: at}
        if _step(copy) not in taken:
            taken.add(_step(copy))
            added.append(copy)
            if not rows[i].get(AT):
                replaced.add(i)
    return [row for i, row in enumerate(rows) if i not in replaced] + added


def _place(rows: Sequence[Row], at: int) -> tuple[str, str]:
    """Return zone and carrier of a row's order: the first of its rows says them."""
    same = [row for row in rows if row.get("order") == rows[at].get("order")]
    zone, carrier = (next((str(r[n]) for r in [rows[at], *same] if r.get(n)), "") for n in ("zone", "carrier"))
    return zone, carrier


def _step(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(row.get("order") or ""), str(row.get(AT) or ""), str(row.get("step") or "")
