"""Form `blocks`: a block that runs the unit at its least, and blocks that raise it in windows of the day.

The first block lifts the base to the schedule of least energy that runs where the unit earns.
Each window of the running time has a chain of blocks, each hanging on the one before, that lift
the unit by one part of its range; their edges climb and fall no faster than the ramps. All are
all-or-nothing. The day is cut into as many windows as pay, out of those numbers of windows for
which every acceptance that the links allow was found feasible.

Axes: t MTUs, w windows, j heights, n outcomes.
"""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.errors import BadInput, Mistake
from walras.units.check import broken, feasible
from walras.units.dispatch import best_responses, least_energy
from walras.units.graph import graph_of
from walras.units.orders import UnitBlock, UnitOrders, best_profit, cheapest
from walras.units.physics import Physics
from walras.units.unit import Unit

WINDOWS = (4, 3, 2, 1)
MOST_OUTCOMES = 300
MOST_RUNS = 6


def family_orders(unit: Unit, physics: Physics, base: IntArray, scenarios: FloatArray) -> UnitOrders:
    """Return the base, the running block and the windows.

    Raises:
        BadInput: No block above the base is feasible whatever is accepted (rule `unit_form`).
    """
    worth, best = -np.inf, None
    runs = runnings(physics, base, scenarios)
    for run in runs:
        for heights in (_heights(physics, parts) for parts in (3, 2, 1, 0)):
            for count in WINDOWS if len(heights) else (1,):
                blocks = _blocks(unit, physics, base, run, heights, count)
                if not blocks:
                    continue
                orders = UnitOrders(unit, physics, "blocks", base, blocks)
                profit = float(best_profit(physics, orders.outcomes(), scenarios).mean())
                if profit > worth + 1e-9:
                    worth, best = profit, orders
    if best is None:
        raise BadInput([_refused(physics, runs[0])])
    return best


def runnings(physics: Physics, base: IntArray, scenarios: FloatArray) -> list[IntArray]:
    """Return schedules of least energy that run at different times, the most promising first; each shape (t,).

    They run where best responses do: to the mean of all scenarios, to the highest price, and to single
    scenarios, of which those times count that earn most over all scenarios.
    """
    graph = graph_of(physics, floor=base)
    grid = physics.day.grid
    dear = np.full((1, physics.day.count), grid.price_tick.value(grid.price_max))
    power, value = best_responses(graph, np.concatenate([scenarios.mean(axis=0, keepdims=True), dear, scenarios]))
    earns = power[np.isfinite(value) & (power.sum(axis=1) > base.sum())]
    if not len(earns):
        return [base]
    patterns, first, which = np.unique(earns > 0, axis=0, return_index=True, return_inverse=True)
    worth = [
        float(np.maximum(best_profit(physics, earns[which == n], scenarios), 0.0).mean()) for n in range(len(patterns))
    ]
    ranked = np.argsort(-np.array(worth), kind="stable")[:MOST_RUNS]
    return [_least_while(physics, base, earns[first[n]]) for n in ranked.tolist()]


def _least_while(physics: Physics, base: IntArray, earns: IntArray) -> IntArray:
    """Return the schedule of least energy that runs wherever another does; that one if there is none."""
    least = least_energy(graph_of(physics, floor=np.where(earns > 0, np.maximum(base, physics.minimum), base)))
    return earns if least is None else least


def _heights(physics: Physics, parts: int) -> IntArray:
    """Return the powers to which a window may lift the unit: even parts of its range, and edges of its cost steps."""
    if not parts:
        return np.zeros(0, dtype=np.int64)
    even = np.linspace(physics.minimum, physics.top, parts + 1).astype(np.int64)[1:]
    edges = physics.step_to[(physics.step_to > physics.minimum) & (physics.step_to < physics.top)]
    return np.unique(np.concatenate([even, edges])) if parts == 2 else even


