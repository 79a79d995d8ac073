"""What the price rule lets a tree conclude in a market, and where it lets it conclude nothing."""

from __future__ import annotations

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.coupling.market import Market
from walras.coupling.relaxed import Relaxation


def void_margin(cost: float) -> float:
    """Return by how much a witness must be better than its case allows, so that rounding cannot undo the proof."""
    return max(1e-3, 1e-10 * abs(cost))


def is_branchable(relaxation: Relaxation, market: Market) -> bool:
    """Whether branch and bound may go on from here: no price limit has taken anything from the market."""
    return relaxation.market.coarse is market.coarse and not relaxation.has_cut_prices


def has_price_rule(market: Market) -> bool:
    """Whether facts about legal prices may prune.

    Nothing coarse that a price limit may reject, and no line with losses and no store, a
    direction of which may be closed (theory, 3g).
    """
    lines = market.lines
    coarse = len(market.coarse.step) or ((lines.from_cells > 1) | (lines.to_cells > 1)).any()
    return not coarse and not (lines.received < 1).any() and not market.steps.stores.count


def inner_caps(market: Market, taken: IntArray) -> FloatArray:
    """Return how far accepted orders may go in any selection that accepts them, at the least; shape (j,).

    A child needs its parents, so it must leave them room: its minimum ratio times theirs.
    """
    orders = market.orders
    is_taken = np.zeros(orders.count, dtype=bool)
    is_taken[taken] = True
    cap = np.where(is_taken, orders.min_ratio, 0.0)
    for _ in range(len(orders.link_child)):
        below = cap.copy()
        np.minimum.at(below, orders.link_child, orders.min_ratio[orders.link_child] * cap[orders.link_parent])
        if (below == cap).all():
            break
        cap = below
    return cap


def stop_surplus(market: Market, decided: tuple[int, ...], price: FloatArray) -> float:
    """Return what scheduled stops of orders not decided could earn at prices; a relaxation leaves that out."""
    steps = market.steps
    if not steps.is_stop.any():
        return 0.0
    open_ = steps.is_stop & ~np.isin(steps.column, list(decided))
    gain = np.maximum(steps.side * (price[steps.cell] - steps.price), 0.0) * steps.power * market.hours[steps.cell]
    return float(gain[open_].sum())
