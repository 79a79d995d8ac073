"""A result at a glance: welfare, prices over the day, exchanges on the network, where lines were full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from walras.service.console import pictures, plots, shown
from walras.service.console.desk import Desk
from walras.service.console.listing import Column, listing
from walras.service.console.places import mark
from walras.service.publication.picture import Edge, Node

Figures = Mapping[str, Any]
CARRIERS = {
    "electricity": mark("Electricity"), "gas": mark("Gas"), "oil_products": mark("Oil products"),
    "hydrogen": mark("Hydrogen"), "heat": mark("Heat"),
}  # fmt: skip
STATUS = {"optimal": mark("proven optimal"), "feasible": mark("legal, not proven optimal")}
STAGES = {
    "preliminary": mark("preliminary"), "final": mark("final"), "superseded": mark("superseded"),
    "withdrawn": mark("withdrawn"), "provisional": mark("first pass, no result"),
}  # fmt: skip


def glance(desk: Desk, found: Figures) -> None:
    """Show the figures of a result."""
    _head(desk, found)
    for carrier in found["carriers"]:
        with ui.element("h3"):
            ui.label(carrier_name(desk, carrier["carrier"])).classes("inline")
        with ui.element("div").classes("glance"):
            with ui.element("div").classes("section"):
                _prices(desk, carrier, found["currency"])
            with ui.element("div").classes("section"):
                _network(desk, carrier, found["currency"])
        _zones(desk, carrier, found["currency"])
    _congestion(desk, found)


def carrier_name(desk: Desk, carrier: str) -> str:
    """Return what a carrier is called."""
    return desk.t(CARRIERS[carrier]) if carrier in CARRIERS else carrier.replace("_", " ")


def _head(desk: Desk, found: Figures) -> None:
    t, language, said, unit = desk.t, desk.language, found["certified"], found["currency"]
    look = "final" if found["stage"] == "final" else "preliminary" if found["stage"] == "preliminary" else "bad"
    with ui.element("div").classes("row-of-acts"):
        ui.label(t(STAGES[found["stage"]])).classes(f"badge badge-{look}")
        ui.label(t("Version {number}").format(number=found["version"]))
        if said.get("status"):
            ui.label(t(STATUS.get(said["status"], said["status"])))
    figures = [
        (t("Welfare"), said.get("welfare"), unit, 2), (t("Bound"), said.get("bound"), unit, 2),
        (t("Gap"), said.get("gap"), unit, 2),
        (t("Paradoxically rejected orders"), found["paradoxically_rejected"], "", 0),
        (t("Not served at the limits of the price"), found["curtailed_mwh"], "MWh", 1),
    ]  # fmt: skip
    with ui.element("div").classes("figures"):
        for name, value, of, decimals in figures:
            if value is not None:
                with ui.element("div"):
                    ui.label(f"{shown.number(value, decimals, language)} {of}".strip()).classes("figure")
                    ui.label(name).classes("figure-name")


def _prices(desk: Desk, carrier: Figures, currency: str) -> None:
    t, unit = desk.t, f"{currency}/MWh"
    series = {
        z["zone"]: [(shown.wall(at, desk.zone), value) for at, value in z["price"]]
        for z in carrier["zones"] if z["price"]
    }  # fmt: skip
    title = t("{carrier}: prices in {unit}").format(carrier=carrier_name(desk, carrier["carrier"]), unit=unit)
    ui.label(title).classes("figure-name")
    plots.plot(plots.lines(series, unit), title)


def _network(desk: Desk, carrier: Figures, currency: str) -> None:
    t, language, unit = desk.t, desk.language, f"{currency}/MWh"
    nodes = [
        Node(z["zone"], (t("outside"),) if z["mean"] is None else (f"{shown.number(z['mean'], 2, language)} {unit}",),
             z["is_outside"])
        for z in carrier["zones"]
    ]  # fmt: skip
    known = {z["zone"]: tuple(z["coordinates"]) for z in carrier["zones"] if z["coordinates"]}
    edges = []
    for link in carrier["links"]:
        mean, full = link["mean_mw"] or 0.0, sum(1 for f in link["full"] if f)
        text = f"{shown.number(abs(mean), 1, language)} MW"
        said = t("full {n} of {count}").format(n=full, count=len(link["full"])) if full else ""
        edges.append(Edge(link["link"], link["from"], link["to"], round(mean, 3), text, said))
    title = t("{carrier}: mean price of the day in {unit}, mean exchange in MW").format(
        carrier=carrier_name(desk, carrier["carrier"]), unit=unit
    )
    ui.label(title).classes("figure-name")
    if len(nodes) < 2:
        ui.label(t("One zone alone: there is no network to draw.")).classes("empty")
        return
    pictures.network(desk, nodes, edges, known, title)


def _zones(desk: Desk, carrier: Figures, currency: str) -> None:
    t, unit = desk.t, f"{currency}/MWh"
    rows = []
    for zone in carrier["zones"]:
        if zone["is_outside"]:
            continue
        prices, power = [v for _, v in zone["price"][:-1]], [v for _, v in zone["position_mw"][:-1]]
        rows.append(
            {"zone": zone["zone"], "mean": zone["mean"], "low": min(prices), "high": max(prices),
             "least": min(power, default=None), "most": max(power, default=None)}
        )  # fmt: skip
    columns = [
        Column("zone", t("Zone")), Column("mean", t("Mean price"), "number", unit),
        Column("low", t("Lowest"), "number", unit), Column("high", t("Highest"), "number", unit),
        Column("least", t("Least net position"), "number", "MW", 1),
        Column("most", t("Highest net position"), "number", "MW", 1),
    ]  # fmt: skip
    title = t("Prices and net positions of the zones (positive = export)")
    listing(desk, columns, rows, title=title, key="zone", page=10)


def _congestion(desk: Desk, found: Figures) -> None:
    t, currency = desk.t, found["currency"]
    rows = [
        {"line": c["line"], "way": f"{c['from']} → {c['to']}", "carrier": carrier_name(desk, c["carrier"]),
         "full": f"{c['full_mtus']} / {c['mtus']}", "difference": c["difference_per_mwh"], "income": c["income"]}
        for c in found["congestion"]
    ]  # fmt: skip
    if not rows:
        return
    with ui.element("h3"):
        ui.label(t("Lines")).classes("inline")
    columns = [
        Column("line", t("Line")), Column("way", t("From and to")), Column("carrier", t("Carrier")),
        Column("full", t("MTUs at its limit")),
        Column("difference", t("Price difference while full"), "number", f"{currency}/MWh"),
        Column("income", t("Congestion income of the day"), "number", currency),
    ]  # fmt: skip
    listing(desk, columns, rows, title=t("Lines"), key="line", page=10)
