"""A look into an order book after its gate: aggregated supply and demand of a zone, carrier and MTU, from its file."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import polars as pl
from nicegui import ui

from walras.service.console import plots, shown
from walras.service.console.desk import Desk
from walras.service.console.files import link
from walras.service.console.listing import Column, listing
from walras.service.console.places import mark, place
from walras.service.console.problems import Problems, guarded
from walras.service.console.sections import part
from walras.service.queries import GetMarket, GetOrderBook, GetSession
from walras.service.queries.query import WATCHING

ORDERS = (
    "order", "member", "kind", "side", "step", "limit_price", "offered_mwh", "accepted_mwh", "outcome",
)  # fmt: skip
Tables = dict[str, pl.DataFrame]


@place("/order-books/{session}", mark("Order book"), WATCHING)
async def book(desk: Desk) -> None:
    """Show the files of an order book, then its curves; the file is written anew at each look."""
    t, name = desk.t, desk.path["session"]
    session = await desk.ask(GetSession(session=name))
    desk.heading.text = t("Order book of {day}").format(day=shown.day(session["delivery_day"], desk.language))
    version = session["market_version"]
    market = await desk.ask(GetMarket.model_validate({"market": session["market"], "version": version}))
    with ui.element("div").classes("row-of-acts"):
        ui.link(name, f"/sessions/{name}")
        for text, form, names in (
            ("CSV", "csv", "codes"), ("Parquet", "parquet", "codes"), (t("CSV with pseudonyms"), "csv", "pseudonyms"),
        ):  # fmt: skip
            asked = GetOrderBook.model_validate({"session": name, "form": form, "names": names})
            ui.link(text, link(asked))
    problems = Problems(desk)
    box = ui.element("div").classes("section")
    with box, ui.element("div").classes("row-of-acts").props('role="status"'):
        ui.spinner(size="1.5rem")
        ui.label(t("The sealed orders are opened..."))

    async def open_book() -> None:
        try:
            file = await desk.file(GetOrderBook(session=name))
            tables = await desk.work(tables_of, file.content)
        finally:
            box.clear()
        with box:
            _Look(desk, tables, market["definition"]["currency"])

    ui.timer(0.05, guarded(desk, problems)(open_book), once=True)


def tables_of(content: bytes) -> Tables:
    """Return the tables beside the market of an order book's file; `orders` is missing where there is no result."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        names = [n for n in ("curves.csv", "orders.csv") if n in file.namelist()]
        return {n.removesuffix(".csv"): pl.read_csv(file.read(n), infer_schema_length=None) for n in names}


