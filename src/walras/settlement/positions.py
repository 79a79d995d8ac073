"""What every member bought and sold, by zone, carrier and MTU.

Axes: i injections, one a volume and cell that it reaches. An injection is positive into
the zone (supply, import) and negative out of it (demand, export), in whole units of
power, so that the injections of a cell sum to zero exactly. Written from the book's
orders and the published volumes; read by `settle` and by people.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.cells import FloatArray, IntArray
from walras.book.inputs import conversion_inputs
from walras.book.stores import stores_of
from walras.results.raw import spread
from walras.results.results import Results, Volumes
from walras.settlement.money import Units


@dataclass(frozen=True)
class Injections:
    """Power that parties of one kind put into cells.

    Attributes:
        kind: `member`, `line`, `border` or `domain`.
        party: Names, sorted.
        who: Party of each injection; shape (i,).
        cell: Cell of each injection; shape (i,).
        units: Power, positive into the zone, in units of `Units.quantity_scale`; shape (i,).
    """

    kind: str
    party: tuple[str, ...]
    who: IntArray
    cell: IntArray
    units: IntArray

    def summed(self, *, by_side: bool = True) -> Injections:
        """Return one injection a party, cell and (unless told otherwise) sign, zeros left out."""
        sign = np.sign(self.units) if by_side else np.zeros_like(self.units)
        key = np.stack([self.cell, self.who, sign])[:, self.units != 0]
        unique, inverse = np.unique(key, axis=1, return_inverse=True)
        units = np.zeros(unique.shape[1], dtype=np.int64)
        np.add.at(units, inverse.ravel(), self.units[self.units != 0])
        return Injections(self.kind, self.party, unique[1], unique[0], units)


def member_injections(book: Book, volumes: Volumes, units: Units) -> Injections:
    """Return what members put into cells at published volumes, one row a member, cell and side.

    Raises:
        BadInput: A published volume is not on the tick.
    """
    parts = [_curves(book, volumes, units), *_indivisible(book, volumes, units)]
    names = [n for family in _families(book) for n in family]
    party = tuple(sorted(set(names)))
    index = {n: i for i, n in enumerate(party)}
    who_of = [np.array([index[n] for n in family], dtype=np.int64) for family in _families(book)]
    who = np.concatenate([of[order] for of, (order, _, _) in zip(who_of, parts, strict=True)])
    cell = np.concatenate([c for _, c, _ in parts])
    power = np.concatenate([q for _, _, q in parts])
    return Injections("member", party, who, cell, power).summed()


def amounts(injections: Injections, price: IntArray, minutes: IntArray, units: Units) -> IntArray:
    """Return what each injection earns in minor units, negative = pays; shape (i,).

    Formula: power x price of its cell x length, rounded once a row.
    """
    return units.minor(price[injections.cell], injections.units, minutes[injections.cell])


def positions(book: Book, results: Results) -> pl.DataFrame:
    """Return energy and money by member, zone, carrier, MTU and side; see `positions_at`."""
    return positions_at(book, results.published, results.price)


def positions_at(book: Book, volumes: Volumes, price: FloatArray) -> pl.DataFrame:
    """Return energy and money by member, zone, carrier, MTU and side, at published volumes and prices.

    Args:
        book: With all orders, or with those of some members: each member's rows follow from its own orders alone.
        volumes: As published.
        price: As published; shape (c,).

    Returns:
        Columns `member, zone, carrier, mtu_start, minutes, side, energy_mwh,
        price_per_mwh, amount_minor, currency`; `amount_minor` is positive where the
        member receives. Sorted by cell, member and side.

    Raises:
        BadInput: A published price or volume is not on the tick.
    """
    units = Units.of(book)
    rows = member_injections(book, volumes, units)
    cells, c = book.cells, rows.cell
    zone = np.array([z.name for z in cells.zones], dtype=object)
    carrier = np.array([g.carrier for g in cells.grids], dtype=object)
    return pl.DataFrame(
        {
            "member": pl.Series([rows.party[i] for i in rows.who], dtype=pl.String),
            "zone": pl.Series(zone[cells.zone[c]].tolist(), dtype=pl.String),
            "carrier": pl.Series(carrier[cells.grid[c]].tolist(), dtype=pl.String),
            "mtu_start": moments(cells.start[c]),
            "minutes": cells.minutes[c],
            "side": pl.Series(np.where(rows.units > 0, "supply", "demand").tolist(), dtype=pl.String),
            "energy_mwh": np.abs(rows.units) * cells.minutes[c] / (60 * units.quantity_scale),
            "price_per_mwh": price[c],
            "amount_minor": amounts(rows, units.prices(price), cells.minutes, units),
            "currency": pl.Series([book.currency] * len(c), dtype=pl.String),
        }
    )


def moments(minutes: IntArray) -> pl.Series:
    """Return UTC minutes since 1970 as times of a table."""
    return pl.Series(minutes * 60_000_000, dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))


Part = tuple[IntArray, IntArray, IntArray]


def _families(book: Book) -> tuple[tuple[str, ...], ...]:
    return book.curves.member, book.blocks.member, book.flexibles.member, book.scalables.member, book.storages.member


def _curves(book: Book, volumes: Volumes, units: Units) -> Part:
    orders = book.curves
    power = units.quantities(volumes.curve, "curve_acceptances") * orders.side[orders.step_order]
    some = np.flatnonzero(power)
    repeat, cell = spread(orders.step_cell[some], orders.step_cells[some])
    return orders.step_order[some][repeat], cell, power[some][repeat]


def _indivisible(book: Book, volumes: Volumes, units: Units) -> tuple[Part, Part, Part, Part]:
    blocks, flexibles, scalables = book.blocks, book.flexibles, book.scalables
    legs = units.quantities(volumes.block_leg, "order_volumes") * blocks.side[blocks.leg_order]
    steps = units.quantities(volumes.scalable, "order_volumes") * scalables.side[scalables.step_order]
    inputs = conversion_inputs(book.cells, scalables)
    bought = -units.quantities(volumes.bought, "order_volumes")
    stores, sold = stores_of(book.cells, book.storages), units.quantities(volumes.discharge, "order_volumes")
    taken = np.flatnonzero(volumes.flexible_start >= 0)
    quantity = units.quantities(book.cells.quantities(flexibles.quantity, flexibles.grid), "flexible_orders")
    repeat, cell = spread(volumes.flexible_start[taken], flexibles.cells[taken])
    return (
        (blocks.leg_order, blocks.leg_cell, legs),
        (taken[repeat], cell, (quantity * flexibles.side)[taken][repeat]),
        (
            np.concatenate([scalables.step_order, inputs.bought_order]),
            np.concatenate([scalables.step_cell, inputs.bought_cell]),
            np.concatenate([steps, bought]),
        ),
        (
            np.tile(stores.order, 2),
            np.tile(stores.cell, 2),
            np.concatenate([-units.quantities(volumes.charge, "order_volumes"), sold]),
        ),
    )
