"""The orders of a unit into an order book, in canonical order.

Axes as in `orders`: o orders, k steps, l legs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from walras.book.book import Book
from walras.book.cells import IntArray
from walras.errors import BadInput, Mistake
from walras.orders.blocks import BlockOrders
from walras.orders.conversion import Conversions
from walras.orders.curves import CurveOrders
from walras.orders.scalable import ScalableOrders
from walras.units.orders import UnitOrders
from walras.units.physics import Day

Texts = tuple[str, ...]


def with_orders(book: Book, orders: UnitOrders) -> Book:
    """Return a book with the orders of a unit added.

    Raises:
        BadInput: An order or group of one of their names is there already (rule `unit_orders_new`), or a block has
            more legs than the rules profile allows (rule `max_block_legs`).
    """
    mistakes = _taken(book, orders) + _too_long(book, orders)
    if mistakes:
        raise BadInput(mistakes)
    day = orders.physics.day
    grid = int(np.searchsorted(book.cells.first, day.first, side="right")) - 1
    return replace(
        book,
        curves=_with_curve(book.curves, orders, day, grid),
        blocks=_with_blocks(book.blocks, orders, day, grid),
        scalables=_with_scalable(book.scalables, orders, day, grid),
    )


def order_names(orders: UnitOrders) -> Texts:
    """Return the names of all orders of a unit."""
    base = (f"{orders.unit.name}:base",) if orders.base.any() else ()
    scalable = (f"{orders.unit.name}:scalable",) if orders.scalable is not None else ()
    return base + tuple(b.name for b in orders.blocks) + scalable


def _taken(book: Book, orders: UnitOrders) -> list[Mistake]:
    """Return names of the unit that the market holds already."""
    begin = f"{orders.unit.name}:"
    held = (*book.curves.name, *book.blocks.name, *book.flexibles.name, *book.scalables.name, *book.blocks.group_name)
    found = sorted({name for name in held if name.startswith(begin)})
    fix = "Take the market without this unit's orders, or give the unit another name."
    return [Mistake(f"the market has the order {n!r} already", "market", "unit_orders_new", fix) for n in found[:5]]


def _too_long(book: Book, orders: UnitOrders) -> list[Mistake]:
    """Return blocks that are longer than the rules profile allows."""
    most = book.profile.max_block_legs
    fix = f"Use another form, or a market whose rules profile allows {orders.physics.day.count} legs."
    return [
        Mistake(
            f"block {b.name!r} has {int((b.quantity > 0).sum())} legs, the rules profile allows {most}",
            f"form {orders.form}",
            "max_block_legs",
            fix,
        )
        for b in orders.blocks
        if 0 < most < (b.quantity > 0).sum()
    ]


def _places(names: Texts) -> tuple[Texts, IntArray]:
    """Return names sorted, and the place of each of them."""
    order = sorted(range(len(names)), key=lambda i: names[i])
    place = np.empty(len(names), dtype=np.int64)
    place[order] = np.arange(len(names))
    return tuple(names[i] for i in order), place


def _with(old: IntArray, new: list[int] | IntArray) -> IntArray:
    return np.concatenate([old, np.asarray(new, dtype=np.int64)])


def _by(place: IntArray, column: IntArray) -> IntArray:
    """Return a column of orders in the order of their places."""
    out = np.empty_like(column)
    out[place] = column
    return out


def _texts(place: IntArray, texts: Texts) -> Texts:
    return tuple(texts[i] for i in np.argsort(place).tolist())


def _with_curve(old: CurveOrders, orders: UnitOrders, day: Day, grid: int) -> CurveOrders:
    at = np.flatnonzero(orders.base)
    if not len(at):
        return old
    names, place = _places((*old.name, f"{orders.unit.name}:base"))
    one, price = np.ones(len(at), dtype=np.int64), np.full(len(at), day.grid.price_min)
    step_order = place[_with(old.step_order, one * old.count)]
    step_cell, number = _with(old.step_cell, day.first + at), _with(old.step_number, one)
    sort = np.lexsort([number, step_cell, step_order])
    return CurveOrders(
        name=names,
        member=_texts(place, (*old.member, orders.unit.member)),
        grid=_by(place, _with(old.grid, [grid])),
        side=_by(place, _with(old.side, [1])),
        step_order=step_order[sort],
        step_cell=step_cell[sort],
        step_cells=_with(old.step_cells, one)[sort],
        step_number=number[sort],
        price_start=_with(old.price_start, price)[sort],
        price_end=_with(old.price_end, price)[sort],
        quantity=_with(old.quantity, orders.base[at])[sort],
    )


def _with_blocks(old: BlockOrders, orders: UnitOrders, day: Day, grid: int) -> BlockOrders:
    new = orders.blocks
    if not new:
        return old
    names, place = _places((*old.name, *(b.name for b in new)))
    numbers = {b.name: old.count + n for n, b in enumerate(new)}
    group_name, group_place = old.group_name, np.arange(len(old.group_name))
    group = np.full(len(new), -1)
    if orders.form == "profiles":
        group_name, group_place = _places((*old.group_name, f"{orders.unit.name}:days"))
        group[:] = group_place[-1]
    old_group = np.where(old.group >= 0, np.append(group_place, -1)[old.group], -1)
    legs = [(numbers[b.name], day.first + t, int(b.quantity[t])) for b in new for t in np.flatnonzero(b.quantity)]
    leg = np.array(legs, dtype=np.int64).reshape(-1, 3).T
    leg_order, leg_cell = place[_with(old.leg_order, leg[0])], _with(old.leg_cell, leg[1])
    links = [(numbers[b.name], numbers[b.parent]) for b in new if b.parent is not None]
    link = np.array(links, dtype=np.int64).reshape(-1, 2).T
    child, parent = (place[_with(o, n)] for o, n in zip((old.link_child, old.link_parent), link, strict=True))
    sort, by_link = np.lexsort([leg_cell, leg_order]), np.lexsort([parent, child])
    ratio = np.concatenate([old.min_acceptance_ratio, np.ones(len(new))])
    return BlockOrders(
        name=names,
        member=_texts(place, (*old.member, *(orders.unit.member for _ in new))),
        grid=_by(place, _with(old.grid, [grid] * len(new))),
        side=_by(place, _with(old.side, [1] * len(new))),
        price=_by(place, _with(old.price, [b.price for b in new])),
        min_acceptance_ratio=ratio[np.argsort(place)],
        group=_by(place, _with(old_group, group)),
        group_name=group_name,
        leg_order=leg_order[sort],
        leg_cell=leg_cell[sort],
        leg_quantity=_with(old.leg_quantity, leg[2])[sort],
        link_child=child[by_link],
        link_parent=parent[by_link],
    )


def _with_scalable(old: ScalableOrders, orders: UnitOrders, day: Day, grid: int) -> ScalableOrders:
    new = orders.scalable
    if new is None:
        return old
    names, place = _places((*old.name, f"{orders.unit.name}:scalable"))
    t, s = np.nonzero(new.quantity.T)
    number = np.array([int((t[:i] == t[i]).sum()) + 1 for i in range(len(t))], dtype=np.int64)
    at = np.flatnonzero(new.minimum)
    step_order, step_cell = (
        place[_with(old.step_order, np.full(len(t), old.count))],
        _with(old.step_cell, day.first + t),
    )
    step_number = _with(old.step_number, number)
    minimum_order = place[_with(old.minimum_order, np.full(len(at), old.count))]
    minimum_cell = _with(old.minimum_cell, day.first + at)
    sort, low = np.lexsort([step_number, step_cell, step_order]), np.lexsort([minimum_cell, minimum_order])
    fixed, conversions = np.append(old.fixed_term, new.fixed_term), old.conversions
    again = np.argsort(place[conversions.order])
    return ScalableOrders(
        name=names,
        member=_texts(place, (*old.member, orders.unit.member)),
        grid=_by(place, _with(old.grid, [grid])),
        side=_by(place, _with(old.side, [1])),
        fixed_term=fixed[np.argsort(place)],
        gradient_up=_by(place, _with(old.gradient_up, [new.up])),
        gradient_down=_by(place, _with(old.gradient_down, [new.down])),
        stop_cells=_by(place, _with(old.stop_cells, [0])),
        step_order=step_order[sort],
        step_cell=step_cell[sort],
        step_number=step_number[sort],
        price=_with(old.price, new.price[s])[sort],
        quantity=_with(old.quantity, new.quantity[s, t])[sort],
        minimum_order=minimum_order[low],
        minimum_cell=minimum_cell[low],
        minimum_quantity=_with(old.minimum_quantity, new.minimum[at])[low],
        conversions=Conversions(
            place[conversions.order][again],
            conversions.grid[again],
            conversions.efficiency[again],
            conversions.outside_share[again],
        ),
    )
