"""Everything that a role may do at the door, as forms: what no page of its own offers is found here."""

from __future__ import annotations

from nicegui import ui

from walras.service.commands import COMMANDS, Command
from walras.service.console.desk import Desk
from walras.service.console.forms import CommandForm, said_of, words_of
from walras.service.console.places import mark, place

BY_FILE = frozenset({"send-file", "check-file", "submit-orders"})
"""Acts that have pages of their own: their bodies are files or grids."""


@place("/acts", mark("All acts"), group="Record", icon="apps", order=900)
async def acts(desk: Desk) -> None:
    """List the acts of the role, by what they are about."""
    ui.label(
        desk.t("Every act of the market that your role may ask for. Pages offer the usual ones where they are needed.")
    )
    mine = [c for c in COMMANDS.values() if desk.may(c.word()) and c.word() not in BY_FILE]
    for scope in sorted({c.scope for c in mine}):
        with ui.element("h2"):
            ui.label(desk.t(words_of(scope))).classes("inline")
        with ui.element("ul").classes("acts-list"):
            for command in sorted((c for c in mine if c.scope == scope), key=lambda c: c.word()):
                _line(desk, command)


def _line(desk: Desk, command: type[Command]) -> None:
    with ui.element("li"):
        ui.link(desk.t(words_of(command.word().replace("-", "_"))), f"/acts/{command.word()}")
        ui.label(desk.t(said_of(command))).classes("quiet")


@place("/acts/{word}", mark("Act"))
async def act(desk: Desk) -> None:
    """Show the form of one act; the address may fill in fields."""
    command = COMMANDS.get(desk.path["word"])
    if command is None or not desk.may(command.word()) or command.word() in BY_FILE:
        ui.label(desk.t("There is no such act for your role.")).classes("empty")
        return
    desk.heading.text = desk.t(words_of(command.word().replace("-", "_")))
    with ui.element("div").classes("card"):
        CommandForm(desk, command, {n: v for n, v in desk.query.items() if n in command.model_fields})
