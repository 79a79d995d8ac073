"""Concentration and pivotal suppliers over days, zones and coupled areas: plots, tables, files (docs/oversight.md)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from walras.service.console import shown
from walras.service.console.desk import Declined, Desk
from walras.service.console.files import link
from walras.service.console.pages.oversight.figures import concentration, pivotal
from walras.service.console.places import mark, place
from walras.service.console.problems import Problems, guarded
from walras.service.console.sections import addressed, go, market_of, part
from walras.service.queries import GetConcentration, GetPivotalSuppliers
from walras.service.queries.query import WATCHING

DAYS = ("first_day", "last_day", "groups")
NO_RESULT = "result_known"
Draw = Callable[[Desk, dict[str, Any]], None]


@place("/surveillance", mark("Surveillance"), WATCHING, group="Oversight", icon="troubleshoot", order=10)
async def surveillance(desk: Desk) -> None:
    """Show the choice of days, then both figures; each is computed after the page stands."""
    market = await market_of(desk)
    if market is None:
        return
    t = desk.t
    _choice(desk)
    hhi = addressed(desk, GetConcentration, (*DAYS, "of", "moderate", "high"), market=market)
    rsi = addressed(desk, GetPivotalSuppliers, (*DAYS, "threshold", "share_of_hours"), market=market)
    with part(t("Concentration (Herfindahl-Hirschman index)")):
        text = t("10,000 where one owner has all, 10,000 / n where n owners have the same. Sides are gross.")
        ui.label(text).classes("quiet")
        _later(desk, lambda: desk.ask(hhi), concentration)
        ui.link(t("Every MTU (CSV)"), link(hhi.model_copy(update={"form": "csv"})))
    with part(t("Pivotal suppliers (residual supply index)")):
        text = t("Below 1 demand cannot be met without the supplier. Net: after what it must deliver anyway.")
        ui.label(text).classes("quiet")
        _later(desk, lambda: desk.ask(rsi), pivotal)
        ui.link(t("Every MTU (CSV)"), link(rsi.model_copy(update={"form": "csv"})))


def _choice(desk: Desk) -> None:
    """Show what the figures are of; all of it stands in the address, so that a look can be passed on."""
    t, given = desk.t, desk.query
    with ui.element("div").classes("filters"):
        first = ui.input(t("First delivery day"), value=given.get("first_day", ""))
        last = ui.input(t("Last delivery day"), value=given.get("last_day", ""))
        for box in (first, last):
            box.props("outlined dense type=date stack-label")
        kinds = {"zones": t("zones"), "areas": t("coupled areas")}
        chosen = given.get("of") if given.get("of") in kinds else "zones"
        of = ui.select(kinds, label=t("Concentration in"), value=chosen).props("outlined dense")
        groups = ui.input(t("Groups, such as North=M-0001,M-0002;South=M-0003"), value=given.get("groups", ""))
        groups.props("outlined dense clearable")

        def show() -> None:
            go(desk, first_day=first.value, last_day=last.value, of=of.value, groups=groups.value)

        ui.button(t("Show"), on_click=show).props("unelevated no-caps color=primary").mark("show-figures")
    ui.label(t("The last delivery day with a final result, unless days are named; at most 92.")).classes("quiet")


def _later(desk: Desk, ask: Callable[[], Awaitable[dict[str, Any]]], draw: Draw) -> None:
    """Compute a figure after the page stands, with a sign that it is under way."""
    t = desk.t
    box = ui.element("div").classes("section")
    problems = Problems(desk)
    with box, ui.element("div").classes("row-of-acts").props('role="status"'):
        ui.spinner(size="1.5rem")
        ui.label(t("Computed from sealed orders and stored results..."))

    async def compute() -> None:
        try:
            found = await ask()
        except Declined as declined:
            box.clear()
            if declined.mistakes[0].rule != NO_RESULT:
                raise
            with box:
                text = t("There is no final result in these days. Figures stand here once a session is final.")
                ui.label(text).classes("empty")
            return
        box.clear()
        with box:
            days = [shown.day(found[n], desk.language) for n in ("first_day", "last_day")]
            sessions = len(found["sessions"])
            text = t.n_("{first} to {last}: {count} session", "{first} to {last}: {count} sessions", sessions)
            ui.label(text.format(first=days[0], last=days[1], count=sessions)).classes("badge")
            draw(desk, found)

    ui.timer(0.05, guarded(desk, problems)(compute), once=True)
