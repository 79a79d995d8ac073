"""Objections to a preliminary result: a form while the window is open, with its countdown, and what became of them."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.service.commands import RaiseObjection
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.forms import CommandForm
from walras.service.console.listing import Column, listing
from walras.service.console.pages.orders.mine import countdown
from walras.service.queries import ListObjections


class Objecting:
    """The objections of a member to one session's result."""

    def __init__(self, desk: Desk, session: dict[str, Any]) -> None:
        self.desk, self.session = desk, session

    async def build(self) -> None:
        """Draw form and list."""
        t, desk, session = self.desk.t, self.desk, self.session
        with ui.element("section").classes("section"):
            with ui.element("h2"):
                ui.label(t("Objections")).classes("inline")
            is_open = session["state"] == "cleared" and session["objections_until"] is not None
            if is_open:
                with ui.element("div").classes("row-of-acts"):
                    ui.label(t("You may object for another"))
                    clock = countdown(desk, session["objections_until"], t("no time: the window is closed"))
                    clock.mark("time-to-object")
                until = shown.time(session["objections_until"], desk.zone, desk.language)
                ui.label(t("until {time}").format(time=until)).classes("quiet")
                with ui.element("div").classes("card section") as card:
                    form = CommandForm(
                        desk, RaiseObjection, {"session": session["session"]}, fixed=("session",),
                        on_done=lambda _answer: self.refresh(), verb=t("Object"),
                    )  # fmt: skip
                clock.on("over", lambda: self._over(card, form), args=[])
            else:
                ui.label(t("Objections are taken while a result is preliminary.")).classes("quiet")
            self.box = ui.element("div")
        await self.refresh()

    def _over(self, card: ui.element, form: CommandForm) -> None:
        """Close the form: what was typed stays to be read and copied, an empty form goes."""
        card.set_visibility(bool(form.inputs["text"].value()))
        form.button.disable()
        t = self.desk.t
        with card:
            said = ui.label(t("The window is closed: no objection is taken any more. What you typed stays here."))
            said.classes("banner bad").props('role="alert"')

    async def refresh(self) -> None:
        """Show what was objected, and the answers."""
        t = self.desk.t
        items = (await self.desk.ask(ListObjections(session=self.session["session"])))["items"]
        columns = [
            Column("objection", t("Number"), "number", decimals=0), Column("at", t("Time"), "time"),
            Column("version", t("Version"), "number", decimals=0), Column("state", t("State"), "state"),
            Column("text", t("Objection")), Column("answer", t("Answer")),
        ]  # fmt: skip
        self.box.clear()
        with self.box:
            empty = t("You have not objected to this result.")
            listing(self.desk, columns, items, title=t("Objections"), key="objection", empty=empty)
