"""Whose figures a page of money shows: one's own; who watches chooses a company, or sees all."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.results.minor_units import decimals_of
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.sections import go
from walras.service.queries import ListCompanies
from walras.service.queries.billing import Form
from walras.service.queries.query import WATCHING
from walras.settlement.accounts import name_of

FORMS: tuple[Form, ...] = ("html", "pdf", "csv")
"""In which documents of settlement can be had."""


async def company_of(desk: Desk) -> str:
    """Return the company that a page is about; empty = all of them, to those who watch, who are offered a choice."""
    if desk.actor.role not in WATCHING:
        return desk.actor.company
    found = await desk.items(ListCompanies())
    names = {"": desk.t("all companies")} | {c["company"]: f"{c['company']} {c['name']}" for c in found}
    chosen = desk.query.get("company", "")
    company = chosen if chosen in names else ""
    box = ui.select(names, label=desk.t("Company"), value=company, with_input=True).props("outlined dense")
    box.classes("chooser").mark("company").on_value_change(lambda event: go(desk, company=event.value or None))
    return company


def of(company: str, account: str) -> bool:
    """Return whether an account belongs to a company; every account where none is named.

    >>> of("M-0001", "member/M-0001"), of("", "fee/trading"), of("M-0001", "member/M-0002")
    (True, True, False)
    """
    return not company or name_of(account) == company


def money(desk: Desk, minor: int | None, currency: str) -> str:
    """Return an amount with its currency."""
    return "" if minor is None else f"{shown.money(minor, decimals_of(currency), desk.language)} {currency}"


def priced(row: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return a row whose amounts are written with the decimals of its currency."""
    return row | {f"{name}_decimals": decimals_of(row["currency"]) for name in names}
