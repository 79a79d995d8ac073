"""What stands behind a day's capacities: rights to it, and the entries of the ledger."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.service.commands import GrantRight
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.pages.grid.chosen import Chosen
from walras.service.console.pages.grid.figures import LAYERS, WAYS
from walras.service.console.problems import guarded
from walras.service.console.sections import act, part
from walras.service.queries import ListCapacityEntries, ListCapacityRights

PAGE = 200


async def show_rights(desk: Desk, chosen: Chosen) -> None:
    """List the rights that the person may see; operators may grant one."""
    t = desk.t
    with part(t("Rights to capacity")):
        box = ui.element("div").classes("section")

        async def draw(_answer: Any = None) -> None:
            rows = await desk.items(ListCapacityRights(market=chosen.market))
            for row in rows:
                row |= {"layer": t(LAYERS[row["layer"]]), "direction": t(WAYS[row["direction"]])}
            columns = [
                Column("right", t("Right"), "code"), Column("holder", t("Holder")),
                Column("element", t("Line or cross-section")),
                Column("direction", t("Direction")), Column("layer", t("Layer")),
                Column("mw", t("Power"), "number", "MW", 1),
                Column("valid_from", t("From"), "day"), Column("valid_to", t("To"), "day"),
                Column("reference", t("Reference")),
            ]  # fmt: skip
            box.clear()
            with box:
                empty = t("Nobody has a right. Rights that two officers grant stand here, with their holder and power.")
                listing(desk, columns, rows, title=t("Rights to capacity"), key="right", empty=empty)

        await draw()
        act(desk, GrantRight, t("Grant a right"), {"market": chosen.market}, fixed=("market",), on_done=draw)


def show_entries(desk: Desk, chosen: Chosen) -> None:
    """Show the ledger of capacity once somebody opens it, page after page from the oldest on."""
    t = desk.t
    with ui.expansion(t("Ledger of capacity: every entry"), icon="receipt_long") as fold:
        box = ui.element("div").classes("section").style("width: 100%")
    state: dict[str, Any] = {"after": 0, "rows": []}

    async def more() -> None:
        found = await desk.ask(ListCapacityEntries(market=chosen.market, after=state["after"], limit=PAGE))
        state["rows"] = found["items"]
        state["after"] = found["next"]
        box.clear()
        with box:
            _draw(desk, state["rows"])
            if state["after"] is not None:
                ui.button(t("Later entries"), on_click=guarded(desk)(more)).props("outline no-caps")

    async def opened(event: Any) -> None:
        if event.value and not state["rows"]:
            await more()

    fold.on_value_change(guarded(desk)(opened))


def _draw(desk: Desk, rows: list[dict[str, Any]]) -> None:
    t = desk.t
    shown = [r | {"layer": t(LAYERS[r["layer"]]), "direction": t(WAYS[r["direction"]])} for r in rows]
    columns = [
        Column("entry", t("Entry"), "number", decimals=0), Column("booking", t("Booking"), "number", decimals=0),
        Column("act", t("Act")), Column("at", t("Booked"), "time"), Column("line", t("Line")),
        Column("mtu_start", t("MTU"), "time"), Column("direction", t("Direction")), Column("layer", t("Layer")),
        Column("holder", t("Holder")), Column("mw", t("Held"), "number", "MW", 3),
        Column("firm_mw", t("Firm"), "number", "MW", 3),
    ]  # fmt: skip
    empty = t("Nothing was given away yet. Each taking and giving back of capacity stands here as an entry.")
    listing(desk, columns, shown, title=t("Entries of the ledger of capacity"), key="entry", empty=empty)
