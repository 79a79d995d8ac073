"""Prices of the zones that a member trades, and its accepted volumes, drawn and as tables."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.service.console import plots, shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing

Rows = list[dict[str, Any]]


def _carrier(desk: Desk, row: dict[str, Any]) -> str:
    return f"{row['zone']}, {desk.t(row['carrier'].replace('_', ' '))}"


def _by_place(desk: Desk, rows: Rows) -> dict[str, Rows]:
    found: dict[str, Rows] = {}
    for row in rows:
        found.setdefault(_carrier(desk, row), []).append(row)
    return found


def prices(desk: Desk, own: dict[str, Any]) -> None:
    """Show the clearing prices of the zones and carriers that the member offered in."""
    t, unit = desk.t, f"{own['currency']}/MWh"
    with ui.element("h2"):
        ui.label(t("Prices of your zones")).classes("inline")
    by_place = _by_place(desk, own["prices"])
    lines = {
        name: shown.steps([(r["mtu_start"], r["minutes"], r["price_per_mwh"]) for r in rows], desk.zone)
        for name, rows in by_place.items()
    }
    plots.plot(plots.lines(lines, unit), t("Clearing prices of your zones over the day"))
    with ui.expansion(t("Prices as a table")):
        table = [
            r | {"key": f"{n} {r['mtu_start']}", "place": n} for n, rows in by_place.items() for r in rows
        ]  # fmt: skip
        columns = [
            Column("place", t("Zone and carrier")), Column("mtu_start", t("Start"), "time"),
            Column("minutes", t("Length"), "number", "min", 0), Column("price_per_mwh", t("Price"), "number", unit),
        ]  # fmt: skip
        listing(desk, columns, table, title=t("Clearing prices of your zones over the day"), key="key")


def volumes(desk: Desk, own: dict[str, Any]) -> None:
    """Show what was offered and accepted in each MTU, a drawing a zone and carrier."""
    t, unit = desk.t, own["currency"]
    with ui.element("h2"):
        ui.label(t("Your volumes")).classes("inline")
    by_place = _by_place(desk, own["cells"])
    with ui.element("div").classes("two"):
        for name, rows in by_place.items():
            with ui.element("div").classes("section"):
                ui.label(name).classes("figure-name")
                plots.plot(plots.lines(_lines(desk, rows), "MW"), t("Your volumes, {place}").format(place=name))
    with ui.expansion(t("Volumes and money of each MTU")):
        table = [
            r | {"key": f"{n} {r['mtu_start']} {r['side']}", "place": n, "side": t(r["side"])}
            for n, rows in by_place.items() for r in rows
        ]  # fmt: skip
        columns = [
            Column("place", t("Zone and carrier")), Column("mtu_start", t("Start"), "time"),
            Column("minutes", t("Length"), "number", "min", 0), Column("side", t("Side")),
            Column("offered_mw", t("Offered"), "number", "MW", 3),
            Column("accepted_mw", t("Accepted"), "number", "MW", 3),
            Column("price_per_mwh", t("Price"), "number", f"{unit}/MWh"),
            Column("amount_minor", t("Amount"), "money", unit, own["decimals"]),
        ]  # fmt: skip
        listing(desk, columns, table, title=t("Volumes and money of each MTU"), key="key")


def _lines(desk: Desk, rows: Rows) -> dict[str, list[tuple[str, float | None]]]:
    """Return offered and accepted power by side."""
    t, found = desk.t, {}
    for side, offered, accepted in (
        ("supply", t("supply offered"), t("supply accepted")), ("demand", t("demand offered"), t("demand accepted")),
    ):  # fmt: skip
        mine = [r for r in rows if r["side"] == side]
        if mine:
            for name, field in ((offered, "offered_mw"), (accepted, "accepted_mw")):
                found[name] = shown.steps([(r["mtu_start"], r["minutes"], r[field]) for r in mine], desk.zone)
    return found
