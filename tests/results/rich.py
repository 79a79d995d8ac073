"""A market with one of everything, whose relaxation is integral, so that its outcome is proven."""

from __future__ import annotations

from functools import cache

from tests.builders import market
from tests.results.by_hand import solve


@cache
def rich_book():
    minutes = {"A": 60, "B": 60, "C": 30, "E": 60, "F": 60, "G": 60, "U": 60, "V": 60, "W": 60}
    said = market(tuple(minutes), 2, minutes, carriers={"V": "gas"})
    for hour in (0, 1):
        said.sells("A", 100, at=10, hour=hour, order="A-base").sells("A", 50, at=20, hour=hour, order="A-base")
        said.sells("A", 40, at=12, to=52, hour=hour, order="A-slope")
        said.buys("A", 60, at=4000, hour=hour, order="A-must").buys("A", 30, at=15, hour=hour, order="A-must")
        said.buys("B", 120, at=200, hour=hour, order="B-load").sells("B", 80, at=60, hour=hour, order="B-peak")
        said.buys("B", 20, at=90, to=30, hour=hour, order="B-slope")
    for hour in (0, 0.5, 1, 1.5):
        said.buys("C", 40 if hour % 1 else 50, at=150, hour=hour, order="C-load")
        said.sells("C", 30, at=45, hour=hour, order="C-gas").sells("C", 60, at=110, hour=hour, order="C-gas")
    said.sells("C", 25, at=40, hour=0, minutes=60, order="C-hourly").sells(
        "C", 25, at=130, hour=1, minutes=60, order="C-hourly"
    )
    said.line("A", "B", 70, 70).line("B", "C", 10, 10)
    said.border("A", "X", [18.5, 22.5], export=30, import_=30).fixed_border("C", "Y", [5, 5, -5, -5])
    said.block("b-cheap", "B", "supply", 40, 20).block("b-dear", "B", "supply", 90, 20)
    said.block("c-part", "C", "supply", 100, {1: 8}, mar=0.3, minutes=30)
    said.block("parent", "B", "supply", 61, 5).block("child", "B", "supply", 50, {1: 10}, parents=["parent"])
    said.block("g-good", "A", "demand", 26, 10, group="g").block("g-less", "A", "demand", 22, 10, group="g")
    said.flexible("flex", "A", "supply", 15, 5, window=(0, 2)).flexible("flex-dear", "B", "supply", 95, 15)
    steps = [(hour, price, mw) for hour in (0, 1) for price, mw in ((25, 10), (70, 10))]
    said.scalable("plant", "B", "supply", 200, steps, minimums={0: 5, 1: 12})
    said.scalable("idle", "B", "supply", 9000, [(0, 30, 5), (0, 80, 5), (1, 30, 5)], stop=1)
    said.scalable("ramp", "B", "supply", 0, [(0, 70, 10), (1, 40, 10)], gradient_up=4, gradient_down=50)
    said.scalable("spark", "U", "supply", 300, [(0, 2, 40), (1, 2, 40)]).converts("spark", "V", 0.5)
    # In the first hour it charges at 25 and in the second it sells at 90.
    said.storage("battery", "W", 10, 20, 2, charge_efficiency=0.9, fixed_term=100)
    said.sells("W", 80, at=25, hour=0, order="W-night").buys("W", 30, at=70, hour=0, order="W-load")
    said.sells("W", 80, at=90, hour=1, order="W-day").buys("W", 30, at=200, hour=1, order="W-load")
    for hour in (0, 1):
        said.sells("U", 50, at=90, hour=hour, order="U-peak").buys("U", 60, at=200, hour=hour, order="U-load")
        said.sells("V", 100, at=20, hour=hour, order="V-field").buys("V", 10, at=60, hour=hour, order="V-load")
    # In the first hour F is dearest and exports, since that relieves the branch; in the second the branch has room.
    said.domain("mesh", ("E", "F", "G")).branch("EG", ram=125, E=0.25, F=-0.5, G=-0.25).branch("FE", ram=900, F=0.5)
    for hour, load in ((0, 500), (1, 200)):
        said.sells("E", 500, at=40, hour=hour, order="E-coal").sells("F", 100, at=20, hour=hour, order="F-hydro")
        said.buys("G", load, at=200, hour=hour, order="G-load").sells("G", 300, at=60, hour=hour, order="G-gas")
    return said.book()


@cache
def rich_results():
    return solve(rich_book())
