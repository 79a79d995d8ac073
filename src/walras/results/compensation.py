"""What is paid to accepted orders that lose, and who pays it: compensations and the difference amount.

Only under a rules profile that compensates losses (`Profile.compensates`). From published prices and
volumes, exactly: prices and powers are whole ticks, so a loss is a whole number of a small unit of
money, and it is rounded once, an order, to the currency's minor unit, halves away from zero
(formulation, eq. 5.12 to 5.14)::

    loss[o]   = max(0, -(S[o] + what its children hand up))      children first; S at published figures
    purchase  = sum of compensations of demand    is paid by sellers   pro rata to what they sell
    sale      = sum of compensations of supply    is paid by buyers    pro rata to what they buy
    rounding  = what energy without another side costs the market      is paid by everybody

Shares are whole minor units by largest remainder, members in the order of their names. Where nobody
trades on the side that pays, everybody pays.

Read by the tables of the result folder, the explanation and the publication; the audit recomputes it in a
way of its own. Axes: o orders of a family, c cells, m members.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.results.minor_units import decimals_of, round_half_away, shared_out
from walras.results.raw import Raw, injection, net_exports, spread
from walras.results.results import Volumes
from walras.vocabulary import Side

LARGEST = 2**62
PURCHASE, SALE, ROUNDING = "purchase", "sale", "rounding"
OF_SIDE = {PURCHASE: (Side.SUPPLY,), SALE: (Side.DEMAND,), ROUNDING: (Side.DEMAND, Side.SUPPLY)}
DIFFERENCES = tuple(OF_SIDE)
"""The parts of the difference amount, and the sides that pay each."""


@dataclass(frozen=True)
class Scales:
    """Whole units of a market: one of money and one of energy in which every product of ticks is whole.

    Attributes:
        price: Money units in a tick of price times a tick of power times an MTU, by cell; shape (c,).
        energy: Energy units in a tick of power times an MTU, by cell; shape (c,).
        money_unit, energy_unit: Units in one of the currency, in one MWh.
        minor: Minor units in one of the currency.
    """

    price: IntArray
    energy: IntArray
    money_unit: int
    energy_unit: int
    minor: int

    @staticmethod
    def of(raw: Raw) -> Scales:
        """Return the scales of a market."""
        cells = raw.book.cells
        powers, prices = ([getattr(g, f"{name}_tick") for g in cells.grids] for name in ("quantity", "price"))
        minutes = [g.mtu_minutes for g in cells.grids]
        energy_unit = 60 * math.lcm(*(t.scale for t in powers))
        money_unit = energy_unit * math.lcm(*(t.scale for t in prices))
        by_grid = [q.step * m * (energy_unit // (60 * q.scale)) for q, m in zip(powers, minutes, strict=True)]
        rate = [p.step * (money_unit // energy_unit // p.scale) for p in prices]
        energy = np.array(by_grid, dtype=np.int64)[cells.grid]
        return Scales(
            energy * np.array(rate, dtype=np.int64)[cells.grid], energy, money_unit, energy_unit,
            10 ** decimals_of(raw.book.currency),
        )  # fmt: skip


@dataclass(frozen=True)
class Share:
    """What one member pays of one difference, as a seller (`supply`) or a buyer (`demand`)."""

    difference: str
    member: str
    side: Side
    energy_mwh: float
    minor: int


@dataclass(frozen=True)
class Compensation:
    """Compensations of one outcome in minor units.

    Attributes:
        raw, volumes, price: The book, and what is published: MW, and the price of each cell; shape (c,).
    """

    raw: Raw
    volumes: Volumes
    price: FloatArray

    @cached_property
    def scales(self) -> Scales:
        """Units of this market."""
        return Scales.of(self.raw)

    @cached_property
    def price_ticks(self) -> IntArray:
        """Published prices in ticks; shape (c,)."""
        return _ticks(self.price, self.raw.price_tick)

    @cached_property
    def block_surplus(self) -> IntArray:
        """Own surplus of each accepted block in money units, negative where it loses; shape (o,)."""
        blocks, cell = self.raw.book.blocks, self.raw.book.blocks.leg_cell
        power = _ticks(self.volumes.block_leg, self.raw.quantity_tick[cell])
        apart = self.price_ticks[cell] - blocks.price[blocks.leg_order]
        gain = blocks.side[blocks.leg_order] * power * apart * self.scales.price[cell]
        return _sums(blocks.leg_order, gain, blocks.count)

    @cached_property
    def flexible_surplus(self) -> IntArray:
        """Surplus of each accepted flexible order in money units, 0 of a rejected one; shape (o,)."""
        flexibles = self.raw.book.flexibles
        order = np.flatnonzero(self.volumes.flexible_start >= 0)
        item, cell = spread(self.volumes.flexible_start[order], flexibles.cells[order])
        o = order[item]
        apart = self.price_ticks[cell] - flexibles.price[o]
        gain = flexibles.side[o] * flexibles.quantity[o] * apart * self.scales.price[cell]
        return _sums(o, gain, flexibles.count)

    @cached_property
    def block_total(self) -> IntArray:
        """Own surplus of each block and what its children hand up, in money units; shape (o,)."""
        total, blocks = self.block_surplus.tolist(), self.raw.book.blocks
        parent = dict(zip(blocks.link_child.tolist(), blocks.link_parent.tolist(), strict=True))
        waiting = np.bincount(blocks.link_parent, minlength=blocks.count).tolist()
        ready = [o for o in range(blocks.count) if not waiting[o]]
        while ready:
            o = ready.pop()
            if (above := parent.get(o)) is not None:
                total[above] += max(0, total[o])
                waiting[above] -= 1
                if not waiting[above]:
                    ready.append(above)
        return np.array(total, dtype=np.int64)

    @cached_property
    def block_minor(self) -> IntArray:
        """Compensation of each block in minor units; shape (o,)."""
        return self._minor(np.maximum(-self.block_total, 0))

    @cached_property
    def flexible_minor(self) -> IntArray:
        """Compensation of each flexible order in minor units; shape (o,)."""
        return self._minor(np.maximum(-self.flexible_surplus, 0))

    @cached_property
    def rounding_minor(self) -> int:
        """What energy that rounding leaves without another side costs the market, in minor units."""
        left = _ticks(injection(self.raw, self.volumes) - net_exports(self.raw, self.volumes), self.raw.quantity_tick)
        return int(self._minor(np.sum(left * self.price_ticks * self.scales.price, keepdims=True))[0])

    def _minor(self, units: IntArray) -> IntArray:
        minor = self.scales.minor
        assert np.abs(units).max(initial=0) < LARGEST // minor, "an amount does not fit into 64 bits"
        return round_half_away(units * minor, self.scales.money_unit)

    @cached_property
    def differences(self) -> dict[str, int]:
        """The difference amount in its three parts, in minor units."""
        of_demand = of_supply = 0
        book = self.raw.book
        for orders, minor in ((book.blocks, self.block_minor), (book.flexibles, self.flexible_minor)):
            of_demand += int(minor[orders.side == Side.DEMAND].sum())
            of_supply += int(minor[orders.side == Side.SUPPLY].sum())
        return {PURCHASE: of_demand, SALE: of_supply, ROUNDING: self.rounding_minor}

    @cached_property
    def traded(self) -> dict[tuple[str, Side], int]:
        """Published energy of each member and side that traded, in energy units."""
        return member_energy(self)

    def payers(self, difference: str) -> list[tuple[str, Side]]:
        """Return who pays a part of the difference amount, by name and side; everybody where nobody trades there."""
        return [key for key in self.traded if key[1] in OF_SIDE[difference]] or list(self.traded)

    def payers_energy(self, difference: str) -> int:
        """Return what those who pay a part traded on that side, in energy units."""
        return sum(self.traded[key] for key in self.payers(difference))

    @cached_property
    def shares(self) -> tuple[Share, ...]:
        """What each member pays of each part of the difference amount; parts that are zero have no rows."""
        out: list[Share] = []
        for difference, minor in self.differences.items():
            if not minor:
                continue
            payers = self.payers(difference)
            parts = shared_out(minor, np.array([self.traded[key] for key in payers], dtype=np.int64))
            out += [
                Share(difference, member, side, self.traded[member, side] / self.scales.energy_unit, int(part))
                for (member, side), part in zip(payers, parts, strict=True)
            ]
        return tuple(out)


def member_energy(of: Compensation) -> dict[tuple[str, Side], int]:
    """Return published energy of each member and side that traded, in energy units, sorted by name, demand first."""
    raw, volumes, book = of.raw, of.volumes, of.raw.book
    start, flexibles = volumes.flexible_start, book.flexibles
    placed = np.flatnonzero(start >= 0)
    item, cell = spread(start[placed], flexibles.cells[placed])
    curve_cell = book.curves.step_cell
    rows = (
        (book.curves, book.curves.step_order, curve_cell, _ticks(volumes.curve, raw.quantity_tick[curve_cell])),
        (book.blocks, book.blocks.leg_order, book.blocks.leg_cell,
         _ticks(volumes.block_leg, raw.quantity_tick[book.blocks.leg_cell])),
        (flexibles, placed[item], cell, flexibles.quantity[placed[item]]),
    )  # fmt: skip
    out: dict[tuple[str, Side], int] = {}
    for orders, order, at, power in rows:
        energy = _sums(order, power * of.scales.energy[at], len(orders.name))
        for o in np.flatnonzero(energy).tolist():
            key = orders.member[o], Side(int(orders.side[o]))
            out[key] = out.get(key, 0) + int(energy[o])
    return dict(sorted(out.items()))


def _ticks(value: FloatArray, tick: FloatArray) -> IntArray:
    return np.rint(value / tick).astype(np.int64)


def _sums(index: IntArray, value: IntArray, count: int) -> IntArray:
    out = np.zeros(count, dtype=np.int64)
    np.add.at(out, index, value)
    return out
