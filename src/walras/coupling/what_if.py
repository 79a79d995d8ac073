"""What accepting a rejected order would do: the auction decided once more with it forced in.

The selection stays that of the result, but for the order itself, the parents that it needs and
the members of exclusive groups that have to make room. Everything else is decided again as
a convex market: curves, exchanges, ratios of curtailable orders, powers of scalable ones. Then
three questions: does every cell balance inside the price limits, do prices exist at which no
accepted order loses, and what is the welfare? Another selection may still do better; only a
search would tell. Decides the one part of the market that holds the order; writes nothing.

Where no legal prices exist, those are taken at which accepted orders lose least in sum. They
are the duals of the same program with each acceptance one part in 100,000 below what it is: the
value of easing all of them is the sum of what they lose, and a minimum picks the least.

Axes: c cells of the book, n cells of the part, j order columns of the part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from walras.book.book import Book
from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.losses import losing_orders
from walras.coupling.market import BLOCK, FLEXIBLE, SCALABLE, STORAGE, Market
from walras.coupling.parts import parts, whole_market
from walras.coupling.points import Point, Relaxed
from walras.coupling.polish import polished
from walras.coupling.prices import choose_prices
from walras.coupling.relaxed import Relaxation
from walras.coupling.runs import summed
from walras.coupling.search.dive import INTEGRAL, MISSING_MWH, has_missing
from walras.coupling.search.legality import legal_prices, rounded_ratios
from walras.coupling.search.one_way import closed_smaller
from walras.errors import BadInput, Mistake
from walras.orders.blocks import BlockOrders
from walras.orders.flexible import FlexibleOrders
from walras.orders.scalable import ScalableOrders
from walras.orders.storage import StorageOrders
from walras.results.audit.case import published_case
from walras.results.outcomes import PARADOXICALLY_REJECTED, curve_words
from walras.results.raw import Raw
from walras.results.results import Results

EASE = 1e-5
LOSS = 1e-4
WHOLE = 1e-9


@dataclass(frozen=True)
class WhatIf:
    """What one more accepted order would do.

    Attributes:
        order: Its name.
        start: First cell of a flexible order, else -1.
        ratio: The acceptance ratio that it would get; NaN where the market would not balance.
        comes_along: Rejected parents that it needs, accepted with it.
        makes_room: Accepted orders of its groups that leave, and their children.
        welfare: Change of welfare, in the currency; NaN where the market would not balance.
        missing: MWh that each cell would lack (positive) or could not take at any price inside
            the limits; shape (c,). NaN everywhere where prices had been cut at a limit before.
        losers: Orders that would lose at any prices, or at those of least loss, the greatest first.
        loss: What each of them loses, after what its children hand up; same length, in the currency.
        cells: Cells of the order's zone and carrier; shape (m,).
        before, after: Exact prices there; shape (m,), NaN after where the market would not balance.
    """

    order: str
    start: int
    ratio: float
    comes_along: tuple[str, ...]
    makes_room: tuple[str, ...]
    welfare: float
    missing: FloatArray
    losers: tuple[str, ...]
    loss: FloatArray
    cells: IntArray
    before: FloatArray
    after: FloatArray

    @property
    def is_balanced(self) -> bool:
        """Whether every cell balances at prices inside the limits."""
        return not np.isnan(self.welfare)

    @property
    def is_legal(self) -> bool:
        """Whether prices exist at which no accepted order loses."""
        return self.is_balanced and not self.losers


def what_if(book: Book, results: Results, order: str) -> WhatIf:
    """Return what accepting a rejected block, flexible, scalable or storage order would do.

    A curtailable block gets its best ratio from its minimum; a flexible order starts where the
    result's prices are best for it, the first such start if there are several.

    Raises:
        BadInput: There is no such order, it is a curve order, or it is accepted already; or losses are
            compensated, so that no price rule kept it out and the question has no verdict.
        SolverFailed: The solver gave no trusted answer.

    Example:
        One hour, demand of 10 MW at 90, supply of 10 MW at 50, and a rejected all-or-nothing block of
        10 MW at 60: with it the dear MW push the cheap ones out, welfare falls by 100.
    """
    if book.profile.compensates:
        what = "where losses are compensated no price rule keeps an order out, so there is no verdict"
        fix = "Ask without --what-if: the distance of a rejected order says what it would have had."
        raise BadInput([Mistake(what, f"order '{order}'", "what_if_rule", fix)])
    market = whole_market(book)
    ratio = _result_ratios(market, results)
    column = _column(book, market, results, ratio, order)
    part = next(piece for piece in parts(market) if column in piece.column)
    mine = int(np.searchsorted(part.column, column))
    plan = _plan(part, ratio[part.column], mine)
    relaxation, base = _as_decided(book, results, part, ratio[part.column])
    after = _forced(relaxation, plan)
    names = _names(book, part)
    grid = int(_family(book, int(part.orders.kind[mine])).grid[part.orders.order[mine]])
    cells = np.arange(book.cells.first[grid], book.cells.first[grid + 1])
    price = np.full(book.cells.count, np.nan)
    price[part.cell] = after.price
    missing = np.zeros(book.cells.count)
    missing[part.cell] = after.missing
    return WhatIf(
        order=order,
        start=int(part.orders.start[mine]),
        ratio=float(after.ratio[mine]),
        comes_along=tuple(names[j] for j in plan.comes_along.tolist()),
        makes_room=tuple(names[j] for j in plan.makes_room.tolist()),
        welfare=base.cost - after.cost,
        missing=missing,
        losers=tuple(names[j] for j in after.losers.tolist()),
        loss=after.loss[after.losers],
        cells=cells,
        before=results.price_exact[cells],
        after=price[cells],
    )


@dataclass(frozen=True)
class _Plan:
    """The selection to decide: which columns are accepted (j,), and which of them change beside the order."""

    accepted: BoolArray
    comes_along: IntArray
    makes_room: IntArray


@dataclass(frozen=True)
class _After:
    """The forced market, decided: prices and missing energy (n,), ratios and losses (j,), losers, greatest first."""

    cost: float
    price: FloatArray
    missing: FloatArray
    ratio: FloatArray
    losers: IntArray
    loss: FloatArray


def _result_ratios(market: Market, results: Results) -> FloatArray:
    """Return the acceptance ratio of every order column in the result; shape (all order columns,)."""
    orders, volumes = market.orders, results.published
    out = np.zeros(orders.count)
    out[orders.kind == BLOCK] = volumes.block_ratio
    flexible = np.flatnonzero(orders.kind == FLEXIBLE)
    out[flexible] = orders.start[flexible] == volumes.flexible_start[orders.order[flexible]]
    out[orders.kind == SCALABLE] = volumes.scalable_accepted
    out[orders.kind == STORAGE] = volumes.storage_accepted
    return out


def _column(book: Book, market: Market, results: Results, ratio: FloatArray, order: str) -> int:
    """Return the order column to force in; of a flexible order its best start."""
    for kind in (BLOCK, FLEXIBLE, SCALABLE, STORAGE):
        names = _family(book, kind).name
        if order not in names:
            continue
        columns = np.flatnonzero((market.orders.kind == kind) & (market.orders.order == names.index(order)))
        if (ratio[columns] > INTEGRAL).any():
            raise _refused(f"'{order}' is accepted already", "Name an order that was rejected.")
        if kind != FLEXIBLE:
            return int(columns[0])
        gain = _income(market, results.price_exact)[columns] - market.orders.cost[columns]
        return int(columns[np.argmax(gain)])
    if order in book.curves.name:
        fix = "Ask for its explanation without --what-if: it says at what limit price each step is accepted."
        raise _refused(f"'{order}' is a curve order, which its price alone accepts", fix)
    raise _refused(f"no order is called '{order}'", "Name an order of the market; names are exact.")


def _refused(what: str, fix: str) -> BadInput:
    return BadInput([Mistake(what, "order", "order_rejected_as_a_whole", fix)])


def _income(market: Market, price: FloatArray) -> FloatArray:
    """Return what each order column is paid, whole; shape (j,)."""
    orders = market.orders
    return summed(orders.entry_column, orders.entry_energy * price[orders.entry_cell], orders.count)


def _plan(part: Market, ratio: FloatArray, mine: int) -> _Plan:
    """Return the result's selection with one order in, its parents with it, and its groups' others out if they must."""
    orders = part.orders
    child, parent = orders.link_child, orders.link_parent
    family = _closed(np.arange(orders.count) == mine, child, parent)
    least = orders.min_ratio.copy()
    for _ in range(int(family.sum())):
        np.maximum.at(least, parent[family[child]], least[child[family[child]]])
    accepted = ratio > INTEGRAL
    out = np.zeros(orders.count, dtype=bool)
    for group in np.unique(orders.member_group[family[orders.member_column]]).tolist():
        members = orders.member_column[orders.member_group == group]
        others = members[accepted[members] & ~family[members]]
        if least[members[family[members]]].sum() + orders.min_ratio[others].sum() > 1 + WHOLE:
            out[others] = True
    out = _closed(out, parent, child) & accepted
    fresh = family & ~accepted
    fresh[mine] = False
    return _Plan((accepted | family) & ~out, np.flatnonzero(fresh), np.flatnonzero(out))


def _closed(chosen: BoolArray, source: IntArray, target: IntArray) -> BoolArray:
    """Return columns and all that links lead to from them; shape (j,)."""
    out = chosen.copy()
    while True:
        before = int(out.sum())
        out[target[out[source]]] = True
        if int(out.sum()) == before:
            return out


def _as_decided(book: Book, results: Results, part: Market, ratio: FloatArray) -> tuple[Relaxation, Relaxed]:
    """Return the part as the result left it: its rejected coarse steps gone, its prices cut where it cut them."""
    relaxation = Relaxation(part)
    rejected = np.flatnonzero(curve_words(published_case(Raw(book), results)) == PARADOXICALLY_REJECTED)
    gone = np.isin(part.coarse.step, rejected)
    if gone.any():
        relaxation.reject_coarse(gone)
    relaxation.start_from(relaxation.market, ratio <= INTEGRAL)
    relaxation.fix(ratio, ratio)
    base = _one_way_point(relaxation)
    if has_missing(base):
        relaxation.drop_slack()
        base = _one_way_point(relaxation)
    return relaxation, relaxation.expanded(base)


def _forced(relaxation: Relaxation, plan: _Plan) -> _After:
    """Return the optimum with exactly these orders accepted, each from its minimum ratio, and its prices."""
    accepted = plan.accepted
    relaxation.start_from(relaxation.market, ~accepted)
    relaxation.fix(np.where(accepted, relaxation.market.orders.min_ratio, 0.0), accepted.astype(np.float64))
    point = _one_way_point(relaxation)
    market = relaxation.market
    if not np.isfinite(point.cost) or has_missing(point):
        return _unbalanced(market, point.missing)
    decided, ratio = relaxation.expanded(point), rounded_ratios(point)
    legal, _ = legal_prices(relaxation, decided, ratio, ~accepted)
    if legal is None:
        price, loss = _least_loss(relaxation, ratio)
    else:
        price, loss = _middle(market, legal), np.zeros(len(ratio))
    losers = np.flatnonzero(loss > LOSS)
    missing = np.zeros(market.cells)
    price = np.clip(price, market.price_min, market.price_max)
    return _After(decided.cost, price, missing, ratio, losers[np.argsort(-loss[losers], kind="stable")], loss)


def _one_way_point(relaxation: Relaxation) -> Point:
    """Return the optimum in which no line is used both ways at once."""
    while True:
        point = relaxation.point()
        if not np.isfinite(point.cost) or not closed_smaller(relaxation, point):
            return point


def _unbalanced(market: Market, missing: FloatArray) -> _After:
    orders, unknown = market.orders.count, np.full(market.cells, np.nan)
    short = np.where(np.abs(missing) > MISSING_MWH, missing, 0.0) if len(missing) else unknown
    none = np.zeros(0, dtype=np.int64)
    return _After(np.nan, unknown, short, np.full(orders, np.nan), none, np.zeros(orders))


def _middle(market: Market, legal: Relaxed) -> FloatArray:
    """Return the prices that `clear` would publish, or the legal ones as they are if those leave a loser."""
    final = polished(market, legal)
    price = choose_prices(market, final).price
    return final.price if len(losing_orders(market, final, price)) else price


def _least_loss(relaxation: Relaxation, ratio: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the prices at which accepted orders lose least in sum, and what each loses; shapes (n,), (j,)."""
    relaxation.fix(ratio * (1 - EASE), ratio)
    with relaxation.scaled_links(ratio):
        point = relaxation.point()
    return point.price, np.maximum(-point.profit, 0.0) * ratio


def _names(book: Book, part: Market) -> list[str]:
    """Return the name of the order of each column of a part."""
    pairs = zip(part.orders.kind.tolist(), part.orders.order.tolist(), strict=True)
    return [_family(book, kind).name[order] for kind, order in pairs]


def _family(book: Book, kind: int) -> BlockOrders | FlexibleOrders | ScalableOrders | StorageOrders:
    if kind == BLOCK:
        return book.blocks
    if kind == FLEXIBLE:
        return book.flexibles
    return book.scalables if kind == SCALABLE else book.storages
