"""The first page of each role: what is on today, and what waits for whom."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import import_module

from nicegui import ui

from walras.service.console.desk import Desk
from walras.service.console.pages.home.operator import operator_home, regulator_home
from walras.service.console.places import mark, place
from walras.service.roles import Role

Home = Callable[[Desk], Awaitable[None]]


@place("/", mark("Today"), group="Market", icon="home", order=1)
async def home(desk: Desk) -> None:
    """Show the first page of the person's role."""
    shown = _homes().get(desk.actor.role)
    if shown is None:
        ui.label(desk.t("What you may do stands in the menu.")).classes("empty")
        return
    await shown(desk)


def _homes() -> dict[Role, Home]:
    found: dict[Role, Home] = {Role.OPERATOR: operator_home, Role.REGULATOR: regulator_home}
    for role, name in ((Role.MEMBER, "member"), (Role.SYSTEM_OPERATOR, "system_operator")):
        try:
            module = import_module(f"{__name__}.{name}")
        except ModuleNotFoundError:
            continue
        found[role] = getattr(module, f"{name}_home")
    return found
