"""A market in words: `two_zones(atc_mw=20).sells("A", 100, at=10).buys("B", 60, at=90).book()`.

Hours count from the start of the horizon and may be fractions (0.25 = the second quarter
of an hour); a product is one MTU of its zone long unless `minutes` says otherwise. Every
call makes an order of its own name and member unless it is given one; calls with one order
name and hour become the steps of one curve, cheapest first for supply, dearest first for
demand. Quantities are MW, prices currency per MWh; both must lie on the tick. What comes
out is sorted as docs/market-folder.md says. Nothing else is checked: a builder can make a
book that `walras.book.folder.read` would refuse.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from math import gcd
from typing import Any

from tests.builder_values import PerPeriod, Rams, Side, each, each_or_none, floats, ints, on_tick, sign, tick

from walras.book.book import Book
from walras.book.cells import Cells, Grid, Zone
from walras.book.flow_based import Domains
from walras.book.network import Borders, Lines
from walras.book.profile import Profile, load_profile
from walras.orders.blocks import BlockOrders
from walras.orders.conversion import Conversions
from walras.orders.curves import CurveOrders
from walras.orders.flexible import FlexibleOrders
from walras.orders.scalable import ScalableOrders
from walras.orders.storage import StorageOrders

DAY = date(2025, 4, 1)


@dataclass
class Market:
    """Collects what is said; `book()` sorts it into columns."""

    cells: Cells
    name: str = "A market of a test"
    currency: str = "EUR"
    time_zone: str = "UTC"
    profile: Profile = field(default_factory=lambda: load_profile("european", DAY))
    _calls: int = 0
    _curves: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    _steps: list[tuple[str, int, int, int, int, int]] = field(default_factory=list)
    _lines: dict[str, tuple[int, int, int, PerPeriod, PerPeriod]] = field(default_factory=dict)
    _line_terms: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    _borders: dict[str, tuple[str, int, bool, PerPeriod, PerPeriod, PerPeriod, PerPeriod]] = field(default_factory=dict)
    _domains: dict[str, tuple[list[int], int]] = field(default_factory=dict)
    _branches: dict[tuple[str, str], tuple[Rams, dict[int, PerPeriod]]] = field(default_factory=dict)
    _blocks: dict[str, dict[str, Any]] = field(default_factory=dict)
    _flexibles: dict[str, tuple[str, int, int, int, int, int, int, int]] = field(default_factory=dict)
    _scalables: dict[str, dict[str, Any]] = field(default_factory=dict)
    _conversions: dict[str, tuple[int, float, float]] = field(default_factory=dict)
    _storages: dict[str, tuple[int, float, float, float, float, dict[str, Any]]] = field(default_factory=dict)

    # what people say

    def sells(self, zone: str, mw: float, at: float = 10, **more: Any) -> Market:
        """Supply `mw` at a price; see `offers` for the rest."""
        return self.offers("supply", zone, mw, at, **more)

    def buys(self, zone: str, mw: float, at: float = 90, **more: Any) -> Market:
        """Demand `mw` at a price; see `offers` for the rest."""
        return self.offers("demand", zone, mw, at, **more)

    def offers(
        self,
        side: Side,
        zone: str,
        mw: float,
        at: float,
        *,
        to: float | None = None,
        hour: float = 0,
        member: str | None = None,
        order: str | None = None,
        minutes: int | None = None,
    ) -> Market:
        """One step of a curve; `to` is the end price of an interpolated step."""
        g = self._grid(zone)
        order = order or self._next(f"{zone}-{'S' if sign(side) > 0 else 'D'}")
        self._curves.setdefault(order, (member or self._member(), g, sign(side)))
        end = at if to is None else to
        prices = self._price(g, at), self._price(g, end)
        self._steps.append((order, self._cell(g, hour), self._span(g, minutes), *prices, self._mw(g, mw)))
        return self

    def line(
        self,
        from_zone: str,
        to_zone: str,
        forward: PerPeriod,
        backward: PerPeriod | None = None,
        *,
        name: str | None = None,
        minutes: int | None = None,
        loss: float | tuple[float, float] = 0.0,
        tariff: float = 0.0,
    ) -> Market:
        """A line; capacities for every period or a list; backward as forward unless given.

        `loss` is the share that does not arrive, one for both directions or a pair.
        """
        a, b = self._grid(from_zone), self._grid(to_zone)
        minutes = minutes or max(self.cells.grids[a].mtu_minutes, self.cells.grids[b].mtu_minutes)
        name = name or f"{from_zone}-{to_zone}"
        self._lines[name] = (a, b, minutes, forward, forward if backward is None else backward)
        self._line_terms[name] = (*(loss if isinstance(loss, tuple) else (loss, loss)), tariff)
        return self

    def border(
        self,
        zone: str,
        neighbour: str,
        price: PerPeriod,
        *,
        export: PerPeriod = 0.0,
        import_: PerPeriod = 0.0,
        name: str | None = None,
    ) -> Market:
        """A price-taking border; each term for every MTU or a list."""
        nothing = float("nan")
        name = name or f"{zone}-{neighbour}"
        self._borders[name] = (neighbour, self._grid(zone), False, price, export, import_, nothing)
        return self

    def fixed_border(self, zone: str, neighbour: str, exchange: PerPeriod, name: str | None = None) -> Market:
        """A border with a fixed exchange, positive = export."""
        nothing = float("nan")
        name = name or f"{zone}-{neighbour}"
        self._borders[name] = (neighbour, self._grid(zone), True, nothing, nothing, nothing, exchange)
        return self

    def domain(self, name: str, zones: Sequence[str], minutes: int | None = None) -> Market:
        """A flow-based domain of some zones; its periods are as long as the greatest common part of their MTUs."""
        members = sorted(self._grid(z) for z in zones)
        self._domains[name] = members, minutes or gcd(*(self.cells.grids[g].mtu_minutes for g in members))
        return self

    def branch(self, name: str, ram: Rams, *, domain: str | None = None, **ptdf: PerPeriod) -> Market:
        """A critical branch of a domain, the last one unless it is named: `branch("AB", ram=125, A=0.25, B=-0.5)`.

        RAM for every period or a list (None: the branch has no row there), PTDFs likewise; zones left out have 0.
        """
        domain = domain or list(self._domains)[-1]
        self._branches[domain, name] = ram, {self._grid(z): value for z, value in ptdf.items()}
        return self

    def block(
        self,
        name: str,
        zone: str,
        side: Side,
        price: float,
        mw: float | Mapping[float, float],
        *,
        mar: float = 1.0,
        parents: Sequence[str] = (),
        group: str | None = None,
        minutes: int | None = None,
        member: str | None = None,
    ) -> Market:
        """A block; `mw` for the whole horizon or a profile {hour: mw}; parents are named before or after."""
        g = self._grid(zone)
        span = self._span(g, minutes)
        first = int(self.cells.first[g])
        if isinstance(mw, Mapping):
            legs = {self._cell(g, h) + i: self._mw(g, q) for h, q in mw.items() for i in range(span)}
        else:
            legs = {c: self._mw(g, mw) for c in range(first, first + self.cells.grids[g].cell_count)}
        self._blocks[name] = {
            "member": member or self._member(),
            "grid": g,
            "side": sign(side),
            "price": self._price(g, price),
            "mar": float(mar),
            "group": group,
            "legs": legs,
            "parents": tuple(parents),
        }
        return self

    def flexible(
        self,
        name: str,
        zone: str,
        side: Side,
        price: float,
        mw: float,
        *,
        minutes: int | None = None,
        window: tuple[float, float] | None = None,
        member: str | None = None,
    ) -> Market:
        """A flexible order that starts inside a window of hours (start, end), the horizon unless given."""
        g = self._grid(zone)
        grid, span = self.cells.grids[g], self._span(g, minutes)
        start, end = window or (0, (grid.end - grid.start) / 60)
        first = self._cell(g, start)
        choices = self._cell(g, end) - first - span + 1
        who = member or self._member()
        self._flexibles[name] = (who, g, sign(side), self._price(g, price), self._mw(g, mw), first, choices, span)
        return self

    def scalable(
        self,
        name: str,
        zone: str,
        side: Side,
        fixed_term: float,
        steps: Iterable[tuple[float, float, float]],
        *,
        minimums: Mapping[float, float] | None = None,
        gradient_up: float | None = None,
        gradient_down: float | None = None,
        stop: int = 0,
        member: str | None = None,
    ) -> Market:
        """A scalable complex order; steps are (hour, price, mw)."""
        g = self._grid(zone)
        self._scalables[name] = {
            "member": member or self._member(),
            "grid": g,
            "side": sign(side),
            "fixed_term": float(fixed_term),
            "up": -1 if gradient_up is None else self._mw(g, gradient_up),
            "down": -1 if gradient_down is None else self._mw(g, gradient_down),
            "stop": stop,
            "steps": [(self._cell(g, h), self._price(g, p), self._mw(g, q)) for h, p, q in steps],
            "minimums": sorted((self._cell(g, h), self._mw(g, q)) for h, q in (minimums or {}).items()),
        }
        return self

    def converts(self, order: str, zone: str, efficiency: float, outside_share: float | None = None) -> Market:
        """Make a scalable order a conversion that buys in another zone."""
        share = float("nan") if outside_share is None else outside_share
        self._conversions[order] = (self._grid(zone), float(efficiency), share)
        return self

    def storage(self, name: str, zone: str, charge: float, capacity: float, spread: float = 0, **more: Any) -> Market:
        """A storage order; discharges as it charges unless told otherwise; the rest is named as in StorageOrders."""
        self._storages[name] = (self._grid(zone), charge, more.pop("discharge", charge), spread, capacity, more)
        return self

    # what becomes of it

    def book(self) -> Book:
        """The book, sorted canonically."""
        return Book(
            name=self.name,
            currency=self.currency,
            time_zone=self.time_zone,
            delivery_day=DAY,
            profile=self.profile,
            cells=self.cells,
            lines=self._built_lines(),
            borders=self._built_borders(),
            curves=self._built_curves(),
            blocks=self._built_blocks(),
            flexibles=self._built_flexibles(),
            scalables=self._built_scalables(),
            domains=self._built_domains(),
            storages=self._built_storages(),
        )

    def _built_lines(self) -> Lines:
        names, grids, first = sorted(self._lines), self.cells.grids, self.cells.first
        rows = []
        for line, name in enumerate(names):
            a, b, minutes, forward, backward = self._lines[name]
            start = max(grids[a].start, grids[b].start)
            count = (min(grids[a].end, grids[b].end) - start) // minutes
            ends = (a, grids[a]), (b, grids[b])
            pairs = zip(each(forward, count), each(backward, count), strict=True)
            for p, (f, w) in enumerate(pairs):
                at = start + p * minutes
                spans = [(int(first[g]) + (at - x.start) // x.mtu_minutes, minutes // x.mtu_minutes) for g, x in ends]
                rows.append((line, at, *spans[0], *spans[1], f, w))
        columns = list(zip(*rows, strict=True)) or [()] * 8
        said = [self._lines[n] for n in names]
        return Lines(
            tuple(names), ints(e[0] for e in said), ints(e[1] for e in said), ints(e[2] for e in said),
            *(ints(c) for c in columns[:6]), *(floats(c) for c in columns[6:]), *self._built_terms(names),
        )  # fmt: skip

    def _built_terms(self, names: list[str]) -> list[Any]:
        """Losses and tariffs of lines, nothing where all are zero."""
        forward, backward, tariff = (floats(self._line_terms[n][k] for n in names) for k in range(3))
        lossy = forward.any() or backward.any()
        return [*((forward, backward) if lossy else (floats(()), floats(()))), tariff if tariff.any() else floats(())]

    def _built_domains(self) -> Domains:
        names, grids, first = sorted(self._domains), self.cells.grids, self.cells.first
        branches = sorted(self._branches)
        periods, exchanges, rows, entries = [], [], [], []
        for d, name in enumerate(names):
            members, minutes = self._domains[name]
            start = grids[members[0]].start
            count = (grids[members[0]].end - start) // minutes
            said = [(b, *self._branches[key]) for b, key in enumerate(branches) if key[0] == name]
            for p in range(count):
                at, begin = start + p * minutes, len(exchanges)
                cells = [int(first[g]) + (at - grids[g].start) // grids[g].mtu_minutes for g in members]
                exchanges += [(len(periods), cell) for cell in cells]
                for b, ram, ptdf in said:
                    if (margin := each_or_none(ram, count)[p]) is None:
                        continue
                    factors = [each(ptdf.get(g, 0.0), count)[p] for g in members]
                    entries += [(len(rows), begin + m, value) for m, value in enumerate(factors)]
                    rows.append((b, len(periods), margin))
                periods.append((d, at))
        columns = [list(zip(*rows_of, strict=True)) or [()] * width for rows_of, width in
                   ((periods, 2), (exchanges, 2), (rows, 3), (entries, 3))]  # fmt: skip
        pairs = [(d, g) for d, name in enumerate(names) for g in self._domains[name][0]]
        lengths = ints(self._domains[n][1] for n in names)
        return Domains(
            tuple(names), lengths, ints(d for d, _ in pairs), ints(g for _, g in pairs),
            *(ints(c) for c in columns[0]), *(ints(c) for c in columns[1]),
            tuple(name for _, name in branches), ints(names.index(d) for d, _ in branches),
            *(ints(c) for c in columns[2][:2]), floats(columns[2][2]),
            *(ints(c) for c in columns[3][:2]), floats(columns[3][2]),
        )  # fmt: skip

    def _built_borders(self) -> Borders:
        names = sorted(self._borders)
        terms = [self._borders[n] for n in names]
        counts = [self.cells.grids[t[1]].cell_count for t in terms]
        columns = [[v for t, n in zip(terms, counts, strict=True) for v in each(t[k], n)] for k in (3, 4, 5, 6)]
        return Borders(
            tuple(names),
            tuple(t[0] for t in terms),
            ints(t[1] for t in terms),
            ints(t[2] for t in terms),
            ints(b for b, n in enumerate(counts) for _ in range(n)),
            ints(int(self.cells.first[t[1]]) + i for t, n in zip(terms, counts, strict=True) for i in range(n)),
            *(floats(c) for c in columns),
        )

    def _built_curves(self) -> CurveOrders:
        names = sorted(self._curves)
        index = {n: i for i, n in enumerate(names)}
        said = [self._curves[n] for n in names]
        steps = [(index[o], c, n, a, b, q) for o, c, n, a, b, q in self._steps]
        steps.sort(key=lambda s: (s[0], s[1], s[3] * said[s[0]][2], s[4] * said[s[0]][2]))
        numbers, before = [], (-1, -1)
        for s in steps:
            numbers.append(numbers[-1] + 1 if before == s[:2] else 1)
            before = s[:2]
        order, cell, cells, start, end, mw = [ints(c) for c in zip(*steps, strict=True)] or [ints(())] * 6
        who, grid, side = (tuple(s[k] for s in said) for k in range(3))
        return CurveOrders(
            tuple(names), who, ints(grid), ints(side), order, cell, cells, ints(numbers), start, end, mw
        )  # fmt: skip

    def _built_blocks(self) -> BlockOrders:
        names = sorted(self._blocks)
        index = {n: i for i, n in enumerate(names)}
        said = [self._blocks[n] for n in names]
        groups = sorted({b["group"] for b in said if b["group"] is not None})
        legs = sorted((index[n], c, q) for n, b in self._blocks.items() for c, q in b["legs"].items())
        links = sorted((index[n], index[p]) for n, b in self._blocks.items() for p in b["parents"])
        return BlockOrders(
            tuple(names),
            tuple(b["member"] for b in said),
            *(ints(b[k] for b in said) for k in ("grid", "side", "price")),
            floats(b["mar"] for b in said),
            ints(-1 if b["group"] is None else groups.index(b["group"]) for b in said),
            tuple(groups),
            *(ints(row[k] for row in legs) for k in range(3)),
            *(ints(row[k] for row in links) for k in range(2)),
        )

    def _built_flexibles(self) -> FlexibleOrders:
        names = sorted(self._flexibles)
        said = [self._flexibles[n] for n in names]
        return FlexibleOrders(
            tuple(names), tuple(s[0] for s in said), *(ints(int(s[k]) for s in said) for k in range(1, 8))
        )

    def _built_scalables(self) -> ScalableOrders:
        names = sorted(self._scalables)
        said = [self._scalables[n] for n in names]
        steps = []
        for o, s in enumerate(said):
            for cell in sorted({c for c, _, _ in s["steps"]}):
                here = sorted(((p * s["side"], p, q) for c, p, q in s["steps"] if c == cell), key=lambda r: r[0])
                steps += [(o, cell, k, p, q) for k, (_, p, q) in enumerate(here, start=1)]
        minimums = [(o, c, q) for o, s in enumerate(said) for c, q in s["minimums"]]
        return ScalableOrders(
            tuple(names),
            tuple(s["member"] for s in said),
            ints(s["grid"] for s in said),
            ints(s["side"] for s in said),
            floats(s["fixed_term"] for s in said),
            *(ints(s[k] for s in said) for k in ("up", "down", "stop")),
            *(ints(row[k] for row in steps) for k in range(5)),
            *(ints(row[k] for row in minimums) for k in range(3)),
            self._built_conversions(names),
        )

    def _built_conversions(self, orders: list[str]) -> Conversions:
        said = [(orders.index(name), *self._conversions[name]) for name in sorted(self._conversions)]
        order, grid, efficiency, share = list(zip(*said, strict=True)) or [()] * 4
        return Conversions(ints(order), ints(grid), floats(efficiency), floats(share))

    def _built_storages(self) -> StorageOrders:
        names = sorted(self._storages)
        said = [self._storages[n] for n in names]
        usual = {
            "fixed_term": 0,
            "start": 0,
            "end": 0,
            "charge_efficiency": 1,
            "discharge_efficiency": 1,
            "hourly_loss": 0,
        }
        more = {key: floats(s[5].get(key, value) for s in said) for key, value in usual.items()}
        return StorageOrders(
            tuple(names),
            tuple(s[5].get("member", f"M-{n}") for n, s in zip(names, said, strict=True)),
            ints(s[0] for s in said),
            ints(self._mw(s[0], s[1]) for s in said),
            ints(self._mw(s[0], s[2]) for s in said),
            ints(self._price(s[0], s[3]) for s in said),
            capacity=floats(s[4] for s in said),
            **more,
        )

    # words to coordinates

    def _next(self, stem: str) -> str:
        self._calls += 1
        return f"{stem}{self._calls:04d}"

    def _member(self) -> str:
        return self._next("M")

    def _grid(self, zone: str) -> int:
        return [self.cells.zones[g.zone].name for g in self.cells.grids].index(zone)

    def _cell(self, g: int, hour: float) -> int:
        return int(self.cells.first[g]) + round(hour * 60) // self.cells.grids[g].mtu_minutes

    def _span(self, g: int, minutes: int | None) -> int:
        return 1 if minutes is None else minutes // self.cells.grids[g].mtu_minutes

    def _price(self, g: int, value: float) -> int:
        return on_tick(value, self.cells.grids[g].price_tick)

    def _mw(self, g: int, value: float) -> int:
        return on_tick(value, self.cells.grids[g].quantity_tick)


def market(
    zones: Sequence[str] = ("A", "B"),
    hours: float = 1,
    mtu_minutes: int | Mapping[str, int] = 60,
    *,
    price_min: float = -500,
    price_max: float = 4000,
    price_tick: float = 0.01,
    quantity_tick: float = 0.1,
    carriers: Mapping[str, str] | None = None,
    horizons: Mapping[str, tuple[float, float]] | None = None,
    **more: Any,
) -> Market:
    """An empty market of zones over hours from the start of the day, UTC; `horizons` gives zones hours of their own."""
    start = int(datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC).timestamp()) // 60
    money, power = tick(price_tick), tick(quantity_tick)
    names = sorted(zones)
    grids = tuple(
        Grid(
            zone=z,
            carrier=(carriers or {}).get(name, "electricity"),
            mtu_minutes=mtu_minutes if isinstance(mtu_minutes, int) else mtu_minutes[name],
            start=start + round((horizons or {}).get(name, (0, hours))[0] * 60),
            end=start + round((horizons or {}).get(name, (0, hours))[1] * 60),
            price_min=on_tick(price_min, money),
            price_max=on_tick(price_max, money),
            price_tick=money,
            quantity_tick=power,
        )
        for z, name in enumerate(names)
    )
    return Market(Cells(tuple(Zone(n, None, "IT") for n in names), grids), **more)


def one_zone(hours: float = 1, **more: Any) -> Market:
    """One zone A."""
    return market(("A",), hours, **more)


def two_zones(atc_mw: PerPeriod = 1000.0, hours: float = 1, **more: Any) -> Market:
    """Zones A and B, joined by a line of the same capacity in both directions."""
    return market(("A", "B"), hours, **more).line("A", "B", atc_mw)
