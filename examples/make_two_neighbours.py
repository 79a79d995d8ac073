"""Write the bundled market of two invented neighbours, the same bytes on every run.

Run `python examples/make_two_neighbours.py`; it rewrites
`src/walras/examples/two-neighbours/`. The states XA and XB do not exist (the codes are
free for private use in ISO 3166). Every figure is drawn from smooth daily shapes and a
seed. Columns and meaning: docs/market-folder.md.
"""

from __future__ import annotations

import csv
import math
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "src" / "walras" / "examples" / "two-neighbours"
START = datetime(2026, 6, 9, 21, tzinfo=UTC)  # midnight of the delivery day at UTC+3
HOURS = 24
Row = dict[str, object]

MARKET_TOML = """\
format = "walras-market"
version = 1
name = "Two neighbours"
currency = "EUR"
time_zone = "Etc/GMT-3"
delivery_day = 2026-06-10
rules_profile = "european"
"""

# Name, country, latitude, longitude, mean demand in MW, installed wind in MW.
ZONES = [
    ("XA-north", "XA", 2.4, 1.0, 1500, 200),
    ("XA-south", "XA", 0.6, 0.6, 1950, 0),
    ("XB-east", "XB", 2.0, 3.4, 1000, 1300),
    ("XB-west", "XB", 0.4, 2.8, 1350, 150),
]
# Name, from, to, capacity forward and backward in MW.
LINES = [
    ("XA-north--XA-south", "XA-north", "XA-south", 850, 700),
    ("XA-north--XB-east", "XA-north", "XB-east", 250, 250),
    ("XA-south--XB-west", "XA-south", "XB-west", 200, 200),
    ("XB-east--XB-west", "XB-east", "XB-west", 450, 100),
]


