"""Optima of a relaxation: as a search looks at them, and in full.

Written by `relaxed`; read by the search, the prices, the bound and the finish.
"""

from __future__ import annotations

from dataclasses import dataclass

from walras.book.cells import FloatArray
from walras.coupling.highs import Solution
from walras.coupling.model.build import Model


@dataclass(frozen=True)
class Point:
    """What the search looks at after each solve.

    Attributes:
        price: Dual of each balance row; shape (n,).
        ratio: Acceptance ratio of each order column; shape (j,).
        profit: Reduced profit of each order column: what its bound is worth; shape (j,).
        cost: What the optimum costs; minus its welfare, but for a constant of the market.
        missing: Energy from nowhere (positive) or into nowhere in each cell; MWh, shape (n,) or (0,).
        solution: The solver's own numbers.
    """

    price: FloatArray
    ratio: FloatArray
    profit: FloatArray
    cost: float
    missing: FloatArray
    solution: Solution


@dataclass(frozen=True)
class Relaxed:
    """An exact optimum of a relaxation, in the market's words.

    Attributes:
        price: Dual of each balance row; shape (n,).
        span_volume: Residual supply of each span in MW; shape (s,).
        ratio: Acceptance ratio of each order column; shape (j,).
        step: Power of each scalable step; shape (y,).
        exchange: Of each line period; shape (p,).
        domain: Exchange of each zone with its flow-based domain, MW, positive = export; shape (x,).
        cost: What the optimum costs; minus its welfare, but for a constant of the market.
        missing: Energy from nowhere (positive) or into nowhere in each cell; MWh, shape (n,) or (0,).
        link_rent, group_rent, up_rent, down_rent, branch_rent: Value of one more unit of each
            link, group, gradient and critical branch row, not negative.
        store_value: Value of stored energy in each store MTU, currency/MWh of either sign; shape (w,).
        dual, model: Row duals and frame of the whole program (no buckets), where slopes may
            set the price; else None.
    """

    price: FloatArray
    span_volume: FloatArray
    ratio: FloatArray
    step: FloatArray
    exchange: FloatArray
    domain: FloatArray
    cost: float
    missing: FloatArray
    link_rent: FloatArray
    group_rent: FloatArray
    up_rent: FloatArray
    down_rent: FloatArray
    branch_rent: FloatArray
    store_value: FloatArray
    dual: FloatArray | None = None
    model: Model | None = None
