"""The next step of a session in words and as a button, and every other act that the person may do with it now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from nicegui import ui

from walras.service.commands import COMMANDS
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.forms import open_form
from walras.service.console.pages.orders.mine import countdown
from walras.service.console.pages.sessions.words import ACTS, STEPS

Refresh = Callable[[], Awaitable[None]]


def next_step(desk: Desk, session: Mapping[str, Any], steps: Mapping[str, Any], on_done: Refresh) -> None:
    """Show what comes next and the acts; what may be done is what the service says."""
    t, coming = desk.t, steps["next"]
    with ui.element("div").classes("row-of-acts next-step"):
        ui.label(t("Next:")).classes("quiet")
        ui.label(t(STEPS[coming["step"], coming["by"]])).classes("next-words")
        if coming["at"] and coming["at"] > steps["at"]:
            ui.label(t("time left:")).classes("quiet")
            countdown(desk, coming["at"], t("it is time"))
            ui.label(shown.time(coming["at"], desk.zone, desk.language)).classes("quiet")
    for proposal in steps["proposals"]:
        with ui.element("div").classes("banner"):
            text = t("{act}: proposed by {user}, waits for a second officer.")
            ui.label(text.format(act=name_of(desk, proposal["command"]), user=proposal["proposed_by"])).classes(
                "inline"
            )
            ui.link(t("Look at the proposal"), f"/proposals/{proposal['proposal']}").classes("beside-it")
    may = [a for a in steps["acts"] if a["may"]]
    if may:
        with ui.element("div").classes("row-of-acts"):
            for act in sorted(may, key=lambda a: a["act"] != coming["step"]):
                _button(desk, session, act, on_done, is_next=act["act"] == coming["step"])
    _not_now(desk, [a for a in steps["acts"] if not a["may"]])


def name_of(desk: Desk, act: str) -> str:
    """Return what an act is called."""
    return desk.t(ACTS[act]) if act in ACTS else desk.t(act.replace("-", " "))


def _button(desk: Desk, session: Mapping[str, Any], act: Mapping[str, Any], on_done: Refresh, *, is_next: bool) -> None:
    word = act["act"]
    look = "unelevated" if is_next else "outline"
    button = ui.button(name_of(desk, word), on_click=lambda: ask(desk, session, word, on_done, act))
    button.props(f"no-caps {look}").mark(f"act-{word}")
    if act["needs_two"]:
        button.props('icon-right="group"').tooltip(desk.t("A second officer has to approve this."))


def ask(
    desk: Desk, session: Mapping[str, Any], word: str, on_done: Refresh,
    given: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Open the form of an act of this session; `given` is what the service said of it, or values to fill in."""
    preset: dict[str, Any] = {"session": session["session"]}
    fields = COMMANDS[word].model_fields
    preset |= {n: v for n, v in (given or {}).items() if n in fields}
    if word == "finalise-session":
        preset["version"] = session["version"]
    orders, rungs = (given or {}).get("orders") or [], (given or {}).get("rungs") or []
    if orders:
        preset |= orders[0]
    if rungs:
        preset["rung"] = rungs[0]

    async def done(_answer: Mapping[str, Any]) -> None:
        await on_done()

    open_form(desk, COMMANDS[word], preset, fixed=("session",), on_done=done, title=name_of(desk, word))


def _not_now(desk: Desk, acts: list[Mapping[str, Any]]) -> None:
    t = desk.t
    if not acts:
        return
    with ui.expansion(t("Not possible now, and why")).classes("not-now"), ui.element("ul"):
        for act in acts:
            with ui.element("li"):
                ui.label(name_of(desk, act["act"])).classes("inline strong")
                for reason in act["reasons"]:
                    ui.label(f"{reason['what']}. {reason['fix']}").classes("quiet")
