"""One company: its facts, what may be done with it, and everything that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from walras.service.commands import (
    AdmitCompany,
    ReinstateCompany,
    RejectApplication,
    SetTaxFacts,
    SuspendCompany,
)
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.listing import facts
from walras.service.console.pages.members.cases import case_card
from walras.service.console.pages.members.covered import collateral, covers_of
from walras.service.console.pages.members.papers import papers
from walras.service.console.pages.members.people import people
from walras.service.console.pages.members.rights import rights
from walras.service.console.places import mark, place
from walras.service.console.sections import act, part
from walras.service.queries import GetCompany
from walras.service.queries.query import WATCHING

Company = Mapping[str, Any]
TREATED = (mark("taxable dealer"), mark("no dealer"))


@place("/companies/{company}", mark("Company"), WATCHING)
async def company(desk: Desk) -> None:
    """Show a company from top to bottom; an act shows all of it anew."""
    box = ui.element("div").classes("page")

    async def refresh() -> None:
        found = await desk.ask(GetCompany(company=desk.path["company"]))
        covers = await covers_of(desk, found) if found["role"] == "member" else []
        box.clear()
        with box:
            _all(desk, found, covers, refresh)

    await refresh()


def _all(desk: Desk, found: Company, covers: Any, refresh: Any) -> None:
    t = desk.t
    desk.heading.text = f"{found['name']} ({found['company']})"
    _head(desk, found, refresh)
    people(desk, found, refresh)
    if found["role"] == "member":
        rights(desk, found, refresh)
        collateral(desk, covers)
    papers(desk, found, refresh)
    with part(t("Screening")):
        cases = found.get("cases", [])
        if not cases:
            ui.label(t("This company was never screened.")).classes("empty")
        for case in reversed(cases):
            case_card(desk, case, refresh)


def _head(desk: Desk, found: Company, refresh: Any) -> None:
    t = desk.t
    with ui.element("div").classes("card section"):
        ui.label(t(found["state"])).classes(f"state state-{found['state']}")
        facts(desk, [
            (t("Code"), found["company"]), (t("Role"), t(found["role"].replace("_", " "))),
            (t("Country"), found["country"] or ""), ("EIC", found["eic"] or ""),
            (t("Identifiers"), ", ".join(_identifier(i) for i in found["identifiers"])),
            (t("Since"), shown.time(found["since"], desk.zone, desk.language)),
        ])  # fmt: skip
        _acts(desk, found, refresh)
        with ui.element("div").classes("row-of-acts"):
            ui.link(t("Record of all members"), "/record/members")
            if found["role"] == "member":
                ui.link(t("Its limits"), "/limits")
    _tax(desk, found, refresh)


def _identifier(one: Any) -> str:
    return ":".join(str(v) for v in one.values()) if isinstance(one, dict) else str(one)


def _acts(desk: Desk, found: Company, refresh: Any) -> None:
    t, state = desk.t, found["state"]
    preset, fixed = {"company": found["company"]}, ("company",)

    def offer(command: Any, text: str) -> None:
        act(desk, command, text, preset, fixed=fixed, on_done=lambda _: refresh())

    with ui.element("div").classes("row-of-acts"):
        if state == "applied":
            offer(AdmitCompany, t("Admit"))
        if state in ("applied", "held"):
            offer(RejectApplication, t("Turn down"))
        if state == "active" and found["role"] != "operator":
            offer(SuspendCompany, t("Suspend"))
        if state == "suspended":
            offer(ReinstateCompany, t("Reinstate"))
    if state == "held":
        ui.label(
            t("A screening found something: two officers decide below before the company can be admitted.")
        ).classes("banner")


def _tax(desk: Desk, found: Company, refresh: Any) -> None:
    """Show what documents of settlement need to know."""
    t, tax = desk.t, found.get("tax")
    with part(t("Tax facts")):
        if tax is None:
            ui.label(t("Nobody has said them yet: documents are written as for a company that is no taxable dealer."))
        else:
            facts(desk, [
                (t("Dealer"), t("taxable dealer") if tax["is_dealer"] else t("no dealer")),
                (t("VAT number"), tax["vat_number"]), (t("Energy is used in"), tax["used_in"] or ""),
                (t("Postal address"), tax["postal_address"]),
            ])  # fmt: skip
        preset = {"company": found["company"]} | dict(tax or {})
        act(desk, SetTaxFacts, t("Set tax facts"), preset, fixed=("company",), on_done=lambda _: refresh())
