"""Disputes of settlement: those that wait for an answer first, then all of them."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.service.commands import AnswerDispute
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, facts, listing
from walras.service.console.pages.ledger.ways import DISPUTES, RUNS, begin
from walras.service.console.places import mark, place
from walras.service.console.sections import act, heading, part
from walras.service.queries import ListDisputes
from walras.service.queries.query import WATCHING

RAISED = mark("raised")
STATES = (RAISED, mark("upheld"), mark("rejected"), mark("withdrawn"))


@place(DISPUTES, mark("Disputes"), WATCHING)
async def disputes(desk: Desk) -> None:
    """Show open disputes with the way to the lines that they are about, and below every dispute."""
    market = await begin(desk, DISPUTES)
    if market is None:
        return
    box = ui.element("div").classes("page")

    async def refresh() -> None:
        rows = await desk.items(ListDisputes(market=market), most=20_000)
        box.clear()
        with box:
            _open(desk, [r for r in rows if r["state"] == RAISED], refresh)
            _every(desk, rows)

    await refresh()


def _open(desk: Desk, rows: list[dict[str, Any]], refresh: Any) -> None:
    t = desk.t
    with part(t("Disputes that wait for an answer")):
        if not rows:
            text = t("Nobody disputes a run. A member may, for as many days as the terms say, and it stands here.")
            ui.label(text).classes("empty")
        for one in rows:
            with ui.element("section").classes("card section"):
                heading(t("{dispute} of {party}").format(dispute=one["id"], party=one["party"]), 3)
                facts(desk, [
                    (t("Session"), one["session"]), (t("Run"), str(one["run"])),
                    (t("Raised"), shown.time(one["at"], desk.zone, desk.language)),
                ])  # fmt: skip
                ui.label(one["text"])
                with ui.element("div").classes("row-of-acts"):
                    ui.link(t("The disputed lines"), _lines(one))
                    act(desk, AnswerDispute, t("Answer"), {"dispute": one["id"]}, fixed=("dispute",),
                        on_done=lambda _: refresh())  # fmt: skip


def _every(desk: Desk, rows: list[dict[str, Any]]) -> None:
    t = desk.t
    columns = [
        Column("id", t("No."), "code"), Column("party", t("Party"), "code"), Column("session", t("Session"), "code"),
        Column("run", t("Run"), "number", decimals=0), Column("state", t("State"), "state"),
        Column("at", t("Raised"), "time"),
        Column("text", t("What it says"), "wide"), Column("answer", t("Answer"), "wide"),
    ]  # fmt: skip
    with part(t("All disputes")):
        linked = [r | {"session_href": _lines(r)} for r in reversed(rows)]
        listing(desk, columns, linked, title=t("All disputes"), key="id", empty=t("There was no dispute yet."))


def _lines(dispute: dict[str, Any]) -> str:
    return f"{RUNS}/{dispute['session']}?run={dispute['run']}&party={dispute['party']}"