class _Look:
    """The choice of a zone, carrier and MTU, and what was offered there."""

    def __init__(self, desk: Desk, tables: Tables, currency: str) -> None:
        self.desk, self.tables, self.unit = desk, tables, f"{currency}/MWh"
        t, curves = desk.t, tables["curves"]
        if curves.is_empty():
            ui.label(t("Nobody sent an order to this session.")).classes("empty")
            return
        cells = curves.select("zone", "carrier").unique().sort("zone", "carrier")
        choice = {f"{z}\n{c}": f"{z}, {t(c.replace('_', ' '))}" for z, c in cells.iter_rows()}
        with ui.element("div").classes("filters"):
            self.cell = ui.select(choice, label=t("Zone and carrier"), value=next(iter(choice)), on_change=self._mtus)
            self.mtu = ui.select({}, label=t("MTU"))
            for box in (self.cell, self.mtu):
                box.props("outlined dense")
        self.box = ui.element("div").classes("section")
        self._mtus()
        self.mtu.on_value_change(self._show)

    def _mtus(self) -> None:
        zone, carrier = self.cell.value.split("\n")
        starts = self._of(self.tables["curves"], zone, carrier)["mtu_start"].unique().sort().to_list()
        names = {s: shown.time(s, self.desk.zone, self.desk.language) for s in starts}
        kept = self.mtu.value if self.mtu.value in names else starts[len(starts) // 2]
        self.mtu.set_options(names, value=kept)
        self._show()

    def _of(self, table: pl.DataFrame, zone: str, carrier: str) -> pl.DataFrame:
        return table.filter((pl.col("zone") == zone) & (pl.col("carrier") == carrier))

    def _show(self) -> None:
        t, desk = self.desk.t, self.desk
        zone, carrier = self.cell.value.split("\n")
        curves = self._of(self.tables["curves"], zone, carrier).filter(pl.col("mtu_start") == self.mtu.value)
        orders = self.tables.get("orders")
        here = orders
        if here is not None:
            here = self._of(here, zone, carrier).filter(pl.col("mtu_start") == self.mtu.value)
        self.box.clear()
        with self.box:
            named = {t("Demand"): curve_points(curves, "demand"), t("Supply"): curve_points(curves, "supply")}
            marks = [(t("Price"), price) for price in prices_of(here)]
            options = plots.lines(named, self.unit, is_step=False, is_time=False, across="MW", marks=marks)
            with ui.element("div").classes("card"):
                plots.plot(options, t("Supply and demand as offered"), is_tall=True)
            note = t("Curves are of curve orders alone; blocks, scalable and other orders stand in the table.")
            ui.label(note).classes("quiet")
            if here is not None:
                self._orders(here)
            with ui.expansion(t("Points of the curves")).classes("paste-box"):
                _points(desk, curves, self.unit)

    def _orders(self, here: pl.DataFrame) -> None:
        t = self.desk.t
        with part(t("Orders of this MTU")):
            rows = [r | {"key": n} for n, r in enumerate(here.select(ORDERS).to_dicts())]
            columns = [
                Column("order", t("Order"), "code"), Column("member", t("Member"), "code"),
                Column("kind", t("Kind"), "words"), Column("side", t("Side"), "words"),
                Column("limit_price", t("Limit price"), "number", self.unit),
                Column("offered_mwh", t("Offered"), "number", "MWh", 3),
                Column("accepted_mwh", t("Accepted"), "number", "MWh", 3), Column("outcome", t("Outcome"), "words"),
            ]  # fmt: skip
            listing(self.desk, columns, rows, title=t("Orders of this MTU"), key="key")


def prices_of(here: pl.DataFrame | None) -> list[float]:
    """Return the price of a cell as its curve orders were settled: what other orders get may be a mean over MTUs."""
    if here is None:
        return []
    return [p for p in here.filter(pl.col("kind") == "curve")["price"].unique().to_list() if p is not None]


def curve_points(curves: pl.DataFrame, side: str) -> list[tuple[float, float]]:
    """Return a side as (MW, price) points: at each price from what is in the money to what is in or at it.

    >>> steps = {"price": [20.0, 10.0], "inside_mw": [5.0, 0.0], "upto_mw": [9.0, 5.0]}
    >>> curve_points(pl.DataFrame({"side": ["supply"] * 2} | steps), "supply")
    [(0.0, 10.0), (5.0, 10.0), (5.0, 20.0), (9.0, 20.0)]
    """
    rows = curves.filter(pl.col("side") == side).sort("price", descending=side == "demand")
    return [
        (mw, price)
        for price, inside, upto in rows.select("price", "inside_mw", "upto_mw").iter_rows()
        for mw in (inside, upto)
    ]


def _points(desk: Desk, curves: pl.DataFrame, unit: str) -> None:
    t = desk.t
    rows: list[dict[str, Any]] = [r | {"key": n} for n, r in enumerate(curves.to_dicts())]
    columns = [
        Column("side", t("Side"), "words"), Column("price", t("Price"), "number", unit),
        Column("inside_mw", t("In the money"), "number", "MW", 1),
        Column("upto_mw", t("In or at it"), "number", "MW", 1),
    ]  # fmt: skip
    listing(desk, columns, rows, title=t("Points of the curves"), key="key")
