"""Places: every page of the console with its address, title and the roles that may go there.

A page is one async function of a desk under `@place(...)`; what `order` says is where it stands
in the menu (places without a group are reached by links). One file a subject in `pages`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from walras.service.console.desk import Desk
from walras.service.roles import Role

Build = Callable[[Desk], Awaitable[None]]

SIGNED_IN = frozenset({Role.OPERATOR, Role.MEMBER, Role.SYSTEM_OPERATOR, Role.REGULATOR})


def mark(text: str) -> str:
    """Return a text as it is: it stands in the catalogues and is translated where it is shown."""
    return text


GROUPS = (
    mark("Market"), mark("Orders"), mark("Grid"), mark("Contracts"), mark("Money"), mark("Members"), mark("Oversight"),
    mark("Record"),
)  # fmt: skip
"""Groups of the menu, in their order."""


@dataclass(frozen=True)
class Place:
    """One page.

    Attributes:
        address: Such as `/sessions/{session}`.
        title: In English, translated when shown.
        roles: Who may go there.
        build: Fills the page.
        group: Of the menu, empty for pages that are reached by links.
        icon: Name of a Material icon.
        order: Within its group.
    """

    address: str
    title: str
    roles: frozenset[Role]
    build: Build
    group: str = ""
    icon: str = ""
    order: int = 100


PLACES: dict[str, Place] = {}
"""Filled by `place`; complete once `walras.service.console.pages` is imported."""


def place(
    address: str, title: str, roles: frozenset[Role] = SIGNED_IN, *, group: str = "", icon: str = "", order: int = 100
) -> Callable[[Build], Build]:
    """Name a function as the page of an address."""
    assert not group or group in GROUPS, f"there is no group {group}"

    def note(build: Build) -> Build:
        assert address not in PLACES, f"{address} has a page"
        PLACES[address] = Place(address, title, roles, build, group, icon, order)
        return build

    return note


def menu(role: Role) -> list[tuple[str, list[Place]]]:
    """Return the groups that a role sees, with their places."""
    mine = sorted((p for p in PLACES.values() if p.group and role in p.roles), key=lambda p: (p.order, p.address))
    found = [(group, [p for p in mine if p.group == group]) for group in GROUPS]
    return [(group, places) for group, places in found if places]
