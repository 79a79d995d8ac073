"""Objections to a preliminary result, as those who watch see them, with the answer of an officer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from nicegui import ui

from walras.service.commands import AnswerObjection
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.forms import open_form


def objections(desk: Desk, items: Sequence[Mapping[str, Any]], on_done: Callable[[], Awaitable[None]]) -> None:
    """Show each objection with its text, and the form that answers it."""
    t = desk.t
    if not items:
        ui.label(t("Nobody has objected. Members may while the result is preliminary.")).classes("empty")
    for one in items:
        with ui.element("article").classes("card section"):
            with ui.element("div").classes("row-of-acts"):
                ui.label(t("Objection {number}").format(number=one["objection"])).classes("strong")
                ui.label(t(one["state"])).classes(f"state state-{one['state']}")
                ui.link(one["member"], f"/companies/{one['member']}") if desk.may("list-cases") else ui.label(
                    one["member"]
                )
                ui.label(shown.time(one["at"], desk.zone, desk.language)).classes("quiet")
                ui.label(t("against version {number}").format(number=one["version"])).classes("quiet")
            ui.label(one["text"]).classes("words")
            if one["answer"]:
                ui.label(t("Answer: {text}").format(text=one["answer"])).classes("words quiet")
            if one["state"] == "raised" and desk.may("answer-objection"):
                number = one["objection"]
                ui.button(t("Answer"), on_click=lambda n=number: _answer(desk, n, on_done)).props("no-caps unelevated")


def _answer(desk: Desk, number: int, on_done: Callable[[], Awaitable[None]]) -> None:
    async def done(_answer: Mapping[str, Any]) -> None:
        await on_done()

    open_form(desk, AnswerObjection, {"objection": number}, fixed=("objection",), on_done=done)
