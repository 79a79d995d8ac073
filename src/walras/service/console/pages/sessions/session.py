"""One session for everybody who may see it: its life, the next step, runs live, fallback, objections, result, files."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui

from walras.service.console import shown
from walras.service.console.desk import Declined, Desk
from walras.service.console.listing import facts
from walras.service.console.pages.sessions.acting import next_step
from walras.service.console.pages.sessions.glance import glance
from walras.service.console.pages.sessions.ladder import ladder
from walras.service.console.pages.sessions.objections import objections
from walras.service.console.pages.sessions.proof import downloads
from walras.service.console.pages.sessions.running import Live, goes_on, history
from walras.service.console.pages.sessions.stepper import stepper
from walras.service.console.pages.sessions.words import KINDS, STATES
from walras.service.console.places import mark, place
from walras.service.console.watching import watch
from walras.service.queries import (
    GetMarket,
    GetNextSteps,
    GetResultFigures,
    GetSession,
    ListArtefacts,
    ListObjections,
    ListRuns,
)
from walras.service.roles import Role

SECOND = 1.0
QUIET_TURNS = 4
"""Seconds between looks while no run goes on."""
ENDED = ("final", "cancelled")


@place("/sessions/{session}", mark("Session"))
async def session(desk: Desk) -> None:
    """Show a session, and follow it until it has ended."""
    await Session(desk, desk.path["session"]).build()


class Session:
    """The page of one session; each part is drawn anew only when what it shows has changed."""

    def __init__(self, desk: Desk, name: str) -> None:
        self.desk, self.name = desk, name
        self.is_watching = desk.actor.role in (Role.OPERATOR, Role.REGULATOR)
        self.parts: dict[str, ui.element] = {}
        self.sections: dict[str, ui.element] = {}
        self.seen: dict[str, str] = {}
        self.live: Live | None = None
        self.turn = 0

    async def build(self) -> None:
        """Draw the parts in their order, fill them, and begin to follow."""
        t, desk = self.desk.t, self.desk
        found = await desk.ask(GetSession(session=self.name))
        desk.heading.text = t("Session of {day}").format(day=shown.day(found["delivery_day"], desk.language))
        market = await desk.ask(GetMarket(market=found["market"], day=found["delivery_day"]))
        self.currency = market["definition"]["currency"]
        for part, title in (
            ("head", ""), ("steps", ""), ("live", ""), ("facts", ""), ("result", t("Result")),
            ("objections", t("Objections")), ("runs", t("Runs")), ("ladder", t("Fallback")),
            ("files", t("Files and proof")),
        ):  # fmt: skip
            with ui.element("section").classes("section").mark(f"part-{part}") as section:
                if title:
                    with ui.element("h2"):
                        ui.label(title).classes("inline")
                self.parts[part] = ui.element("div").classes("section")
            section.set_visibility(part != "live" and (self.is_watching or part not in ("objections", "ladder")))
            self.sections[part] = section
        await self.refresh()
        self.timer = watch(desk, SECOND, self._look)

    async def _look(self) -> None:
        """Follow the session: every second while a run goes on, less often otherwise."""
        self.turn += 1
        if self.live is None and self.turn % QUIET_TURNS:
            return
        await self.refresh(is_watching=True)

    async def refresh(self, *, is_watching: bool = False) -> None:
        """Ask for all that may have changed and draw what has."""
        desk, name = self.desk, self.name
        found = await desk.ask(GetSession(session=name), is_watching=is_watching)
        steps = await desk.ask(GetNextSteps(session=name), is_watching=is_watching)
        runs = (await desk.ask(ListRuns(session=name), is_watching=is_watching))["items"]
        running = goes_on(runs)
        self._follow(running)
        at_work = running is not None and running["state"] == "running"
        stages = [found, at_work, steps["at"] >= (found["final_after"] or "9")]
        self._draw("head", stages, lambda: self._head(found, at_work=at_work, at=steps["at"]))
        self._draw("facts", found, lambda: self._facts(found))
        said = {n: v for n, v in steps.items() if n != "at"}
        self._draw("steps", said, lambda: next_step(desk, found, steps, self.refresh))
        ended = [r if r["state"] not in ("waiting", "running") else (r["run"], r["state"]) for r in runs]
        self._draw("runs", ended, lambda: history(desk, found, runs, self.currency, self.refresh))
        if self.is_watching:
            about = [found["rung"], found["state"], found["books_missing"], runs[-1]["plan"] if runs else None]
            self._draw("ladder", about, lambda: ladder(desk, found, steps, runs, self.refresh))
            raised = (await desk.ask(ListObjections(session=name), is_watching=is_watching))["items"]
            self._draw("objections", raised, lambda: objections(desk, raised, self.refresh))
        await self._result(found, is_watching=is_watching)
        if found["state"] in ENDED and is_watching:
            self.timer.deactivate()

    def _draw(self, part: str, about: Any, fill: Callable[[], None]) -> None:
        """Fill a part anew if what it is about has changed."""
        text = json.dumps(about, sort_keys=True, default=str)
        if self.seen.get(part) != text:
            self.seen[part] = text
            self.parts[part].clear()
            with self.parts[part]:
                fill()

    def _follow(self, running: Mapping[str, Any] | None) -> None:
        """Show the run that goes on, in place."""
        self.sections["live"].set_visibility(running is not None)
        if running is None:
            if self.live is not None:
                self.parts["live"].clear()
            self.live = None
        elif self.live is not None and self.live.run == running["run"]:
            self.live.show(running)
        else:
            self.parts["live"].clear()
            with self.parts["live"]:
                self.live = Live(self.desk, running, self.currency)

    def _head(self, found: Mapping[str, Any], *, at_work: bool, at: str) -> None:
        t, desk = self.desk.t, self.desk
        with ui.element("div").classes("row-of-acts"):
            ui.label(t(STATES[found["state"]])).classes(f"state state-{found['state']}")
            ui.label(found["session"]).classes("quiet")
            if desk.actor.role is Role.MEMBER:
                ui.link(t("My orders"), f"/orders/{found['session']}")
        stepper(desk, found, at_work, at)

    def _facts(self, found: Mapping[str, Any]) -> None:
        t, desk = self.desk.t, self.desk
        market = f"/markets/{found['market']}?version={found['market_version']}"
        with ui.element("div").classes("card section"):
            facts(desk, [
                (t("Market"), found["market"]), (t("Kind"), f"{t(KINDS[found['kind']])}, {t(KINDS[found['layer']])}"),
                *((name, shown.time(found[key], desk.zone, desk.language)) for name, key in (
                    (t("Opens"), "opens_at"), (t("Gate"), "gate_at"), (t("Results due"), "results_due_at"),
                    (t("Objections until"), "objections_until"), (t("Key of the book released"), "key_released_at"))),
                (t("Digest of the book"), found["book"]),
            ])  # fmt: skip
            with ui.element("div").classes("row-of-acts"):
                ui.link(t("Definition of the market"), market)
                day = found["delivery_day"]
                ui.link(t("Timetable of the day"), f"/timetable?market={found['market']}&day={day}")

    async def _result(self, found: Mapping[str, Any], *, is_watching: bool) -> None:
        """Draw result and files where there is another version, or another stage of it, than before."""
        t, desk = self.desk.t, self.desk
        artefacts = (await desk.ask(ListArtefacts(session=self.name), is_watching=is_watching))["items"]
        self._draw("files", [artefacts, found["key_released_at"]], lambda: downloads(desk, found, artefacts))
        about = json.dumps([found["version"], found["state"], len(artefacts)])
        if self.seen.get("figures") == about:
            return
        self.seen["figures"] = about
        try:
            figures = await desk.ask(GetResultFigures(session=self.name), is_watching=is_watching)
        except Declined:
            text = t("There is no result yet. Prices, exchanges and welfare stand here as soon as there is one.")
            self._draw("result", None, lambda: _empty(text))
            return
        self._draw("result", figures, lambda: glance(desk, figures))


def _empty(text: str) -> None:
    ui.label(text).classes("empty")
