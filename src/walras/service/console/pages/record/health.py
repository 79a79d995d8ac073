"""How the service fares, for the operator: concerns first, then workers, queues, seals, store; it follows by itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from nicegui import ui

from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, facts, listing
from walras.service.console.places import mark, place
from walras.service.console.sections import part
from walras.service.console.watching import watch
from walras.service.queries import GetHealth
from walras.service.roles import Role

EVERY_SECONDS = 5.0
GIGABYTE = 1e9
COUNTED = (mark("sessions"), mark("runs"), mark("deliveries"))
Health = dict[str, Any]


@place("/health", mark("Health"), frozenset({Role.OPERATOR}), group="Record", icon="monitor_heart", order=30)
async def health(desk: Desk) -> None:
    """Show it and follow it."""
    page = Page(desk)
    await page.look()
    watch(desk, EVERY_SECONDS, page.look)


class Page:
    """The parts of the page; each is drawn anew only when what it shows has changed."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        t = desk.t
        self.seen: dict[str, str] = {}
        self.parts: dict[str, tuple[ui.element, Callable[[Desk, Health], None]]] = {}
        self._part("concerns", "", _concerns)
        self._part("workers", t("Workers"), _workers)
        self._part("counts", t("Queues"), _queues)
        self._part("seals", t("Last seals of the record"), _seals)
        self._part("store", t("Store and clock"), _store)

    def _part(self, name: str, title: str, draw: Callable[[Desk, Health], None]) -> None:
        if title:
            with part(title):
                box = ui.element("div").classes("section")
        else:
            box = ui.element("div").classes("section")
        self.parts[name] = (box, draw)

    async def look(self) -> None:
        """Ask, and draw what has changed."""
        is_first = not self.seen
        found = await self.desk.ask(GetHealth(), is_watching=not is_first)
        for name, (box, draw) in self.parts.items():
            said = json.dumps([found[name], found["runs"] if name == "counts" else None], sort_keys=True)
            if self.seen.get(name) == said:
                continue
            self.seen[name] = said
            box.clear()
            with box:
                draw(self.desk, found)


def _concerns(desk: Desk, found: Health) -> None:
    t = desk.t
    texts = {
        "no_worker": t("No worker is alive: nothing is cleared, sealed or sent, and gates do not close. Start one."),
        "run_waits": t("A run has waited for more than a minute: no worker takes it."),
        "run_silent": t("A run at work is silent: its worker may be gone. Another one takes it over."),
        "record_unsealed": t("Rows of the record have waited for a seal for more than a minute."),
        "disk_full": t("Less than a tenth of the disk of the store is free."),
    }
    for word in found["concerns"]:
        ui.label(texts[word]).classes("banner bad").props('role="alert"')
    if not found["concerns"]:
        text = t("All is well: workers are alive, nothing waits for long, the record is sealed.")
        ui.label(text).classes("banner good")


def _workers(desk: Desk, found: Health) -> None:
    t = desk.t
    rows = [w | {"state": mark("alive") if w["is_alive"] else mark("silent")} for w in found["workers"]]
    columns = [
        Column("name", t("Name"), "code"), Column("state", t("State"), "state"),
        Column("since", t("Works since"), "time"), Column("at", t("Last heard of"), "time"),
    ]  # fmt: skip
    empty = t("No worker was heard of within a day. Starting the service starts one.")
    listing(desk, columns, rows, title=t("Workers"), key="name", empty=empty)


def _queues(desk: Desk, found: Health) -> None:
    t, runs = desk.t, found["runs"]
    since = shown.time(runs["oldest_at"], desk.zone, desk.language)
    with ui.element("div").classes("cards"):
        note = t("the oldest since {time}").format(time=since) if since else ""
        _figure(t("Runs that could begin"), str(runs["ready"]), note)
        _figure(t("Runs at work"), str(len(runs["running"])), "")
        for name, counted in found["counts"].items():
            text = ", ".join(f"{t(state.replace('_', ' '))}: {n}" for state, n in sorted(counted.items()))
            _figure(t(name.capitalize()), str(sum(counted.values())), text)
    if runs["running"]:
        columns = [
            Column("run", t("Run"), "number", decimals=0), Column("session", t("Session"), "code"),
            Column("worker", t("Worker"), "code"), Column("attempts", t("Begun"), "number", decimals=0),
            Column("heartbeat_at", t("Last heard of"), "time"), Column("is_silent", t("Silent"), "flag"),
        ]  # fmt: skip
        rows = [r | {"session_href": f"/sessions/{r['session']}"} for r in runs["running"]]
        listing(desk, columns, rows, title=t("Runs at work"), key="run")


def _figure(name: str, value: str, note: str) -> None:
    with ui.element("div").classes("card"):
        ui.label(name).classes("figure-name")
        ui.label(value).classes("figure")
        if note:
            ui.label(note).classes("quiet")


def _seals(desk: Desk, found: Health) -> None:
    t = desk.t
    columns = [
        Column("stream", t("Stream"), "code"), Column("number", t("Seal"), "number", decimals=0),
        Column("rows", t("Rows"), "number", decimals=0), Column("at", t("Sealed"), "time"),
        Column("digest", t("Digest"), "code"),
    ]  # fmt: skip
    rows = [
        s | {"key": f"{s['stream']} {s['number']}", "stream_href": f"/record/{s['stream']}", "digest": s["digest"][:12]}
        for s in found["seals"]
    ]
    listing(desk, columns, rows, title=t("Last seals of the record"), key="key", empty=t("Nothing is sealed yet."))


def _store(desk: Desk, found: Health) -> None:
    t, store = desk.t, found["store"]
    with ui.element("div").classes("card"):
        facts(desk, [
            (t("Release"), found["release"]), (t("Kind of database"), store["kind"]),
            (t("Schema"), store["schema"] or ""),
            (t("Size"), _gigabytes(desk, store["size_bytes"])),
            (t("Free on its disk"), _free(desk, store)),
            (t("Clock"), _clock(desk, found)),
            (t("Rehearsal"), t("yes") if found["is_rehearsal"] else t("no")),
        ])  # fmt: skip


def _gigabytes(desk: Desk, count: int | None) -> str:
    return "" if count is None else f"{shown.number(count / GIGABYTE, 3, desk.language)} GB"


def _free(desk: Desk, store: dict[str, Any]) -> str:
    free, total = store["disk_free_bytes"], store["disk_total_bytes"]
    if free is None or not total:
        return desk.t("on another machine")
    text = desk.t("{free} of {total}, {share} %")
    share = shown.number(100 * free / total, 0, desk.language)
    return text.format(free=_gigabytes(desk, free), total=_gigabytes(desk, total), share=share)


def _clock(desk: Desk, found: Health) -> str:
    ahead = found["clock_ahead_seconds"]
    if not ahead:
        return desk.t("that of the database")
    said = desk.t("{time} ahead of the database") if ahead > 0 else desk.t("{time} behind the database")
    return said.format(time=shown.about(abs(ahead), desk.language))
