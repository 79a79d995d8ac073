"""Write the pictures of the tutorials of carriers as SVG: `python docs/make_carrier_pictures.py`.

Clears the bundled market of carriers and draws prices, plants and stores as stairs over the
hours of the day, in UTC; power and hydrogen end at midnight, the gas day at six. The thirty
days are those that the code of docs/tutorial-thirty-days.md makes. No browser and no further
library is needed, and the same result gives the same bytes.
"""

from __future__ import annotations

import doctest
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

import walras
from walras.book.cells import FloatArray
from walras.book.stores import stores_of
from walras.units.accepted import accepted_power
from walras.units.examples import example_unit
from walras.units.physics import day_of

DOCS = Path(__file__).parent
Scale = Callable[[float], float]
LEFT, WIDTH, HEIGHT, TOP, BELOW = 62, 690, 118, 30, 22
SOUTH, NORTH, GAS, HYDROGEN = "#d1581b", "#0b5cad", "#17795e", "#8e3fa8"


@dataclass(frozen=True)
class Axis:
    """Hours from left to right: what is written at which hour, the hour of a dark line, and what stands below."""

    hours: int
    ticks: Mapping[int, str]
    dark: int
    note: str

    def x(self, hour: float) -> float:
        """Return where an hour is."""
        return WIDTH * hour / self.hours


DAY = Axis(30, {h: f"{h % 24:02}" for h in range(0, 31, 3)}, 24, "10 June 2026, UTC; invented figures")
MONTH = Axis(720, {24 * d: f"{d + 1}" for d in range(0, 30, 2)}, 0, "June 2026, days in UTC; invented figures")


@dataclass(frozen=True)
class Line:
    """One stair: a value for each hour from `first` on; `is_level` draws points at the ends of hours instead."""

    name: str
    colour: str
    value: Sequence[float]
    first: int = 0
    is_filled: bool = False
    is_level: bool = False
    is_wide: bool = False

    @property
    def stroke(self) -> str:
        """Return how it is drawn: wide and pale where another line may run on it."""
        wide = 'stroke-width="6" stroke-opacity="0.4"' if self.is_wide else 'stroke-width="2"'
        return f'stroke="{self.colour}" {wide}'

    def points(self) -> list[tuple[float, float]]:
        """Return hour and value of every corner."""
        if self.is_level:
            return [(self.first + n, v) for n, v in enumerate(self.value)]
        return [(self.first + n + end, v) for n, v in enumerate(self.value) for end in (0, 1)]


@dataclass(frozen=True)
class Panel:
    """Lines over the day under one title; its scale goes from `least` to `most`; `limit` is a dashed line."""

    title: str
    lines: Sequence[Line]
    most: float
    tick: float
    limit: float | None = None
    least: float = 0


def picture(panels: Sequence[Panel], axis: Axis = DAY) -> str:
    """Return panels one below the other as SVG."""
    high = len(panels) * (TOP + HEIGHT + BELOW) + 18
    body = "".join(_panel(panel, axis, n * (TOP + HEIGHT + BELOW) + TOP) for n, panel in enumerate(panels))
    wide = LEFT + WIDTH + 18
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        f'font-family="sans-serif" font-size="12" fill="#16202c">\n<rect width="{wide}" height="{high}" fill="#fff"/>\n'
        f'{body}<text x="{LEFT + WIDTH}" y="{high - 6}" text-anchor="end" fill="#566273">'
        f"{axis.note}</text>\n</svg>\n"
    )


