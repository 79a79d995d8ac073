"""What secures a member in each market where it has rights: a summary beside its other facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from walras.results.minor_units import decimals_of
from walras.service.console import shown
from walras.service.console.desk import Declined, Desk
from walras.service.console.listing import facts
from walras.service.console.sections import part
from walras.service.queries import GetHeadroom


async def covers_of(desk: Desk, found: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any] | str]]:
    """Return headroom market by market, or what keeps it from being said."""
    covers: list[tuple[str, Mapping[str, Any] | str]] = []
    for market in sorted(r["market"] for r in found["rights"]):
        try:
            answer = await desk.ask(GetHeadroom(market=market, member=found["company"]))
        except Declined as declined:
            covers.append((market, declined.mistakes[0].what))
            continue
        covers += [(market, one) for one in answer["items"]]
    return covers


def collateral(desk: Desk, covers: list[tuple[str, Mapping[str, Any] | str]]) -> None:
    """Show headroom market by market."""
    t = desk.t
    with part(t("Collateral")):
        if not covers:
            ui.label(t("No collateral stands for it: it has no rights in any market.")).classes("empty")
        for market, one in covers:
            if isinstance(one, str):
                ui.label(f"{market}: {one}").classes("quiet")
            else:
                _one(desk, market, one)


def _one(desk: Desk, market: str, one: Mapping[str, Any]) -> None:
    t, unit = desk.t, one["currency"]
    names = (
        (t("Headroom"), "headroom_minor"), (t("Cash"), "cash_minor"), (t("Guarantees"), "guarantees_minor"),
        (t("Set-offs"), "set_offs_minor"), (t("Debt"), "debt_minor"), (t("Bound by orders"), "reserved_minor"),
    )  # fmt: skip
    with ui.element("div").classes("card section"):
        ui.link(market, f"/limits?market={market}")
        rows = [(n, f"{shown.money(one[f], decimals_of(unit), desk.language)} {unit}") for n, f in names]
        facts(desk, rows)
