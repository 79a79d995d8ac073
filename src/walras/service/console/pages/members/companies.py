"""All companies: applications that wait first, then everybody with a search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from walras.service.commands import AdmitCompany, ApplyForMembership, Command, RejectApplication
from walras.service.console.desk import Desk
from walras.service.console.forms import open_form
from walras.service.console.listing import Column, listing
from walras.service.console.places import mark, place
from walras.service.console.sections import act, part
from walras.service.queries import ListCompanies
from walras.service.queries.query import WATCHING

ADDRESS = "/companies"
WAITING = ("applied", "held")
Company = Mapping[str, Any]
DECISIONS: dict[str, type[Command]] = {"admit": AdmitCompany, "reject": RejectApplication}
ROLES = (mark("operator"), mark("member"), mark("system operator"), mark("regulator"))
STATES = (mark("applied"), mark("held"), mark("active"), mark("suspended"), mark("rejected"))


@place(ADDRESS, mark("Companies"), WATCHING, group="Members", icon="groups", order=10)
async def companies(desk: Desk) -> None:
    """Show what waits, then the register."""
    await Register(desk).build()


class Register:
    """The companies on a page; it is read anew after each act."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.found: list[dict[str, Any]] = []

    async def build(self) -> None:
        """Make the page."""
        t, desk = self.desk.t, self.desk
        with ui.element("div").classes("row-of-acts"):
            act(desk, ApplyForMembership, t("New application"), icon="person_add", on_done=lambda _: self.refresh())
        self.waiting = ui.element("div").classes("section")
        with part(t("Register")):
            with ui.element("div").classes("filters"):
                self.text = ui.input(t("Search name, code or EIC")).props("outlined dense clearable").mark("search")
                self.role = ui.select({}, label=t("Role"), clearable=True).props("outlined dense")
                self.state = ui.select({}, label=t("State"), clearable=True).props("outlined dense")
                self.country = ui.select([], label=t("Country"), clearable=True).props("outlined dense")
            self.rows = ui.element("div").classes("section")
        for box in (self.text, self.role, self.state, self.country):
            box.on_value_change(self._shown)
        await self.refresh()

    async def refresh(self) -> None:
        """Read the companies anew."""
        t = self.desk.t
        self.found = await self.desk.items(ListCompanies(limit=200), most=20_000)
        for box, name in ((self.role, "role"), (self.state, "state")):
            box.set_options({v: t(v.replace("_", " ")) for v in sorted({c[name] for c in self.found})})
        self.country.set_options(sorted({c["country"] for c in self.found if c["country"]}))
        self.waiting.clear()
        with self.waiting:
            self._waiting([c for c in self.found if c["state"] in WAITING])
        self._shown()

    def _waiting(self, those: list[dict[str, Any]]) -> None:
        t = self.desk.t
        with part(t("Applications that wait")):
            text = t("No application waits. New ones stand here until two officers admit them, or one turns them down.")
            rows = [_linked(c) for c in those]
            listing(self.desk, _columns(self.desk), rows, title=t("Applications that wait"), key="company", empty=text,
                    acts=self._acts, on_act=self._do)  # fmt: skip

    def _acts(self, company: Company) -> list[tuple[str, str]]:
        t, desk = self.desk.t, self.desk
        offered = []
        if company["state"] == "applied" and desk.may(AdmitCompany.word()):
            offered.append(("admit", t("Admit")))
        if desk.may(RejectApplication.word()):
            offered.append(("reject", t("Turn down")))
        return offered

    def _do(self, word: str, company: str) -> None:
        preset = {"company": company}
        open_form(self.desk, DECISIONS[word], preset, fixed=("company",), on_done=lambda _: self.refresh())

    def _shown(self) -> None:
        t = self.desk.t
        text = (self.text.value or "").casefold()
        wanted = {"role": self.role.value, "state": self.state.value, "country": self.country.value}
        rows = [
            _linked(c) for c in self.found
            if all(value in (None, c[name]) for name, value in wanted.items()) and text in _words(c)
        ]  # fmt: skip
        self.rows.clear()
        with self.rows:
            ui.label(t.n_("{count} company", "{count} companies", len(rows)).format(count=len(rows))).classes("quiet")
            empty = (
                t("No company is like that. Take a filter away.") if self.found else t("No company has applied yet.")
            )
            listing(self.desk, _columns(self.desk), rows, title=t("Companies"), key="company", empty=empty)


def _columns(desk: Desk) -> list[Column]:
    t = desk.t
    return [
        Column("company", t("Code"), "code"), Column("name", t("Name")), Column("role", t("Role"), "words"),
        Column("state", t("State"), "state"), Column("country", t("Country")), Column("eic", "EIC", "code"),
        Column("since", t("Since"), "time"),
    ]  # fmt: skip


def _linked(company: Company) -> dict[str, Any]:
    address = f"{ADDRESS}/{company['company']}"
    return dict(company) | {"company_href": address, "name_href": address}


def _words(company: Company) -> str:
    return " ".join(str(company[n] or "") for n in ("company", "name", "eic")).casefold()
