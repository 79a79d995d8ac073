"""All sessions: by market and state, drawn over time, with a form to schedule one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from nicegui import ui

from walras.service.commands import ScheduleSession
from walras.service.console import plots, shown
from walras.service.console.desk import Desk
from walras.service.console.forms import open_form
from walras.service.console.listing import Column, listing
from walras.service.console.pages.sessions.words import KINDS, STATES
from walras.service.console.places import mark, place
from walras.service.console.problems import guarded
from walras.service.queries import ListMarkets, ListSessions

PAGE = 50
DRAWN = 12
"""Sessions in the drawing: more would not be told apart."""
NEAR = timedelta(hours=36)
LIFE = ("scheduled", "open", "closed", "cleared", "final", "fallback", "cancelled")


@place("/sessions", mark("Sessions"), group="Market", icon="event", order=10)
async def sessions(desk: Desk) -> None:
    """Show sessions, the latest delivery day first."""
    await Sessions(desk).build()


class Sessions:
    """The list with its filters."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.items: list[dict[str, Any]] = []
        self.after: str | None = None

    async def build(self) -> None:
        """Draw filters, drawing and table."""
        t, desk = self.desk.t, self.desk
        markets = [m["market"] for m in (await desk.ask(ListMarkets()))["items"]]
        handle = guarded(desk)
        with ui.element("div").classes("row-of-acts"):
            self.market = self._choice(t("Market"), {m: m for m in markets}, desk.query.get("market"))
            self.state = self._choice(t("State"), {s: t(STATES[s]) for s in LIFE}, desk.query.get("state"))
            for box in (self.market, self.state):
                box.on_value_change(handle(lambda _event: self.refresh()))
            if desk.may("schedule-session"):
                button = ui.button(t("Schedule a session"), icon="add", on_click=lambda: self._schedule(markets))
                button.props("no-caps unelevated").mark("schedule")
            ui.link(t("Timetable"), "/timetable")
        self.box = ui.element("div").classes("section")
        self.more = ui.button(t("Show earlier sessions"), on_click=handle(self._more)).props("no-caps outline")
        await self.refresh()

    def _choice(self, label: str, choices: dict[str, str], start: str | None) -> ui.select:
        box = ui.select(choices, label=label, value=start if start in choices else None, clearable=True)
        box.props("outlined dense").classes("choice")
        return box

    def _schedule(self, markets: Sequence[str]) -> None:
        chosen = self.market.value or (markets[0] if len(markets) == 1 else None)
        open_form(self.desk, ScheduleSession, {"market": chosen} if chosen else {}, on_done=lambda _: self.refresh())

    async def refresh(self) -> None:
        """Ask for the newest sessions that the filters leave."""
        self.items, self.after = [], None
        await self._more()

    async def _more(self) -> None:
        query = ListSessions(market=self.market.value, state=self.state.value, before=self.after, limit=PAGE)
        answer = await self.desk.ask(query)
        self.items += answer["items"]
        self.after = answer["next"]
        self.more.set_visibility(self.after is not None)
        self.box.clear()
        with self.box:
            if self.items:
                drawn(self.desk, self.items, await self.desk.now())
            table(self.desk, self.items)


def table(desk: Desk, items: Sequence[Mapping[str, Any]], title: str = "") -> None:
    """Show sessions as a table."""
    t = desk.t
    rows = [
        dict(s) | {"session_href": f"/sessions/{s['session']}", "kind": t(KINDS[s["kind"]]),
                   "version": s["version"] or None}
        for s in items
    ]  # fmt: skip
    columns = [
        Column("delivery_day", t("Delivery day"), "day"), Column("session", t("Session"), "code"),
        Column("state", t("State"), "state"), Column("kind", t("Kind")), Column("gate_at", t("Gate"), "time"),
        Column("version", t("Result version"), "number", decimals=0),
    ]  # fmt: skip
    empty = t("There is no session of this kind. The operator schedules the next one.")
    listing(desk, columns, rows, title=title or t("Sessions"), key="session", empty=empty)


def drawn(desk: Desk, items: Sequence[Mapping[str, Any]], at: str) -> None:
    """Draw when sessions about now take orders, are cleared and may be objected to; the table has the times."""
    t = desk.t
    chosen, start, end = window(items, at)
    names = {"book": t("takes orders"), "run": t("is cleared"), "window": t("may be objected to")}
    rows = [
        (str(s["session"]), [(names[w], shown.wall(a, desk.zone), shown.wall(b, desk.zone)) for w, a, b in spans(s)])
        for s in chosen
    ]
    now = (t("now"), shown.wall(at, desk.zone)) if start <= at <= end else None
    ends = (shown.wall(start, desk.zone), shown.wall(end, desk.zone))
    options = plots.timeline(rows, list(names.values()), now=now, ends=ends)
    chart = plots.plot(options, t("Sessions over time: when each takes orders, is cleared and may be objected to"))
    chart.style(f"height: {5.5 + 1.6 * len(rows):.1f}rem")


def window(items: Sequence[Mapping[str, Any]], at: str) -> tuple[list[Mapping[str, Any]], str, str]:
    """Return sessions that are worth drawing, in order of their gates, and the span of time that shows them.

    Those whose gate is within `NEAR` of now, or the last ones if there are none; a book that opened long before
    is cut off at the left.
    """
    now = _moment(at)
    near = [s for s in items if abs(_moment(s["gate_at"]) - now) <= NEAR]
    chosen = sorted(near or items[:3], key=lambda s: str(s["gate_at"]))[-DRAWN:]
    times = [_moment(n) for s in chosen for _, *ends in spans(s) for n in ends[1:]]
    times += [now] if near else []
    times += [m for s in chosen if (m := _moment(s["opens_at"])) > min(times) - NEAR]
    edge = max((max(times) - min(times)) / 12, timedelta(minutes=5))
    return chosen, (min(times) - edge).isoformat(), (max(times) + edge).isoformat()


def _moment(text: str) -> datetime:
    found = shown.moment_of(text)
    assert found is not None
    return found


def spans(session: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return what a session does when: takes orders, is cleared, may be objected to.

    >>> timed = {"opens_at": "T09", "gate_at": "T12", "key_released_at": None, "results_due_at": "T13"}
    >>> spans(timed | {"final_after": None, "state": "open"})
    [('book', 'T09', 'T12'), ('run', 'T12', 'T13')]
    """
    closed = session["key_released_at"] or session["gate_at"]
    book = ("book", session["opens_at"], closed)
    if session["state"] == "cancelled":
        return [book]
    until = session["final_after"]
    if until is None:
        return [book, ("run", closed, session["results_due_at"])]
    if session["results_due_at"] < until:
        return [book, ("run", closed, session["results_due_at"]), ("window", session["results_due_at"], until)]
    return [book, ("window", closed, until)]  # the result came long before it was due: the run took seconds
