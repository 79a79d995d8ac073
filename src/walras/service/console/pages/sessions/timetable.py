"""The timetable of a market: the events of a delivery day in local time and UTC, and what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from nicegui import ui

from walras.service.console import plots, shown
from walras.service.console.desk import Declined, Desk
from walras.service.console.listing import Column, facts, listing
from walras.service.console.pages.orders.mine import countdown
from walras.service.console.pages.sessions.words import DOES, EVENTS, RUNGS
from walras.service.console.places import mark, place
from walras.service.console.problems import Problems, guarded
from walras.service.queries import GetTimetable, ListMarkets, ListSessions

Answer = Mapping[str, Any]


@place("/timetable", mark("Timetable"), group="Market", icon="schedule", order=20)
async def timetable(desk: Desk) -> None:
    """Show the timetable of one market."""
    t = desk.t
    markets = (await desk.ask(ListMarkets()))["items"]
    if not markets:
        ui.label(t("There is no market yet. The operator defines one; its timetable stands here then.")).classes(
            "empty"
        )
        return
    await Timetable(desk, {m["market"]: m["name"] for m in markets}).build()


class Timetable:
    """A chosen market and delivery day."""

    def __init__(self, desk: Desk, markets: Mapping[str, str]) -> None:
        self.desk, self.markets = desk, dict(markets)
        self.seen: tuple[str, str] | None = None

    async def build(self) -> None:
        """Draw the choice and the day that comes next."""
        t, desk = self.desk.t, self.desk
        asked = desk.query.get("market", "")
        start = asked if asked in self.markets else next(iter(self.markets))
        with ui.element("div").classes("row-of-acts"):
            self.market = ui.select(self.markets, label=t("Market"), value=start).props("outlined dense")
            self.market.classes("choice")
            self.day = ui.input(t("Delivery day"), value=desk.query.get("day", ""))
            self.day.props("outlined dense type=date stack-label")
            before = ui.button(icon="chevron_left", on_click=lambda: self._move(-1)).props("flat dense")
            before.props(f'aria-label="{t("The day before")}"')
            after = ui.button(icon="chevron_right", on_click=lambda: self._move(1)).props("flat dense")
            after.props(f'aria-label="{t("The day after")}"')
        self.problems = Problems(desk)
        handle = guarded(desk, self.problems)
        for box in (self.market, self.day):
            box.on_value_change(handle(lambda _event: self._changed()))
        self.box = ui.element("div").classes("section")
        await handle(self.refresh)()

    def _move(self, days: int) -> None:
        if self.day.value:
            self.day.value = (date.fromisoformat(self.day.value) + timedelta(days=days)).isoformat()

    async def _changed(self) -> None:
        if (self.market.value, self.day.value) != self.seen:
            await self.refresh()

    async def refresh(self) -> None:
        """Show the chosen day; without one, the day whose gate comes next."""
        desk, day = self.desk, self.day.value
        chosen = date.fromisoformat(day) if day else None
        try:
            found = await desk.ask(GetTimetable(market=self.market.value, day=chosen))
        except Declined:
            self.box.clear()  # another day's events would seem to be this one's
            raise
        self.seen = (self.market.value, found["delivery_day"])
        self.day.set_value(found["delivery_day"])
        near = (await desk.ask(ListSessions(market=self.market.value, limit=200)))["items"]
        self.box.clear()
        with self.box:
            _head(desk, found)
            _events(desk, found)
            _sessions(desk, [s for s in near if s["delivery_day"] == found["delivery_day"]])
            _coming(desk, found)


def _head(desk: Desk, found: Answer) -> None:
    t = desk.t
    ahead = [e for e in found["events"] if e["at"] > found["now"]]
    with ui.element("div").classes("card section"):
        facts(desk, [
            (t("Delivery day"), shown.day(found["delivery_day"], desk.language)),
            (t("Time zone"), found["time_zone"]), (t("Profile of the rules"), found["profile"]),
            (t("MTU"), t("{minutes} min").format(minutes=found["mtu_minutes"])),
            (t("Version of the market"), str(found["version"])),
        ])  # fmt: skip
        if found["clock_changes"]:
            ui.label(t("Clocks change on this day: it has 23 or 25 hours.")).classes("banner")
        with ui.element("div").classes("row-of-acts"):
            if ahead:
                ui.label(t("Next: {event} in").format(event=name_of(desk, ahead[0])))
                countdown(desk, ahead[0]["at"], t("it is time"))
            else:
                ui.label(t("Everything of this day has passed."))


def _events(desk: Desk, found: Answer) -> None:
    t = desk.t
    drawn = [(name_of(desk, e), shown.wall(e["at"], desk.zone)) for e in found["events"]]
    rows = [
        {"key": f"{e['event']} {e['rung']}", "name": name_of(desk, e), "does": t(DOES[e["event"]]), "at": e["at"],
         "local": e["local"].partition(" (")[0], "elsewhere": "; ".join(e["elsewhere"]),
         "utc": e["at"][:16].replace("T", " "),
         "state": t("passed") if e["at"] <= found["now"] else t("to come")}
        for e in found["events"]
    ]  # fmt: skip
    columns = [
        Column("name", t("Event")), Column("local", t("Local time")), Column("utc", t("UTC")),
        Column("state", t("State")), Column("does", t("What it does"), "wide"),
    ]  # fmt: skip
    if any(r["elsewhere"] for r in rows):
        columns.insert(3, Column("elsewhere", t("Elsewhere")))
    with ui.element("h2"):
        ui.label(t("Events of the day")).classes("inline")
    now = (t("now"), shown.wall(found["now"], desk.zone))
    plots.plot(plots.moments(drawn[1:], now if _is_near(found) else None), t("Events of the delivery day over time"))
    listing(desk, columns, rows, title=t("Events of the day"), key="key", page=0)


def _is_near(found: Answer) -> bool:
    """Return whether now lies among the events of the day, so that it fits into the drawing."""
    times = [e["at"] for e in found["events"]]
    return bool(times[1] <= found["now"] <= times[-1])


def name_of(desk: Desk, event: Answer) -> str:
    """Return what an event is called, with the rung where it is one."""
    name = desk.t(EVENTS[event["event"]])
    return f"{name}: {desk.t(RUNGS[event['rung']])}" if event["rung"] else name


def _sessions(desk: Desk, items: list[dict[str, Any]]) -> None:
    t = desk.t
    with ui.element("h2"):
        ui.label(t("Sessions of this day")).classes("inline")
    rows = [s | {"session_href": f"/sessions/{s['session']}"} for s in items]
    columns = [
        Column("session", t("Session"), "code"), Column("state", t("State"), "state"),
        Column("gate_at", t("Gate"), "time"), Column("results_due_at", t("Results due"), "time"),
    ]  # fmt: skip
    empty = t("No session is scheduled for this day. Times of its own, if it gets any, will stand here.")
    listing(desk, columns, rows, title=t("Sessions of this day"), key="session", empty=empty)


def _coming(desk: Desk, found: Answer) -> None:
    t = desk.t
    with ui.element("h2"):
        ui.label(t("What comes next")).classes("inline")
    if not found["coming"]:
        ui.label(t("The timetable of this market wants nothing in the next days.")).classes("empty")
        return
    with ui.element("ul").classes("coming"):
        for one in found["coming"]:
            with ui.element("li"):
                countdown(desk, one["at"], t("it is time"))
                ui.label(t(EVENTS[one["event"]]))
                ui.link(shown.day(one["delivery_day"], desk.language),
                        f"/timetable?market={found['market']}&day={one['delivery_day']}")  # fmt: skip
                ui.label(shown.time(one["at"], desk.zone, desk.language)).classes("quiet")
