"""What the second opinion says about a result of the engine: a list of complaints, empty if it agrees.

Read by the tests of this folder, by the laws and by the drills. The engine's volumes and
prices are taken as they are; everything they are held against comes from raw orders.
"""

from __future__ import annotations

import itertools

import numpy as np
from tests.second_opinion import brute, convex, program, ratios, raw

from walras.book.book import Book
from walras.results.audit import audit
from walras.results.results import Results
from walras.vocabulary import Status

MONEY = 1e-6
PRICE = 1e-6
DIGITS = 2e-9
MESHED_DIGITS = 1e-8
"""Where shares of branches join volumes, a solution of their equations keeps one digit less."""
PROVEN = 0.01


def audit_complaints(book: Book, results: Results) -> list[str]:
    """Return the audit's violations as text."""
    return [f"audit: {v}" for v in audit(book, results)]


def curve_complaints(book: Book, results: Results) -> list[str]:
    """Hold a market of curves, lines and borders against the convex program."""
    market = raw.read(book)
    out = audit_complaints(book, results)
    stated, columns = convex.auction(market)
    solution = program.solve(stated)
    assert solution is not None, "curves alone can always stay out"
    legal = convex.conditions(market, solution.x, columns)
    if legal.optimise({}) is None:
        # Something asks for a price beyond a limit: what is left out is the auction's choice.
        assert may_be_capped(market), "without coarse orders and domains prices inside the limits exist"
        return out + consistency_complaints(market, results, capped=True)
    out += consistency_complaints(market, results)
    out += money("welfare", results.welfare, -solution.cost)
    out += money("bound", results.bound, -solution.cost, floor=100.0)
    if results.status is not Status.OPTIMAL:
        out.append(f"status is {results.status} though curves alone are always solved")
    if not legal.admits(results.price_exact, PRICE):
        out.append(f"prices {results.price_exact} are no dual optimum of the convex program")
    for c, price in enumerate(results.price_exact):
        low, high = legal.interval(c)
        size = PRICE * max(1.0, abs(price))
        if not low - size <= price <= high + size:
            out.append(f"cell {c}: price {price} outside the interval [{low}, {high}]")
    return out


def may_be_capped(market: raw.Market) -> bool:
    """Whether there may be no prices inside the limits though curves alone are traded."""
    return is_coarse(market) or bool(market.meshes)


def is_coarse(market: raw.Market) -> bool:
    """Whether an order or a line covers several cells of one zone."""
    spans = [p.cells for p in market.pieces] + [e for k in market.links for e in (k.from_cells, k.to_cells)]
    return any(len(s) > 1 for s in spans)


def money(what: str, ours: float, theirs: float, floor: float = 1.0) -> list[str]:
    """Complain unless two amounts agree to a millionth, of the floor at least."""
    agree = abs(ours - theirs) <= MONEY * max(floor, abs(theirs))
    return [] if agree else [f"{what} {ours} but the second opinion has {theirs}"]


def consistency_complaints(market: raw.Market, results: Results, capped: bool = False) -> list[str]:
    """Hold decided volumes of curves, lines and borders against exact prices, at nine digits (eight with domains)."""
    v = results.decided
    sent = raw.sent(market, v.exchange)
    x = np.concatenate([v.curve, sent, v.border, v.domain])
    ends = np.cumsum([0, len(v.curve), len(sent), len(v.border), *(len(m.exchanges) for m in market.meshes)])
    spans = [list(range(a, b)) for a, b in itertools.pairwise(ends)]
    rules = convex.conditions(market, x, convex.Columns(*spans[:3], spans[3:]), results.price_exact if capped else None)
    broken = rules.broken(results.price_exact)
    out = (
        []
        if broken <= (MESHED_DIGITS if market.meshes else DIGITS)
        else [f"decided volumes miss exact prices by {broken} (relative)"]
    )
    if market.meshes and not out and not rules.admits(results.price_exact, PRICE):
        out.append("no rents of critical branches explain exact prices at decided exchanges")
    return out


def chosen(market: raw.Market, results: Results) -> brute.Selection:
    """Return the engine's selection."""
    v = results.decided
    ratios = tuple(0.0 if r < DIGITS else 1.0 if r > 1 - DIGITS else float(r) for r in v.block_ratio)
    starts = tuple(
        [c[0] for c in f.choices].index(s) if s >= 0 else -1
        for f, s in zip(market.flexibles, v.flexible_start.tolist(), strict=True)
    )
    return brute.Selection(
        ratios, starts, tuple(bool(a) for a in v.scalable_accepted), tuple(bool(a) for a in v.storage_accepted)
    )


def selection_complaints(book: Book, results: Results) -> list[str]:
    """Hold the engine's own selection against the rules: is it legal, and is the rest cleared best?"""
    return _judged(raw.read(book), book, results)[0]


def _judged(market: raw.Market, book: Book, results: Results) -> tuple[list[str], bool]:
    """Return what is wrong with the engine's selection, and whether it is legal without cutting prices at limits."""
    out = audit_complaints(book, results)
    selection = chosen(market, results)
    if not brute.fits(market, selection):
        return [*out, f"selection {selection} breaks a family, a group or a minimum ratio"], False
    cleared = brute.welfare_of(market, selection)
    if cleared is None:
        return [*out, f"selection {selection} cannot be balanced"], False
    out += money("welfare of the selection", results.welfare, cleared.welfare)
    rules = brute.legal(market, cleared)
    is_strict = rules.optimise({}) is not None
    if not is_strict and may_be_capped(market):
        rules = brute.legal(market, cleared, capped=results.price_exact)
    if not rules.admits(results.price_exact, PRICE):
        some = "others are" if rules.optimise({}) is not None else "nor are any others"
        out.append(f"prices {results.price_exact} are not legal for {selection}, {some}")
    return out, is_strict


def indivisible_complaints(book: Book, results: Results) -> list[str]:
    """Hold a tiny market with indivisible orders against every selection that there is."""
    market = raw.read(book)
    out, is_strict = _judged(market, book, results)
    best = brute.best(market)
    if best.found is None:
        return out
    slack, which = MONEY * max(1.0, abs(best.welfare)), f"{best.found.selection} {best.found.ratios}"
    if is_strict and not is_coarse(market) and results.welfare > best.bound + slack + ratios.MONEY:
        out.append(f"welfare {results.welfare} above {best.bound}, which no legal result exceeds")
    if results.bound < best.welfare - slack:
        out.append(f"bound {results.bound} below the legal welfare {best.welfare} of {which}")
    if results.status is Status.OPTIMAL and results.welfare < best.welfare - PROVEN - slack:
        out.append(f"called optimal at {results.welfare} though {which} gives {best.welfare}")
    if results.gap < best.welfare - results.welfare - slack:
        out.append(f"gap {results.gap} does not cover the legal welfare {best.welfare} of {which}")
    return out
