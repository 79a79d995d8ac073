"""Default orders: what stands in for a member in sessions of a market in which it sends nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from walras.service.commands import SetDefaultOrders
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.pages.orders.standing import row_of
from walras.service.console.problems import Problems, guarded
from walras.service.queries import GetDefaultOrders, ListOrders


async def default_orders(desk: Desk, session: Mapping[str, Any]) -> None:
    """Show the default orders of a session's market, and let its orders become them."""
    t, market = desk.t, session["market"]
    with ui.element("section").classes("section"):
        with ui.element("h2"):
            ui.label(t("Default orders")).classes("inline")
        ui.label(t(
            "In a live session in which you send nothing, your default orders are taken in at the gate, moved to its "
            "delivery day by the clock on the wall."
        )).classes("quiet")  # fmt: skip
        problems = Problems(desk)
        box = ui.element("div").classes("section")

    async def refresh() -> None:
        found = await desk.ask(GetDefaultOrders(market=market))
        box.clear()
        with box:
            _list(desk, found)
            with ui.element("div").classes("row-of-acts"):
                _act(t("Leave my orders of this session as default orders"), "bookmark_add", leave)
                if found["orders"]:
                    _act(t("End the default orders"), "bookmark_remove", end)

    def _act(label: str, icon: str, act: Any) -> None:
        ui.button(label, icon=icon, on_click=guarded(desk, problems)(act)).props("flat dense no-caps")

    async def leave() -> None:
        orders = [item["order"] for item in await desk.items(ListOrders(session=session["session"]))]
        await put(session["delivery_day"], orders)

    async def end() -> None:
        await put(session["delivery_day"], [])

    async def put(day: str, orders: list[Any]) -> None:
        await desk.do_fields(SetDefaultOrders, {"market": market, "day": day, "orders": orders})
        ui.notify(t("Done."), type="positive")
        await refresh()

    await refresh()


def _list(desk: Desk, found: Mapping[str, Any]) -> None:
    t = desk.t
    if found["day"]:
        text = t("Written for {day}, left on {since}.").format(
            day=shown.day(found["day"], desk.language), since=shown.time(found["since"], desk.zone, desk.language)
        )
        ui.label(text)
    rows = [row_of({"name": order["order"], "sequence": None, "order": order}) for order in found["orders"]]
    for row in rows:
        row["family"], row["side"] = t(row["family"]), t(row["side"])
    columns = [
        Column("name", t("Order"), "code"), Column("family", t("Kind")), Column("place", t("Zone and carrier")),
        Column("side", t("Side")), Column("mw", t("Most power"), "number", "MW", 3), Column("prices", t("Prices")),
    ]  # fmt: skip
    empty = t("You have left no default orders in this market.")
    listing(desk, columns, rows, title=t("Default orders"), key="name", empty=empty, page=10)
