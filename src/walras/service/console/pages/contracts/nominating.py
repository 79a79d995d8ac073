"""Nominations of a contract's day: own side typed or pasted MTU by MTU, the other's beside it, mismatches marked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from nicegui import ui

from walras.errors import Mistake
from walras.service.commands import NominateSchedule
from walras.service.console import plots, shown
from walras.service.console.desk import Declined, Desk, new_key
from walras.service.console.files import link
from walras.service.console.forms import tell
from walras.service.console.listing import Column, facts, listing
from walras.service.console.mtu_sheet import MtuSheet, clock, draw_fill
from walras.service.console.pages.orders.mine import countdown
from walras.service.console.places import mark, place
from walras.service.console.problems import guarded
from walras.service.console.sections import part
from walras.service.queries import GetMarketDocument, GetNomination
from walras.service.queries.query import WATCHING
from walras.service.roles import Role

Found = dict[str, Any]


@place("/contracts/{contract}/nominations/{day}", mark("Nominations"), frozenset({Role.MEMBER}) | WATCHING)
async def nominations(desk: Desk) -> None:
    """Show a day of a contract and, until it is due, the sheet of one's own side."""
    t, name = desk.t, desk.path["contract"]
    try:
        day = date.fromisoformat(desk.path["day"])
    except ValueError:
        ui.label(t("This is no day.")).classes("empty")
        return
    desk.heading.text = f"{t('Nominations')} {name}, {shown.day(day.isoformat(), desk.language)}"
    box = ui.element("div").classes("page")

    async def refresh() -> None:
        found = await desk.ask(GetNomination(contract=name, delivery_day=day))
        box.clear()
        with box:
            _head(desk, found)
            if found["side"] and not found["is_matched"] and found["state"] == "confirmed":
                with part(t("Your nomination")):
                    NominationSheet(desk, found, refresh)
            with part(t("Both sides")):
                if not found["is_matched"] and found["side"]:
                    later = t("What each side nominated, and what holds, stands here once the day is matched.")
                    ui.label(later).classes("empty")
                else:
                    _both(desk, found)

    await refresh()


def _head(desk: Desk, found: Found) -> None:
    t, name, day = desk.t, found["contract"], date.fromisoformat(found["delivery_day"])
    with ui.element("nav").classes("row-of-acts").props(f'aria-label="{t("Days")}"'):
        ui.link(t("Contract {contract}").format(contract=name), f"/contracts/{name}")
        for text, other in ((t("Day before"), day - timedelta(days=1)), (t("Day after"), day + timedelta(days=1))):
            if found["first_day"] <= other.isoformat() <= found["last_day"]:
                ui.link(text, f"/contracts/{name}/nominations/{other}")
        document = GetMarketDocument(market=found["market"], delivery_day=day, kind="confirmation")
        if found["is_matched"] and found["side"]:
            ui.link(t("Confirmation document (XML)"), link(document))
    with ui.element("div").classes("card section"):
        if found["is_matched"]:
            count = sum(found["differs"] or [])
            if found["scheduled_mw"] is None:
                ui.label(t("The day was matched; the contract had no volume in it.")).classes("said")
            elif count:
                said = t.n_("The day was matched: {count} MTU differs, the lower value holds.",
                            "The day was matched: {count} MTUs differ, the lower value holds.", count)  # fmt: skip
                ui.label(said.format(count=count)).classes("badge badge-bad own-width").mark("mismatch")
            else:
                said = t("The day was matched: both sides agree.")
                ui.label(said).classes("badge badge-final own-width").mark("match")
        else:
            with ui.element("div").classes("row-of-acts"):
                ui.label(t("Time to nominate:"))
                countdown(desk, found["due_at"], t("the time to nominate is over"))
        sent = {side: _sent(desk, found, side) for side in ("seller", "buyer")}
        facts(desk, [
            (t("Due"), shown.time(found["due_at"], desk.zone, desk.language)),
            (t("Your side"), t(found["side"]) if found["side"] else t("none: you watch both")),
            (t("Seller sent"), sent["seller"]), (t("Buyer sent"), sent["buyer"]),
        ])  # fmt: skip


def _sent(desk: Desk, found: Found, side: str) -> str:
    number = found[f"{side}_version"]
    if number:
        return desk.t("version {number}").format(number=number)
    if found["side"] in ("", side) or found["is_matched"]:
        return desk.t("nothing")
    return desk.t("shown once the day is matched")


class PowerSheet(MtuSheet):
    """A sheet of one figure an MTU that tells whenever its figures are others."""

    on_shown: Callable[[], None] = staticmethod(lambda: None)

    def show(self) -> None:
        """Show the rows as they are."""
        super().show()
        self.on_shown()


