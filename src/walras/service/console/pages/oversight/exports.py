"""Everything that a regulator can take along: files of sessions, of the record, the ledger and the figures."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from walras.service.console.desk import Desk
from walras.service.console.files import link
from walras.service.console.listing import Column, listing
from walras.service.console.pages.ledger.ways import DOCUMENTS, RUNS
from walras.service.console.places import mark, place
from walras.service.console.sections import addressed, market_of, pager, part
from walras.service.queries import (
    GetBundle,
    GetConcentration,
    GetLedgerFile,
    GetOrderBook,
    GetPivotalSuppliers,
    GetTrailFile,
    ListSessions,
    ListStreams,
    Query,
)
from walras.service.queries.query import WATCHING

A_PAGE = "30"
BOOK_IS_SEALED = ("scheduled", "open", "cancelled")
"""States in which no order book can be taken: before the gate, or without one."""


@place("/exports", mark("Exports"), WATCHING, group="Oversight", icon="download", order=30)
async def exports(desk: Desk) -> None:
    """Show files session by session, then those of the market and of the record."""
    market = await market_of(desk)
    if market is None:
        return
    t = desk.t
    found = await desk.ask(addressed(desk, ListSessions, ("before",), market=market, limit=A_PAGE))
    with part(t("Sessions")):
        text = t("The regulator's bundle holds orders, result and certificate: walras verify checks it anywhere.")
        ui.label(text).classes("quiet")
        _sessions(desk, found["items"])
        pager(desk, found["next"], "before")
    _market(desk, market)
    await _record(desk)


def _sessions(desk: Desk, sessions: list[dict[str, Any]]) -> None:
    t = desk.t
    columns = [
        Column("session", t("Session"), "code"), Column("delivery_day", t("Delivery day"), "day"),
        Column("state", t("State"), "state"), Column("regulator", t("For the regulator")),
        Column("public", t("For the public")), Column("book", t("Order book")), Column("masked", t("Pseudonyms")),
        Column("curves", t("Curves")), Column("statements", t("Statements")), Column("trail", t("Record")),
        Column("replay", t("Replay")),
    ]  # fmt: skip
    rows = [_row(desk, s) for s in sessions]
    empty = t("There is no session yet. What can be taken along of each stands here.")
    listing(desk, columns, rows, title=t("Files of sessions"), key="session", empty=empty, page=0)


def _row(desk: Desk, session: dict[str, Any]) -> dict[str, Any]:
    t, name = desk.t, session["session"]
    row = session | {"session_href": f"/sessions/{name}"}

    def offer(field: str, text: str, target: Query | str) -> None:
        row[field], row[f"{field}_href"] = text, target if isinstance(target, str) else link(target)

    offer("trail", "CSV", GetTrailFile(stream=name))
    if session["state"] not in BOOK_IS_SEALED and session["key_released_at"]:
        offer("book", "ZIP", GetOrderBook(session=name))
        offer("masked", "ZIP", GetOrderBook(session=name, names="pseudonyms"))
        offer("curves", t("look"), f"/order-books/{name}")
    if session["version"]:
        offer("regulator", "ZIP", GetBundle(session=name, level="regulator"))
        offer("public", "ZIP", GetBundle(session=name, level="public"))
        offer("replay", t("replay"), f"/replay?market={session['market']}&session={name}")
    if session["state"] == "final":
        offer("statements", t("by account"), f"{RUNS}/{name}")
    return row


def _market(desk: Desk, market: str) -> None:
    t = desk.t
    with part(t("The market")), ui.element("ul").classes("acts-list"):
        for text, target in (
            (t("All postings of the ledger (CSV)"), link(GetLedgerFile(market=market))),
            (t("Documents of settlement"), f"{DOCUMENTS}?market={market}"),
            (t("Concentration of the last final day (CSV)"), link(GetConcentration(market=market, form="csv"))),
            (t("Pivotal suppliers of that day (CSV)"), link(GetPivotalSuppliers(market=market, form="csv"))),
            (t("Both figures of other days"), f"/surveillance?market={market}"),
        ):  # fmt: skip
            with ui.element("li"):
                ui.link(text, target)


async def _record(desk: Desk) -> None:
    t = desk.t
    streams = await desk.items(ListStreams(limit=500), most=2000)
    rows = [
        {"stream": s["stream"], "rows": s["rows"], "last_at": s["last_at"], "file": "CSV",
         "file_href": link(GetTrailFile(stream=s["stream"])), "stream_href": f"/record/{s['stream']}"}
        for s in streams
    ]  # fmt: skip
    columns = [
        Column("stream", t("Stream"), "code"), Column("rows", t("Rows"), "number", decimals=0),
        Column("last_at", t("Last row"), "time"), Column("file", t("File")),
    ]  # fmt: skip
    with part(t("The record")):
        listing(desk, columns, rows, title=t("Streams of the record"), key="stream")
