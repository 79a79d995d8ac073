"""Fixings: the rates of days at which currencies are converted, as plots and a table; storing and correcting."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from nicegui import ui

from walras.service.commands import CorrectFixing, StoreFixing
from walras.service.console import plots
from walras.service.console.desk import Desk
from walras.service.console.forms import open_form
from walras.service.console.listing import Column, listing
from walras.service.console.pages.ledger.ways import FIXINGS, begin
from walras.service.console.places import mark, place
from walras.service.console.sections import act, part
from walras.service.queries import ListFixings
from walras.service.queries.query import WATCHING

TERMS = ("base", "quote", "day", "source")


@place(FIXINGS, mark("Fixings"), WATCHING)
async def fixings(desk: Desk) -> None:
    """Show the rates of every pair of currencies over days, and every version."""
    market = await begin(desk, FIXINGS)
    if market is None:
        return
    box = ui.element("div").classes("section")

    async def refresh() -> None:
        rows = await desk.items(ListFixings(market=market, limit=500), most=20_000)
        box.clear()
        with box:
            with ui.element("div").classes("row-of-acts"):
                act(desk, StoreFixing, desk.t("Store a fixing"), {"market": market}, fixed=("market",),
                    on_done=lambda _: refresh())  # fmt: skip
            _plotted(desk, rows)
            _table(desk, market, rows, refresh)

    await refresh()


def _plotted(desk: Desk, rows: list[dict[str, Any]]) -> None:
    """Show the newest version of each day, a plot for each pair: their rates have different sizes."""
    t = desk.t
    pairs: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows:  # in the order in which they were stored: a later version takes the place of one before
        pairs.setdefault((row["base"], row["quote"]), {})[row["day"]] = float(Fraction(row["rate"]))
    with ui.element("div").classes("two"):
        for (base, quote), rates in sorted(pairs.items()):
            if len(rates) < 2:
                continue
            name = t("{quote} for one {base}").format(quote=quote, base=base)
            options = plots.lines({name: sorted(rates.items())}, quote)
            options["yAxis"]["scale"] = True
            with ui.element("div").classes("card"):
                plots.plot(options, name)


def _table(desk: Desk, market: str, rows: list[dict[str, Any]], refresh: Any) -> None:
    t = desk.t
    by_id = {str(r["id"]): r for r in rows}
    newest = {(r["base"], r["quote"], r["day"]): r["id"] for r in rows}
    columns = [
        Column("day", t("Day"), "day"), Column("base", t("For one")), Column("rate", t("Rate")),
        Column("quote", t("In")), Column("version", t("Version"), "number", decimals=0), Column("source", t("Source")),
        Column("fixed_at", t("Fixed"), "time"), Column("at", t("Stored"), "time"),
    ]  # fmt: skip

    def correct(_word: str, number: str) -> None:
        row = by_id[number]
        preset = {"market": market} | {name: row[name] for name in TERMS}
        open_form(desk, CorrectFixing, preset, fixed=("market", "base", "quote", "day"), on_done=lambda _: refresh())

    def acts(row: Any) -> list[tuple[str, str]]:
        is_newest = newest[row["base"], row["quote"], row["day"]] == row["id"]
        return [("correct", t("Correct"))] if is_newest and desk.may(CorrectFixing.word()) else []

    with part(t("Every version")):
        empty = t("No fixing is stored. The terms say which rates settlement needs; store each before it is due.")
        newest_first = list(reversed(rows))
        listing(
            desk, columns, newest_first, title=t("Every version"), key="id", empty=empty, acts=acts, on_act=correct
        )  # fmt: skip
