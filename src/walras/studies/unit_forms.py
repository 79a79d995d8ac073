"""What the forms of a unit's orders lose against dispatching its physics directly.

Two kinds of markets, each drawn from a seed. `prices`: a border at given prices buys whatever the
unit sells, so that what is lost is the unit's own profit. `curves`: one zone of demand and supply
curves in which the unit is large enough to move prices. In both the reference is exact on a fine
grid of powers: without the unit's orders an MTU's welfare depends on its own injection alone, so
the best schedule is found by dynamic programming over the unit's states. The forms are cleared by
the auction itself, and what is accepted is valued in the same way: welfare of the others at that
injection, less the true cost of the schedule.

Axes: t MTUs, l power levels, k curve steps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

import numpy as np

from walras.book.book import Book
from walras.book.cells import Cells, FloatArray, Grid, IntArray, Tick, Zone
from walras.book.network import Borders, Lines
from walras.book.profile import load_profile
from walras.coupling.clear import clear
from walras.errors import BadInput
from walras.orders.blocks import BlockOrders
from walras.orders.curves import CurveOrders
from walras.orders.flexible import FlexibleOrders
from walras.orders.scalable import ScalableOrders
from walras.results.audit import audit
from walras.units.accepted import accepted_power
from walras.units.adding import order_names, with_orders
from walras.units.check import check
from walras.units.compile import base_of, compile_unit
from walras.units.dispatch import best_of_rewards
from walras.units.graph import graph_of, levels_of
from walras.units.physics import Physics, day_of, physics_of
from walras.units.unit import Unit

DAY = date(2026, 6, 10)
PARTS = 48
"""Parts into which the reference cuts the range of power."""


@dataclass(frozen=True)
class Case:
    """One market without the unit.

    Attributes:
        book: What is auctioned.
        price: Prices of a `prices` market, or a forecast for a `curves` market; shape (t,).
        kind: `prices` or `curves`.
    """

    book: Book
    price: FloatArray
    kind: str

    def worth(self, power_mw: FloatArray) -> FloatArray:
        """Return the welfare of all others in each MTU at injections of the unit; shape of `power_mw` (t, ...)."""
        hours = self.book.cells.hours[0]
        if self.kind == "prices":
            shape = (-1, *(1 for _ in power_mw.shape[1:]))
            out: FloatArray = power_mw * self.price.reshape(shape) * hours
            return out
        rows = [_curve_worth(self.book, t, row) for t, row in enumerate(power_mw)]
        total: FloatArray = np.stack(rows) * hours
        return total


@dataclass(frozen=True)
class Loss:
    """What one form lost in one market, in the currency; `reason` says why it was refused, else it is empty.

    Attributes:
        unit, kind, form, seed: Which unit, market and form; whether it had a forecast.
        best: Welfare that the physics adds to the base; 0 where the base is the best.
        lost: How much of it the form left out.
    """

    unit: str
    kind: str
    form: str
    forecast: bool
    seed: int
    best: float
    lost: float
    reason: str = ""


def losses(unit: Unit, case: Case, seed: int, forms: tuple[str, ...], scenarios: FloatArray | None) -> list[Loss]:
    """Return the loss of each form in one market; every accepted schedule is audited and checked.

    Args:
        unit: Whose orders.
        case: The market without it.
        seed: Of the market, for the record.
        forms: Forms to try.
        scenarios: Prices that the unit expects, shape (r, t); None = it has no forecast.
    """
    unit = replace(unit, zone="A")
    physics = physics_of(unit, day_of(case.book, "A", unit.carrier))
    ground = _value(case, physics, base_of(physics))
    fine = levels_of(physics, PARTS)
    levels = physics.day.mw(fine)
    reward = case.worth(np.tile(levels, (physics.day.count, 1))) - physics.running_cost(fine)
    power, _ = best_of_rewards(graph_of(physics, fine), reward[None])
    best = _value(case, physics, power[0]) - ground
    out = []
    for form in forms:
        said = (unit.name, case.kind, form, scenarios is not None, seed, best)
        try:
            orders = compile_unit(unit, case.book, form, price_taking=True, scenarios=scenarios)
        except BadInput as refused:
            out.append(Loss(*said, 0.0, "; ".join(m.what for m in refused.mistakes)))
            continue
        book = with_orders(case.book, orders)
        results = clear(book)
        assert audit(book, results) == [], "a result of a study breaks a rule"
        is_offered = bool(order_names(orders))
        sold = accepted_power(book, results.published, unit, physics.day) if is_offered else 0.0 * case.price
        assert check(physics, sold) == [], "a form led to a schedule that the unit cannot run"
        ticks = np.rint(sold / physics.day.tick_mw).astype(np.int64)
        out.append(Loss(*said, best - (_value(case, physics, ticks) - ground)))
    return out


def _value(case: Case, physics: Physics, power: IntArray) -> float:
    return float(case.worth(physics.day.mw(power)[:, None]).sum() - physics.cost(power[None])[0])


def prices_case(seed: int, mtu: int = 60) -> Case:
    """Return a market whose border buys everything at a day of random prices."""
    chance = np.random.default_rng(seed)
    price = np.round(_day_prices(chance, 24 * 60 // mtu), 2)
    count = len(price)
    never = np.full(count, np.nan)
    borders = Borders(
        ("A-X",), ("X",), np.array([0]), np.array([0]), np.zeros(count, dtype=np.int64), np.arange(count),
        price, np.full(count, 1e4), np.zeros(count), never,
    )  # fmt: skip
    return Case(replace(_empty(mtu), borders=borders), price, "prices")


def curves_case(seed: int, mtu: int = 60, steps: int = 12) -> Case:
    """Return a market of one zone with demand and supply curves; its `price` is that without the unit."""
    chance = np.random.default_rng(seed)
    count = 24 * 60 // mtu
    shape = _day_prices(chance, count)
    load = np.rint(2500 + 20 * (shape - shape.mean()) + chance.normal(0, 40, count)).clip(1000, None)
    elastic = np.rint(chance.uniform(20, 60, (count, steps)))
    rows, cheap = [], chance.uniform(0.8, 2.0)
    for t in range(count):
        prices = np.sort(chance.uniform(15, 130, steps))[::-1]
        rows += [(1, t, 1, 3000.0, load[t])] + [(1, t, 2 + k, prices[k], elastic[t, k]) for k in range(steps)]
        offers = np.sort(np.concatenate([chance.uniform(-5, 30, steps // 2), chance.uniform(25, 140, steps)]))
        size = np.where(offers < 30, cheap, 1.0) * 4800 / len(offers)
        rows += [(0, t, 1 + k, offers[k], np.rint(size[k])) for k in range(len(offers))]
    rows.sort(key=lambda r: r[:3])
    order, cell, number, price, quantity = (np.array(c) for c in zip(*rows, strict=True))
    ticks = np.rint(price * 100).astype(np.int64)
    curves = CurveOrders(
        ("S", "X"), ("S", "X"), np.array([0, 0]), np.array([1, -1]), order, cell, np.ones(len(cell), dtype=np.int64),
        number, ticks, ticks, np.rint(quantity * 10).astype(np.int64),
    )  # fmt: skip
    book = replace(_empty(mtu), curves=curves)
    return Case(book, clear(book).price, "curves")


def forecast_of(case: Case, seed: int, draws: int = 12, error: float = 8.0) -> FloatArray:
    """Return price scenarios around a case's prices: a level and a shape that are off at random; shape (draws, t)."""
    chance = np.random.default_rng(seed + 10**6)
    count = len(case.price)
    level = chance.normal(0, error, (draws, 1))
    out: FloatArray = case.price + level + _smooth(chance, draws, count) * error / 2
    return out


