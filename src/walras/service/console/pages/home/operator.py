"""The first page of the operator and of the regulator: sessions with their next step, runs, and what needs somebody."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import ui

from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.pages.home.alerts import alerts, health
from walras.service.console.pages.orders.mine import countdown
from walras.service.console.pages.sessions.running import goes_on, percent
from walras.service.console.pages.sessions.words import KINDS, PHASES, STATES, STEPS
from walras.service.console.sections import part
from walras.service.console.watching import watch
from walras.service.queries import GetAttention, GetNextSteps, ListRuns, ListSessions

SECONDS = 3.0
TURNS = 3
"""What needs somebody is asked every so many turns: it looks at the capacities of whole days."""
ENDED = ("final", "cancelled")
MOST_CARDS, MOST_BEHIND = 24, 5
MOST_ASKED = 60


async def operator_home(desk: Desk) -> None:
    """Show the operator's day and follow it."""
    await _Day(desk).build()


async def regulator_home(desk: Desk) -> None:
    """Show the same day to whoever watches over it."""
    await _Day(desk).build()


class _Day:
    """Sessions that go on, and what needs somebody; parts are drawn anew when what they show has changed."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.parts: dict[str, ui.element] = {}
        self.seen: dict[str, str] = {}
        self.progress: dict[str, ui.label] = {}
        self.turn = 0

    async def build(self) -> None:
        t = self.desk.t
        self.parts["health"] = ui.element("div")
        for name, title in (
            ("alerts", t("What needs somebody")), ("ahead", t("Sessions")), ("behind", t("Ended lately")),
        ):  # fmt: skip
            with part(title):
                self.parts[name] = ui.element("div").classes("section").mark(f"home-{name}")
        await self.refresh(is_watching=False)
        watch(self.desk, SECONDS, self.refresh)

    async def refresh(self, *, is_watching: bool = True) -> None:
        """Ask for all that is shown; draw what has changed."""
        desk = self.desk
        if self.turn % TURNS == 0:
            await self._attention(is_watching=is_watching)
        self.turn += 1
        found = (await desk.ask(ListSessions(limit=MOST_ASKED), is_watching=is_watching))["items"]
        going = sorted((s for s in found if s["state"] not in ENDED), key=lambda s: s["gate_at"])[:MOST_CARDS]
        steps, told = {}, {}
        for one in going:
            name = one["session"]
            steps[name] = await desk.ask(GetNextSteps(session=name), is_watching=is_watching)
            if one["state"] == "closed":
                runs = (await desk.ask(ListRuns(session=name), is_watching=is_watching))["items"]
                run = goes_on(runs)
                told[name] = "" if run is None else _progress(desk, run)
        about = [[s["session"], s["state"], s["version"], steps[s["session"]]["next"]] for s in going]
        self._draw("ahead", [about, sorted(told)], lambda: self._cards(going, steps, told))
        for name, text in told.items():
            if name in self.progress:
                self.progress[name].set_text(text)
        behind = [s for s in found if s["state"] in ENDED][:MOST_BEHIND]
        self._draw("behind", [(s["session"], s["state"]) for s in behind], lambda: _behind(desk, behind))

    async def _attention(self, *, is_watching: bool) -> None:
        desk = self.desk
        found = await desk.ask(GetAttention(), is_watching=is_watching)
        self._draw("health", {n: found[n] for n in ("late", "deliveries_failed")}, lambda: health(desk, found))
        waiting = {n: v for n, v in found.items() if n not in ("at", "late", "deliveries_failed")}
        self._draw("alerts", waiting, lambda: alerts(desk, found))

    def _draw(self, name: str, about: Any, fill: Callable[[], None]) -> None:
        text = json.dumps(about, sort_keys=True)
        if self.seen.get(name) != text:
            self.seen[name] = text
            self.parts[name].clear()
            with self.parts[name]:
                fill()

    def _cards(self, sessions: Sequence[Mapping[str, Any]], steps: Mapping[str, Any], told: Mapping[str, str]) -> None:
        t = self.desk.t
        self.progress.clear()
        if not sessions:
            ui.label(t("No session goes on or is planned. The operator schedules one, by the timetable.")).classes(
                "empty"
            )
            ui.link(t("Sessions"), "/sessions")
        with ui.element("div").classes("cards"):
            for one in sessions:
                self._card(one, steps[one["session"]], told.get(one["session"]))

    def _card(self, one: Mapping[str, Any], steps: Mapping[str, Any], told: str | None) -> None:
        desk, t, coming, name = self.desk, self.desk.t, steps["next"], str(one["session"])
        with ui.element("article").classes("card section"):
            with ui.element("h3"):
                ui.link(shown.day(one["delivery_day"], desk.language), f"/sessions/{name}")
            with ui.element("div").classes("row-of-acts"):
                ui.label(t(STATES[one["state"]])).classes(f"state state-{one['state']}")
                if one["kind"] != "live":
                    ui.label(t(KINDS[one["kind"]])).classes("badge")
            ui.label(name).classes("quiet words")
            ui.label(t(STEPS[coming["step"], coming["by"]])).classes("strong")
            if coming["at"]:
                with ui.element("div").classes("row-of-acts"):
                    countdown(desk, coming["at"], t("it is time"))
                    ui.label(shown.time(coming["at"], desk.zone, desk.language)).classes("quiet")
            if told is not None:
                self.progress[name] = ui.label(told).classes("quiet")


def _progress(desk: Desk, run: Mapping[str, Any]) -> str:
    """Return how far a run is, in one line."""
    t, told = desk.t, run["progress"]
    if run["state"] == "waiting":
        return t("Run {number} waits for a worker").format(number=run["run"])
    phase = t(PHASES[told["phase"]]) if told.get("phase") in PHASES else ""
    words = [t("Run {number} goes on").format(number=run["run"]), phase, shown.left(told.get("seconds") or 0)]
    if told.get("gap") is not None and told.get("welfare"):
        share = percent(100 * told["gap"] / abs(told["welfare"]), desk.language)
        words.append(t("gap {share} %").format(share=share))
    return ", ".join(w for w in words if w)


def _behind(desk: Desk, sessions: Sequence[Mapping[str, Any]]) -> None:
    t = desk.t
    rows = [dict(s) | {"session_href": f"/sessions/{s['session']}"} for s in sessions]
    columns = [
        Column("delivery_day", t("Delivery day"), "day"), Column("session", t("Session"), "code"),
        Column("state", t("State"), "state"), Column("version", t("Result version"), "number", decimals=0),
    ]  # fmt: skip
    empty = t("No session has ended yet.")
    listing(desk, columns, rows, title=t("Ended lately"), key="session", empty=empty)
