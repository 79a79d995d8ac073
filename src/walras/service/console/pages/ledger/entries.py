"""Entries of a ledger with their postings, the newest first, and the events from which they follow."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.pages.ledger.ways import ENTRIES, EVENTS, amount, begin, with_decimals
from walras.service.console.places import mark, place
from walras.service.console.sections import addressed, go, pager, show_raw
from walras.service.queries import ListLedger, ListLedgerEvents
from walras.service.queries.query import WATCHING

A_PAGE = "50"


@place(ENTRIES, mark("Entries of the ledger"), WATCHING)
async def entries(desk: Desk) -> None:
    """Show a page of entries; filters and place are in the address."""
    market = await begin(desk, ENTRIES)
    if market is None:
        return
    t = desk.t
    with ui.element("div").classes("filters"):
        account = ui.input(t("Account, such as member/M-0001"), value=desk.query.get("account", ""))
        event = ui.input(t("Event"), value=desk.query.get("event", "")).props("inputmode=numeric")
        for box in (account, event):
            box.props("outlined dense clearable")
        ui.button(
            t("Filter"), on_click=lambda: go(desk, account=account.value, event=event.value, after=None)
        ).props("outline no-caps").mark("filter")  # fmt: skip
    names = ("account", "event", "after")
    found = await desk.ask(addressed(desk, ListLedger, names, market=market, first="newest", limit=A_PAGE))
    if not found["items"]:
        ui.label(t("No entry is like that.")).classes("empty")
    for entry in found["items"]:
        _entry(desk, market, entry)
    pager(desk, found["next"])


def _entry(desk: Desk, market: str, entry: dict[str, Any]) -> None:
    t = desk.t
    with ui.element("section").classes("card section"):
        with ui.element("h2").classes("entry-head"):
            ui.label(t("Entry {number}: {text}").format(number=entry["number"], text=entry["text"])).classes("inline")
        with ui.element("div").classes("row-of-acts"):
            ui.label(shown.time(entry["at"], desk.zone, desk.language)).classes("quiet")
            ui.label(t("Event {number}").format(number=entry["event"])).classes("quiet")
            if entry["reverses"]:
                ui.label(t("reverses entry {number}").format(number=entry["reverses"])).classes("badge badge-bad")
        rows = [
            with_decimals(p) | {"key": n, "account_href": f"{ENTRIES}?market={market}&account={p['account']}"}
            for n, p in enumerate(entry["postings"])
        ]
        columns = [
            Column("account", t("Account"), "code"), Column("amount_minor", t("Amount"), "money"),
            Column("currency", t("Currency")),
        ]  # fmt: skip
        title = t("Postings of entry {number}").format(number=entry["number"])
        listing(desk, columns, rows, title=title, key="key", page=12)
        sums: dict[str, int] = {}
        for posting in entry["postings"]:
            sums[posting["currency"]] = sums.get(posting["currency"], 0) + posting["amount_minor"]
        total = ", ".join(amount(desk, minor, currency) for currency, minor in sorted(sums.items()))
        ui.label(t("Sum: {total}").format(total=total)).classes("quiet")
        with ui.expansion(t("Hash")).classes("paste-box"):
            for name, value in ((t("of the entry before"), entry["previous"]), (t("of this entry"), entry["hash"])):
                ui.label(name).classes("quiet")
                ui.label(value).classes("mono-text")


@place(EVENTS, mark("Events of the ledger"), WATCHING)
async def events(desk: Desk) -> None:
    """Show a page of events; each opens as it is stored."""
    market = await begin(desk, EVENTS)
    if market is None:
        return
    t = desk.t
    with ui.element("div").classes("filters"):
        kind = ui.input(t("Kind, such as settlement"), value=desk.query.get("kind", ""))
        kind.props("outlined dense clearable")
        ui.button(t("Filter"), on_click=lambda: go(desk, kind=kind.value, after=None)).props("outline no-caps")
    names = ("kind", "after")
    found = await desk.ask(addressed(desk, ListLedgerEvents, names, market=market, first="newest", limit=A_PAGE))
    by_number = {str(e["number"]): e for e in found["items"]}
    rows = [
        e | {"number_href": f"{ENTRIES}?market={market}&event={e['number']}", "name": _name(e)} for e in found["items"]
    ]
    columns = [
        Column("number", t("No."), "number", decimals=0), Column("at", t("Time"), "time"),
        Column("kind", t("Kind"), "words"), Column("reference", t("About")), Column("name", t("Name")),
    ]  # fmt: skip
    listing(
        desk, columns, rows, title=t("Events of the ledger"), key="number", page=0,
        empty=t("No event is like that."), acts=lambda _: [("raw", t("Everything"))],
        on_act=lambda _, number: show_raw(desk, t("Event {number}").format(number=number), by_number[number]),
    )  # fmt: skip
    pager(desk, found["next"])


def _name(event: dict[str, Any]) -> str:
    body = event["body"]
    return str(body.get("name", "")) if isinstance(body, dict) else ""
