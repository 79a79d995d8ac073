"""Write the bundled market of power, gas and hydrogen, the same bytes on every run.

Run `python examples/make_carriers.py`; it rewrites `src/walras/examples/carriers/`. The
states XA and XB do not exist (the codes are free for private use in ISO 3166); every
figure is invented, most of them by smooth daily shapes. The orders of the nuclear unit
are what `walras units compile` makes of `src/walras/examples/units/nuclear.toml`.
Columns and meaning: docs/market-folder.md.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import walras
from walras.units.adding import with_orders
from walras.units.compile import compile_unit
from walras.units.examples import example_unit

FOLDER = Path(__file__).parents[1] / "src" / "walras" / "examples" / "carriers"
MIDNIGHT = datetime(2026, 6, 10, tzinfo=UTC)
POWER_DAY, GAS_DAY = range(24), range(6, 30)
PIPE = "XA-XB-pipe"
Steps = list[tuple[float, ...]]
"""Price and MW of each step, or the prices at its start and end and MW."""

MARKET_TOML = """\
format = "walras-market"
version = 1
name = "Power, gas and hydrogen"
currency = "EUR"
time_zone = "UTC"
delivery_day = 2026-06-10
rules_profile = "european"
"""


def stamp(hour: int) -> str:
    """Return the start of an hour counted from midnight, in UTC."""
    return (MIDNIGHT + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%SZ")


def wave(hour: float, top: float, hours: float = 24) -> float:
    """Return a cosine from -1 to 1 that is highest at `top` o'clock."""
    return math.cos((hour - top) / hours * 2 * math.pi)


def load(hour: int) -> float:
    """Return power demand relative to its mean: a morning and a higher evening peak."""
    return 1 + 0.10 * wave(hour, 15) + 0.09 * wave(hour, 20, 12)


def sun(hour: int) -> float:
    """Return sunshine relative to its greatest: from 5 to 20 o'clock."""
    return max(0.0, math.sin((hour + 0.5 - 5) / 15 * math.pi)) ** 1.3 if 5 <= hour < 20 else 0.0


def wind(hour: int) -> float:
    """Return wind relative to its installed power: stronger at night."""
    return 0.4 + 0.2 * wave(hour, 2)


def heat(hour: int) -> float:
    """Return gas demand of homes and works relative to its mean: a peak in the morning, one in the evening."""
    return 1 + 0.22 * wave(hour, 13) + 0.16 * wave(hour, 19, 12)


class Tables:
    """Writes tables of a market folder as CSV; curves are collected first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.orders: list[tuple[object, ...]] = []
        self.steps: list[tuple[object, ...]] = []

    def write(self, name: str, header: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Write one table."""
        with (self.folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file, lineterminator="\n").writerows([header.split(","), *rows])

    def curve(self, order: str, place: str, side: str, hours: Iterable[int], steps: Callable[[int], Steps]) -> None:
        """Add a step curve; `place` is zone and carrier, `steps(hour)` what it says in an hour."""
        self.orders.append((order, order.rsplit("-", 1)[0], *place.split(), side))
        for hour in hours:
            said = [step for step in steps(hour) if step[-1] > 0.05]
            rows = [(n, f"{s[0]:.2f}", f"{s[-2]:.2f}", f"{s[-1]:.1f}") for n, s in enumerate(said, 1)]
            self.steps += [(order, stamp(hour), *row) for row in rows]

    def write_curves(self) -> None:
        """Write the curves that were added."""
        self.write("curve_orders", "order,member,zone,carrier,side", self.orders)
        header = "order,mtu_start,step,price_start_eur_per_mwh,price_end_eur_per_mwh,quantity_mw"
        self.write("curve_steps", header, self.steps)


