"""The terms of settlement that hold on a day, readable as an outline, and setting others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from walras.service.commands import SetSettlementTerms
from walras.service.console.desk import Desk
from walras.service.console.forms import words_of
from walras.service.console.listing import Column, facts, listing
from walras.service.console.pages.ledger.ways import TERMS, begin
from walras.service.console.places import mark, place
from walras.service.console.sections import act, addressed, go, heading, show_raw
from walras.service.queries import GetSettlementTerms
from walras.service.queries.query import WATCHING

DEEPEST = 6


@place(TERMS, mark("Settlement terms"), WATCHING)
async def terms(desk: Desk) -> None:
    """Show the terms of a day."""
    market = await begin(desk, TERMS)
    if market is None:
        return
    t = desk.t
    with ui.element("div").classes("filters"):
        day = ui.input(t("Delivery day"), value=desk.query.get("day", "")).props("outlined dense type=date stack-label")
        ui.button(t("Show"), on_click=lambda: go(desk, day=day.value)).props("outline no-caps")
    found = await desk.ask(addressed(desk, GetSettlementTerms, ("day",), market=market))
    with ui.element("div").classes("row-of-acts"):
        ui.label(t("Version {number}").format(number=found["version"])).classes("badge")
        ui.button(t("As JSON"), on_click=lambda: show_raw(desk, t("Settlement terms"), found["terms"])).props(
            "outline no-caps"
        )
        preset = {"market": market, "terms": found["terms"]}
        act(desk, SetSettlementTerms, t("Set other terms"), preset, fixed=("market",))
    with ui.element("div").classes("card section"):
        outline(desk, found["terms"], 2)


def outline(desk: Desk, value: Mapping[str, Any], level: int) -> None:
    """Show nested facts: plain ones as a list, lists of records as tables, the rest under headings."""
    plain = [(desk.t(words_of(n)), _plain(desk, v)) for n, v in value.items() if not _is_nested(v)]
    if plain:
        facts(desk, plain)
    for name, inner in value.items():
        if not _is_nested(inner):
            continue
        heading(desk.t(words_of(name)), min(level, DEEPEST))
        if isinstance(inner, Mapping):
            outline(desk, inner, level + 1)
        elif any(_is_nested(v) for one in inner for v in one.values()):
            for one in inner:
                with ui.element("div").classes("card section"):
                    outline(desk, one, level + 1)
        else:
            names = list(dict.fromkeys(n for one in inner for n in one))
            rows = [{n: _plain(desk, one.get(n)) for n in names} | {"#": k} for k, one in enumerate(inner)]
            columns = [Column(n, desk.t(words_of(n)), "wide" if n == "text" else "text") for n in names]
            listing(desk, columns, rows, title=words_of(name), key="#")


def _is_nested(value: Any) -> bool:
    if isinstance(value, Mapping):
        return bool(value)
    return isinstance(value, list) and any(isinstance(one, Mapping) for one in value)


def _plain(desk: Desk, value: Any) -> str:
    if isinstance(value, bool):
        return desk.t("yes") if value else desk.t("no")
    if isinstance(value, list):
        return ", ".join(str(v) for v in value)
    return "" if value is None or value == {} else str(value)
