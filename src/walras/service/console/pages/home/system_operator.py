"""The first page of a system operator: what waits for its hand at its lines, sessions that use them, what was told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from nicegui import ui

from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.pages.grid.agreements import KINDS
from walras.service.console.pages.money.notices import show
from walras.service.console.pages.orders.mine import countdown
from walras.service.console.pages.sessions.words import STATES
from walras.service.console.sections import part
from walras.service.console.watching import watch
from walras.service.queries import ListDuties, ListNotices, ListSessions

Duty = Mapping[str, Any]
SECONDS = 15.0
NOTICES = 5
SESSIONS = 6


async def system_operator_home(desk: Desk) -> None:
    """Show what a system operator has to do, the soonest first, on a screen that may stay open."""
    t = desk.t
    with part(t("Waits for you")):
        box = ui.element("div").classes("section")
    drawn: list[Any] = []

    async def look() -> None:
        found = (await desk.ask(ListDuties(), is_watching=bool(drawn)))["items"]
        if drawn != [found]:
            drawn[:] = [found]
            box.clear()
            with box:
                _duties(desk, found)

    await look()
    watch(desk, SECONDS, look)
    with part(t("Sessions that use your lines")):
        await _sessions(desk)
    with part(t("Told last")):
        told = (await desk.ask(ListNotices(first="newest", limit=NOTICES)))["items"]
        if told:
            show(desk, told, is_inbox=False)
            ui.link(t("All notices"), "/notices")
        else:
            ui.label(t("Nothing was told to your company yet.")).classes("empty")


def _duties(desk: Desk, found: list[dict[str, Any]]) -> None:
    """List duties as links to where each is done, with a countdown where there is a time."""
    t = desk.t
    if not found:
        ui.label(t(
            "Nothing: capacities are declared and agree, no corridor, agreement or meter waits, no permit ends soon."
        )).classes("empty")  # fmt: skip
        return
    with ui.element("ul").classes("alerts"):
        for duty in found:
            with ui.element("li").mark(f"duty-{duty['kind']}"):
                kind, text, href = line_of(desk, duty)
                is_bad = duty["is_late"] or duty["kind"] == "capacity_differs"
                ui.label(kind).classes("badge badge-bad" if is_bad else "badge badge-preliminary")
                ui.link(text, href)
                _until(desk, duty)


def _until(desk: Desk, duty: Duty) -> None:
    t, at = desk.t, duty["due_at"]
    if at is None:
        return
    when = shown.time(at, desk.zone, desk.language)
    if duty["is_late"]:
        ui.label(t("was due {time}").format(time=when)).classes("quiet")
        return
    ui.label(t("due {time}").format(time=when)).classes("quiet")
    countdown(desk, at, t("over"))


def line_of(desk: Desk, duty: Duty) -> tuple[str, str, str]:
    """Return what a duty is called, what it is about, and where it is done."""
    words: dict[str, Callable[[Desk, Duty], tuple[str, str, str]]] = {
        "capacity_due": _capacity, "capacity_differs": _differs, "corridor_due": _corridor,
        "agreement_waits": _agreement, "metering_missing": _metering, "permit_ends": _permit,
    }  # fmt: skip
    return words[duty["kind"]](desk, duty)


def _capacity(desk: Desk, duty: Duty) -> tuple[str, str, str]:
    text = desk.t("Declare {elements} for {day}").format(elements=", ".join(duty["elements"]), day=_day(desk, duty))
    return desk.t("Capacities"), text, _at("/capacities", duty, element=duty["elements"][0])


def _differs(desk: Desk, duty: Duty) -> tuple[str, str, str]:
    text = desk.t.n_("{element}, {day}: the sides differ in {count} MTU",
                     "{element}, {day}: the sides differ in {count} MTUs", duty["mtus"])  # fmt: skip
    text = text.format(element=duty["element"], day=_day(desk, duty), count=duty["mtus"])
    return desk.t("Mismatch"), text, _at("/capacities", duty, element=duty["element"])


def _corridor(desk: Desk, duty: Duty) -> tuple[str, str, str]:
    text = desk.t("{session} asks for {elements}")
    text = text.format(session=duty["session"], elements=", ".join(duty["elements"]))
    return desk.t("Corridor"), text, _at("/capacities", duty)


def _agreement(desk: Desk, duty: Duty) -> tuple[str, str, str]:
    text = desk.t("{agreement} {reference}: {what} at {element}, {day}").format(
        agreement=duty["agreement"], reference=duty["reference"], what=desk.t(KINDS[duty["what"]]),
        element=duty["element"], day=_day(desk, duty),
    )  # fmt: skip
    return desk.t("Agreement"), text, _at("/deviations", duty, element=duty["element"])


def _metering(desk: Desk, duty: Duty) -> tuple[str, str, str]:
    text = desk.t("Send the meters of {lines} for {day}")
    text = text.format(lines=", ".join(duty["lines"]), day=_day(desk, duty))
    return desk.t("Metering"), text, _at("/metering", duty, line=duty["lines"][0])


def _permit(desk: Desk, duty: Duty) -> tuple[str, str, str]:
    text = desk.t("{permit} of {holder} for {element} ends {time}").format(
        permit=duty["permit"], holder=duty["holder"], element=duty["element"],
        time=shown.time(duty["end"], desk.zone, desk.language),
    )  # fmt: skip
    return desk.t("Permit"), text, _at("/permits", duty)


def _day(desk: Desk, duty: Duty) -> str:
    return shown.day(duty["delivery_day"], desk.language)


def _at(address: str, duty: Duty, **more: str) -> str:
    """Return the address of a page of the grid about a duty's market and day."""
    given = {"market": duty["market"], "day": duty.get("delivery_day", "")} | more
    return f"{address}?{urlencode({n: v for n, v in given.items() if v})}"


async def _sessions(desk: Desk) -> None:
    """List the latest sessions with the ways to their capacities and schedules."""
    t = desk.t
    found = (await desk.ask(ListSessions(limit=SESSIONS)))["items"]
    if not found:
        ui.label(t("There is no session yet.")).classes("empty")
        return
    with ui.element("ul").classes("alerts"):
        for one in found:
            with ui.element("li"):
                ui.label(t(STATES[one["state"]])).classes(f"state state-{one['state']}")
                ui.link(one["session"], f"/sessions/{one['session']}")
                for address, word in (("/capacities", t("Capacities")), ("/schedules", t("Schedules"))):
                    ui.link(word, f"{address}?{urlencode({'market': one['market'], 'day': one['delivery_day']})}")