def write_places(tables: Tables) -> None:
    """Write zones and grids: power and hydrogen from midnight, gas from six to six."""
    places = [("XA-south", "XA", 0.6, 0.6), ("XB-north", "XB", 2.0, 2.8), (PIPE, "XA", 1.3, 1.7)]
    tables.write("zones", "zone,country,latitude,longitude", places)
    header = (
        "zone,carrier,mtu_minutes,start,end,price_min_eur_per_mwh,price_max_eur_per_mwh,"
        "price_tick_eur_per_mwh,quantity_tick_mw"
    )
    days = {"electricity": POWER_DAY, "hydrogen": POWER_DAY, "gas": GAS_DAY}
    grids = [("XA-south", c) for c in days] + [("XB-north", "electricity"), ("XB-north", "gas"), (PIPE, "gas")]
    ends = {c: (stamp(day.start), stamp(day.stop)) for c, day in days.items()}
    tables.write("grids", header, [(z, c, 60, *ends[c], "-500.00", "4000.00", "0.01", "0.1") for z, c in grids])


def write_lines(tables: Tables) -> None:
    """Write a power line, and a pipeline as two lines with the zone of its linepack between them."""
    header = "line,carrier,from_zone,to_zone,loss_forward,tariff_eur_per_mwh"
    lines = [
        ("XA-XB-power", "electricity", "XA-south", "XB-north", "", ""),
        ("pipe-in", "gas", "XA-south", PIPE, "0.015", "0.80"),
        ("pipe-out", "gas", PIPE, "XB-north", "", ""),
    ]
    tables.write("lines", header, lines)
    rows: list[tuple[object, ...]] = [("XA-XB-power", stamp(h), "350.0", "350.0") for h in POWER_DAY]
    rows += [
        (line, stamp(h), mw, "0.0") for line, mw in (("pipe-in", "760.0"), ("pipe-out", "1400.0")) for h in GAS_DAY
    ]
    tables.write("line_capacities", "line,mtu_start,capacity_forward_mw,capacity_backward_mw", rows)


def write_curves(tables: Tables) -> None:
    """Write who else sells and buys power, gas and hydrogen."""
    south, north = "XA-south electricity", "XB-north electricity"
    tables.curve("XA-towns-buy", south, "demand", POWER_DAY, lambda h: [(4000, 1480 * load(h)), (130, 40), (90, 40)])
    tables.curve("XA-sun-sell", south, "supply", POWER_DAY, lambda h: [(0, 1750 * sun(h))])
    tables.curve("XA-wind-sell", south, "supply", POWER_DAY, lambda h: [(2, 250 * wind(h))])
    tables.curve("XA-steam-sell", south, "supply", POWER_DAY, lambda _: [(58, 150), (66, 150), (79, 150), (98, 300)])
    tables.curve("XB-towns-buy", north, "demand", POWER_DAY, lambda h: [(4000, 1250 * load(h)), (140, 40), (85, 30)])
    tables.curve("XB-sun-sell", north, "supply", POWER_DAY, lambda h: [(0, 700 * sun(h))])
    tables.curve("XB-wind-sell", north, "supply", POWER_DAY, lambda h: [(2, 600 * wind(h))])
    tables.curve(
        "XB-steam-sell", north, "supply", POWER_DAY, lambda _: [(61, 200), (72, 200), (86, 150), (104, 150), (125, 250)]
    )
    # Gas of the hours before six belongs to yesterday's gas day; the plant has bought it, and sells it as it likes.
    tables.curve("XB-ccgt-night", north, "supply", range(6), lambda _: [(54, 220), (57, 180)])
    gas_a, gas_b = "XA-south gas", "XB-north gas"
    tables.curve("XA-fields-sell", gas_a, "supply", GAS_DAY, lambda _: [(22.5, 650)])
    tables.curve("XA-depot-sell", gas_a, "supply", GAS_DAY, lambda _: [(26, 34, 500)])
    tables.curve("XA-works-buy", gas_a, "demand", GAS_DAY, lambda h: [(4000, 170 * heat(h)), (38, 30)])
    tables.curve("XB-homes-buy", gas_b, "demand", GAS_DAY, lambda h: [(4000, 260 * heat(h)), (36, 40)])
    tables.curve("XB-landing-sell", gas_b, "supply", GAS_DAY, lambda _: [(30, 46, 500)])
    tables.curve("XA-steelworks-buy", "XA-south hydrogen", "demand", POWER_DAY, lambda _: [(4000, 40), (74, 50)])
    tables.curve("XA-reformer-sell", "XA-south hydrogen", "supply", POWER_DAY, lambda _: [(66, 30), (82, 50)])
    tables.write_curves()