def stamp(hour: int) -> str:
    """Return the start of an hour of the delivery day, in UTC."""
    return (START + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:%M:%SZ")


def load_shape(hour: int) -> float:
    """Return demand relative to its mean: low at night, peaks in the morning and the evening."""
    return 1 + 0.11 * math.sin((hour - 8) / 24 * 2 * math.pi) + 0.10 * math.sin((hour - 5) / 12 * 2 * math.pi)


def wind_shape(hour: int, draw: random.Random) -> float:
    """Return wind relative to its installed power: strong at night, weak at noon."""
    return min(1.0, max(0.05, 0.5 + 0.35 * math.cos((hour - 3) / 24 * 2 * math.pi) + draw.uniform(-0.08, 0.08)))


def sun_shape(hour: int) -> float:
    """Return sunshine relative to its greatest: from 6 to 20 o'clock."""
    return max(0.0, math.sin((hour + 0.5 - 6) / 14 * math.pi)) if 6 <= hour < 20 else 0.0


def write(table: str, rows: list[Row]) -> None:
    """Write one table as CSV with the columns of its first row."""
    with (FOLDER / f"{table}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def price(value: float) -> str:
    """Return a price on its tick of 0.01."""
    return f"{value:.2f}"


def power(value: float) -> str:
    """Return a quantity on its tick of 0.1 MW."""
    return f"{value:.1f}"


class Curves:
    """Collects curve orders: one order a member, zone and side, with steps in each hour."""

    def __init__(self) -> None:
        self.orders: list[Row] = []
        self.steps: list[Row] = []

    def add(
        self, order: str, zone: str, side: str, steps: list[list[tuple[float, float, float]]], first: int = 0
    ) -> None:
        """Add an order; `steps[hour - first]` lists price at the start, price at the end, MW."""
        member = order.removesuffix("-sell").removesuffix("-buy")
        if "-wind-" in member:
            member = member.rsplit("-", 1)[0]
        self.orders.append({"order": order, "member": member, "zone": zone, "carrier": "electricity", "side": side})
        for hour, hour_steps in enumerate(steps, first):
            for number, (start, end, quantity) in enumerate(hour_steps, 1):
                self.steps.append(
                    {
                        "order": order,
                        "mtu_start": stamp(hour),
                        "step": number,
                        "price_start_eur_per_mwh": price(start),
                        "price_end_eur_per_mwh": price(end),
                        "quantity_mw": power(quantity),
                    }
                )


def write_network() -> None:
    """Write zones, grids, lines and borders."""
    grid = {
        "carrier": "electricity",
        "mtu_minutes": 60,
        "price_min_eur_per_mwh": "-500.00",
        "price_max_eur_per_mwh": "4000.00",
        "price_tick_eur_per_mwh": "0.01",
        "quantity_tick_mw": "0.1",
    }
    write("zones", [{"zone": z, "country": c, "latitude": y, "longitude": x} for z, c, y, x, _, _ in ZONES])
    write("grids", [{"zone": z[0]} | grid for z in ZONES])
    write("lines", [{"line": n, "carrier": "electricity", "from_zone": a, "to_zone": b} for n, a, b, _, _ in LINES])
    write(
        "line_capacities",
        [
            {
                "line": name,
                "mtu_start": stamp(hour),
                "capacity_forward_mw": power(forward),
                "capacity_backward_mw": power(backward),
            }
            for name, _, _, forward, backward in LINES
            for hour in range(HOURS)
        ],
    )
    borders = [("XA-island-cable", "XA-south", "island", "price_taking"), ("XB-transit", "XB-west", "transit", "fixed")]
    write(
        "borders",
        [{"border": b, "zone": z, "carrier": "electricity", "neighbour": n, "kind": kind} for b, z, n, kind in borders],
    )
    write("border_periods", [_cable(hour) for hour in range(HOURS)] + [_transit(hour) for hour in range(HOURS)])


def _cable(hour: int) -> Row:
    """Return one hour of the price-taking border; its price has no tick."""
    outside = f"{76 + 26 * math.sin((hour - 11) / 24 * 2 * math.pi):.3f}"
    return _period("XA-island-cable", hour, outside, "150.0", "200.0")


def _transit(hour: int) -> Row:
    """Return one hour of the fixed border: a contract that exports by day and imports by night."""
    return _period("XB-transit", hour, exchange="80.0" if 7 <= hour < 21 else "-40.0")


def _period(
    border: str, hour: int, outside: str = "", export: str = "", imported: str = "", *, exchange: str = ""
) -> Row:
    return {
        "border": border,
        "mtu_start": stamp(hour),
        "price_eur_per_mwh": outside,
        "capacity_export_mw": export,
        "capacity_import_mw": imported,
        "exchange_mw": exchange,
    }


def write_curves(draw: random.Random) -> None:
    """Write demand, nuclear, gas, hydro and wind curves."""
    curves = Curves()
    for zone, country, _, _, mean, wind in ZONES:
        part = zone.split("-")[1]
        need = [mean * load_shape(h) * draw.uniform(0.985, 1.015) for h in range(HOURS)]
        curves.add(f"{country}-retail-{part}-buy", zone, "demand", [_retail(q) for q in need])
        if wind:
            blow = [wind * wind_shape(h, draw) for h in range(HOURS)]
            steps = [[(-2.0, -2.0, 0.6 * q), (3.5, 3.5, 0.4 * q)] for q in blow]
            curves.add(f"{country}-wind-{part}-sell", zone, "supply", steps)
    nuclear = [(-500.0, -500.0, 2000.0), (8.5, 8.5, 300.0)]
    curves.add("XA-nuclear-sell", "XA-north", "supply", [nuclear] * HOURS)
    curves.add("XA-gas-sell", "XA-south", "supply", [_gas(52.0, 9, 110, h, draw) for h in range(HOURS)])
    curves.add("XB-gas-sell", "XB-west", "supply", [_gas(57.0, 8, 120, h, draw) for h in range(HOURS)])
    curves.add("XA-hydro-sell", "XA-south", "supply", [[(24.0, 55.0, 350.0), (55.0, 96.0, 350.0)]] * HOURS)
    curves.add("XB-hydro-sell", "XB-east", "supply", [[(31.0, 49.0, 300.0), (49.0, 120.0, 500.0)]] * HOURS)
    curves.add("XB-solar-sell", "XB-west", "supply", [[(0.0, 0.0, 1450 * sun_shape(h))] for h in range(6, 20)], first=6)
    curves.add("XA-smelter-buy", "XA-south", "demand", [[(88.0, 88.0, 90.0), (61.0, 61.0, 60.0)]] * HOURS)
    write("curve_orders", curves.orders)
    write("curve_steps", curves.steps)


def _retail(need: float) -> list[tuple[float, float, float]]:
    return [(4000.0, 4000.0, 0.86 * need), (140.0, 70.0, 0.08 * need), (70.0, 25.0, 0.06 * need)]


def _gas(cheapest: float, units: int, size: float, hour: int, draw: random.Random) -> list[tuple[float, float, float]]:
    steps = [round(cheapest + 5.2 * n + draw.uniform(0, 2), 2) for n in range(units)]
    return [(p, p, size * (0.95 if 11 <= hour < 19 else 1.0)) for p in steps]


# Name, member, zone, side, price, minimum ratio, MW, first hour, hour after the last.
BLOCKS = [
    ("XA-gas-B1-day", "XA-gas", "XA-south", "supply", 71.0, 1.0, 180, 7, 22),
    ("XA-gas-B2-evening", "XA-gas", "XA-south", "supply", 90.0, 1.0, 140, 17, 22),
    ("XB-gas-B3-base", "XB-gas", "XB-west", "supply", 69.0, 0.4, 220, 0, 24),
    ("XB-chp-B4-start", "XB-chp", "XB-west", "supply", 74.0, 1.0, 120, 6, 11),
    ("XB-chp-B5-day", "XB-chp", "XB-west", "supply", 47.0, 1.0, 120, 11, 17),
    ("XB-chp-B6-evening", "XB-chp", "XB-west", "supply", 69.0, 0.5, 120, 17, 22),
    ("XA-smelter-B7-night", "XA-smelter", "XA-south", "demand", 68.0, 1.0, 110, 0, 7),
    ("XA-smelter-B8-noon", "XA-smelter", "XA-south", "demand", 71.0, 1.0, 110, 10, 17),
    ("XA-smelter-B9-late", "XA-smelter", "XA-south", "demand", 71.0, 1.0, 110, 15, 22),
    ("XB-hydro-B10-pumps", "XB-hydro", "XB-east", "demand", 39.5, 0.25, 300, 0, 6),
    ("XA-nuclear-B11-outage", "XA-nuclear", "XA-north", "supply", 77.0, 1.0, 60, 8, 20),
]


def write_blocks() -> None:
    """Write blocks, a linked family and an exclusive group."""
    write(
        "block_orders",
        [
            {
                "order": order,
                "member": member,
                "zone": zone,
                "carrier": "electricity",
                "side": side,
                "price_eur_per_mwh": price(limit),
                "min_acceptance_ratio": ratio,
            }
            for order, member, zone, side, limit, ratio, _, _, _ in BLOCKS
        ],
    )
    write(
        "block_legs",
        [
            {"order": order, "mtu_start": stamp(hour), "quantity_mw": power(quantity)}
            for order, _, _, _, _, _, quantity, first, after in BLOCKS
            for hour in range(first, after)
        ],
    )
    write("block_links", [{"child": f"XB-chp-B{n}", "parent": "XB-chp-B4-start"} for n in ("5-day", "6-evening")])
    shifts = ("B7-night", "B8-noon", "B9-late")
    write("exclusive_groups", [{"group": "XA-smelter-shift", "order": f"XA-smelter-{s}"} for s in shifts])


def write_flexibles() -> None:
    """Write two flexible orders, one with a window and one without."""
    columns = (
        "order",
        "member",
        "zone",
        "carrier",
        "side",
        "price_eur_per_mwh",
        "quantity_mw",
        "minutes",
        "window_start",
        "window_end",
    )
    cold = ("XB-cold-stores-F1", "XB-cold-stores", "XB-east", "electricity", "demand", "67.00", "70.0", 60)
    peak = ("XA-hydro-F2", "XA-hydro", "XA-south", "electricity", "supply", "85.00", "90.0", 60)
    rows = [(*cold, stamp(8), stamp(20)), (*peak, "", "")]
    write("flexible_orders", [dict(zip(columns, row, strict=True)) for row in rows])


def write_scalables() -> None:
    """Write one scalable complex order: a gas unit that must earn its start."""
    order = "XB-gas-S1"
    write(
        "scalable_orders",
        [
            {
                "order": order,
                "member": "XB-gas",
                "zone": "XB-west",
                "carrier": "electricity",
                "side": "supply",
                "fixed_term_eur": "9000.00",
                "gradient_up_mw": "120.0",
                "gradient_down_mw": "120.0",
                "stop_mtus": 2,
            }
        ],
    )
    steps = ((54.0, 150.0), (59.0, 100.0), (66.0, 100.0))
    write(
        "scalable_steps",
        [
            {
                "order": order,
                "mtu_start": stamp(hour),
                "step": n,
                "price_eur_per_mwh": price(p),
                "quantity_mw": power(q),
            }
            for hour in range(HOURS)
            for n, (p, q) in enumerate(steps, 1)
        ],
    )
    write(
        "scalable_minimums",
        [{"order": order, "mtu_start": stamp(hour), "minimum_mw": "80.0"} for hour in range(HOURS)],
    )


def main() -> None:
    """Write the whole folder."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "market.toml").write_text(MARKET_TOML, encoding="utf-8")
    write_network()
    write_curves(random.Random(20260610))
    write_blocks()
    write_flexibles()
    write_scalables()


if __name__ == "__main__":
    main()
