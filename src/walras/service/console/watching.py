"""Screens that are looked at and show what others do: asked again and again, without keeping a sign-in awake.

A handler given to `watch` asks with `is_watching=True` and changes elements in place. Once the
sign-in has ended, it is said once and nothing is asked until the person has signed in again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from walras.service.console.desk import Declined, Desk, SignedOut
from walras.service.console.problems import say_signed_out


def watch(desk: Desk, seconds: float, look: Callable[[], Awaitable[None]]) -> ui.timer:
    """Call a handler every so many seconds; the timer that is returned can be stopped with `deactivate`."""

    async def safe() -> None:
        if desk.is_over:
            return
        try:
            await look()
        except Declined:  # said by whoever acts; a screen that only looks tries again
            return
        except SignedOut:
            say_signed_out(desk)

    return ui.timer(seconds, safe, immediate=False)
