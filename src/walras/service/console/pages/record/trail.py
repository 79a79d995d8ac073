"""The record: its streams with a search, and one stream with readable rows, seals and digests."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from nicegui import ui

from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.files import link
from walras.service.console.forms import words_of
from walras.service.console.listing import Column, listing
from walras.service.console.places import mark, place
from walras.service.console.problems import guarded
from walras.service.console.sections import addressed, go, pager, show_raw
from walras.service.queries import GetTrailFile, ListSeals, ListStreams, ListTrail
from walras.service.queries.query import WATCHING

RECORD = "/record"
A_PAGE = "50"
MOST_LETTERS = 240
LONG = 60
DIGEST = re.compile(r"[0-9a-f]{64}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
DIGITS = 12
"""Of a digest in a table; the whole of it stands in the raw row."""


@place(RECORD, mark("Record"), WATCHING, group="Record", icon="history", order=20)
async def record(desk: Desk) -> None:
    """List streams."""
    t = desk.t
    text = t(
        "Whatever is done at the door, and every attempt that was refused, is a row here. Rows are bound by seals that "
        "follow from each other: walras trail verify finds any change."
    )
    ui.label(text).classes("quiet said-of")
    with ui.element("div").classes("filters"):
        box = ui.input(t("Search a stream, such as a session"), value=desk.query.get("contains", ""))
        box.props("outlined dense clearable").mark("search")

        def search() -> None:
            go(desk, contains=box.value, after=None)

        box.on("keydown.enter", search)
        ui.button(t("Search"), on_click=search).props("outline no-caps")
    found = await desk.ask(addressed(desk, ListStreams, ("contains", "after"), limit=A_PAGE))
    columns = [
        Column("stream", t("Stream"), "code"), Column("rows", t("Rows"), "number", decimals=0),
        Column("last_at", t("Last row"), "time"), Column("unsealed", t("Not sealed yet"), "number", decimals=0),
        Column("seal", t("Last seal"), "number", decimals=0), Column("sealed_at", t("Sealed"), "time"),
        Column("digest", t("Digest of the seal"), "code"),
    ]  # fmt: skip
    rows = [_stream(s) for s in found["items"]]
    empty = t("No stream is like that.")
    listing(desk, columns, rows, title=t("Streams of the record"), key="stream", empty=empty, page=0)
    pager(desk, found["next"])


def _stream(one: Mapping[str, Any]) -> dict[str, Any]:
    seal = one["last_seal"] or {}
    return dict(one) | {
        "stream_href": f"{RECORD}/{one['stream']}", "seal": seal.get("number"), "sealed_at": seal.get("at"),
        "digest": (seal.get("digest") or "")[:DIGITS],
    }  # fmt: skip


@place("/record/{stream}", mark("Stream of the record"), WATCHING)
async def stream(desk: Desk) -> None:
    """Show a stream, the newest row first."""
    t, name = desk.t, desk.path["stream"]
    desk.heading.text = t("Record of {stream}").format(stream=name)
    found = await desk.ask(addressed(desk, ListTrail, ("after",), stream=name, first="newest", limit=A_PAGE))
    with ui.element("div").classes("row-of-acts"):
        ui.link(t("All streams"), RECORD)
        ui.link(t("The whole stream (CSV)"), link(GetTrailFile(stream=name)))
    by_row = {str(r["row"]): r for r in found["items"]}
    columns = [
        Column("at", t("Time"), "time"), Column("actor", t("Who"), "code"), Column("company", t("Company"), "code"),
        Column("act", t("Act")), Column("facts", t("Facts"), "wide"), Column("seal", t("Seal"), "number", decimals=0),
        Column("short", t("Digest"), "code"),
    ]  # fmt: skip
    rows = [r | {"facts": said(desk, r["body"]), "short": r["digest"][:DIGITS]} for r in found["items"]]
    listing(
        desk, columns, rows, title=t("Record of {stream}").format(stream=name), key="row", page=0,
        empty=t("This stream has no row."), acts=lambda _: [("raw", t("Everything"))],
        on_act=lambda _, row: show_raw(desk, t("Row {number}").format(number=row), by_row[row]),
    )  # fmt: skip
    pager(desk, found["next"])
    _seals(desk, name)


def said(desk: Desk, body: Mapping[str, Any]) -> str:
    """Return what a row says in one line: names and values, those that are long at the end and cut."""
    parts = [f"{words_of(name)}: {_value(desk, value)}" for name, value in body.items()]
    text = "; ".join(sorted(parts, key=lambda p: len(p) > LONG))
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"


def _value(desk: Desk, value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{n} {_value(desk, v)}" for n, v in value.items())
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if TIME.fullmatch(text):
        return shown.time(text, desk.zone, desk.language)
    if DIGEST.fullmatch(text):
        return f"{text[:8]}…"
    return text if len(text) <= LONG else f"{text[:LONG]}…"


def _seals(desk: Desk, name: str) -> None:
    """Offer the seals of a stream: they are read when they are asked for."""
    t = desk.t
    with ui.expansion(t("Seals"), icon="verified").classes("paste-box") as expansion:
        box = ui.element("div").classes("section")

    async def show() -> None:
        if not expansion.value:
            return
        seals = await desk.items(ListSeals(stream=name, limit=500), most=20_000)
        columns = [
            Column("number", t("Seal"), "number", decimals=0), Column("rows", t("Rows"), "number", decimals=0),
            Column("at", t("Sealed"), "time"), Column("digest", t("Digest"), "code"),
            Column("previous", t("Digest of the seal before"), "code"),
        ]  # fmt: skip
        box.clear()
        with box:
            empty = t("Nothing is sealed yet: a worker does it within seconds.")
            listing(desk, columns, list(reversed(seals)), title=t("Seals"), key="number", empty=empty)

    expansion.on_value_change(guarded(desk)(show))