class NominationSheet:
    """The sheet of one's own side, drawn beside what the contract has.

    Args:
        desk: Where it stands.
        found: The day.
        refresh: Called after it was sent.
    """

    def __init__(self, desk: Desk, found: Found, refresh: Any) -> None:
        self.desk, self.found, self.refresh, self.key = desk, found, refresh, new_key()
        t = desk.t
        own = found[f"{found['side']}_mw"]
        fresh = t("You sent nothing yet: the sheet begins with what the contract has.")
        ui.label(t("What you sent last stands in the sheet.") if own else fresh).classes("quiet")
        name, label = f"nomination {found['contract']} {found['delivery_day']}", t("Your nomination by MTU")
        columns = [("mw", t("Power in MW, from 0 to what the contract has"))]
        values = {"mw": own or found["contract_mw"]}
        self.sheet = PowerSheet(desk, name, label, found["mtu_starts"], columns, values)
        draw_fill(desk, self.sheet, {"mw": "MW"})
        with ui.element("div").classes("row-of-acts"):
            send = ui.button(t("Nominate"), icon="send", on_click=guarded(desk, self.sheet.problems)(self._send))
            send.props("no-caps unelevated").mark("send-nominate-schedule")
            ui.button(t("As the contract"), on_click=self._as_contract).props("flat no-caps").mark("as-contract")
        self.plot = ui.element("div")
        self.sheet.on_shown = self.sheet.on_change = self._draw
        self._draw()

    def _as_contract(self) -> None:
        self.sheet.put([{"mw": mw} for mw in self.found["contract_mw"]])

    def _draw(self) -> None:
        t, minutes = self.desk.t, self.found["minutes"]

        def points(mw: Sequence[Any]) -> list[tuple[str, float | None]]:
            known = [(s, p) for s, p in zip(self.found["mtu_starts"], mw, strict=True) if isinstance(p, int | float)]
            return shown.steps([(s, minutes, p) for s, p in known], self.desk.zone)

        lines = {
            t("contract"): points(self.found["contract_mw"]),
            t("your nomination"): points(self.sheet.series("mw")),
        }
        self.plot.clear()
        with self.plot:
            plots.plot(plots.lines(lines, "MW"), t("Your nomination beside what the contract has"))

    async def _send(self) -> None:
        minutes, starts = self.found["minutes"], self.found["mtu_starts"]
        typed = [(i, mw) for i, mw in enumerate(self.sheet.series("mw")) if mw is not None]
        volumes = [{"start": starts[i], "minutes": minutes, "mw": mw} for i, mw in typed]
        fields = {"contract": self.found["contract"], "delivery_day": self.found["delivery_day"], "volumes": volumes}
        self.sheet.mark_places({})
        try:
            answer = await self.desk.do_fields(NominateSchedule, fields, self.key)
        except Declined as declined:
            self.sheet.mark_places(self._places(declined.mistakes, [i for i, _ in typed]))
            raise
        self.key = new_key()
        self.sheet.forget()
        tell(self.desk, answer)
        await self.refresh()

    def _places(self, mistakes: Iterable[Mistake], sent: Sequence[int]) -> dict[tuple[int, str], str]:
        """Return the cells that mistakes are about: by the number of what was sent, or by the MTU that they name."""
        wrong: dict[tuple[int, str], str] = {}
        starts = self.found["mtu_starts"]
        for mistake in mistakes:
            parts, last = mistake.where.split("."), mistake.where.rsplit(" ", 1)[-1]
            if parts[0] == "volumes" and len(parts) > 1 and parts[1].isdigit():
                wrong[sent[int(parts[1])], "mw"] = mistake.what
            elif last in starts:
                wrong[starts.index(last), "mw"] = mistake.what
        return wrong


def _both(desk: Desk, found: Found) -> None:
    t, minutes = desk.t, found["minutes"]
    series = {
        "contract_mw": t("contract"), "seller_mw": t("seller"), "buyer_mw": t("buyer"), "scheduled_mw": t("holds"),
    }  # fmt: skip
    known = {n: label for n, label in series.items() if found[n] is not None}
    lines = {
        label: shown.steps([(s, minutes, mw) for s, mw in zip(found["mtu_starts"], found[n], strict=True)], desk.zone)
        for n, label in known.items()
    }
    plots.plot(plots.lines(lines, "MW"), t("Contract, nominations and what holds, over the day"))
    rows = []
    for i, start in enumerate(found["mtu_starts"]):
        row: Found = {"mtu_start": start, "clock": clock(desk, start)[11:]}
        row |= {n: found[n][i] for n in known}
        if found["differs"] is not None:
            row["differs"] = "differs" if found["differs"][i] else "agrees"
        rows.append(row)
    columns = [Column("clock", t("MTU, {zone}").format(zone=desk.zone.key))]
    columns += [Column(n, label.capitalize(), "number", "MW", 3) for n, label in known.items()]
    if found["differs"] is not None:
        columns.append(Column("differs", t("Match"), "state"))
    listing(desk, columns, rows, title=t("Both sides"), key="mtu_start", page=0)
