"""The first page of each role: what is on today, and what waits for whom."""

from __future__ import annotations

from walras.service.console.desk import Desk
from walras.service.console.pages.home.member import member_home
from walras.service.console.pages.home.operator import operator_home, regulator_home
from walras.service.console.pages.home.system_operator import system_operator_home
from walras.service.console.places import mark, place
from walras.service.roles import Role

HOMES = {
    Role.OPERATOR: operator_home, Role.REGULATOR: regulator_home, Role.MEMBER: member_home,
    Role.SYSTEM_OPERATOR: system_operator_home,
}  # fmt: skip


@place("/", mark("Today"), group="Market", icon="home", order=1)
async def home(desk: Desk) -> None:
    """Show the first page of the person's role."""
    await HOMES[desk.actor.role](desk)
