"""Every acceptance that the rules allow of one unit's orders, from the book alone.

Of blocks: every set of them that keeps links and groups (they are all-or-nothing). Of a scalable
order: rejected, or every power in whole ticks between minimum and offer that keeps the gradients,
each missed by as much as the audit excuses (A.27: a tick where a step is taken in part, A.29: two
ticks). Curve steps are accepted whole: they are judged at prices above the lower limit.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product

import numpy as np

from walras.book.book import Book


def base(book: Book) -> np.ndarray:
    """What the curve orders sell, in ticks; all must be price-taking."""
    cells, curves = book.cells, book.curves
    assert (curves.price_start == cells.grids[0].price_min).all()
    return np.bincount(curves.step_cell, weights=curves.quantity, minlength=cells.count).astype(np.int64)


def every_outcome(book: Book) -> Iterator[np.ndarray]:
    """Every power in ticks that the unit may be given; the book holds its orders alone."""
    ground = base(book)
    if book.scalables.count:
        yield from (ground + x for x in _scalable(book))
        return
    for taken in _every_set(book):
        yield ground + _power(book, taken)


def any_outcome(book: Book, chance: random.Random) -> np.ndarray:
    """One of the outcomes, at random."""
    ground = base(book)
    if book.scalables.count:
        return ground + _random_path(book, chance)
    blocks = book.blocks
    taken = np.zeros(blocks.count, dtype=np.int64)
    for o in chance.sample(range(blocks.count), blocks.count):
        trial = taken.copy()
        trial[o] = 1
        above = [o]
        while above:
            above = blocks.link_parent[np.isin(blocks.link_child, above)].tolist()
            trial[above] = 1
        if chance.random() < 0.6 and _is_legal(book, trial):
            taken = trial
    assert _is_legal(book, taken)
    return ground + _power(book, taken)


def _every_set(book: Book) -> Iterator[tuple[int, ...]]:
    """Every legal set of blocks: any set of the families, with none or one member of each group."""
    blocks = book.blocks
    single = np.flatnonzero(blocks.group < 0).tolist()
    groups = [np.flatnonzero(blocks.group == g).tolist() for g in range(len(blocks.group_name))]
    for some in product((0, 1), repeat=len(single)):
        for one in product(*([None, *members] for members in groups)):
            taken = np.zeros(blocks.count, dtype=np.int64)
            taken[single] = some
            taken[[o for o in one if o is not None]] = 1
            if _is_legal(book, taken):
                yield tuple(taken.tolist())


def _is_legal(book: Book, taken) -> bool:
    blocks, taken = book.blocks, np.asarray(taken)
    assert (blocks.min_acceptance_ratio == 1).all()
    sums = np.bincount(blocks.group[blocks.group >= 0], weights=taken[blocks.group >= 0])
    return bool((taken[blocks.link_child] <= taken[blocks.link_parent]).all() and (sums <= 1).all())


def _power(book: Book, taken) -> np.ndarray:
    blocks = book.blocks
    weights = np.asarray(taken)[blocks.leg_order] * blocks.leg_quantity
    return np.bincount(blocks.leg_cell, weights=weights, minlength=book.cells.count).astype(np.int64)


def _bounds(book: Book) -> tuple[np.ndarray, np.ndarray, float, float]:
    order = book.scalables
    assert order.count == 1
    assert not order.stop_cells.any()
    offer = np.bincount(order.step_cell, weights=order.quantity, minlength=book.cells.count).astype(np.int64)
    least = np.bincount(order.minimum_cell, weights=order.minimum_quantity, minlength=book.cells.count).astype(np.int64)
    up, down = (np.inf if g[0] < 0 else float(g[0] + 2) for g in (order.gradient_up, order.gradient_down))
    return np.maximum(least - (offer > least), 0), offer, up, down


def _scalable(book: Book) -> Iterator[np.ndarray]:
    low, high, up, down = _bounds(book)
    yield np.zeros_like(low)
    paths = [np.array([x]) for x in range(low[0], high[0] + 1)]
    for t in range(1, len(low)):
        paths = [np.append(p, x) for p in paths for x in range(low[t], high[t] + 1) if -down <= x - p[-1] <= up]
    yield from paths


def _random_path(book: Book, chance: random.Random) -> np.ndarray:
    """A power at random, often at its bounds or as steep as it may be; dead ends are walked again."""
    low, high, up, down = _bounds(book)
    if chance.random() < 0.1:
        return np.zeros_like(low)
    for _ in range(200):
        style = chance.choice(["any", "steep", "bounds"])
        path = [chance.choice([int(low[0]), int(high[0]), chance.randint(int(low[0]), int(high[0]))])]
        for t in range(1, len(low)):
            a, b = max(low[t], path[-1] - down), min(high[t], path[-1] + up)
            if a > b:
                break
            inside = chance.randint(int(a), int(b))
            stay = min(max(path[-1], int(a)), int(b))
            options = {"any": [inside, stay], "steep": [int(a), int(b)], "bounds": [int(a), int(b), stay, stay, stay]}
            path.append(chance.choice(options[style]))
        else:
            return np.array(path)
    return np.zeros_like(low)
