"""What two sides of a border agree: emergency assistance of a day gone by, returns of energy on a day to come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from nicegui import ui

from walras.errors import Mistake
from walras.service.commands import AgreeReturn, AnswerAgreement, Command, DeclareEmergency
from walras.service.console.desk import Declined, Desk, new_key
from walras.service.console.forms import tell
from walras.service.console.inputs import keep_draft
from walras.service.console.listing import Column, listing
from walras.service.console.mtu_sheet import MtuSheet, clock, draw_fill
from walras.service.console.pages.grid.chosen import Chosen, local_day
from walras.service.console.pages.grid.pointed import point
from walras.service.console.places import mark
from walras.service.console.problems import Problems, guarded
from walras.service.console.sections import part
from walras.service.queries import GetCapacity, ListAgreements

KINDS = {"emergency": mark("emergency assistance"), "return": mark("return of energy")}


async def show_agreements(
    desk: Desk, chosen: Chosen, section: Mapping[str, Any], side: str, on_change: Callable[[], Awaitable[None]]
) -> None:
    """List a day's agreements; the sides propose and answer in place."""
    with part(desk.t("Agreements of the two sides")):
        await Agreements(desk, chosen, str(section["element"]), side, on_change).build()


class Agreements:
    """The agreements of one border on a day."""

    def __init__(
        self, desk: Desk, chosen: Chosen, element: str, side: str, on_change: Callable[[], Awaitable[None]]
    ) -> None:
        self.desk, self.chosen, self.element, self.side, self.on_change = desk, chosen, element, side, on_change

    async def build(self) -> None:
        """Draw the list and, for a side, what it may propose for this day."""
        self.box = ui.element("div").classes("section")
        await self.draw()
        if self.side and self.desk.may("declare-emergency"):
            is_to_come = self.chosen.day > local_day(self.desk, self.chosen.at)
            command = AgreeReturn if is_to_come else DeclareEmergency
            await self._entry(command, is_return=is_to_come)

    async def draw(self) -> None:
        """Draw the agreements as they are now."""
        t, desk = self.desk.t, self.desk
        every = await desk.items(ListAgreements(market=self.chosen.market, delivery_day=self.chosen.day))
        rows = [r for r in every if r["element"] == self.element]
        for row in rows:
            energies = [m["kwh"] for m in row["mtus"]]
            row |= {
                "what": t(KINDS[row["kind"]]), "mwh": sum(energies) / 1000, "count": len(energies),
                "first": clock(desk, row["mtus"][0]["mtu_start"]) if row["mtus"] else "",
                "by": t("my side") if row["side"] == self.side else t(row["side"]),
            }  # fmt: skip
        columns = [
            Column("agreement", t("Agreement"), "code"), Column("what", t("Kind")), Column("by", t("Proposed by")),
            Column("reference", t("Reference")), Column("state", t("State"), "state"), Column("at", t("Sent"), "time"),
            Column("first", t("First MTU")), Column("count", t("MTUs"), "number", decimals=0),
            Column("mwh", t("Energy"), "number", "MWh", 3), Column("schedule", t("Scheduled as"), "code"),
        ]  # fmt: skip
        self.box.clear()
        with self.box:
            self.problems = Problems(desk)
            empty = t("Nothing was proposed for this day. Assistance and returns stand here once a side proposes them.")
            may = bool(self.side) and desk.may("answer-agreement")
            listing(
                desk, columns, rows, title=t("Agreements of the two sides"), key="agreement", empty=empty,
                acts=self._acts if may else None, on_act=guarded(desk, self.problems)(self._answer) if may else None,
            )  # fmt: skip

    def _acts(self, row: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Offer answers to what the other side proposed."""
        t = self.desk.t
        if row["state"] != "proposed" or row["side"] == self.side:
            return []
        return [("agreed", t("Agree")), ("refused", t("Refuse"))]

    async def _answer(self, decision: str, agreement: str) -> None:
        answer = await self.desk.do_fields(AnswerAgreement, {"agreement": agreement, "decision": decision})
        tell(self.desk, answer)
        await self.draw()
        await self.on_change()

    async def _entry(self, command: type[Command], *, is_return: bool) -> None:
        """Draw the sheet of a proposal: energy of some MTUs, and a reference."""
        t, desk = self.desk.t, self.desk
        query = GetCapacity(market=self.chosen.market, delivery_day=self.chosen.day, element=self.element)
        found = (await desk.ask(query))["elements"]
        starts = next(e["mtu_starts"] for e in found if e["element"] == self.element)
        title = t("Propose to return energy on this day") if is_return else t(
            "Propose that energy was emergency assistance"
        )  # fmt: skip
        with ui.expansion(title, icon="handshake").classes("paste-box"):
            ui.label(t("It counts once the other side agrees. Leave MTUs without energy empty.")).classes("quiet")
            reference = ui.input(t("Reference")).props("outlined dense").mark("agreement-reference")
            labels = {"kwh": t("Energy, kWh, forward positive")}
            name = f"agreement {self.element} {self.chosen.day.isoformat()}"
            sheet = MtuSheet(desk, name, title, starts, list(labels.items()), market=self.chosen.market)
            keep_draft(reference, sheet.kept)
            sheet.problems.fields["reference"] = reference
            draw_fill(desk, sheet, labels)
            send = guarded(desk, sheet.problems)(partial(self._propose, command, sheet, reference))
            ui.button(t("Propose"), on_click=send).props('no-caps unelevated color="primary"').mark("propose")

    async def _propose(self, command: type[Command], sheet: MtuSheet, reference: Any, _event: Any = None) -> None:
        given = [(i, kwh) for i, kwh in enumerate(sheet.series("kwh")) if kwh is not None]
        mtus = [{"mtu_start": sheet.starts[i], "kwh": kwh} for i, kwh in given]
        body = {"market": self.chosen.market, "delivery_day": self.chosen.day.isoformat(), "element": self.element,
                "reference": reference.value or "", "mtus": mtus}  # fmt: skip
        try:
            answer = await self.desk.do_fields(command, body, new_key())
        except Declined as declined:
            raise point(sheet, declined, _field, [i for i, _ in given]) from declined
        sheet.forget(sheet.kept)
        sheet.clear()
        tell(self.desk, answer)
        await self.draw()


def _field(_path: Any, _mistake: Mistake) -> str:
    return "kwh"
