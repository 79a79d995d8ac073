"""A session cleared again from its sealed orders: progress while it runs, then the verdict of every step."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic
from typing import Any

from nicegui import ui

from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.places import mark, place
from walras.service.console.problems import Problems, guarded
from walras.service.console.sections import market_of, part, show_raw
from walras.service.queries import GetReplay, ListSessions
from walras.service.queries.query import WATCHING

MOST_SESSIONS = 200
VERDICTS = (mark("same"), mark("different"), mark("not checked"))
STEPS = (
    mark("submissions"), mark("book"), mark("plan"), mark("settings"), mark("market"), mark("clearing"),
    mark("tables"), mark("summary"), mark("audit"), mark("certificate"),
)  # fmt: skip


@place("/replay", mark("Replay"), WATCHING, group="Oversight", icon="replay", order=20)
async def replaying(desk: Desk) -> None:
    """Choose a session with a result, replay it, read the verdicts."""
    t = desk.t
    text = t(
        "A replay opens the sealed orders, rebuilds the book, clears it again and compares every figure with what was "
        "stored. It takes as long as the run did; nothing is written."
    )
    ui.label(text).classes("quiet said-of")
    market = await market_of(desk)
    if market is None:
        return
    found = (await desk.ask(ListSessions(market=market, limit=MOST_SESSIONS)))["items"]
    cleared = {s["session"]: s["version"] for s in found if s["version"]}
    if not cleared:
        ui.label(t("No session has a result yet. Once one has, it can be replayed here.")).classes("empty")
        return
    _Replaying(desk, cleared)


class _Replaying:
    """The choice of a session and a version, and what came of the replay."""

    def __init__(self, desk: Desk, cleared: Mapping[str, int]) -> None:
        self.desk, self.cleared = desk, cleared
        t = desk.t
        given = desk.query.get("session", "")
        row = ui.element("div").classes("filters")
        self.problems = Problems(desk)
        with row:
            start = given if given in cleared else next(iter(cleared))
            self.session = ui.select(list(cleared), label=t("Session"), value=start, on_change=self._versions)
            self.version = ui.select([], label=t("Version of the result"))
            for box in (self.session, self.version):
                box.props("outlined dense")
            self.button = ui.button(t("Replay"), icon="replay", on_click=guarded(desk, self.problems)(self.replay))
            self.button.props("unelevated no-caps color=primary").mark("replay")
        self.box = ui.element("div").classes("section")
        self._versions()

    def _versions(self) -> None:
        newest = self.cleared[self.session.value]
        self.version.set_options(list(range(newest, 0, -1)), value=newest)

    async def replay(self) -> None:
        """Replay and show the verdicts; meanwhile count the seconds."""
        t, begun = self.desk.t, monotonic()
        self.box.clear()
        with self.box, ui.element("div").classes("row-of-acts").props('role="status"'):
            ui.spinner(size="1.5rem")
            said = ui.label(t("It is being cleared again..."))
            ticking = ui.timer(1.0, lambda: said.set_text(_elapsed(self.desk, monotonic() - begun)))
        self.button.disable()
        try:
            asked = GetReplay(session=self.session.value, version=self.version.value)
            report = await self.desk.ask(asked)
        finally:
            ticking.deactivate()
            self.button.enable()
            self.box.clear()
        with self.box:
            self._shown(report, monotonic() - begun)

    def _shown(self, report: Mapping[str, Any], seconds: float) -> None:
        t, desk = self.desk.t, self.desk
        name = t("{session}, version {version}").format(session=report["session"], version=report["version"])
        with part(name):
            good = t("Everything that was checked is the same.")
            text = good if report["same"] else t("Something differs: the first step that does says where to look.")
            ui.label(text).classes(f"banner {'good' if report['same'] else 'bad'}").props('role="status"')
            ui.label(t("It took {seconds} s.").format(seconds=shown.number(seconds, 1, desk.language))).classes("quiet")
            if report["first_difference"]:
                text = t("First difference: {text}").format(text=_plain(report["first_difference"]))
                ui.label(text).classes("banner bad")
            _steps(desk, report["steps"])
            _hashes(desk, report)
            for violation in report["violations"]:
                ui.label(_plain(violation)).classes("banner bad")
            ui.button(t("As JSON"), on_click=lambda: show_raw(desk, name, report)).props("outline no-caps")


def _elapsed(desk: Desk, seconds: float) -> str:
    return desk.t("It is being cleared again: {time}").format(time=shown.left(seconds))


def _steps(desk: Desk, steps: list[dict[str, Any]]) -> None:
    t = desk.t
    rows = [s | {"number": n, "verdict": s["verdict"].replace(" ", "_")} for n, s in enumerate(steps, 1)]
    columns = [
        Column("number", t("No."), "number", decimals=0), Column("name", t("Step"), "words"),
        Column("verdict", t("Verdict"), "state"), Column("said", t("What was compared"), "wide"),
    ]  # fmt: skip
    listing(desk, columns, rows, title=t("Steps of the replay"), key="number", page=0)


def _hashes(desk: Desk, report: Mapping[str, Any]) -> None:
    t = desk.t
    names = {"market_hash": t("Market"), "settings_hash": t("Settings"), "result_hash": t("Result")}
    rows = [
        {"name": text, "stored": (report["stored"] or {}).get(n), "again": (report["again"] or {}).get(n)}
        for n, text in names.items()
    ]
    columns = [
        Column("name", t("Hash of")), Column("stored", t("Stored"), "code"),
        Column("again", t("Cleared again"), "code"),
    ]  # fmt: skip
    with ui.expansion(t("Hashes")).classes("paste-box"):
        listing(desk, columns, rows, title=t("Hashes"), key="name")


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{n}: {v}" for n, v in value.items() if v not in (None, ""))
    return str(value)
