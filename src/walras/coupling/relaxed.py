"""A relaxation of one part, kept exact while the search changes bounds.

Holds one program between solves. What cannot matter at the price is left out or merged:
curve steps far from it (`window`, `slots`), steps of scalable orders (`compact`,
`step_columns`), critical branches with room (`branches`). After each solve whatever turned
out to matter is put in, and the program solved again from its last basis, until the optimum
is that of the whole market. Rejected ("killed") orders have their ratio fixed at zero;
others stay inside their bounds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace

import numpy as np

from walras.book.cells import BoolArray, FloatArray, IntArray
from walras.coupling.branches import Branches
from walras.coupling.compact import compaction
from walras.coupling.frames import coarse_demand_value, frame, has_slopes, span_means
from walras.coupling.highs import Solution, Solver
from walras.coupling.market import Market
from walras.coupling.model.build import Model, build
from walras.coupling.parts import reference_prices
from walras.coupling.points import Point, Relaxed
from walras.coupling.residual import with_coarse
from walras.coupling.slots import Slots
from walras.coupling.step_columns import StepColumns
from walras.coupling.window import KNOWN_WIDTH, bucketed, first_window, inexact_spans, refined

MOST_ROUNDS = 200
BOTH_MW = 1e-7
DEAR = 1e6
"""Currency/MWh of energy from nowhere where a case is to be shown to have no balance without it."""


class Relaxation:
    """The relaxation of one part; `solve` after `kill` or `fix` gives the next exact optimum."""

    _model: Model
    _solver: Solver
    _steps: StepColumns
    _frame: Model | None

    def __init__(self, market: Market, deadline: float | None = None, price: FloatArray | None = None) -> None:
        """Build the program; `price` of each cell, if it is known already, saves rounds."""
        self.market = market
        self.deadline = deadline
        self.has_cut_prices = False
        self.killed = np.zeros(market.orders.count, dtype=bool)
        self._lower, self._upper = np.zeros(market.orders.count), np.ones(market.orders.count)
        if price is None:
            self._window = first_window(reference_prices(market))
        else:
            self._window = first_window(span_means(market, price), KNOWN_WIDTH)
        self._spent = 0
        self._may_move, self._may_shrink = True, True
        self._rebuild()

    @property
    def iterations(self) -> int:
        """Simplex iterations of all solves so far."""
        return self._spent + self._solver.iterations

    def kill(self, column: IntArray) -> None:
        """Reject orders."""
        self.killed[column] = True
        self._apply(column)

    def start_from(self, market: Market, killed: BoolArray) -> None:
        """Take up a market with exactly these orders rejected; others that were are free again."""
        self.fix(np.zeros(len(killed)), np.ones(len(killed)))
        if _differ_in_lines_alone(market, self.market):
            self.limit_lines(market.lines.upper)
            self.market = market
        if market is not self.market:
            self.market = market
            self.killed = killed.copy()
            self._rebuild()
            return
        freed, fresh = np.flatnonzero(self.killed & ~killed), np.flatnonzero(killed & ~self.killed)
        self.killed = killed.copy()
        self._release(freed)
        self._apply(fresh)

    def fix(self, lower: FloatArray, upper: FloatArray) -> None:
        """Keep every ratio that is not killed inside these bounds; shape (j,)."""
        changed = np.flatnonzero((lower != self._lower) | (upper != self._upper))
        self._lower, self._upper = lower.copy(), upper.copy()
        self._bound(changed)

    @contextmanager
    def scaled_links(self, ratio: FloatArray) -> Iterator[None]:
        """Let a child reach its own ratio when its parent reaches its own, and drop groups, inside the `with`.

        Inside, acceptance is measured in parts of these ratios: child / its ratio <= parent /
        its ratio. Orders of ratio zero stay as they are.
        """
        orders, model = self.market.orders, self._model
        of_child, of_parent = ratio[orders.link_child], ratio[orders.link_parent]
        link = np.flatnonzero((of_child > 0) & (of_parent > 0) & ((of_child < 1) | (of_parent < 1)))
        row = model.link_row + link
        child, parent = model.order + orders.link_child[link], model.order + orders.link_parent[link]
        groups = model.group_row + np.arange(len(orders.group))
        self._solver.set_entries(row, child, 1.0 / of_child[link])
        self._solver.set_entries(row, parent, -1.0 / of_parent[link])
        self._solver.set_row_upper(groups, np.full(len(groups), np.inf))
        try:
            yield
        finally:
            self._solver.set_entries(row, child, np.ones(len(link)))
            self._solver.set_entries(row, parent, -np.ones(len(link)))
            self._solver.set_row_upper(groups, np.ones(len(groups)))

    @contextmanager
    def inner_links(self) -> Iterator[None]:
        """Let a child reach no more than its minimum ratio of its parent's acceptance, inside the `with`."""
        orders, model = self.market.orders, self._model
        link = np.flatnonzero(orders.min_ratio[orders.link_child] < 1)
        row, parent = model.link_row + link, model.order + orders.link_parent[link]
        self._solver.set_entries(row, parent, -orders.min_ratio[orders.link_child[link]])
        try:
            yield
        finally:
            self._solver.set_entries(row, parent, -np.ones(len(link)))

    @contextmanager
    def dear_slack(self) -> Iterator[None]:
        """Make energy from nowhere and into nowhere dearer than any order, inside the `with`."""
        model = self._model
        column = np.arange(model.slack, model.line)
        cost = model.program.cost[column]
        up, down = np.split(cost, 2)
        self._solver.set_cost(column, np.concatenate([np.maximum(up, DEAR), np.maximum(down, DEAR)]))
        try:
            yield
        finally:
            if self._model is model:
                self._solver.set_cost(column, cost)

    def limit_lines(self, upper: FloatArray) -> None:
        """Let every line period send so much at the most; shape (p,)."""
        lines = self.market.lines
        changed = np.flatnonzero(upper != lines.upper)
        self.market = replace(self.market, lines=replace(lines, upper=upper))
        self._frame = None
        self._solver.set_bounds(self._model.line + changed, lines.lower[changed], upper[changed])

    def exchange(self, point: Point) -> FloatArray:
        """Return the exchange of each line period at the last point that was solved; shape (p,)."""
        return point.solution.x[self._model.line : self._model.domain]

    def reject_coarse(self, which: BoolArray) -> None:
        """Reject coarse curve steps."""
        coarse = self.market.coarse.chosen(~which)
        self.market = replace(self.market, coarse=coarse, residual=with_coarse(self.market.residual, coarse))
        self._rebuild()

    def both_ways(self, point: Point) -> IntArray:
        """Return the lesser step of every storage order that charges and discharges in one MTU of a point."""
        steps = self.market.steps
        if not steps.stores.count:
            return np.zeros(0, dtype=np.int64)
        power = self._steps.own_power(point.solution.x)
        charge, discharge = steps.stores.pairs(steps.side)
        both = (power[charge] > BOTH_MW) & (power[discharge] > BOTH_MW)
        return np.where(power[charge] < power[discharge], charge, discharge)[both]

    def close(self, step: IntArray) -> None:
        """Take one direction of storage orders out of the market."""
        steps = self.market.steps
        power, is_closed = steps.power.copy(), steps.stores.is_closed.copy()
        power[step] = 0.0
        is_closed[steps.stores.entry_row[np.isin(steps.stores.entry_step, step)]] = True
        stores = replace(steps.stores, is_closed=is_closed)
        self.market = replace(self.market, steps=replace(steps, power=power, stores=stores))
        self._rebuild()

    def drop_slack(self) -> None:
        """Let prices pass their limits; what is published is then cut at the limit (rules, 4)."""
        self.market = replace(self.market, has_slack=False)
        self.has_cut_prices = True
        self._rebuild()

    def solve(self) -> Relaxed:
        """Return the exact optimum with the bounds set so far (see `point`)."""
        return self.expanded(self.point())

    def point(self) -> Point:
        """Return the exact optimum, as much of it as a search needs; cost infinite if there is none.

        Raises:
            NoResult: The deadline passed.
            SolverFailed: See `highs.Solver.solve`.
        """
        for _ in range(MOST_ROUNDS):
            seconds = None if self.deadline is None else self.deadline - time.monotonic()
            solution = self._solver.solve(seconds)
            if not np.isfinite(solution.cost):
                nothing = np.zeros(0)
                return Point(nothing, nothing, nothing, np.inf, nothing, solution)
            is_exact = not self._improved(solution)
            if not self._builds_again(solution.dual[: self.market.cells], is_exact) and is_exact:
                return self._point(solution)
        raise AssertionError(f"the program was still inexact after {MOST_ROUNDS} rounds")

    def _improved(self, solution: Solution) -> bool:
        """Put in what turned out to matter; return whether anything did."""
        model, market = self._model, self.market
        price = solution.dual[: market.cells]
        mean = span_means(market, price)
        inexact = inexact_spans(self._slots.buckets, mean)
        if inexact.any():
            self._window = refined(self._window, mean, inexact)
            fresh = bucketed(market.residual, self._window, np.flatnonzero(inexact))
            self._slots.refill(self._solver, fresh, mean, solution.x)
        branches = self._branches.add_violated(self._solver, solution.x[model.domain : model.order])
        return self._steps.bring_back(self._solver, price) or branches or bool(inexact.any())

    def _builds_again(self, price: FloatArray, is_exact: bool) -> bool:
        """Build again at these prices where the guess was poor: once on the way to the first point, once at it."""
        may = self._may_shrink if is_exact else self._may_move
        if is_exact:
            self._may_move = self._may_shrink = False
        if not may or not self._steps.are_too_many(price):
            return False
        self._may_move = False
        self._rebuild(price)
        return True

    def _rebuild(self, price: FloatArray | None = None) -> None:
        """Build the program anew; steps of scalable orders around `price`, shape (n,)."""
        market, shrunk, near = self.market, None, np.arange(len(self.market.steps.step))
        if not has_slopes(market):
            shrunk = compaction(market, self._window.price[: market.cells] if price is None else price)
            market, near = shrunk.compacted()
        none = np.zeros(0, dtype=np.int64)
        buckets = bucketed(market.residual, self._window)
        self._model = build(market, buckets, none)
        if hasattr(self, "_solver"):
            self._spent += self._solver.iterations
        self._solver = Solver(self._model.program)
        self._solver.may_be_infeasible = True
        self._slots = Slots(market, buckets, self._model.bucket)
        self._steps = StepColumns(self.market, self._model, near, shrunk)
        self._branches = Branches(market.domains, self._model.domain)
        self._frame = None
        self._steps.limit_stops(self._solver)
        self._bound(np.arange(market.orders.count))
        self._apply(np.flatnonzero(self.killed))

    def _bound(self, column: IntArray) -> None:
        live = np.where(self.killed[column], 0.0, 1.0)
        lower = np.maximum(self._lower[column], np.minimum(self.market.orders.is_always[column], self._upper[column]))
        self._solver.set_bounds(self._model.order + column, lower * live, self._upper[column] * live)

    def _apply(self, column: IntArray) -> None:
        """Make the program one in which these orders are rejected: their stops on offer, their gradients gone."""
        if len(column):
            self._bound(column)
            self._free_rows(column, is_free=True)

    def _release(self, column: IntArray) -> None:
        """Undo `_apply`."""
        if len(column):
            self._bound(column)
            self._free_rows(column, is_free=False)

    def _free_rows(self, column: IntArray, *, is_free: bool) -> None:
        steps, model = self.market.steps, self._model
        self._steps.offer_stops(self._solver, column, is_on_offer=is_free)
        if len(steps.ramp_column):
            which = np.flatnonzero(np.isin(steps.ramp_column, column))
            for first in (model.up_row, model.down_row):
                ramps = first + which
                free = np.full(len(which), np.inf)
                self._solver.set_row_upper(ramps, free if is_free else model.program.row_upper[ramps])

    def _point(self, solution: Solution) -> Point:
        model = self._model
        up, down = np.split(solution.x[model.slack : model.line], 2)
        orders = slice(model.order, model.step)
        return Point(
            price=solution.dual[: self.market.cells],
            ratio=solution.x[orders],
            profit=-solution.reduced[orders],
            cost=solution.cost - coarse_demand_value(self.market),
            missing=up - down,
            solution=solution,
        )

    def expanded(self, point: Point) -> Relaxed:
        """Return a point in full; it must be the last one that was solved."""
        model, market, solution = self._model, self.market, point.solution
        rents = [
            np.maximum(-solution.dual[first : first + count], 0.0)
            for first, count in (
                (model.link_row, len(market.orders.link)),
                (model.group_row, len(market.orders.group)),
                (model.up_row, len(market.steps.ramp_cell)),
                (model.down_row, len(market.steps.ramp_cell)),
            )
        ]
        branch = self._branches.dual(solution.dual)
        sloped = self._steps.is_whole
        return Relaxed(
            price=point.price,
            span_volume=self._slots.volumes(solution.x),
            ratio=point.ratio,
            step=self._steps.power(solution.x, point.ratio),
            exchange=solution.x[model.line : model.domain],
            domain=solution.x[model.domain : model.order],
            cost=point.cost,
            missing=point.missing,
            link_rent=rents[0],
            group_rent=rents[1],
            up_rent=rents[2],
            down_rent=rents[3],
            branch_rent=np.maximum(-branch, 0.0),
            store_value=solution.dual[model.store_row : model.store_row + market.steps.stores.count],
            dual=np.concatenate([solution.dual[: model.branch_row], branch]) if sloped else None,
            model=self._whole_frame() if sloped else None,
        )

    def _whole_frame(self) -> Model:
        """Return the whole program without buckets, and the bounds of killed orders in it."""
        if self._frame is None:
            self._frame = frame(self.market)
        program = self._frame.program
        return replace(self._frame, program=replace(program, row_upper=self._row_uppers(program.row_upper)))

    def _row_uppers(self, upper: FloatArray) -> FloatArray:
        out, steps, model = upper.copy(), self.market.steps, self._model
        killed = np.flatnonzero(self.killed)
        stops = np.flatnonzero(steps.is_stop & np.isin(steps.column, killed))
        out[model.step_row + stops] = steps.power[stops]
        ramps = np.flatnonzero(np.isin(steps.ramp_column, killed))
        for first in (model.up_row, model.down_row):
            out[first + ramps] = np.inf
        return out


def _differ_in_lines_alone(one: Market, other: Market) -> bool:
    """Whether two markets are the same but for directions of lines that one of them has closed."""
    differ = [f.name for f in fields(Market) if getattr(one, f.name) is not getattr(other, f.name)]
    return differ == ["lines"]
