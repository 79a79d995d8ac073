"""Stages of results and states of sessions at a glance: a colour, a word and a shape for each.

Whoever sees no colours reads the word, whoever knows no word sees the shape: half a disc may
still change, a ticked square binds, a cross is void, a ring is open, a triangle runs.
"""

from __future__ import annotations

from html import escape
from typing import Any

from sqlalchemy import Row

from walras.service.publication import reading
from walras.service.publication.visitor import Visitor
from walras.service.words import mark

WORDS = {
    "preliminary": mark("preliminary"),
    "final": mark("final"),
    "superseded": mark("superseded"),
    "provisional": mark("provisional"),
    "withdrawn": mark("withdrawn"),
    "scheduled": mark("scheduled"),
    "open": mark("open"),
    "closed": mark("gate closed"),
    "running": mark("running"),
}
MEANING = {
    "preliminary": mark("Preliminary: members may still object, and a correction would be a new version."),
    "final": mark("Final: this result binds and does not change any more."),
    "superseded": mark("Superseded: a newer version has replaced this result."),
    "provisional": mark("Provisional: cleared without network limits, for information. This is no result."),
    "withdrawn": mark("Withdrawn: this session ended without a result by coupling."),
    "scheduled": mark("Scheduled: orders are not taken yet."),
    "open": mark("Open: members send their orders."),
    "closed": mark("The gate is closed: orders can no longer be changed, the run has not begun."),
    "running": mark("Running: prices are being computed."),
}
_SHAPES = {
    "preliminary": '<circle cx="8" cy="8" r="6" fill="none"/><path d="M8 2a6 6 0 0 1 0 12z" class="in"/>',
    "final": '<rect x="2" y="2" width="12" height="12" rx="2" fill="none"/><path d="M4.5 8.5 7 11l4.5-6" fill="none"/>',
    "superseded": '<path d="M8 1.5 14.5 8 8 14.5 1.5 8z" fill="none"/><path d="M5 8h6" fill="none"/>',
    "provisional": '<circle cx="8" cy="8" r="6" fill="none" stroke-dasharray="2.5 2.5"/>',
    "withdrawn": '<path d="M3 3l10 10M13 3 3 13" fill="none"/>',
    "scheduled": '<circle cx="8" cy="8" r="6" fill="none"/><path d="M8 4.5V8l2.5 2" fill="none"/>',
    "open": '<circle cx="8" cy="8" r="6" fill="none"/>',
    "closed": '<path d="M3 7h10v7H3zM5 7V5a3 3 0 0 1 6 0v2" fill="none"/>',
    "running": '<path d="M4 2.5 13 8l-9 5.5z" class="in"/>',
}


def badge(visitor: Visitor, standing: str) -> str:
    """Return the badge of a stage or state: shape and word on its colour."""
    if not standing:
        return ""
    shape = f'<svg viewBox="0 0 16 16" aria-hidden="true">{_SHAPES[standing]}</svg>'
    return f'<span class="stage {standing}">{shape}{escape(visitor.t(WORDS[standing]))}</span>'


def standing_of(session: Row[Any], *, is_running: bool) -> str:
    """Return what a session looks like from outside: a stage once it has a result, else its state.

    A result that is being computed anew is shown as running; its older version has a page of its own.
    """
    if session.state in ("cleared", "final", "fallback", "cancelled"):
        return reading.stage_of(session, session.version)
    if session.state == "closed" and is_running:
        return "running"
    return str(session.state)
