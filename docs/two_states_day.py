"""The played day of two states as docs/tutorial-two-states.md shows it: series of its pictures, figures of its tables.

Reads the folder that `walras demo two-states` leaves, and the lines' capacities of the bundled script. Powers are MW,
prices RUB/MWh, one value an hour; of gas from ten o'clock on, of oil products one a day.
"""

from __future__ import annotations

import csv
import json
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Any

import polars as pl

from walras.contracts.events import Event
from walras.contracts.folder import read_folder

CLOCK = 3
"""Hours that Minsk is ahead of UTC."""
UNITS = ("BY-npp-1", "BY-npp-2")
KINDS = {
    "nuclear": UNITS,
    "heat-led gas": ("BY-chp-heat",),
    "other gas": ("BY-chp", "BY-ccgt", "BY-steam"),
    "wind, sun, water": ("BY-wind", "BY-sun", "BY-water"),
}
"""Plants of BY by kind."""
GAS_FIRED = ("heat-led gas", "other gas")
AGREEMENTS = ("gas", "oil-products", "power", "nuclear-fuel")
FLEXIBLE = "gas-2026:flexible"
SECTION = ("BY-RU-750kV", "BY-RU-330kV")
Row = tuple[str, ...]
HEADS = {"contracts": ("contract", "from", "to", "in a year", "in a day", "currency")}
"""Heads of tables that have others than what and how much."""


class Day:
    """A played day.

    Attributes:
        folder: What the demo left.
        session: Its only session.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (self.place,) = sorted((folder / "results").iterdir())
        self.session = self.place.name
        self.names = {row["name"]: row["code"] for row in self.rows("names")}
        self.called = {code: name for name, code in self.names.items()}
        tables = ("curve_orders", "block_orders", "scalable_orders")
        orders = [self.market(t).select("order", "zone", "carrier", "side") for t in tables]
        accepted = [self.result("order_volumes").filter(pl.col("kind").is_in(["block", "scalable"])),
                    self.result("curve_acceptances")]  # fmt: skip
        volumes = pl.concat([t.select("order", "mtu_start", "accepted_mw") for t in accepted])
        self.orders = pl.concat(orders)
        self.volumes = volumes.join(self.orders, on="order")

    def market(self, table: str) -> pl.DataFrame:
        """Return a table of the market folder."""
        return pl.read_parquet(self.place / "market" / f"{table}.parquet")

    def result(self, table: str) -> pl.DataFrame:
        """Return a table of the result folder."""
        return pl.read_parquet(self.place / "result" / f"{table}.parquet")

    def rows(self, table: str) -> list[dict[str, str]]:
        """Return rows of a CSV table of the folder."""
        with (self.folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def price(self, zone: str, carrier: str) -> list[float]:
        """Return prices of a zone and carrier."""
        found = self.result("prices").filter(zone=zone, carrier=carrier).sort("mtu_start")
        return found["price_rub_per_mwh"].to_list()

    def power(self, *names: str, carrier: str = "electricity", side: str = "supply") -> list[float]:
        """Return what orders of these plants, stores or contracts sell (or buy) together in BY, hour by hour."""
        plant = pl.col("order").str.replace(r"^M-\d+\.", "").str.replace(r"\.(base|day-\d+)$", "")
        chosen = self.volumes.filter(zone="BY", carrier=carrier, side=side)
        if names:
            chosen = chosen.filter(plant.is_in(names))
        hours = self.result("prices").filter(zone="BY", carrier=carrier).select("mtu_start")
        sums = chosen.group_by("mtu_start").agg(pl.col("accepted_mw").sum())
        return hours.join(sums, on="mtu_start", how="left").sort("mtu_start")["accepted_mw"].fill_null(0).to_list()

    def exchange(self, *lines: str, received: bool = False) -> list[float]:
        """Return what the auction sends over lines together, or what arrives."""
        found = self.result("scheduled_exchanges").filter(pl.col("line").is_in(lines))
        column = "received_mw" if received else "exchange_mw"
        return found.group_by("mtu_start").agg(pl.col(column).sum()).sort("mtu_start")[column].to_list()

    def capacity(self, *lines: str) -> float:
        """Return what lines carry together, forward, before anything is reserved."""
        script = resources.files("walras.examples") / "two-states" / "day" / "definition.json"
        known = {x["line"]: x["capacity_forward_mw"] for x in json.loads(script.read_text("utf-8"))["lines"]}
        return float(sum(known[line] for line in lines))

    def reserved(self, *lines: str) -> list[float]:
        """Return how much of lines contracts hold, forward, hour by hour."""
        free = self.market("line_capacities").filter(pl.col("line").is_in(lines))
        left = free.group_by("mtu_start").agg(pl.col("capacity_forward_mw").sum()).sort("mtu_start")
        return [round(self.capacity(*lines) - mw, 1) for mw in left["capacity_forward_mw"].to_list()]

    def gas_to_power(self) -> list[float]:
        """Return the gas that plants of BY buy, hour by hour, with what they buy ahead for the next morning."""
        bought = self.result("order_volumes").filter(kind="input").join(
            self.market("conversions").filter(input_zone="BY", input_carrier="gas"), on="order")  # fmt: skip
        sums = dict(bought.group_by("mtu_start").agg(pl.col("accepted_mw").sum()).iter_rows())
        hours = self.result("prices").filter(zone="BY", carrier="gas").sort("mtu_start")["mtu_start"]
        ahead = self.power(
            *(f"{plant}-ahead" for kind in GAS_FIRED for plant in KINDS[kind]), carrier="gas", side="demand"
        )
        return [sums.get(hour, 0.0) + mw for hour, mw in zip(hours, ahead, strict=True)]

    def terms(self, agreement: str) -> dict[str, Any]:
        """Return an agreement's only contract, as it was written."""
        text = (self.folder / "contracts" / agreement / "agreement.toml").read_text("utf-8")
        (contract,) = tomllib.loads(text)["contract"]
        return dict(contract)

    def invoice(self, agreement: str) -> Event:
        """Return the final invoice of a contract's month."""
        journal = read_folder(self.folder / "contracts" / agreement)
        (found,) = (e for e in journal.events if e.kind == "final invoice")
        return found

    def gas_price(self) -> float:
        """Return what the gas contract's month costs with its pipeline, RUB/MWh delivered."""
        invoice = self.invoice("gas")
        energy = float(self.terms("gas")["auction"]["energy"].split()[0])
        lines = invoice.body["lines"]
        delivered = Fraction(lines[0]["quantity"])
        return sum(line["amount_minor"] for line in lines) / 100 / float(delivered) / energy

    def money(self, *texts: str) -> dict[tuple[str, str], int]:
        """Return what entries whose text begins so moved, in minor units by account and currency."""
        found: dict[tuple[str, str], int] = defaultdict(int)
        for row in self.rows("ledger"):
            if row["text"].startswith(texts):
                found[row["account"], row["currency"]] += int(row["amount_minor"])
        return dict(found)

    def auction_money(self) -> dict[str, int]:
        """Return what the auction of the day pays each party (negative: it owes), in kopecks, fees included."""
        carriers = ("electricity", "gas", "oil_products")
        zones = ("BY", "RU-west", "RU-BY-pipe")
        texts = [f"{z} {c} " for z in zones for c in carriers]
        moved = self.money(*texts, "line", "tariff", "fee trading")
        parties = {a: m for (a, _), m in moved.items() if a.startswith(("member/", "operator/"))}
        return {self.called[account.partition("/")[2]]: minor for account, minor in parties.items()}


