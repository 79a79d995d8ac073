"""The rules of surplus of indivisible orders, as conditions on prices (rules 3.4, 3.6).

A block and a flexible order may not lose; in a family a child may pass its surplus up to
its parents; an accepted scalable order runs as it would choose to, within its minimum
powers and gradients, and earns its fixed term.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
from tests.second_opinion import storing
from tests.second_opinion.convex import EDGE, Conditions, curve_rule
from tests.second_opinion.raw import Market, Scalable

if TYPE_CHECKING:
    from tests.second_opinion.brute import Cleared

Terms = dict[int, float]
"""Coefficients of unknowns: prices, and rents after them."""


def order_rules(out: Conditions, cleared: Cleared) -> None:
    """Add the rules of every order of a selection."""
    market = out.market
    _blocks(out, market, cleared.ratios)
    for order, start in zip(market.flexibles, cleared.selection.starts, strict=True):
        if start >= 0:
            legs = tuple((c, order.quantity) for c in order.choices[start])
            terms, cost = profit(market, order.side, order.price, legs, 1.0)
            out.between(terms, cost, np.inf)
    x = cleared.solution.x
    for order, taken in zip(market.scalables, cleared.selection.accepted, strict=True):
        if taken:
            _scalable(out, market, order, {row: float(x[cleared.steps[row]]) for row, *_ in order.steps})
    for s, ways in cleared.ways.items():
        storing.rules(out, market.storages[s], ways, x)
    for piece, j in cleared.stops:
        curve_rule(out, piece, float(x[j]))


def profit(market: Market, side: int, price: float, legs, ratio: float) -> tuple[Terms, float]:
    """Return income as terms over prices, and the cost it must cover."""
    terms: Terms = defaultdict(float)
    cost = 0.0
    for cell, mw in legs:
        energy = side * ratio * mw * market.hours[cell]
        terms[cell] += energy
        cost += energy * price
    return terms, cost


def _blocks(out: Conditions, market: Market, ratios: tuple[float, ...]) -> None:
    """Surplus of each accepted block, plus what its children pass up, minus what it passes up, is not negative."""
    taken = [b for b, r in enumerate(ratios) if r > 0.0]
    rules = {b: profit(market, k.side, k.price, k.legs, ratios[b]) for b in taken for k in (market.blocks[b],)}
    for child in taken:
        for parent in market.blocks[child].parents:
            passed = out.unknown()
            rules[child][0][passed] = -1.0
            rules[parent][0][passed] = 1.0
    for terms, cost in rules.values():
        out.between(terms, cost, np.inf)


def _scalable(out: Conditions, market: Market, order: Scalable, volume: dict[int, float]) -> None:
    """No step could do better alone or together: rents of binding limits explain the rest."""
    gain: dict[int, Terms] = {row: seen(market, order, cell) for row, cell, _, _ in order.steps}
    power = {c: sum(volume[r] for r, cell, _, _ in order.steps if cell == c) for c in order.cells}
    for cell, least in order.minimums:
        if power[cell] <= least + EDGE:
            rent = out.unknown()
            _pay(gain, order, cell, rent, 1.0)
    for before, after in zip(order.cells[:-1], order.cells[1:], strict=True):
        change = power[after] - power[before]
        if order.up is not None and change >= order.up - EDGE:
            rent = out.unknown()
            _pay(gain, order, after, rent, -1.0)
            _pay(gain, order, before, rent, 1.0)
        if order.down is not None and -change >= order.down - EDGE:
            rent = out.unknown()
            _pay(gain, order, after, rent, 1.0)
            _pay(gain, order, before, rent, -1.0)
    income: Terms = defaultdict(float)
    need = order.fixed_term
    for row, cell, price, mw in order.steps:
        cost = order.side * market.hours[cell] * price
        if mw > 0.0:
            low = -np.inf if volume[row] <= EDGE else cost
            high = np.inf if volume[row] >= mw - EDGE else cost
            out.between(gain[row], low, high)
        for at, weight in seen(market, order, cell).items():
            income[at] += weight * volume[row]
        need += cost * volume[row]
    out.between(income, need, np.inf)


def seen(market: Market, order: Scalable, cell: int) -> Terms:
    """Return what a MW in a cell earns, as terms over prices: its own, less those of what a conversion buys."""
    hours = market.hours[cell]
    out: Terms = {cell: order.side * hours}
    for at, share in order.inputs[cell]:
        out[at] = out.get(at, 0.0) - hours * share
    return out


def _pay(gain: dict[int, Terms], order: Scalable, cell: int, rent: int, sign: float) -> None:
    for row, at, _, _ in order.steps:
        if at == cell:
            gain[row][rent] = gain[row].get(rent, 0.0) + sign
