"""Where mistakes are shown: beside the field that each is about, and all of them in one list.

The list is an alert that a screen reader speaks. It shows every mistake, however many: what,
where, the rule and the way to mend it.
"""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from nicegui import context, ui
from nicegui.element import Element

from walras.errors import Mistake
from walras.service.console.desk import CLAIMS, Declined, Desk, SignedOut


class Problems:
    """A list of mistakes on a page, empty and unseen until there are some.

    Attributes:
        fields: Inputs by the field that they fill: a mistake about it is shown at the input too.
    """

    def __init__(self, desk: Desk, fields: Mapping[str, Any] | None = None) -> None:
        self.desk, self.fields = desk, dict(fields or {})
        self.box = Element("div").classes("problems").props('role="alert"')
        self.mistakes: list[Mistake] = []

    def show(self, mistakes: Iterable[Mistake]) -> None:
        """Show mistakes in place of those before."""
        self.clear()
        self.mistakes = list(mistakes)
        t = self.desk.t
        with self.box:
            ui.label(t("Mistakes: {count}").format(count=len(self.mistakes))).classes("problems-head")
            with Element("ol").classes("problems-list").props('tabindex="0"'):
                for mistake in self.mistakes:
                    self._one(mistake)
        for mistake in self.mistakes:
            field = self.fields.get(first_part(mistake.where))
            if field is not None:
                field.error = mistake.what

    def _one(self, mistake: Mistake) -> None:
        with Element("li"):
            with Element("div"):
                if mistake.where:
                    ui.label(mistake.where).classes("where")
                ui.label(mistake.what).classes("what")
            ui.label(mistake.fix).classes("fix")
            ui.label(f"{self.desk.t('rule')}: {mistake.rule}").classes("rule")
            self.beside(mistake)

    def beside(self, mistake: Mistake) -> None:
        """Add to what is said of a mistake, such as the way to its place; nothing unless a page knows more."""

    def clear(self) -> None:
        """Take the list away."""
        self.mistakes = []
        self.box.clear()
        for field in self.fields.values():
            field.error = None


def first_part(where: str) -> str:
    """Return the field that a place in a body begins with.

    >>> first_part("products.0.1"), first_part("grids[0].zone"), first_part("gate_at")
    ('products', 'grids', 'gate_at')
    """
    return where.replace("[", ".").split(".")[0].strip()


def guarded(
    desk: Desk, problems: Problems | None = None
) -> Callable[[Callable[..., Awaitable[None]]], Callable[..., Awaitable[None]]]:
    """Make a handler of a page show its mistakes, and lead to the sign-in once that has ended.

    What was typed stays: an ended sign-in says so and opens the sign-in in another tab's place only on demand.
    """

    def wrap(handler: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        @functools.wraps(handler)
        async def safe(*given: Any) -> None:
            if problems is not None:
                problems.clear()
            try:
                await handler(*given)
            except Declined as declined:
                if problems is not None:
                    problems.show(declined.mistakes)
                else:
                    for mistake in declined.mistakes[:3]:
                        ui.notify(f"{mistake.what} {mistake.fix}", type="negative", multi_line=True, timeout=10_000)
            except SignedOut:
                say_signed_out(desk)

        return safe

    return wrap


AGAIN = """fetch('/sign-in/again', {method: 'POST', body: new URLSearchParams({secret: '%s'})})
  .then((answer) => answer.status, () => 0)"""
"""The browser sends the cookie of its sign-in, which no script sees, with the secret of this screen."""
AGAIN_SECONDS = 15.0


def say_signed_out(desk: Desk) -> None:
    """Say once that the sign-in has ended; the way back opens beside, so that nothing typed is lost."""
    desk.is_over = True
    if desk.farewell is not None and not desk.farewell.is_deleted:
        desk.farewell.open()
        return
    t = desk.t
    with context.client.content, ui.dialog(value=True).props("persistent") as dialog, ui.card():
        ui.label(t("You are signed out")).classes("text-h6")
        ui.label(t("Your sign-in has ended. Sign in again in another tab, then go on here: nothing typed is lost."))
        said = ui.label().props('role="status"')

        async def go_on() -> None:
            wrong = await _taken_again(desk)
            said.text = wrong
            if not wrong:
                dialog.close()

        with ui.row():
            ui.link(t("Sign in"), "/sign-in?next=/back", new_tab=True).classes("q-btn-like")
            ui.button(t("Go on"), on_click=go_on)
            ui.button(t("Close"), on_click=dialog.close).props("flat")
    desk.farewell = dialog


async def _taken_again(desk: Desk) -> str:
    """Let the browser hand over its new sign-in; return what is wrong, nothing where the screen goes on with it."""
    try:
        status = await ui.run_javascript(AGAIN % CLAIMS.give(desk), timeout=AGAIN_SECONDS)
    except TimeoutError:
        status = 0
    if status == 204:
        return ""
    if status == 409:
        return desk.t("Somebody else is signed in now. Load this page anew to go on as that person.")
    if status == 403:
        return desk.t("Nobody is signed in yet. Sign in in another tab first.")
    return desk.t("There was no answer. Try again.")