def write_plants(tables: Tables) -> None:
    """Write a gas plant and an electrolyser: scalable orders that buy what they sell."""
    header = "order,member,zone,carrier,side,fixed_term_eur,gradient_up_mw,gradient_down_mw"
    orders = [
        ("XB-ccgt", "XB-ccgt", "XB-north", "electricity", "supply", "9000.00", "160.0", "160.0"),
        ("XA-electrolyser", "XA-electrolyser", "XA-south", "hydrogen", "supply", "0.00", "", ""),
    ]
    tables.write("scalable_orders", header, orders)
    steps = [("XB-ccgt", h, n, p, q) for h in range(6, 24) for n, (p, q) in enumerate([(2.8, 300), (4.6, 100)], 1)]
    steps += [("XA-electrolyser", h, 1, 2.0, 81.6) for h in POWER_DAY]
    header = "order,mtu_start,step,price_eur_per_mwh,quantity_mw"
    tables.write("scalable_steps", header, [(o, stamp(h), n, f"{p:.2f}", f"{q:.1f}") for o, h, n, p, q in steps])
    tables.write(
        "scalable_minimums", "order,mtu_start,minimum_mw", [("XB-ccgt", stamp(h), "160.0") for h in range(6, 24)]
    )
    rows = [("XB-ccgt", "XB-north", "gas", 0.56), ("XA-electrolyser", "XA-south", "electricity", 0.68)]
    tables.write("conversions", "order,input_zone,input_carrier,efficiency", rows)


def write_stores(tables: Tables) -> None:
    """Write a battery, a pumped-storage plant and the linepack."""
    header = (
        "order,member,zone,carrier,charge_mw,discharge_mw,capacity_mwh,spread_eur_per_mwh,start_mwh,end_mwh,"
        "charge_efficiency,discharge_efficiency,hourly_loss"
    )
    stores = [
        ("XB-battery", "XB-battery", "XB-north", "electricity", "80.0", "80.0", 160, "4.00", 20, 20, 0.93, 0.95, 0.001),
        ("XA-pumps", "XA-pumps", "XA-south", "electricity", "180.0", "200.0", 1100, "1.50", 300, 300, 0.87, 0.9, ""),
        ("pipe-linepack", "pipe-operator", PIPE, "gas", "250.0", "250.0", 900, "0.00", 500, 500, "", "", ""),
    ]
    tables.write("storage_orders", header, stores)


def forecast() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the prices that the nuclear unit's owner expects: two levels of sunshine; shape (scenarios, hours)."""
    return np.array([[62 + 18 * wave(h, 20, 12) - deep * sun(h) for h in POWER_DAY] for deep in (60, 95)]).round(2)


def main() -> None:
    """Write the whole folder."""
    with TemporaryDirectory() as place:
        (Path(place) / "market.toml").write_text(MARKET_TOML, encoding="utf-8")
        tables = Tables(Path(place))
        for step in (write_places, write_lines, write_curves, write_plants, write_stores):
            step(tables)
        book = walras.read(place)
    orders = compile_unit(
        example_unit("nuclear"), book, "profiles", price_taking=True, scenarios=forecast(), profiles=12
    )
    with TemporaryDirectory() as place:
        walras.write(with_orders(book, orders), Path(place) / "market", format="csv")
        FOLDER.mkdir(parents=True, exist_ok=True)
        for file in (Path(place) / "market").iterdir():
            (FOLDER / file.name).write_bytes(file.read_bytes())


if __name__ == "__main__":
    main()
