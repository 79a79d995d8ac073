"""Every order with what became of it; of each, on demand, why, step by step."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.places import mark
from walras.service.console.problems import guarded
from walras.service.queries import ListExplanations

MOST_ROWS = 2000
OUTCOMES = (mark("accepted"), mark("curtailed"), mark("rejected"), mark("paradoxically rejected"),
            mark("paradoxically accepted"))  # fmt: skip
"""Words of outcomes, as lists show them."""


def explained(desk: Desk, own: dict[str, Any]) -> None:
    """List the orders; those that were rejected although they were in the money are said to be."""
    t, unit = desk.t, own["currency"]
    with ui.element("h2"):
        ui.label(t("Your orders, explained")).classes("inline")
    paradoxes = [o for o in own["orders"] if o["paradoxes"]]
    if paradoxes:
        text = t.n_(
            "{count} order of yours was paradoxically rejected: it was in the money, and accepting it would have made "
            "the market as a whole worse off or broken a price rule.",
            "{count} orders of yours were paradoxically rejected: they were in the money, and accepting them would "
            "have made the market as a whole worse off or broken a price rule.",
            len(paradoxes),
        )
        ui.label(text.format(count=len(paradoxes))).classes("banner")
    rows = [_row(desk, order) for order in own["orders"]]
    columns = [
        Column("order", t("Order"), "code"), Column("kind", t("Kind")), Column("place", t("Zone and carrier")),
        Column("offered_mwh", t("Offered"), "number", "MWh", 1),
        Column("accepted_mwh", t("Accepted"), "number", "MWh", 1),
        Column("surplus", t("Surplus"), "number", unit), Column("outcome", t("Outcome"), "state"),
        Column("remark", t("Why"), "wide"),
    ]  # fmt: skip
    box = ui.element("div").classes("section")

    async def show(_act: str, order: str) -> None:
        await _steps(desk, own, order)

    with box:
        listing(
            desk, columns, rows, title=t("Your orders, explained"), key="order",
            acts=lambda _row: [("why", t("Why"))], on_act=guarded(desk)(show),
        )  # fmt: skip
    ui.label(t("Surplus is what the order gains at the clearing prices against its own limit.")).classes("quiet")


def _row(desk: Desk, order: dict[str, Any]) -> dict[str, Any]:
    t = desk.t
    outcome = "paradoxically_rejected" if order["paradoxes"] and not order["accepted_mwh"] else order["outcome"]
    remark = order["remark"] or t.n_("{count} step, each with its reason", "{count} steps, each with its reason",
                                     order["steps"]).format(count=order["steps"])  # fmt: skip
    return order | {
        "kind": ", ".join(t(order[name]) for name in ("kind", "side") if order[name]),
        "outcome": outcome, "remark": remark,
        "place": f"{order['zone']}, {t((order['carrier'] or '').replace('_', ' '))}",
    }  # fmt: skip


async def _steps(desk: Desk, own: dict[str, Any], order: str) -> None:
    """Open the explanation of one order: a row a step, or one of the whole order."""
    t, unit = desk.t, own["currency"]
    query = ListExplanations(session=own["session"], version=own["version"], order=order, limit=1000)
    rows = await desk.items(query, MOST_ROWS)
    price = f"{unit}/MWh"
    columns = [
        Column("mtu_start", t("Start"), "time"), Column("step", t("Step"), "number", decimals=0),
        Column("offered_mwh", t("Offered"), "number", "MWh", 3),
        Column("accepted_mwh", t("Accepted"), "number", "MWh", 3),
        Column("limit_price", t("Limit"), "number", price), Column("price", t("Price"), "number", price),
        Column("surplus", t("Surplus"), "number", unit), Column("missed", t("Missed"), "number", unit),
        Column("accepted_at", t("Accepted at"), "number", price), Column("outcome", t("Outcome"), "state"),
        Column("remark", t("Why")),
    ]  # fmt: skip
    for row in rows:
        row["step"] = row["step"] or None
    with ui.dialog(value=True).props("full-width") as dialog, ui.card().classes("wide-card"):
        title = t("Why {order} got what it got").format(order=order)
        ui.label(title).classes("text-h6").props('role="heading" aria-level="2"')
        ui.label(t(
            "Prices are held fixed: \"accepted at\" is the limit at which it would have been accepted at these prices, "
            "empty where no other limit alone would have helped. The reasons are those of your bundle, in English."
        )).classes("quiet")  # fmt: skip
        with ui.element("div").classes("scrolled"):
            listing(desk, columns, rows, title=title, key="row")
        ui.button(t("Close"), on_click=dialog.close).props("flat no-caps").mark("close-why")
