"""A member's orders as they stand: each with its versions, to be changed or taken back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nicegui import ui

from walras.service.commands import WithdrawOrders
from walras.service.console import files
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.places import mark
from walras.service.console.problems import Problems, guarded
from walras.service.queries import GetFilledTemplate, ListOrders, ListOrderVersions

PERIODS = ("mtus", "legs")
FAMILIES = (mark("curve"), mark("block"), mark("flexible"), mark("scalable"), mark("conversion"), mark("storage"))
SIDES = (mark("supply"), mark("demand"))
KINDS = (mark("orders"), mark("withdrawal"))
"""Words that lists show as the door says them."""


class Standing:
    """The live orders of one session.

    Attributes:
        on_edit: Loads them into the entry; None where the session takes none.
    """

    def __init__(self, desk: Desk, session: str) -> None:
        self.desk, self.session = desk, session
        self.on_edit: Callable[[], Awaitable[None]] | None = None
        self.can_change = False

    async def build(self, can_change: bool) -> None:
        """Draw the list; `can_change` says whether the session takes orders."""
        t, self.can_change = self.desk.t, can_change
        with ui.element("section").classes("section"):
            with ui.element("h2"):
                ui.label(t("Your orders as they stand")).classes("inline")
            self.problems = Problems(self.desk)
            self.box = ui.element("div").classes("section")
        await self.refresh()

    async def refresh(self) -> None:
        """Show what stands now."""
        t = self.desk.t
        items = await self.desk.items(ListOrders(session=self.session))
        rows = [row_of(item) for item in items]
        for row in rows:
            row["family"], row["side"] = t(row["family"]), t(row["side"])
        columns = [
            Column("name", t("Order"), "code"), Column("family", t("Kind")), Column("place", t("Zone and carrier")),
            Column("side", t("Side")), Column("periods", t("Periods"), "number", decimals=0),
            Column("mw", t("Most power"), "number", "MW", 3), Column("version", t("Version"), "number", decimals=0),
            Column("sequence", t("Sent with"), "number", decimals=0),
        ]  # fmt: skip
        acts = [("versions", t("Versions"))] + ([("withdraw", t("Take back"))] if self.can_change else [])
        self.box.clear()
        with self.box:
            listing(
                self.desk, columns, rows, title=t("Your orders as they stand"), key="name",
                empty=t("No order of yours stands in this session."),
                acts=lambda _row: acts, on_act=guarded(self.desk, self.problems)(self._act),
            )  # fmt: skip
            if rows:
                self._below()

    def _below(self) -> None:
        t = self.desk.t
        with ui.element("div").classes("row-of-acts"):
            ui.link(t("As the filled template (XLSX)"), files.link(GetFilledTemplate(session=self.session)))
            if self.can_change:
                if self.on_edit is not None:
                    edit = guarded(self.desk, self.problems)(self.on_edit)
                    ui.button(t("Change them in the sheets"), icon="edit", on_click=edit).props("flat dense no-caps")
                ui.button(
                    t("Take back all"), icon="undo", on_click=guarded(self.desk, self.problems)(self._ask_all)
                ).props("flat dense no-caps").mark("withdraw-all")

    async def _act(self, act: str, name: str) -> None:
        if act == "versions":
            await self._versions(name)
        else:
            text = self.desk.t("Take back {order}, with every order that it is linked to or grouped with in the act?")
            self._confirm(self.desk.t("Take back one order"), text.format(order=name), {"names": [name]})

    async def _ask_all(self) -> None:
        text = self.desk.t("After this none of your orders stands in this session.")
        self._confirm(self.desk.t("Take back all orders"), text, {"is_all": True})

    def _confirm(self, title: str, text: str, what: Mapping[str, Any]) -> None:
        t = self.desk.t
        with ui.dialog(value=True) as dialog, ui.card().classes("form-card"):
            ui.label(title).classes("text-h6").props('role="heading" aria-level="2"')
            ui.label(text)
            problems = Problems(self.desk)

            async def go() -> None:
                await self.desk.do_fields(WithdrawOrders, {"session": self.session, **what})
                dialog.close()
                ui.notify(t("Taken back."), type="positive")
                await self.refresh()

            with ui.element("div").classes("row-of-acts"):
                yes = ui.button(t("Take back"), on_click=guarded(self.desk, problems)(go))
                yes.props('no-caps unelevated color="negative"').mark("confirm-withdraw")
                ui.button(t("Keep"), on_click=dialog.close).props("flat no-caps")

    async def _versions(self, name: str) -> None:
        """Show every version of one order."""
        t = self.desk.t
        items = (await self.desk.ask(ListOrderVersions(session=self.session, name=name)))["items"]
        rows = [
            row_of(item | {"name": name}) | {"version": item["version"], "at": item["at"], "kind": item["kind"]}
            for item in items
        ]
        columns = [
            Column("version", t("Version"), "number", decimals=0), Column("at", t("Time"), "time"),
            Column("kind", t("Kind"), "state"), Column("sequence", t("Sent with"), "number", decimals=0),
            Column("periods", t("Periods"), "number", decimals=0), Column("mw", t("Most power"), "number", "MW", 3),
            Column("prices", t("Prices")),
        ]  # fmt: skip
        with ui.dialog(value=True) as dialog, ui.card().classes("form-card"):
            title = t("Versions of {order}").format(order=name)
            ui.label(title).classes("text-h6").props('role="heading" aria-level="2"')
            listing(self.desk, columns, rows, title=title, key="version")
            ui.button(t("Close"), on_click=dialog.close).props("flat no-caps")


def row_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a list says of an order: where, which way, how much at the most, and its span of prices."""
    order = item["order"] or {}
    periods: list[dict[str, Any]] = next((order[p] for p in PERIODS if p in order), [])
    steps = [s for p in periods for s in p.get("steps", [])]
    prices = [s["price_per_mwh"] for s in steps]
    prices += [order[f] for f in ("price_per_mwh", "spread_per_mwh") if f in order]
    power = [sum(s["quantity_mw"] for s in p.get("steps", ())) or p.get("quantity_mw", 0.0) for p in periods]
    power += [order[f] for f in ("quantity_mw", "charge_mw", "discharge_mw") if f in order]
    span = sorted({min(prices), max(prices)}) if prices else []
    return {
        "name": item["name"], "version": item.get("version"), "sequence": item["sequence"],
        "family": order.get("family", ""), "side": order.get("side", ""),
        "place": ", ".join(order[f] for f in ("zone", "carrier") if f in order), "periods": len(periods) or None,
        "mw": max(power, default=None), "prices": " - ".join(f"{p:g}" for p in span),
    }  # fmt: skip
