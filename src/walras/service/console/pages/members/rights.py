"""What a company may trade, market by market, and the form that changes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from walras.service.commands import SetRights
from walras.service.console.desk import Desk
from walras.service.console.forms import open_form
from walras.service.console.listing import Column, listing
from walras.service.console.sections import act, part

LIMITS = ("most_orders", "most_steps", "most_mw")


def rights(desk: Desk, found: Mapping[str, Any], refresh: Any) -> None:
    """Show the rights of a company."""
    t, own = desk.t, found["company"]
    by_market = {r["market"]: r for r in found["rights"]}
    rows = [
        {"market": r["market"], "version": r["version"], "products": _products(r["body"]["products"])}
        | {name: r["body"][name] for name in LIMITS}
        for r in found["rights"]
    ]
    columns = [
        Column("market", t("Market")), Column("products", t("Zones and carriers"), "wide"),
        Column("most_orders", t("Most orders"), "number", decimals=0),
        Column("most_steps", t("Most steps"), "number", decimals=0),
        Column("most_mw", t("Most power"), "number", "MW", 0), Column("version", t("Version"), "number", decimals=0),
    ]  # fmt: skip

    def change(_word: str, market: str) -> None:
        preset = {"company": own, "market": market} | by_market[market]["body"]
        open_form(desk, SetRights, preset, fixed=("company", "market"), on_done=lambda _: refresh())

    def acts(_row: Mapping[str, Any]) -> list[tuple[str, str]]:
        return [("change", t("Change"))] if desk.may(SetRights.word()) else []

    with part(t("Rights")):
        empty = t("It may trade nowhere yet. Rights are given market by market, by two officers.")
        listing(desk, columns, rows, title=t("Rights"), key="market", empty=empty, acts=acts, on_act=change)
        with ui.element("div").classes("row-of-acts"):
            act(desk, SetRights, t("Give rights in a market"), {"company": own}, fixed=("company",),
                on_done=lambda _: refresh())  # fmt: skip


def _products(pairs: Any) -> str:
    """Return zones with their carriers, a zone once.

    >>> _products([["BY", "gas"], ["BY", "electricity"], ["RU", "gas"]])
    'BY: gas, electricity; RU: gas'
    """
    zones: dict[str, list[str]] = {}
    for zone, carrier in pairs:
        zones.setdefault(zone, []).append(str(carrier).replace("_", " "))
    return "; ".join(f"{zone}: {', '.join(carriers)}" for zone, carriers in zones.items())
