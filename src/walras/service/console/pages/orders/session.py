"""One session of a member: enter orders, see what they look like, send them, and see what stands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from walras.service.console import files, shown
from walras.service.console.desk import Desk
from walras.service.console.listing import facts
from walras.service.console.pages.orders.defaults import default_orders
from walras.service.console.pages.orders.entry import TAKES_ORDERS, Entry
from walras.service.console.pages.orders.mine import MEMBER, countdown
from walras.service.console.pages.orders.receipts import Receipts
from walras.service.console.pages.orders.standing import Standing
from walras.service.console.places import mark, place
from walras.service.console.watching import watch
from walras.service.queries import GetSession, GetTemplate

WATCH_SECONDS = 5.0


@place("/orders/{session}", mark("Orders of a session"), MEMBER)
async def session(desk: Desk) -> None:
    """Show a session from top to bottom: what it is, the entry, what stands, receipts, default orders."""
    t, name = desk.t, desk.path["session"]
    found = await desk.ask(GetSession(session=name))
    desk.heading.text = t("Orders for {day}").format(day=shown.day(found["delivery_day"], desk.language))
    head = Head(desk, found)
    standing = Standing(desk, name)
    receipts = Receipts(desk, name)

    async def changed() -> None:
        await standing.refresh()
        await receipts.refresh()

    if found["state"] in TAKES_ORDERS:
        entry = Entry(desk, found, on_sent=changed)
        await entry.build()
        standing.on_edit, head.on_over, head.on_session = entry.load, entry.over, entry.renew
    await standing.build(found["state"] in TAKES_ORDERS)
    await receipts.build()
    await default_orders(desk, found)


class Head:
    """What a session is and when its gate closes; it watches the state and says so when that changes.

    Attributes:
        on_over: Called when the time to the gate is over.
        on_session: Called with the session whenever it is another than before.
    """

    def __init__(self, desk: Desk, session: dict[str, Any]) -> None:
        self.desk, self.session = desk, session
        self.on_over: Callable[[], None] = lambda: None
        self.on_session: Callable[[dict[str, Any]], None] = lambda _session: None
        with ui.element("div").classes("card section"):
            self.box = ui.element("div").classes("section")
            self._fill()
        if session["state"] in TAKES_ORDERS:
            self.timer = watch(desk, WATCH_SECONDS, self._look)

    def _fill(self) -> None:
        t, desk, one = self.desk.t, self.desk, self.session
        self.box.clear()
        with self.box:
            with ui.element("div").classes("row-of-acts"):
                ui.label(t(one["state"])).classes(f"state state-{one['state']}")
                if one["state"] == "open":
                    ui.label(t("Time to the gate:"))
                    clock = countdown(desk, one["gate_at"], t("over, the gate is closed")).mark("time-to-gate")
                    clock.on("over", self._over, args=[])
                elif one["state"] == "scheduled":
                    ui.label(t("Time to the opening:"))
                    countdown(desk, one["opens_at"], t("over"))
            facts(desk, [
                (t("Session"), one["session"]), (t("Market"), one["market"]),
                (t("Opens"), shown.time(one["opens_at"], desk.zone, desk.language)),
                (t("Gate"), shown.time(one["gate_at"], desk.zone, desk.language)),
                (t("Results due"), shown.time(one["results_due_at"], desk.zone, desk.language)),
            ])  # fmt: skip
            with ui.element("div").classes("row-of-acts"):
                ui.link(t("Template of this day (XLSX)"), files.link(GetTemplate(session=one["session"])))
                if one["version"]:
                    ui.link(t("Results"), f"/results/{one['session']}")
                ui.link(t("All sessions"), "/orders")

    def _over(self) -> None:
        self.on_over()

    async def _look(self) -> None:
        found = await self.desk.ask(GetSession(session=self.session["session"]), is_watching=True)
        if found["state"] == self.session["state"]:
            return
        self.session = found
        self._fill()
        self.on_session(found)
        said = self.desk.t("The session is {state} now.").format(state=self.desk.t(found["state"]))
        ui.notify(said, type="warning", timeout=10_000)
        if found["state"] not in TAKES_ORDERS:
            self.timer.deactivate()
