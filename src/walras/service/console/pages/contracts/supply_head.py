"""What the pages of a supply agreement share: ways between them, the contract that is chosen, amounts as numbers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from nicegui import ui

from walras.results.minor_units import decimals_of
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.sections import beside, go
from walras.service.queries import GetSupplyAgreement, GetSupplyStanding
from walras.settlement.accounts import name_of

Found = dict[str, Any]


@dataclass(frozen=True)
class Head:
    """An agreement, its standing, and the contract that a page is about.

    Attributes:
        found: The agreement with its versions.
        standing: Where it stands; None before a version holds.
        contract: The contract that is chosen; None where there is no standing.
    """

    found: Found
    standing: Found | None
    contract: Found | None

    @property
    def agreement(self) -> str:
        """Return the id of the agreement."""
        return str(self.found["agreement"])


async def head_of(desk: Desk, here: str, *, has_choice: bool = True) -> Head:
    """Show the head of a page of an agreement, and return what it is about.

    Args:
        desk: Where it stands.
        here: Which page: the last part of its address, empty for the first one.
        has_choice: Whether one of several contracts is chosen.
    """
    t, agreement = desk.t, desk.path["agreement"]
    found = await desk.ask(GetSupplyAgreement(agreement=agreement))
    desk.heading.text = f"{agreement}: {found['name']}"
    standing = await desk.ask(GetSupplyStanding(agreement=agreement)) if found["version"] else None
    names = [c["contract"] for c in standing["contracts"]] if standing else []
    chosen = desk.query.get("contract", "")
    name = chosen if chosen in names else next(iter(names), "")
    base = f"/supply/{agreement}"
    pages = [
        ("", t("Overview")), ("/course", t("Quantities and bank")), ("/prices", t("Prices")),
        ("/documents", t("Documents")), ("/flexibility", t("Flexibility")), ("/records", t("Records")),
        ("/text", t("Text")),
    ]  # fmt: skip
    shown_pages = pages if standing else [pages[0], pages[-1]]
    beside(desk, [(base + end, text) for end, text in shown_pages], base + (f"/{here}" if here else ""), contract=name)
    if has_choice and len(names) > 1:
        box = ui.select(names, label=t("Contract"), value=name).props("outlined dense").classes("chooser")
        box.mark("contract").on_value_change(lambda event: go(desk, contract=event.value, year=None, month=None))
    contract = next((c for c in standing["contracts"] if c["contract"] == name), None) if standing else None
    if standing is None and here:
        ui.label(t("No version of it holds yet: the other parties have to confirm it first.")).classes("empty")
    return Head(found, standing, contract)


def amount(text: str | None) -> float | None:
    r"""Return a quantity or price as a number to be shown: texts are decimals, shortened ones too, or fractions.

    >>> amount("5690000/207"), amount("713407.92270531\N{HORIZONTAL ELLIPSIS}"), amount(None)
    (27487.92270531401, 713407.92270531, None)
    """
    return None if text in (None, "") else float(Fraction(str(text).rstrip("\N{HORIZONTAL ELLIPSIS}")))


def quantity(desk: Desk, value: float | None, unit: str, decimals: int = 0) -> str:
    """Return a quantity with its unit, apart from a unit that begins with a number."""
    if value is None:
        return desk.t("none agreed")
    times = " \N{MULTIPLICATION SIGN}" if unit[:1].isdigit() else ""
    return f"{shown.number(value, decimals, desk.language)}{times} {unit}"


def party(account: str) -> str:
    """Return the code of a company in an account.

    >>> party("member/M-0004")
    'M-0004'
    """
    return name_of(account) if "/" in account else account


def money(desk: Desk, minor: int | None, currency: str) -> str:
    """Return an amount with its currency."""
    return "" if minor is None else f"{shown.money(minor, decimals_of(currency), desk.language)} {currency}"
