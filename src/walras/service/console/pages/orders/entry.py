"""The entry of orders: the sheets of the template on the screen, typed, pasted or from a file; checked, shown, sent.

What is sent goes through the door as the workbook that it looks like, so the door's mistakes
name sheet and row, and are marked where they are. Nothing that was typed is taken away by a
mistake, by a gate that closes, or by a lost connection.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from nicegui import ui

from walras.errors import Mistake
from walras.results.minor_units import decimals_of
from walras.service.commands import CheckFile, SendFile
from walras.service.console import shown
from walras.service.console.desk import Declined, Desk, new_key
from walras.service.console.grid import Grid
from walras.service.console.pages.orders.drafts import restore
from walras.service.console.pages.orders.look import Look
from walras.service.console.pages.orders.pasting import PasteBox
from walras.service.console.pages.orders.receipts import offer_receipt
from walras.service.console.pages.orders.repeating import Repeat
from walras.service.console.pages.orders.replacing import Replacing
from walras.service.console.pages.orders.uploading import UploadBox, read_sheets
from walras.service.console.pages.orders.verdict import Verdict
from walras.service.console.problems import guarded
from walras.service.intake.sheets import SHEETS
from walras.service.intake.typed import Spot, is_filled, spot_of, workbook_of
from walras.service.queries import GetCompany, GetFilledTemplate, GetHeadroom

TAKES_ORDERS = ("scheduled", "open")
"""States of a session in which its page has an entry."""
Sent = Callable[[], Awaitable[None]]


class Entry:
    """The entry of one session.

    Attributes:
        grids: Of the sheets, by name.
        is_over: Whether the gate has closed while this page was open.
    """

    def __init__(self, desk: Desk, session: Mapping[str, Any], on_sent: Sent) -> None:
        self.desk, self.session, self.on_sent = desk, session, on_sent
        self.grids: dict[str, Grid] = {}
        self.key = new_key()
        self.is_over = False
        self.boxes: dict[str, ui.element] = {}
        self.replacing = Replacing(desk, self.grids)

    async def build(self) -> None:
        """Draw the entry."""
        t = self.desk.t
        with ui.element("section").classes("section"):
            with ui.element("h2"):
                ui.label(t("Enter orders")).classes("inline")
            self.banner = ui.element("div").classes("section")
            choices = await self._choices()
            with ui.element("div").classes("section typed"):
                self._sheets(choices)
            self.upload = UploadBox(self.desk, self)
            self._acts()
            self.verdict = Verdict(self.desk, self.go)
            self.upload.tables = ui.element("div").classes("section")
            self.look = Look(self.desk)
        ui.timer(0.1, self._restore, once=True)
        lost = self.desk.t("What you type stays in this browser tab.")
        ui.run_javascript(f"walras.whenLost({json.dumps(lost)})")

    def _sheets(self, choices: Mapping[str, Sequence[str]]) -> None:
        """Draw tabs, sheets and the box to paste into, which comes before the sheets on a small screen."""
        self._tabs()
        day = self.session["delivery_day"]
        for sheet in SHEETS:
            with ui.element("div").classes("section sheet-box") as box:
                self.grids[sheet.name] = Grid(self.desk, sheet, choices, self._changed, day=day)
                self._acts_of(self.grids[sheet.name])
            self.boxes[sheet.name] = box
        self._show(SHEETS[0].name)
        self.paste_box = PasteBox(self.desk, lambda: self.grids[self.tabs.value], self.grids.values())

    def _tabs(self) -> None:
        with ui.tabs(on_change=lambda event: self._show(event.value)).props("dense no-caps inline-label") as self.tabs:
            self.tabs.classes("sheet-tabs").props(f'aria-label="{self.desk.t("Sheets")}"')
            self.tab = {sheet.name: ui.tab(sheet.name).mark(f"tab-{sheet.name}") for sheet in SHEETS}
        self.tabs.value = SHEETS[0].name

    def _show(self, name: str) -> None:
        for other, box in self.boxes.items():
            box.set_visibility(other == name)

    async def _choices(self) -> dict[str, list[str]]:
        """Return what the columns offer: zones and carriers that the company may trade, and the sides."""
        company = await self.desk.ask(GetCompany(company=self.desk.actor.company))
        mine = [r for r in company["rights"] if r["market"] == self.session["market"]]
        pairs = [tuple(p) for r in mine for p in r["body"]["products"]]
        zones, carriers = (sorted({p[i] for p in pairs}) for i in (0, 1))
        places = {"zone": zones, "input_zone": zones, "carrier": carriers, "input_carrier": carriers}
        return {"side": ["supply", "demand"]} | places

    def _acts_of(self, grid: Grid) -> None:
        t = self.desk.t
        chosen = f"() => emit(getElement({grid.grid.id}).api.getSelectedNodes().map((n) => n.rowIndex))"
        with ui.element("div").classes("row-of-acts"):
            _button(t("Add rows"), "add", grid.add_rows)
            _button(t("Remove ticked rows"), "delete", None).on(
                "click", lambda event: grid.remove(event.args or []), js_handler=chosen
            )
            Repeat(self.desk, self.session["session"], grid)
            _button(t("Copy out"), "content_copy", lambda: self.copy_out(grid))
            _button(t("Clear this sheet"), "clear", lambda: self._clear(grid))

    def _acts(self) -> None:
        t = self.desk.t
        with ui.element("div").classes("row-of-acts"):
            check = guarded(self.desk)(self.check)
            self.check_button = ui.button(t("Check"), icon="fact_check", on_click=check)
            self.check_button.props("no-caps outline").mark("check")
            send = guarded(self.desk)(self.send)
            self.send_button = ui.button(t("Send"), icon="send", on_click=send)
            self.send_button.props('no-caps unelevated color="primary"').mark("send")
            ui.label(t("Check says what is wrong and what it would look like; only Send sends.")).classes("quiet")

    # ---- what is typed

    def sheets(self) -> dict[str, list[dict[str, Any]]]:
        """Return the rows of the sheets that hold any."""
        return {name: rows for name, grid in self.grids.items() if (rows := grid.filled)}

    def _changed(self) -> None:
        self.key = new_key()
        for name, tab in self.tab.items():
            count = sum(map(is_filled, self.grids[name].rows))
            tab.props(f'label="{name}{f" ({count})" if count else ""}"')

    def put(self, sheets: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        """Show rows by sheet in place of what was typed there; sheets of which nothing is given stay as they are."""
        for name, rows in sheets.items():
            self.grids[name].put(rows)
        self._changed()
        self.clear_mistakes()
        first = next((name for name in self.grids if sheets.get(name)), None)
        if first is not None:
            self.tabs.value = first

    async def load(self) -> None:
        """Show the orders that stand, to be changed and sent again."""
        file = await self.desk.file(GetFilledTemplate(session=self.session["session"]))
        sheets = await self.desk.work(read_sheets, file.content)
        if not await self.take(sheets):
            return
        text = self.desk.t("Your orders that stand are in the sheets. What you send replaces orders of the same name.")
        self.verdict.say(text)

    async def take(self, sheets: Mapping[str, Sequence[Mapping[str, Any]]]) -> bool:
        """Show rows that are held elsewhere too, and return whether they stand there: the person may keep others."""
        if not await self.replacing.may(sheets):
            self.verdict.say(self.desk.t("Nothing was put into the sheets; your rows are as they were."))
            return False
        self.put(sheets)
        self.replacing.hold(sheets)
        return True

    def _clear(self, grid: Grid) -> None:
        grid.clear()
        grid.forget()

    def copy_out(self, grid: Grid) -> None:
        """Show a sheet as text that a spreadsheet takes."""
        t = self.desk.t
        with ui.dialog(value=True) as dialog, ui.card().classes("form-card"):
            ui.label(t("Copy this into a spreadsheet")).classes("text-h6").props('role="heading" aria-level="2"')
            text = grid.text()
            ui.textarea(t("Rows of {sheet}").format(sheet=grid.sheet.name), value=text).props(
                "outlined readonly autofocus"
            ).classes("paste-box mono")
            with ui.element("div").classes("row-of-acts"):
                ui.button(t("Copy"), on_click=lambda: ui.clipboard.write(text)).props("no-caps")
                ui.button(t("Save as a file"), on_click=lambda: ui.download(text.encode(), f"{grid.sheet.name}.tsv"))
                ui.button(t("Close"), on_click=dialog.close).props("flat no-caps")

    async def _restore(self) -> None:
        await restore(self)

    # ---- what becomes of it

    async def check(self) -> None:
        """Check what was typed, mark what is wrong, and show what it looks like."""
        await self.checked_with(lambda: workbook_of(self.sheets()), "xlsx")

    async def checked_with(self, content: Callable[[], bytes], kind: Any) -> bool:
        """Check a file; return whether it has no mistake."""
        self.clear_mistakes()
        self.verdict.say(self.desk.t("Checking ..."))
        file = CheckFile(session=self.session["session"], kind=kind)
        try:
            found = await self.desk.check_orders(file, await self.desk.work(content))
        except Declined as declined:
            self.show_mistakes(list(declined.mistakes))
            return False
        count = len(found.entry.kin)
        n = self.desk.t.n_("{count} order, no mistake.", "{count} orders, no mistake.", count).format(count=count)
        self.verdict.say(n, "good")
        if found.exposure_minor is not None:
            await self._say_bound(found.exposure_minor, found.sent.book.currency)
        for refusal in found.refusals:
            self.verdict.add(
                self.desk.t("Now the door would refuse them: {why}").format(why=f"{refusal.what}. {refusal.fix}")
            )
        await self.look.show(found)
        return True

    async def _say_bound(self, minor: int, currency: str) -> None:
        """Say what orders bind of the collateral, and what is free."""
        t, language, decimals = self.desk.t, self.desk.language, decimals_of(currency)
        amount = shown.money(minor, decimals, language)
        text = t("They bind at the most {amount} {currency} of collateral.").format(amount=amount, currency=currency)
        for one in (await self.desk.ask(GetHeadroom(market=self.session["market"])))["items"]:
            free = shown.money(one["headroom_minor"], decimals_of(one["currency"]), language)
            text += " " + t("Free are {amount} {currency}.").format(amount=free, currency=one["currency"])
        self.verdict.add(text)

    async def send(self) -> None:
        """Send what was typed; one key until something changes or was sent, so that pressing twice sends once.

        What was sent can be sent again as it stands, for orders may have been withdrawn since: it replaces itself.
        """
        await self.sent_with(lambda: workbook_of(self.sheets()), "xlsx", self.key, is_typed=True)

    async def sent_with(self, content: Callable[[], bytes], kind: Any, key: str, *, is_typed: bool = False) -> bool:
        """Send a file, or what the sheets hold; return whether it was taken."""
        t = self.desk.t
        self.clear_mistakes()
        self.verdict.say(t("Sending ..."))
        self.send_button.disable()
        try:
            file = SendFile(session=self.session["session"], kind=kind)
            answer = await self.desk.upload(file, await self.desk.work(content), key)
        except Declined as declined:
            self.show_mistakes(list(declined.mistakes))
            if any(m.rule == "gate_open" for m in declined.mistakes):
                self._say_over(declined.mistakes[0].what)
            return False
        finally:
            if not self.is_over:
                self.send_button.enable()
        if is_typed and self.key == key:  # else the sheets hold what was not sent, or was typed while they were sent
            self.replacing.hold(self.grids)
            for grid in self.grids.values():
                grid.forget()
        self.key = new_key()
        count = len(answer["orders"])
        said = t.n_("{count} order was taken at {time}.", "{count} orders were taken at {time}.", count)
        self.verdict.say(
            said.format(count=count, time=shown.time(answer["at"], self.desk.zone, self.desk.language)), "good"
        )
        with self.verdict.box:
            offer_receipt(self.desk, answer)
        await self.on_sent()
        return True

    # ---- mistakes

    def clear_mistakes(self) -> None:
        """Take marks and the door's answer away."""
        self.verdict.clear()
        for grid in self.grids.values():
            grid.mark({})

    def show_mistakes(self, mistakes: Sequence[Mistake]) -> None:
        """List all mistakes, mark the cells that they are about, and go to the first."""
        self.verdict.show(mistakes)
        marks = self.verdict.spots()
        for name, wrong in marks.items():
            self.grids[name].mark(wrong)
        first = next((spot for m in mistakes if (spot := spot_of(m)) is not None and spot.at >= 0), None)
        if first is not None:
            self.go(first)

    def go(self, spot: Spot) -> None:
        """Show the cell of a mistake and put the focus on it."""
        self.tabs.value = spot.sheet
        self.grids[spot.sheet].focus(spot.at, spot.column)

    # ---- the gate

    def over(self) -> None:
        """Say at once that the gate has closed."""
        if self.session["state"] == "open" and not self.is_over:
            self._say_over(self.desk.t("The gate has closed."))

    def renew(self, session: Mapping[str, Any]) -> None:
        """Take the session as it is now; once it takes no orders, say so."""
        self.session = session
        if session["state"] not in TAKES_ORDERS and not self.is_over:
            self._say_over(self.desk.t("The session takes no orders any more."))

    def _say_over(self, what: str) -> None:
        self.is_over = True
        self.send_button.disable()
        t = self.desk.t
        self.banner.clear()
        with self.banner, ui.element("div").classes("banner bad section").props('role="alert"').mark("gate-over"):
            ui.label(what).classes("problems-head")
            ui.label(
                t("What you typed was not sent. It stays here and in this browser tab; copy it out for the next day.")
            )
            with ui.element("div").classes("row-of-acts"):
                for name, grid in self.grids.items():
                    if grid.filled:
                        label = t("Copy out {sheet}").format(sheet=name)
                        _button(label, "content_copy", partial(self.copy_out, grid))


def _button(label: str, icon: str, on_click: Callable[[], Any] | None) -> ui.button:
    return ui.button(label, icon=icon, on_click=on_click).props("flat dense no-caps")
