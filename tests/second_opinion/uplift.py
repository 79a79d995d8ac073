"""The least compensation of a tiny market by another route: every selection, then one linear program over prices.

Written from theory 3l on raw orders: the selection of greatest welfare, whatever it loses; volumes of curves and
network around it; prices that fit those; and the least sum of lacks, where a child's surplus covers its
parents first. Where several selections are worth the same, each has a least sum of its own.
"""

from __future__ import annotations

import numpy as np
from tests.second_opinion import brute, raw, verdict
from tests.second_opinion.convex import Conditions, conditions
from tests.second_opinion.surplus import profit

from walras.book.book import Book
from walras.results.compensation import Compensation
from walras.results.raw import Raw
from walras.results.results import Results
from walras.vocabulary import Status

MONEY = 1e-5


def best_welfare(market: raw.Market) -> float:
    """Return the greatest welfare of any selection that balances."""
    return max(c.welfare for c in (brute.welfare_of(market, s) for s in brute.selections(market)) if c is not None)


def least_compensation(market: raw.Market, cleared: brute.Cleared) -> float | None:
    """Return the least sum of compensations of a selection, None if no prices fit its volumes."""
    rules = conditions(market, cleared.solution.x, cleared.columns)
    lacks = _orders(rules, market, cleared)
    direction = dict.fromkeys(lacks, 1.0)
    found = rules.optimise(direction)
    return None if found is None else float(sum(found[j] for j in lacks))


def _orders(rules: Conditions, market: raw.Market, cleared: brute.Cleared) -> list[int]:
    """Ask every accepted order for a surplus that is not negative, with a lack that may make up for it."""
    taken = [b for b, r in enumerate(cleared.ratios) if r > 0.0]
    needs = {b: profit(market, k.side, k.price, k.legs, cleared.ratios[b]) for b in taken for k in (market.blocks[b],)}
    for child in taken:
        for parent in market.blocks[child].parents:
            passed = rules.unknown()
            needs[child][0][passed] = -1.0
            needs[parent][0][passed] = 1.0
    rows = list(needs.values())
    for order, start in zip(market.flexibles, cleared.selection.starts, strict=True):
        if start >= 0:
            rows.append(
                profit(market, order.side, order.price, [(c, order.quantity) for c in order.choices[start]], 1.0)
            )
    lacks = []
    for terms, cost in rows:
        lacks.append(rules.unknown())
        rules.between(terms | {lacks[-1]: 1.0}, cost, np.inf)
    return lacks


def compensated_complaints(book: Book, results: Results) -> list[str]:
    """Hold a result with compensations against every selection that there is."""
    market = raw.read(book)
    out = verdict.audit_complaints(book, results)
    selection = verdict.chosen(market, results)
    if not brute.fits(market, selection):
        return [*out, f"selection {selection} breaks a family, a group or a minimum ratio"]
    cleared = brute.welfare_of(market, selection)
    if cleared is None:
        return [*out, f"selection {selection} cannot be balanced"]
    out += verdict.money("welfare of the selection", results.welfare, cleared.welfare)
    best = best_welfare(market)
    if results.welfare > best + MONEY or results.bound < best - MONEY:
        out.append(f"welfare {results.welfare} and bound {results.bound} beside a best of {best}")
    if results.welfare < best - verdict.PROVEN - MONEY:
        out.append(f"welfare {results.welfare} ({results.status}) though {best} is possible")
    if results.status is not Status.OPTIMAL and results.bound > best + 1.0:
        out.append(f"bound {results.bound} is far above the best, {best}")
    rules = conditions(market, cleared.solution.x, cleared.columns)
    if not rules.admits(results.price_exact, verdict.PRICE):
        out.append(f"prices {results.price_exact} do not fit curves and network of {selection}")
    least = least_compensation(market, cleared)
    paid = exact_compensation(book, results)
    if least is None or abs(paid - least) > MONEY * max(1.0, abs(paid)):
        out.append(f"compensations of {paid} in all where {least} is the least")
    return out


def exact_compensation(book: Book, results: Results) -> float:
    """Return the sum of compensations at exact prices and decided volumes, from raw orders."""
    market, price = raw.read(book), results.price_exact
    ratios = results.decided.block_ratio
    total = {}
    for b, block in enumerate(market.blocks):
        terms, cost = profit(market, block.side, block.price, block.legs, float(ratios[b]))
        total[b] = sum(price[c] * w for c, w in terms.items()) - cost
    for b in sorted(total, key=lambda b: -_depth(market, b)):
        for parent in market.blocks[b].parents:
            total[parent] += max(0.0, total[b])
    lost = sum(max(0.0, -t) for t in total.values())
    selection = verdict.chosen(market, results)
    for order, start in zip(market.flexibles, selection.starts, strict=True):
        if start >= 0:
            legs = [(c, order.quantity) for c in order.choices[start]]
            terms, cost = profit(market, order.side, order.price, legs, 1.0)
            lost += max(0.0, cost - sum(price[c] * w for c, w in terms.items()))
    return lost


def _depth(market: raw.Market, block: int) -> int:
    return 1 + max((_depth(market, p) for p in market.blocks[block].parents), default=-1)


def paid_minor(book: Book, results: Results) -> int:
    """Return the sum of published compensations in minor units."""
    found = Compensation(Raw(book), results.published, results.price)
    return int(found.block_minor.sum() + found.flexible_minor.sum())