def clock(hour: int) -> str:
    """Return the time in Minsk at which an hour of the power day begins."""
    return f"{hour % 24:02}:00"


def figures(day: Day) -> Iterator[tuple[str, str]]:
    """Yield the tables of the page, by name."""
    made = {"contracts": _contracts, "reserved": _reserved, "power": _power, "gas": _gas, "border": _border,
            "money": _money}  # fmt: skip
    for name, rows in made.items():
        yield name, table(HEADS.get(name, ("what", "figure")), list(rows(day)))


def _contracts(day: Day) -> Iterator[Row]:
    for agreement in AGREEMENTS:
        terms = day.terms(agreement)
        quantity, unit = terms["quantity"], terms["unit"]
        annual = quantity.get("annual", "")
        years = annual.values() if isinstance(annual, dict) else [annual] if annual else []
        low, high = quantity.get("daily_minimum", 0), quantity["daily_maximum"]
        if low == 0 and high == quantity["daily"]:
            low = high
        daily = f"{high:,}" if low == high else f"{low:,} to {high:,}"
        pays = "; ".join(f"{day.called[code]} in {currency}" for code, currency in terms["payment"].items())
        seller, buyer = (day.called[terms[side]] for side in ("seller", "buyer"))
        yield (f"`{terms['contract']}`", seller, buyer, ", ".join(f"{y:,}" for y in years) + f" {unit}" * bool(years),
               f"{daily} {unit}", f"{terms['currency']}; {pays}")  # fmt: skip


def _reserved(day: Day) -> Iterator[Row]:
    for name, lines in (("cross-section `BY-RU`, BY to RU-west", SECTION), ("`RU-BY-pipe-in`", ("RU-BY-pipe-in",)),
                        ("`RU-BY-pipe-out`", ("RU-BY-pipe-out",))):  # fmt: skip
        held, all_of_it = sorted(set(day.reserved(*lines))), day.capacity(*lines)
        span = " to ".join(f"{mw:,.1f}" for mw in held[:: max(1, len(held) - 1)])
        yield f"{name}: held by contracts, of its capacity", f"{span} of {all_of_it:,.1f} MW"