def _day_prices(chance: np.random.Generator, count: int) -> FloatArray:
    """Return a day of prices with a level, two waves and noise; shape (count,)."""
    hour = 24 * (np.arange(count) + 0.5) / count
    level = chance.choice([15.0, 35.0, 50.0, 70.0, 95.0])
    peaks = sum(
        chance.uniform(0, 0.6) * level * np.exp(-(((hour - at) / width) ** 2)) for at, width in ((8, 2), (19, 2.5))
    )
    sun = chance.uniform(0, 1.2) * level * np.exp(-(((hour - 13) / 3) ** 2))
    night = chance.uniform(0, 0.4) * level * np.exp(-(((hour - 3) / 3) ** 2))
    out: FloatArray = level + peaks - sun - night + chance.normal(0, 2.5, count)
    return out


def _smooth(chance: np.random.Generator, rows: int, count: int) -> FloatArray:
    """Return slow random waves of mean zero; shape (rows, count)."""
    hour = 2 * np.pi * np.arange(count) / count
    phase, size = chance.uniform(0, 2 * np.pi, (rows, 3, 1)), chance.normal(0, 1, (rows, 3, 1))
    out: FloatArray = (size * np.sin(np.arange(1, 4)[:, None] * hour + phase)).sum(axis=1)
    return out


def _empty(mtu: int) -> Book:
    """Return a market of one zone A without orders."""
    start = int(datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC).timestamp()) // 60
    grid = Grid(0, "electricity", mtu, start, start + 24 * 60, -50_000, 400_000, Tick(1, 100), Tick(1, 10))
    return Book(
        name="A market of a study", currency="EUR", time_zone="UTC", delivery_day=DAY,
        profile=load_profile("european", DAY), cells=Cells((Zone("A", None, "XA"),), (grid,)), lines=Lines.none(),
        borders=Borders.none(), curves=CurveOrders.none(), blocks=BlockOrders.none(), flexibles=FlexibleOrders.none(),
        scalables=ScalableOrders.none(),
    )  # fmt: skip


def _curve_worth(book: Book, t: int, power_mw: FloatArray) -> FloatArray:
    """Return the greatest welfare a hour of the curves of an MTU at injections; shape of `power_mw` (l,).

    Value of demand up to D less cost of supply up to D less the injection; a concave function whose greatest value
    stands where a step of either ends.
    """
    curves = book.curves
    mine = curves.step_cell == t
    side, price, quantity = curves.side[curves.step_order[mine]], curves.price_start[mine] / 100, curves.quantity[mine]
    value = _integral(-np.sort(-price[side < 0]), quantity[side < 0][np.argsort(-price[side < 0])] / 10)
    cost = _integral(np.sort(price[side > 0]), quantity[side > 0][np.argsort(price[side > 0])] / 10)
    flat = power_mw.ravel()
    met = np.concatenate([np.tile(value[0], (len(flat), 1)), cost[0][None, :] + flat[:, None]], axis=1)
    supply = met - flat[:, None]
    welfare = np.interp(met, *value) - np.interp(supply, *cost)
    legal = (met <= value[0][-1] + 1e-9) & (supply >= -1e-9) & (supply <= cost[0][-1] + 1e-9)
    out: FloatArray = np.where(legal, welfare, -np.inf).max(axis=1).reshape(power_mw.shape)
    return out


def _integral(price: FloatArray, quantity: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the edges of steps and the money up to each edge; shapes (k + 1,)."""
    return np.concatenate([[0.0], np.cumsum(quantity)]), np.concatenate([[0.0], np.cumsum(price * quantity)])
