"""Transmission that is no trade: what holds capacity for it, and how to notify and withdraw it."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from walras.errors import Mistake
from walras.service.commands import NotifyTransmission, WithdrawTransmission
from walras.service.console.desk import Declined, Desk, new_key
from walras.service.console.forms import open_form, tell
from walras.service.console.inputs import keep_draft
from walras.service.console.listing import Column, listing
from walras.service.console.mtu_sheet import MtuSheet, draw_fill
from walras.service.console.pages.grid.chosen import TYPED, day_of, local_day
from walras.service.console.pages.grid.figures import WAYS
from walras.service.console.pages.grid.pointed import point
from walras.service.console.problems import Problems, guarded
from walras.service.console.sections import part
from walras.service.queries import GetCapacity, ListTransmissions


async def show_transmission(desk: Desk, market: str) -> None:
    """List transmission; a system operator notifies some of it over a day, or withdraws it."""
    t = desk.t
    with part(t("Transmission that is no trade")):
        ui.label(t("It takes capacity before every other layer, and is firm at once.")).classes("quiet")
        page = Transmission(desk, market)
        if desk.may("notify-transmission"):
            with ui.expansion(t("Notify transmission"), icon="add").classes("paste-box"):
                await page.entry()
        page.box = ui.element("div").classes("section")
        await page.draw()


class Transmission:
    """The transmission of one market."""

    def __init__(self, desk: Desk, market: str) -> None:
        self.desk, self.market, self.key = desk, market, new_key()
        self.box: Any = None
        self.sheet: MtuSheet | None = None

    async def draw(self) -> None:
        """Draw what holds capacity now."""
        t, desk = self.desk.t, self.desk
        rows = await desk.items(ListTransmissions(market=self.market))
        for row in rows:
            row |= {"way": t(WAYS[row["direction"]]), "mw": [row["least_mw"], row["most_mw"]]}
        columns = [
            Column("transmission", t("Transmission"), "code"), Column("line", t("Line")), Column("way", t("Direction")),
            Column("begin", t("First MTU"), "time"), Column("last_mtu", t("Last MTU"), "time"),
            Column("mtus", t("MTUs"), "number", decimals=0), Column("mw", t("Power"), "span", "MW"),
        ]  # fmt: skip
        may = desk.may("withdraw-transmission")
        empty = t("Nothing was notified. Transmission that a system operator notifies stands here.")
        self.box.clear()
        with self.box:
            listing(
                desk, columns, rows, title=t("Transmission that is no trade"), key="key", empty=empty,
                acts=(lambda _row: [("withdraw", t("Withdraw"))]) if may else None,
                on_act=guarded(desk)(self._withdraw) if may else None,
            )  # fmt: skip

    async def _withdraw(self, _word: str, key: str) -> None:
        name = key.split(" ", 1)[0]
        open_form(
            self.desk, WithdrawTransmission, {"transmission": name}, fixed=("transmission",),
            on_done=lambda _answer: self.draw(),
        )  # fmt: skip

    async def entry(self) -> None:
        """Draw the entry: a day and an element first, then a sheet of its MTUs."""
        t, desk = self.desk.t, self.desk
        tomorrow = local_day(desk, await desk.now()) + timedelta(days=1)
        with ui.element("div").classes("row-of-acts"):
            self.day = ui.input(t("Delivery day"), value=tomorrow.isoformat()).mark("transmission-day")
            self.day.props("outlined dense type=date stack-label")
            self.element = ui.select([], label=t("Line or cross-section")).props("outlined dense").classes("chooser")
            ways = {way: t(word) for way, word in WAYS.items()}
            self.way = ui.select(ways, value="forward", label=t("Direction")).props("outlined dense")
            self.reference = ui.input(t("Reference")).props("outlined dense").mark("reference")
            keep_draft(self.reference, f"reference {self.market}")
        self.problems = Problems(desk, {"reference": self.reference, "element": self.element})
        self.place = ui.element("div").classes("section").style("width: 100%")
        handle = guarded(desk, self.problems)
        self.day.on("change", handle(self._day), js_handler=TYPED)
        self.element.on_value_change(handle(self._element))
        await self._offer(tomorrow)

    async def _day(self, event: GenericEventArguments) -> None:
        day = day_of(str(event.args))
        if day is not None:
            await self._offer(day)

    async def _offer(self, day: date) -> None:
        """Offer the elements at the person's side on a day."""
        self.chosen = day.isoformat()
        found = await self.desk.ask(GetCapacity(market=self.market, delivery_day=day))
        mine = self.desk.actor.company
        self.elements = {
            e["element"]: e for e in found["elements"] if any(s["side"] == mine for s in e.get("sides", ()))
        }
        before = self.element.value
        kept = before if before in self.elements else next(iter(self.elements), None)
        self.element.set_options(list(self.elements), value=kept)
        await self._element()

    async def _element(self, _event: Any = None) -> None:
        t, element = self.desk.t, self.elements.get(self.element.value)
        self.place.clear()
        with self.place:
            if element is None:
                ui.label(t("No line ends at your side on this day.")).classes("empty")
                return
            title = t("Transmission over {element}, MW in each MTU").format(element=element["element"])
            labels = {"mw": t("Power, MW")}
            name = f"transmission {element['element']} {self.chosen}"
            columns = list(labels.items())
            self.sheet = MtuSheet(self.desk, name, title, element["mtu_starts"], columns, market=self.market)
            draw_fill(self.desk, self.sheet, labels)
            send = guarded(self.desk, self.sheet.problems)(partial(self._send, element))
            button = ui.button(t("Notify"), on_click=send)
            button.props('no-caps unelevated color="primary"').mark("notify")

    async def _send(self, element: dict[str, Any], _event: Any = None) -> None:
        sheet = self.sheet
        assert sheet is not None, "the button stands below it"
        given = [(i, mw) for i, mw in enumerate(sheet.series("mw")) if mw is not None]
        volumes = [{"start": sheet.starts[i], "minutes": element["minutes"], "mw": mw} for i, mw in given]
        body = {"market": self.market, "reference": self.reference.value or "", "element": element["element"],
                "direction": self.way.value, "volumes": volumes}  # fmt: skip
        try:
            answer = await self.desk.do_fields(NotifyTransmission, body, self.key)
        except Declined as declined:
            raise point(sheet, declined, _field, [i for i, _ in given]) from declined
        self.key = new_key()
        sheet.forget(f"reference {self.market}")
        sheet.clear()
        tell(self.desk, answer)
        await self.draw()


def _field(_path: Any, _mistake: Mistake) -> str:
    return "mw"
