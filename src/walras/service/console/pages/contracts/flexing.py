"""Flexibility of a contract day: what is left to offer, and steps that are drawn before they are sent."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

from nicegui import ui

from walras.service.commands import OfferSupplyFlexibility
from walras.service.console import plots, shown
from walras.service.console.desk import Declined, Desk, new_key
from walras.service.console.forms import tell
from walras.service.console.grid import Grid
from walras.service.console.inputs import keep_draft
from walras.service.console.listing import Column, facts, listing
from walras.service.console.pages.contracts.supply_head import Found, Head, amount, head_of, party, quantity
from walras.service.console.pages.orders.pasting import PasteBox
from walras.service.console.places import mark, place
from walras.service.console.problems import Problems, guarded
from walras.service.console.sections import go, part
from walras.service.intake.sheets import Sheet, SheetColumn
from walras.service.queries import GetSupplyFlexibility

SHEET = Sheet("steps", "", (
    SheetColumn("quantity", "number", "quantity", note="Of the day, in the contract's unit"),
    SheetColumn("price_per_mwh", "number", "price_per_mwh", note="For a MWh, in the currency of trade"),
))  # fmt: skip


@place("/supply/{agreement}/flexibility", mark("Flexibility"))
async def flexibility(desk: Desk) -> None:
    """Show what a contract day brings to the auction, and let the buyer offer more."""
    t = desk.t
    head = await head_of(desk, "flexibility")
    if head.contract is None:
        return
    day = await _day(desk, head.contract)
    box = ui.input(t("Contract day"), value=day.isoformat()).props("outlined dense type=date stack-label")
    box.classes("chooser").mark("contract-day").on("change", lambda: go(desk, day=box.value))
    query = GetSupplyFlexibility(agreement=head.agreement, contract=head.contract["contract"], day=day)
    try:
        found = await desk.ask(query)
    except Declined as declined:
        for mistake in declined.mistakes:
            ui.label(f"{mistake.what}. {mistake.fix}").classes("empty")
        return
    _standing(desk, found)
    if party(head.contract["buyer"]) == desk.actor.company and desk.may(OfferSupplyFlexibility.word()):
        with part(t("Offer steps")):
            StepSheet(desk, head, found)


async def _day(desk: Desk, contract: Found) -> date:
    """Return the day of the address, or the one after today as far as the contract holds."""
    try:
        return date.fromisoformat(desk.query.get("day", ""))
    except ValueError:
        today = datetime.fromisoformat(await desk.now()).astimezone(desk.zone).date()
        begin, end = (date.fromisoformat(contract[n]) for n in ("begin", "end"))
        return min(max(begin, today + timedelta(days=1)), end - timedelta(days=1))


def _quantity(desk: Desk, found: Found, field: str, mw: str = "") -> str:
    text = quantity(desk, amount(found[field]), found["unit"])
    return text + (f", {shown.number(found[mw], 1, desk.language)} MW" if mw else "")


def _standing(desk: Desk, found: Found) -> None:
    t = desk.t
    times = [shown.time(found[n], desk.zone, desk.language) for n in ("begin", "end")]
    with ui.element("div").classes("card"):
        facts(desk, [
            (t("Contract day"), " \N{EN DASH} ".join(times)),
            (t("Where"), f"{found['zone']}, {t(found['carrier'].replace('_', ' '))}"),
            (t("May be nominated"), f"{_quantity(desk, found, 'least')} \N{EN DASH} {_quantity(desk, found, 'most')}"),
            (t("Nominated"), _quantity(desk, found, "nominated", "nominated_mw")),
            (t("Left to offer"), _quantity(desk, found, "room", "room_mw")),
            (t("Steps agreed"), str(found["most_steps"])),
        ])  # fmt: skip
    if found["is_decided"]:
        ui.label(t("What was delivered on this day is recorded: nothing is offered for it any more.")).classes("banner")
    with part(t("On offer")):
        rows = [
            {"step": n, "quantity": amount(s["quantity"]), "mw": s["mw"], "price": amount(s["price_per_mwh"])}
            for n, s in enumerate(found["steps"], 1)
        ]
        if rows:
            plots.plot(curve(desk, found, [(r["mw"], r["price"]) for r in rows]), t("Steps on offer: price over power"))
        columns = [
            Column("step", t("Step"), "number", decimals=0),
            Column("quantity", t("Quantity"), "number", found["unit"], 3), Column("mw", t("Power"), "number", "MW", 3),
            Column("price", t("Price for a MWh"), "number"),
        ]  # fmt: skip
        empty = t("No step is on offer for this day; what is nominated enters the auction by itself.")
        listing(desk, columns, rows, title=t("On offer"), key="step", empty=empty)


def curve(desk: Desk, found: Found, steps: list[tuple[float, Any]]) -> dict[str, Any]:
    """Return steps, cheapest first, as prices over the power that they add to what is nominated."""
    mw, points = float(found["nominated_mw"]), list[tuple[Any, float | None]]()
    for power, price in sorted(steps, key=lambda s: s[1]):
        points += [(round(mw, 3), price), (round(mw + power, 3), price)]
        mw += power
    t = desk.t
    series, unit = {t("steps above what is nominated"): points}, t("price for a MWh")
    options = plots.lines(series, unit, is_step=False, is_time=False, across="MW")
    for axis in ("xAxis", "yAxis"):
        options[axis]["scale"] = True
    return options


class StepSheet:
    """The sheet of steps with its preview.

    Args:
        desk: Where it stands.
        head: The agreement.
        found: The contract day.
    """

    def __init__(self, desk: Desk, head: Head, found: Found) -> None:
        self.desk, self.head, self.found, self.key = desk, head, found, new_key()
        t = desk.t
        ui.label(t("Each at what it is worth to keep. Sending no step takes back what is on offer.")).classes("quiet")
        about, label = f"{found['contract']} {found['day']}", t("Steps: quantity and price")
        self.grid = Grid(desk, SHEET, {}, self._changed, first_row=1, label=label, kept=f"steps {about}")
        self.grid.grid.classes("short")
        PasteBox(desk, lambda: self.grid)
        floor = t("Lowest price of what is nominated, for a MWh; of contracts that are not firm (optional)")
        self.floor = ui.input(floor, value=found["floor"] or "").props("outlined dense inputmode=decimal").mark("floor")
        self.floor_kept = f"floor {about}"
        keep_draft(self.floor, self.floor_kept)
        self.said, self.plot = ui.label("").classes("quiet").props('role="status"'), ui.element("div")
        self.problems = Problems(desk, {"floor_per_mwh": self.floor})
        with ui.element("div").classes("row-of-acts"):
            send = ui.button(t("Offer"), icon="send", on_click=guarded(desk, self.problems)(self._send))
            send.props("no-caps unelevated").mark("send-offer-supply-flexibility")
        if found["steps"]:
            self.grid.put([{n: amount(s[n]) for n in ("quantity", "price_per_mwh")} for s in found["steps"]])
            self._changed()

    def _changed(self) -> None:
        if not hasattr(self, "plot"):
            return
        steps = [
            (float(r["quantity"]) * self.found["mw_of_one"], float(r["price_per_mwh"])) for r in self.grid.filled
            if all(isinstance(r.get(n), int | float) for n in ("quantity", "price_per_mwh"))
        ]  # fmt: skip
        self.plot.clear()
        t, total = self.desk.t, sum(mw for mw, _ in steps)
        text = t("These steps are {mw} MW in every hour of the day; {room} MW are left to offer.")
        mw, room = (shown.number(v, 1, self.desk.language) for v in (total, self.found["room_mw"]))
        self.said.text = text.format(mw=mw, room=room) if steps else ""
        if steps:
            with self.plot:
                plots.plot(curve(self.desk, self.found, steps), t("Steps that were typed: price over power"))

    async def _send(self) -> None:
        self.grid.mark({})
        steps = [{n: _plain(r.get(n)) for n in ("quantity", "price_per_mwh")} for r in self.grid.filled]
        fields: dict[str, Any] = {
            "agreement": self.head.agreement, "contract": self.found["contract"], "day": self.found["day"],
            "steps": steps,
        }  # fmt: skip
        if self.floor.value:
            fields["floor_per_mwh"] = str(self.floor.value).strip()
        try:
            answer = await self.desk.do_fields(OfferSupplyFlexibility, fields, self.key)
        except Declined as declined:
            wrong: dict[int, dict[str, str]] = {}
            for mistake in declined.mistakes:
                parts = mistake.where.replace("[", ".").replace("]", "").split(".")
                if parts[0] == "steps" and len(parts) > 1 and parts[1].isdigit():
                    wrong.setdefault(int(parts[1]), {})[parts[2] if len(parts) > 2 else "*"] = mistake.what
            self.grid.mark(wrong)
            raise
        self.key = new_key()
        self.grid.forget()
        ui.run_javascript(f"walras.forget({json.dumps(self.floor_kept)})")
        tell(self.desk, answer)
        go(self.desk, day=self.found["day"])


def _plain(value: Any) -> str:
    """Return a figure as text; whole numbers without a point.

    >>> _plain(2300.0), _plain(802.5), _plain("3 GWh"), _plain(None)
    ('2300', '802.5', '3 GWh', '')
    """
    if value is None:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
