"""Entries of a ledger with their postings, the newest first, and the events from which they follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.pages.ledger.ways import ENTRIES, EVENTS, begin, with_decimals
from walras.service.console.places import mark, place
from walras.service.console.sections import addressed, go, pager, show_raw
from walras.service.queries import ListLedger, ListLedgerEvents
from walras.service.queries.query import WATCHING

A_PAGE = "25"


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
    _postings(desk, market, found["items"])
    pager(desk, found["next"])


def _postings(desk: Desk, market: str, entries: list[dict[str, Any]]) -> None:
    """Show entries as a table, a row a posting; what belongs together carries the same number."""
    t = desk.t
    by_number = {str(e["number"]): e for e in entries}
    rows = []
    for entry in entries:
        head = {
            "number": entry["number"], "at": entry["at"], "text": entry["text"], "event": entry["event"],
            "event_href": f"{ENTRIES}?market={market}&event={entry['event']}", "reverses": entry["reverses"],
        }  # fmt: skip
        for n, posting in enumerate(entry["postings"]):
            account = f"{ENTRIES}?market={market}&account={posting['account']}"
            rows.append(head | with_decimals(posting) | {"key": f"{entry['number']}.{n}", "account_href": account})
    columns = [
        Column("number", t("Entry"), "number", decimals=0), Column("text", t("Text")),
        Column("account", t("Account"), "code"), Column("amount_minor", t("Amount"), "money"),
        Column("currency", t("Currency")), Column("at", t("Time"), "time"),
        Column("event", t("Event"), "number", decimals=0),
    ]  # fmt: skip
    if any(row.get("reverses") for row in rows):
        columns.append(Column("reverses", t("Reverses"), "number", decimals=0))

    def whole(_word: str, key: str) -> None:
        number = key.partition(".")[0]
        show_raw(desk, t("Entry {number}").format(number=number), by_number[number])

    def acts(row: Mapping[str, Any]) -> list[tuple[str, str]]:
        return [("raw", t("Everything"))] if str(row["key"]).endswith(".0") else []

    listing(
        desk, columns, rows, title=t("Entries of the ledger"), key="key", empty=t("No entry is like that."), page=0,
        acts=acts, on_act=whole,
    )  # fmt: skip


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