def _power(day: Day) -> Iterator[Row]:
    capacity, held = day.capacity(*SECTION), day.reserved(*SECTION)
    sent, by, ru = day.exchange(*SECTION), day.price("BY", "electricity"), day.price("RU-west", "electricity")
    full = [x + y > capacity - 0.05 for x, y in zip(sent, held, strict=True)]
    yield "hours in which the cross-section is full", f"{sum(full)} of {len(full)}"
    apart = [y - x for x, y in zip(by, ru, strict=True)]
    yield "RU-west dearer than BY by", f"{min(apart):,.2f} to {max(apart):,.2f} RUB/MWh"
    yield "BY sends in the auction", f"{sum(sent):,.1f} MWh"
    rail = sum(day.exchange("BY-RU-rail")), day.capacity("BY-RU-rail")
    yield "oil products that BY sends by rail in the auction, of its capacity", f"{rail[0]:,.1f} of {rail[1]:,.1f} MW"
    for unit in UNITS:
        power = day.power(unit)
        below = [h for h, mw in enumerate(power) if mw < max(power) - 0.05]
        lower = f"; down to {min(power):,.0f} MW from {clock(below[0])} to {clock(below[-1] + 1)}" if below else ""
        yield f"`{unit}`", f"{max(power):,.0f} MW{lower or ' all day'}"
    for kind in GAS_FIRED:
        yield f"{kind}: {', '.join(f'`{n}`' for n in KINDS[kind])}", f"{sum(day.power(*KINDS[kind])):,.1f} MWh"


def _gas(day: Day) -> Iterator[Row]:
    firm, pipe = day.power("gas-2026:firm", carrier="gas"), day.exchange("RU-BY-pipe-out", received=True)
    hub = day.price("BY", "gas")
    yield "order `gas-2026:firm` in BY", f"{firm[0]:,.1f} MW, {sum(firm):,.1f} MWh in the gas day"
    if FLEXIBLE in day.orders["order"]:
        yield f"order `{FLEXIBLE}` in BY", f"{sum(day.power(FLEXIBLE, carrier='gas')):,.1f} MWh in the gas day"
    yield "over the pipeline beside the contract, in the auction", f"{sum(pipe):,.1f} MWh"
    yield "out of the store of BY", f"{sum(day.power('BY-store-out', carrier='gas')):,.1f} MWh"
    yield "bought by plants of BY, for this day and the next morning", f"{sum(day.gas_to_power()):,.1f} MWh"
    yield "price of gas in BY, mean of the gas day", f"{sum(hub) / len(hub):,.2f} RUB/MWh"
    yield "price of the contract in January, pipeline included", f"{day.gas_price():,.2f} RUB/MWh"


def _border(day: Day) -> Iterator[Row]:
    mtus = day.rows("deviations")
    for name in ("planned", "actual", "deviation"):
        yield f"{name}, BY to RU-west", f"{sum(int(r[f'{name}_kwh']) for r in mtus):,} kWh"
    outside = [r for r in mtus if int(r["outside_kwh"])]
    hours = [f"{clock(int(r['mtu_start'][11:13]) + CLOCK)}, {int(r['outside_kwh']):,} kWh" for r in outside]
    yield "hours outside the band, and by how much", "; ".join(hours) or "none"
    moved = day.money("BY-RU ")
    owed = moved[f"operator/{day.names['BY-grid']}", "RUB"]
    verb = "receives from" if owed > 0 else "pays to"
    yield f"BY-grid {verb} RU-grid", f"{abs(owed) / 100:,.2f} RUB"


def _money(day: Day) -> Iterator[Row]:
    bills = day.rows("bills")
    for currency in sorted({b["currency"] for b in bills}):
        of = [b for b in bills if b["currency"] == currency]
        pays = -sum(min(0, int(b["receives_minor"])) for b in of)
        gets = sum(max(0, int(b["receives_minor"])) for b in of)
        yield (
            f"bills in {currency}, to be paid and to be received",
            f"{pays / 100:,.2f} and {gets / 100:,.2f} {currency}",
        )
    tax = sum(m for (a, c), m in day.money("two-states-").items() if a == "tax/BY" and c == "BYN")
    yield "VAT of BY in them, less what is deducted", f"{tax / 100:,.2f} BYN"
    for agreement in ("gas", "nuclear-fuel"):
        invoice = day.invoice(agreement)
        for account, currency, minor, other, rate, series in invoice.body["conversions"]:
            who = day.called[account.partition("/")[2]]
            yield (f"{invoice.contract}, {who}: {abs(minor) / 100:,.2f} {invoice.body['currency']} at "
                   f"{float(Fraction(rate)):g} ({series})"), f"{abs(other) / 100:,.2f} {currency}"  # fmt: skip
    left = [b for b in day.rows("balances") if int(b["amount_minor"])]
    yield "accounts that are not at zero at the end", "; ".join(
        f"`{b['account']}` {int(b['amount_minor']) / 100:.2f} {b['currency']}" for b in left) or "none"  # fmt: skip


def table(heads: Sequence[str], rows: Sequence[Row]) -> str:
    """Return rows as a table of Markdown; where there are two columns the second is of figures."""
    rule = ["---", "---:"] if len(heads) == 2 else ["---"] * len(heads)
    return "".join(f"| {' | '.join(row)} |\n" for row in [heads, *rows]).replace("\n", f"\n|{'|'.join(rule)}|\n", 1)