def _blocks(
    unit: Unit, physics: Physics, base: IntArray, run: IntArray, heights: IntArray, count: int
) -> tuple[UnitBlock, ...] | None:
    """Return the blocks for a number of windows, None if some acceptance of them is no feasible schedule."""
    lifts = [_lifts(physics, run, begin, end, heights) for begin, end in _windows(run, count)]
    sizes = [range(len(chain) + 1) for chain in lifts]
    if np.prod([float(len(s)) for s in sizes]) > MOST_OUTCOMES:
        return None
    choices = list(product(*sizes))
    zero = np.zeros_like(run)
    stacks = [np.stack([zero, *chain]) for chain in lifts]
    powers = np.stack([run + sum((s[j] for s, j in zip(stacks, c, strict=True)), zero) for c in choices])
    if not feasible(physics, powers).all():
        return None
    out = []
    top = None
    if run.sum() > base.sum():
        price = cheapest(physics, base, run)
        if price is None or (run < base).any():
            return None
        top = f"{unit.name}:run"
        out.append(UnitBlock(top, price, run - base))
    for w, chain in enumerate(lifts, 1):
        parent, below = top, run
        for j, lift in enumerate(chain, 1):
            price = cheapest(physics, below, run + lift)
            if price is None:
                break
            out.append(UnitBlock(f"{unit.name}:window-{w}-{j}", price, run + lift - below, parent))
            parent, below = out[-1].name, run + lift
    return tuple(out)


def _windows(run: IntArray, count: int) -> list[tuple[int, int]]:
    """Return the running time cut into windows of about the same length, as first and last-but-one MTU."""
    on = np.concatenate([[0], (run > 0).astype(np.int64), [0]])
    begins, ends = np.flatnonzero(np.diff(on) == 1), np.flatnonzero(np.diff(on) == -1)
    out: list[tuple[int, int]] = []
    for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
        share = max(1, round(count * (end - begin) / max(1, int((run > 0).sum()))))
        edges = np.unique(np.linspace(begin, end, share + 1).astype(np.int64)).tolist()
        out += list(pairwise(edges))
    return out


def _lifts(physics: Physics, run: IntArray, begin: int, end: int, heights: IntArray) -> list[IntArray]:
    """Return how far the unit lies above `run` when a window is lifted to each height, without repetition; (j, t)."""
    found: list[IntArray] = []
    last = np.zeros_like(run)
    for height in heights.tolist():
        lift = _lifted(physics, run, begin, end, height) - run
        if (lift >= last).all() and lift.sum() > last.sum():
            found.append(lift)
            last = lift
    return found


def _lifted(physics: Physics, run: IntArray, begin: int, end: int, height: int) -> IntArray:
    """Return `run` lifted in a window as near to a height as availability, ramps and its edges let it; shape (t,)."""
    cap = np.minimum(physics.available[begin:end], height)
    before = physics.power_before if begin == 0 else int(run[begin - 1])
    first = before + physics.up if before else physics.start
    after = int(run[end]) if end < len(run) else -1
    last = {-1: physics.end_high, 0: physics.stop}.get(after, after + physics.down)
    cap[0], cap[-1] = min(cap[0], first), min(cap[-1], last)
    for t in range(1, len(cap)):
        cap[t] = min(cap[t], cap[t - 1] + physics.up)
    for t in range(len(cap) - 2, -1, -1):
        cap[t] = min(cap[t], cap[t + 1] + physics.down)
    out = run.copy()
    out[begin:end] = np.maximum(run[begin:end], cap)
    return out


def _refused(physics: Physics, run: IntArray) -> Mistake:
    heights = _heights(physics, 1)
    tried = [run + lift for begin, end in _windows(run, 1) for lift in _lifts(physics, run, begin, end, heights)]
    rules = sorted(r for r, at in broken(physics, np.stack([run, *tried])).items() if at.any())
    what = f"no block above its base keeps {', '.join(rules) or 'the price limits'} whatever is accepted"
    return Mistake(what, "form blocks", "unit_form", "Use the form profiles.")