def _panel(panel: Panel, axis: Axis, top: int) -> str:
    def y(value: float) -> float:
        return HEIGHT * (panel.most - value) / (panel.most - panel.least)

    hours = "".join(
        f'<line x1="{axis.x(h):.1f}" y1="0" x2="{axis.x(h):.1f}" y2="{HEIGHT}" '
        f'stroke="{"#aab4c0" if h == axis.dark else "#e9edf1"}"/>'
        f'<text x="{axis.x(h):.1f}" y="{HEIGHT + 15}" text-anchor="middle" fill="#566273">{label}</text>\n'
        for h, label in axis.ticks.items()
    )
    values = "".join(
        f'<line x1="0" y1="{y(v):.1f}" x2="{WIDTH}" y2="{y(v):.1f}" stroke="#e9edf1"/>'
        f'<text x="-7" y="{y(v) + 4:.1f}" text-anchor="end" fill="#566273">{v:,.0f}</text>\n'
        for v in np.arange(panel.least, panel.most + 1e-9, panel.tick)
    )
    limit = "" if panel.limit is None else (
        f'<line x1="0" y1="{y(panel.limit):.1f}" x2="{WIDTH}" y2="{y(panel.limit):.1f}" '
        'stroke="#8391a3" stroke-dasharray="5 4"/>\n'
    )  # fmt: skip
    drawn = "".join(_line(line, axis.x, y) for line in panel.lines)
    return (
        f'<g transform="translate({LEFT},{top})">\n<text x="0" y="-10" font-weight="bold">{panel.title}</text>\n'
        f"{_legend(panel.lines)}{values}{hours}{limit}{drawn}</g>\n"
    )


def _line(line: Line, x: Scale, y: Scale) -> str:
    at = [(x(h), y(v)) for h, v in line.points()]
    corners = " ".join(f"{a:.1f},{b:.1f}" for a, b in at)
    ends = f"{at[0][0]:.1f},{y(0):.1f}", f"{at[-1][0]:.1f},{y(0):.1f}"
    area = f'<polygon points="{ends[0]} {corners} {ends[1]}" fill="{line.colour}" fill-opacity="0.16"/>\n'
    stair = f'<polyline points="{corners}" fill="none" {line.stroke}/>\n'
    return area + stair if line.is_filled else stair


def _legend(lines: Sequence[Line]) -> str:
    named = [line for line in lines if line.name]
    out, right = "", float(WIDTH)
    for line in reversed(named):
        start = right - 6.6 * len(line.name)
        out += f'<text x="{start:.1f}" y="-10" fill="{line.colour}">{line.name}</text>\n'
        out += f'<line x1="{start - 26:.1f}" y1="-14" x2="{start - 6:.1f}" y2="-14" {line.stroke}/>\n'
        right = start - 44
    return out


class Day:
    """The cleared day by names."""

    def __init__(self) -> None:
        self.book = walras.read(resources.files("walras") / "examples" / "carriers")
        self.results = walras.clear(self.book)
        assert walras.audit(self.book, self.results) == []
        self.tables = walras.tables(self.book, self.results)

    def price(self, zone: str, carrier: str) -> list[float]:
        """Return prices of a zone and carrier."""
        rows = self.tables["prices"].filter(zone=zone, carrier=carrier)
        return rows["price_eur_per_mwh"].to_list()

    def volume(self, order: str, kind: str) -> list[float]:
        """Return what an order sells or buys in each hour that it names."""
        rows = self.tables["order_volumes"].filter(order=order, kind=kind)
        return rows.group_by("mtu_start").agg(pl.col("accepted_mw").sum()).sort("mtu_start")["accepted_mw"].to_list()

    def level(self, order: str) -> list[float]:
        """Return the level of a store at the start and after each hour (formulation, eq. 4.17)."""
        orders, volumes = self.book.storages, self.results.published
        o, stores = orders.name.index(order), stores_of(self.book.cells, self.book.storages)
        levels = [float(orders.start[o])]
        for w in range(int(stores.first[o]), int(stores.first[o + 1])):
            gained = (
                orders.charge_efficiency[o] * volumes.charge[w] - volumes.discharge[w] / orders.discharge_efficiency[o]
            )
            levels.append(float(stores.keep[w] * levels[-1] + stores.hours[w] * gained))
        return levels

    def unit(self) -> FloatArray:
        """Return the power of the nuclear unit."""
        unit = example_unit("nuclear")
        return accepted_power(self.book, self.results.published, unit, day_of(self.book, unit.zone, unit.carrier))


