"""The energy account of a border: what one side owes the other in kind, by class of time of use, over time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from walras.service.console import plots, shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.pages.grid.chosen import Chosen
from walras.service.console.places import mark
from walras.service.console.sections import part
from walras.service.queries import GetEnergyAccount

MOVED = {
    "opening": mark("opening"), "accrual": mark("deviation"), "return": mark("return"), "expiry": mark("expiry"),
}  # fmt: skip


async def show_energy(desk: Desk, chosen: Chosen, element: str, names: Mapping[str, str]) -> None:
    """Show balances, their course, open days and movements."""
    t = desk.t
    found = await desk.ask(GetEnergyAccount(market=chosen.market, element=element))
    with part(t("Energy account")):
        if not found["movements"]:
            ui.label(t(
                "Nothing is owed in kind here. Where deviations are settled in energy, balances stand here."
            )).classes("empty")  # fmt: skip
            return
        said = t("Positive figures are owed by {side}.").format(side=names["to"])
        ui.label(said).classes("quiet")
        balances = [{"tariff": name, "mwh": kwh / 1000} for name, kwh in found["balances_kwh"].items()]
        columns = [Column("tariff", t("Class of time")), Column("mwh", t("Balance"), "number", "MWh", 3)]
        listing(desk, columns, balances, title=t("Balances by class of time"), key="tariff", page=0)
        drawn = course_of(desk, found["movements"])
        plots.plot(plots.lines(drawn, "MWh"), t("Balance of each class of time over time"))
        _draw_days(desk, found["open"])
        _draw_movements(desk, found["movements"])


def course_of(desk: Desk, movements: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[str, float]]]:
    """Return the balance of each class after every movement, MWh."""
    balance: dict[str, float] = defaultdict(float)
    drawn: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for one in movements:
        balance[one["tariff"]] += one["kwh"] / 1000
        drawn[one["tariff"]].append((shown.wall(one["at"], desk.zone), round(balance[one["tariff"]], 3)))
    return dict(drawn)


def _draw_days(desk: Desk, days: Sequence[Mapping[str, Any]]) -> None:
    t = desk.t
    rows = [dict(d) | {"key": f"{d['delivery_day']} {d['tariff']}", "mwh": d["kwh"] / 1000} for d in days]
    columns = [
        Column("delivery_day", t("Delivery day"), "day"), Column("tariff", t("Class of time")),
        Column("mwh", t("Still owed"), "number", "MWh", 3),
    ]  # fmt: skip
    empty = t("Every day is returned.")
    with part(t("Days still owed"), 3):
        listing(desk, columns, rows, title=t("Days still owed"), key="key", empty=empty)


def _draw_movements(desk: Desk, movements: Sequence[Mapping[str, Any]]) -> None:
    t = desk.t
    rows = [
        dict(m) | {"key": i, "mwh": m["kwh"] / 1000, "word": t(MOVED.get(m["kind"], m["kind"]))}
        for i, m in enumerate(movements)
    ]
    columns = [
        Column("event", t("Event of the ledger"), "number", decimals=0), Column("word", t("Kind")),
        Column("delivery_day", t("Delivery day"), "day"), Column("tariff", t("Class of time")),
        Column("mwh", t("Energy"), "number", "MWh", 3), Column("at", t("Booked"), "time"),
    ]  # fmt: skip
    with ui.expansion(t("Every movement"), icon="receipt_long"):
        listing(desk, columns, rows, title=t("Movements of energy"), key="key")
