"""Who I am: the sign-in of this person, company, password."""

from __future__ import annotations

from nicegui import ui

from walras.service.commands import ChangePassword
from walras.service.console.desk import Desk
from walras.service.console.forms import CommandForm
from walras.service.console.listing import facts
from walras.service.console.places import mark, place


@place("/me", mark("My sign-in"))
async def me(desk: Desk) -> None:
    """Show the person's facts and the form of a new password."""
    t = desk.t
    with ui.element("div").classes("card"):
        facts(desk, [
            (t("User"), desk.actor.user), (t("Company"), desk.actor.company),
            (t("Role"), t(str(desk.actor.role).replace("_", " "))), (t("Time zone"), desk.zone.key),
        ])  # fmt: skip
    with ui.element("h2"):
        ui.label(t("Another password")).classes("inline")
    with ui.element("div").classes("card"):
        ui.label(t("Every sign-in of yours ends with it: you sign in again with the new one.")).classes("quiet")
        CommandForm(desk, ChangePassword, on_done=lambda _: ui.navigate.to("/sign-in"))