def prices(day: Day) -> list[Panel]:
    """Return prices of each carrier."""
    power = [Line("XA-south", SOUTH, day.price("XA-south", "electricity"), is_wide=True)]
    power += [Line("XB-north", NORTH, day.price("XB-north", "electricity"))]
    gas = [Line("XA-south", SOUTH, day.price("XA-south", "gas"), 6)]
    gas += [Line("XA-XB-pipe", GAS, day.price("XA-XB-pipe", "gas"), 6, is_wide=True)]
    gas += [Line("XB-north", NORTH, day.price("XB-north", "gas"), 6)]
    hydrogen = [Line("XA-south", HYDROGEN, day.price("XA-south", "hydrogen"))]
    return [
        Panel("Power, EUR/MWh", power, 100, 25),
        Panel("Gas, EUR/MWh", gas, 36, 4, least=20),
        Panel("Hydrogen, EUR/MWh", hydrogen, 100, 25),
    ]


def plants(day: Day) -> list[Panel]:
    """Return what the nuclear unit, the gas plant and the electrolyser do."""
    spreads = day.tables["conversion_spreads"].filter(order="XB-ccgt")["clean_spread_eur_per_mwh"].to_list()
    nuclear = Line("", SOUTH, day.unit().tolist(), is_filled=True)
    gas = Line("", NORTH, day.volume("XB-ccgt", "scalable"), 6, is_filled=True)
    electrolyser = Line("", HYDROGEN, day.volume("XA-electrolyser", "input"), is_filled=True)
    return [
        Panel("Nuclear unit, MW; dashed: its stable minimum", [nuclear], 1200, 300, limit=600),
        Panel("Gas plant, MW sold; dashed: its minimum", [gas], 400, 100, limit=160),
        Panel("Its clean spark spread, EUR/MWh", [Line("", GAS, spreads, 6)], 30, 10),
        Panel("Electrolyser, MW bought", [electrolyser], 120, 40),
    ]


def stores(day: Day) -> list[Panel]:
    """Return levels of the stores, and their capacities."""

    def level(order: str, colour: str, first: int = 0) -> list[Line]:
        return [Line("", colour, day.level(order), first, is_filled=True, is_level=True)]

    return [
        Panel("Battery, MWh stored; dashed: its capacity", level("XB-battery", NORTH), 160, 40, 160),
        Panel("Pumped storage, MWh stored", level("XA-pumps", SOUTH), 1200, 300, 1100),
        Panel("Linepack that can be drawn, MWh of gas", level("pipe-linepack", GAS, 6), 1000, 250, 900),
    ]


def thirty_days() -> list[Panel]:
    """Return power and price of the thirty days, by running the code of their page."""
    page = (DOCS / "tutorial-thirty-days.md").read_text(encoding="utf-8").split("## What came of it")[0]
    names: dict[str, Any] = {}
    for example in doctest.DocTestParser().get_examples(page):
        exec(compile(example.source, "tutorial-thirty-days.md", "single"), names)
    power = np.concatenate(names["month"]).tolist()
    price = [p for number in range(1, 31) for p in names["prices"](number)]
    return [
        Panel("Nuclear unit, MW; dashed: its stable minimum", [Line("", SOUTH, power, is_filled=True)], 1200, 300, 600),
        Panel("Price, EUR/MWh", [Line("", NORTH, price)], 80, 40, limit=0, least=-80),
    ]


def main() -> None:
    """Write the four pictures."""
    day = Day()
    drawn = {name: picture(make(day)) for name, make in (("prices", prices), ("plants", plants), ("stores", stores))}
    drawn["thirty-days"] = picture(thirty_days(), MONTH)
    for name, text in drawn.items():
        (DOCS / "images" / f"carriers-{name}.svg").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
