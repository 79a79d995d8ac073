"""The ladder of fallbacks of a session: rungs with their deadlines, missing books, orders that are left out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from nicegui import ui

from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.pages.orders.mine import countdown
from walras.service.console.pages.sessions.acting import ask
from walras.service.console.pages.sessions.words import RUNGS


def ladder(
    desk: Desk, session: Mapping[str, Any], steps: Mapping[str, Any], runs: Sequence[Mapping[str, Any]],
    on_done: Callable[[], Awaitable[None]],
) -> None:  # fmt: skip
    """Show rungs in their order; the clock takes each at its deadline where there is no result."""
    t = desk.t
    deadlines = session["fallback_deadlines"]
    names = sorted(deadlines, key=deadlines.__getitem__)
    taken = session["rung"]
    if not names and not taken and not session["books_missing"]:
        ui.label(t("The profile of this market has no ladder.")).classes("empty")
        return
    waits = session["state"] in ("open", "scheduled", "closed") and not session["version"]
    with ui.element("ol").classes("ladder"):
        for name in names:
            with ui.element("li") as item:
                ui.label(t(RUNGS[name])).classes("strong")
                ui.label(shown.time(deadlines[name], desk.zone, desk.language)).classes("quiet")
                if name == taken:
                    item.classes("taken")
                    ui.label(t("taken")).classes("badge badge-bad")
                elif (
                    waits and deadlines[name] > steps["at"] and (not taken or names.index(name) > _number(names, taken))
                ):
                    countdown(desk, deadlines[name], t("due"))
    if taken and taken not in names:
        ui.label(t("Taken by officers: {rung}").format(rung=t(RUNGS[taken]))).classes("banner")
    if session["books_missing"]:
        zones = ", ".join(session["books_missing"])
        ui.label(t("Declared missing: the books of {zones}").format(zones=zones)).classes("banner")
    _left_out(desk, session, runs, on_done)


def _number(names: Sequence[str], taken: str) -> int:
    return names.index(taken) if taken in names else -1


def _left_out(
    desk: Desk, session: Mapping[str, Any], runs: Sequence[Mapping[str, Any]], on_done: Callable[[], Awaitable[None]]
) -> None:
    t = desk.t
    excluded = runs[-1]["plan"].get("excluded", []) if runs else []
    if not excluded:
        return
    ui.label(t("Orders left out of the newest run")).classes("strong")
    with ui.element("ul").classes("coming"):
        for order in excluded:
            with ui.element("li"):
                ui.label(f"{order['member']} {order['order']}").classes("mono-text")
                if desk.may("readmit-order") and session["state"] not in ("final", "cancelled"):
                    given = {"member": order["member"], "order": order["order"]}
                    button = ui.button(
                        t("Take it back in"), on_click=lambda g=given: ask(desk, session, "readmit-order", on_done, g)
                    )
                    button.props("no-caps outline dense")
