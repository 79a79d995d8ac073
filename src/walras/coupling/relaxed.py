"""A relaxation of one part, kept exact: buckets are refined until no price lies inside one.

Holds the program between solves of the search. Rejected ("killed") orders have their
ratio fixed at zero; everything else is free inside its bounds.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.highs import Solution, Solver
from walras.coupling.market import Market
from walras.coupling.model.build import Model, build
from walras.coupling.parts import reference_prices
from walras.coupling.residual import with_coarse
from walras.coupling.runs import spread, summed
from walras.coupling.window import bucketed, first_window, inexact_spans, refined

MOST_ROUNDS = 60


@dataclass(frozen=True)
class Relaxed:
    """An exact optimum of a relaxation, in the market's words.

    Attributes:
        price: Dual of each balance row; shape (n,).
        span_volume: Residual supply of each span in MW; shape (s,).
        ratio: Acceptance ratio of each order column; shape (j,).
        step: Power of each scalable step; shape (y,).
        exchange: Of each line period; shape (p,).
        cost: What the optimum costs; minus its welfare, but for a constant of the market.
        missing: Energy from nowhere (positive) or into nowhere in each cell; MWh, shape (n,) or (0,).
        dual: Row duals of the program behind it.
        model: The program.
    """

    price: FloatArray
    span_volume: FloatArray
    ratio: FloatArray
    step: FloatArray
    exchange: FloatArray
    cost: float
    missing: FloatArray
    dual: FloatArray
    model: Model


class Relaxation:
    """The relaxation of one part; `solve` after `kill` gives the next exact optimum."""

    def __init__(self, market: Market, deadline: float | None = None) -> None:
        self.market = market
        self.deadline = deadline
        self.has_cut_prices = False
        self.killed = np.zeros(market.orders.count, dtype=bool)
        self._window = first_window(reference_prices(market))
        self._rebuild()

    def kill(self, column: IntArray) -> None:
        """Reject orders."""
        self.killed[column] = True
        self._apply(column)

    def start_from(self, market: Market, killed: BoolArray) -> None:
        """Take up a market with exactly these orders rejected; others that were are free again."""
        if market is not self.market:
            self.market = market
            self.killed = killed.copy()
            self._rebuild()
            return
        freed = np.flatnonzero(self.killed & ~killed)
        self._release(freed)
        self.killed = killed.copy()
        self._apply(np.flatnonzero(killed))

    def reject_coarse(self, which: BoolArray) -> None:
        """Reject coarse curve steps."""
        coarse = self.market.coarse.chosen(~which)
        self.market = replace(self.market, coarse=coarse, residual=with_coarse(self.market.residual, coarse))
        self._rebuild()

    def drop_slack(self) -> None:
        """Let prices pass their limits; what is published is then cut at the limit (rules, 4)."""
        self.market = replace(self.market, has_slack=False)
        self.has_cut_prices = True
        self._rebuild()

    def solve(self) -> Relaxed:
        """Return the exact optimum with the orders killed so far.

        Raises:
            NoResult: The deadline passed.
            SolverFailed: See `highs.Solver.solve`.
        """
        for _ in range(MOST_ROUNDS):
            seconds = None if self.deadline is None else self.deadline - time.monotonic()
            solution = self._solver.solve(seconds)
            price = solution.dual[: self.market.cells]
            mean = span_means(self.market, price)
            inexact = inexact_spans(self._model.buckets, mean)
            if not inexact.any():
                return self._relaxed(solution, price)
            self._window = refined(self._window, mean, inexact)
            self._rebuild()
        raise AssertionError(f"windows were still inexact after {MOST_ROUNDS} rounds")

    def _rebuild(self) -> None:
        self._model = build(self.market, bucketed(self.market.residual, self._window))
        self._solver = Solver(self._model.program)
        self._apply(np.flatnonzero(self.killed))

    def _apply(self, column: IntArray) -> None:
        if not len(column):
            return
        zero = np.zeros(len(column))
        self._solver.set_bounds(self._model.order + column, zero, zero)
        stops = self._model.stop_rows(self.market, column)
        self._solver.set_row_upper(stops, self.market.steps.power[stops - self._model.step_row])
        for first in (self._model.up_row, self._model.down_row):
            ramps = first + np.flatnonzero(np.isin(self.market.steps.ramp_column, column))
            self._solver.set_row_upper(ramps, np.full(len(ramps), np.inf))

    def _release(self, column: IntArray) -> None:
        """Undo `_apply`."""
        if not len(column):
            return
        self._solver.set_bounds(self._model.order + column, np.zeros(len(column)), np.ones(len(column)))
        stops = self._model.stop_rows(self.market, column)
        self._solver.set_row_upper(stops, np.zeros(len(stops)))
        for first in (self._model.up_row, self._model.down_row):
            ramps = first + np.flatnonzero(np.isin(self.market.steps.ramp_column, column))
            self._solver.set_row_upper(ramps, self._model.program.row_upper[ramps])

    def _relaxed(self, solution: Solution, price: FloatArray) -> Relaxed:
        model, market = self._model, self.market
        up, down = np.split(solution.x[model.slack : model.line], 2)
        filled = solution.x[: model.slack]
        volume = market.residual.base + summed(model.buckets.span, filled, len(market.residual.cell))
        return Relaxed(
            price=price,
            span_volume=volume,
            ratio=solution.x[model.order : model.step],
            step=solution.x[model.step :],
            exchange=solution.x[model.line : model.order],
            cost=solution.cost - _coarse_demand_value(market),
            missing=up - down,
            dual=solution.dual,
            model=model,
        )


def _coarse_demand_value(market: Market) -> float:
    """Return the value of all coarse demand, which the cost of the program counts as given back.

    Taken off, costs of markets compare that differ in their coarse steps.
    """
    coarse, residual = market.coarse, market.residual
    which, cell = spread(residual.cell, residual.cells)
    hours = summed(which, market.hours[cell], len(residual.cell))[coarse.span]
    return float(np.sum(np.where(coarse.is_demand, coarse.quantity * (coarse.low + coarse.high) / 2 * hours, 0.0)))


def span_means(market: Market, price: FloatArray) -> FloatArray:
    """Return the mean price of each span, weighted by hours; shape (s,)."""
    residual = market.residual
    which, cell = spread(residual.cell, residual.cells)
    hours = summed(which, market.hours[cell], len(residual.cell))
    money = summed(which, market.hours[cell] * price[cell], len(residual.cell))
    out: FloatArray = money / hours
    single = residual.cells == 1
    out[single] = price[residual.cell[single]]
    return out
