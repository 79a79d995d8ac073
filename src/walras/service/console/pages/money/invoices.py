"""Invoices and notes of a company: what is open, paid or overdue, when each is due, and each as page, PDF or CSV."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from nicegui import ui

from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.files import link
from walras.service.console.listing import Column, listing
from walras.service.console.pages.money.whose import FORMS, company_of, money, of, priced
from walras.service.console.places import mark, place
from walras.service.console.sections import market_of, part
from walras.service.queries import GetBill, ListBills

Row = dict[str, Any]
STATES = {"paid": mark("paid"), "overdue": mark("overdue"), "open": mark("open")}


@place("/invoices", mark("Invoices"), group="Money", icon="receipt", order=30)
async def invoices(desk: Desk) -> None:
    """List documents of settlement, those that are open first."""
    t = desk.t
    market = await market_of(desk)
    if market is None:
        return
    company = await company_of(desk)
    today = datetime.fromisoformat(await desk.now()).astimezone(desk.zone).date()
    found = [b for b in await desk.items(ListBills(market=market)) if of(company, b["account"])]
    bills = [b | {"state": state_of(b, today)} for b in reversed(found)]
    _owed(desk, [b for b in bills if b["state"] != "paid"])
    with part(t("Open")):
        empty = t("Nothing is open.")
        _table(desk, market, [b for b in bills if b["state"] != "paid"], t("Open documents"), empty, today)
    with part(t("Paid")):
        empty = t("Nothing was paid yet. Documents move here once they are paid in full.")
        _table(desk, market, [b for b in bills if b["state"] == "paid"], t("Paid documents"), empty, today)


def state_of(bill: Row, today: date) -> str:
    """Return how a document stands on a day.

    >>> state_of({"open_minor": -5, "due_day": "2026-02-20"}, date(2026, 2, 21))
    'overdue'
    """
    if not bill["open_minor"]:
        return "paid"
    return "overdue" if bill["due_day"] < today.isoformat() else "open"


def _owed(desk: Desk, bills: list[Row]) -> None:
    """Show what is to be paid and to be received, by currency."""
    t = desk.t
    sums: dict[tuple[str, bool], int] = {}
    for bill in bills:
        side = (bill["currency"], bill["open_minor"] < 0)
        sums[side] = sums.get(side, 0) + abs(bill["open_minor"])
    with ui.element("div").classes("cards"):
        for (currency, is_owed), minor in sorted(sums.items()):
            with ui.element("div").classes("card"):
                ui.label(t("To pay") if is_owed else t("To receive")).classes("figure-name")
                ui.label(money(desk, minor, currency)).classes("figure")


def _table(desk: Desk, market: str, bills: list[Row], title: str, empty: str, today: date) -> None:
    t = desk.t
    rows = [_row(desk, market, bill, today) for bill in bills]
    columns = [
        Column("number", t("Number"), "code"), Column("state", t("State"), "state"), Column("kind", t("Kind"), "words"),
        Column("gross_minor", t("Amount"), "money"), Column("open_minor", t("Still open"), "money"),
        Column("currency", t("Currency")), Column("due_day", t("Due"), "day"), Column("left", t("Time left")),
        Column("html", t("Page")), Column("pdf", t("PDF")), Column("csv", t("CSV")),
        Column("account", t("Account"), "code"), Column("days", t("Delivery days")),
        Column("issued_day", t("Issued"), "day"), Column("net_minor", t("Net"), "money"),
        Column("vat_minor", t("VAT"), "money"),
    ]  # fmt: skip
    if all(bill["state"] == "paid" for bill in bills):
        columns = [c for c in columns if c.name not in ("open_minor", "left")]
    listing(desk, columns, rows, title=title, key="number", empty=empty)


def _row(desk: Desk, market: str, bill: Row, today: date) -> Row:
    t = desk.t
    amounts = ("net_minor", "vat_minor", "gross_minor", "open_minor")
    row = priced(bill | {"gross_minor": bill["receives_minor"]}, *amounts)
    days = [shown.day(bill[n], desk.language) for n in ("first_day", "last_day")]
    row["days"] = " \N{EN DASH} ".join(dict.fromkeys(days))
    row["left"] = "" if bill["state"] == "paid" else _left(desk, (date.fromisoformat(bill["due_day"]) - today).days)
    for form in FORMS:
        name = t("Page") if form == "html" else form.upper()
        row |= {form: name, f"{form}_href": link(GetBill(market=market, number=bill["number"], form=form))}
    return row


def _left(desk: Desk, days: int) -> str:
    t = desk.t
    if days < 0:
        return t.n_("{count} day late", "{count} days late", -days).format(count=-days)
    return t.n_("{count} day left", "{count} days left", days).format(count=days) if days else t("due today")
