"""The life of a session as a row of steps: what is done, where it stands, what is to come, each with its time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.places import mark

LIFE = (
    ("scheduled", mark("scheduled"), ""),
    ("open", mark("open"), "opens_at"),
    ("closed", mark("gate closed"), "gate_at"),
    ("running", mark("clearing"), ""),
    ("preliminary", mark("preliminary"), "results_due_at"),
    ("objections", mark("objections"), "final_after"),
    ("final", mark("final"), ""),
)
"""Steps with the time at which each is due, of the gate when it closed; of the window of objections its end."""
ENDS = {"fallback": mark("ended without a result: fallback"), "cancelled": mark("cancelled")}
SAID = {"done": mark("done"), "now": mark("now"), "ahead": mark("to come")}


def place_of(session: Mapping[str, Any], is_running: bool, at: str) -> int:
    """Return the number of the step that a session stands at; of one that has ended, the last that it reached.

    >>> place_of({"state": "closed", "version": 0}, True, "")
    3
    """
    state = session["state"]
    if state == "cleared":
        is_window = session["final_after"] is not None and at < session["final_after"]
        return 5 if is_window or session["final_after"] is None else 6
    if state in ENDS:
        return 3 if session["key_released_at"] else 0
    return {"scheduled": 0, "open": 1, "closed": 3 if is_running else 2, "final": 7}[state]


def stepper(desk: Desk, session: Mapping[str, Any], is_running: bool, at: str) -> None:
    """Show the steps."""
    t, here = desk.t, place_of(session, is_running, at)
    ended = ENDS.get(session["state"])
    with ui.element("ol").classes("stepper").props(f'aria-label="{t("Life of the session")}"'):
        for number, (_, name, due) in enumerate(LIFE):
            look = "done" if number < here or (number == here and ended) else "now" if number == here else "ahead"
            if ended and number > here:
                break
            with ui.element("li").classes(f"step-{look}") as item:
                ui.label(t(name)).classes("step-name")
                ui.label(t(SAID[look])).classes("step-said")
                at_last = session["key_released_at"] if due == "gate_at" else None
                if due and (at_last or session.get(due)):
                    ui.label(shown.time(at_last or session[due], desk.zone, desk.language)).classes("step-time")
            if look == "now":
                item.props('aria-current="step"')
        if ended:
            with ui.element("li").classes("step-ended").props('aria-current="step"'):
                ui.label(t(ended)).classes("step-name")
