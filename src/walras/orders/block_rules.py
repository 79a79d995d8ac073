"""What is wrong with block orders: each alone, and the links between them.

Axes as in `blocks`: o blocks, l legs, k links.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from walras.orders.breach import Breach, GridTerms, IntArray, price_limits, quantity_not_negative

FloatArray = npt.NDArray[np.float64]

LEAST_RATIO = 0.0001
"""Below it a block is as good as a curve step, and a ratio could not be told from none."""

WHOLE = 1e-9


def block_breaches(price: IntArray, ratio: FloatArray, grid: IntArray, terms: GridTerms) -> list[Breach]:
    """Return what is wrong with headers: price and minimum acceptance ratio; all shapes (o,)."""
    bad = Breach(
        "min_acceptance_ratio",
        np.flatnonzero((ratio < LEAST_RATIO) | (ratio > 1)),
        lambda o: f"min_acceptance_ratio {ratio[o]} is outside [{LEAST_RATIO}, 1]",
        lambda o: f"Send a ratio from {LEAST_RATIO} to 1; 1 means all or nothing.",
    )
    return [b for b in (price_limits(price, grid, terms), bad) if len(b.at)]


def leg_breaches(
    order: IntArray, quantity: IntArray, grid: IntArray, terms: GridTerms, *, max_legs: int
) -> list[Breach]:
    """Return what is wrong with legs, as sent and sorted by block; all shapes (l,). `max_legs` 0 = no limit."""
    found = [quantity_not_negative(quantity, grid, terms)]
    if max_legs:
        _, first, counts = np.unique(order, return_index=True, return_counts=True)
        count = dict(zip(first.tolist(), counts.tolist(), strict=True))
        found.append(
            Breach(
                "max_block_legs",
                first[counts > max_legs],
                lambda i: f"the block has {count[i]} legs, the rules profile allows {max_legs}",
                lambda i: f"Send at most {max_legs} legs a block.",
            )
        )
    return [b for b in found if len(b.at)]


@dataclass(frozen=True)
class Groups:
    """Exclusive groups as the links see them: the group of each block, -1 for none, shape (o,), and their names."""

    of: IntArray
    names: tuple[str, ...]


def link_breaches(
    child: IntArray, parent: IntArray, side: IntArray, ratio: FloatArray, groups: Groups, names: tuple[str, ...]
) -> list[Breach]:
    """Return what is wrong with links.

    Args:
        child: Block of each link that depends on the other; shape (k,).
        parent: The block that it depends on; shape (k,).
        side: +1 supply, -1 demand, 0 unknown; shape (o,).
        ratio: Minimum acceptance ratio of each block; shape (o,).
        groups: Exclusive groups of the blocks.
        names: Of the blocks.
    """
    sides = side[child] * side[parent]
    word = {1: "supply", -1: "demand", 0: ""}
    is_member = groups.of >= 0
    cycles = _cycles(child, parent, names)
    at_odds = [] if len(cycles.at) else _families_at_odds(child, parent, ratio, groups, names)
    told = np.concatenate([b.at for b in at_odds]) if at_odds else np.zeros(0, dtype=np.int64)
    found = [
        cycles,
        Breach(
            "link_same_side",
            np.flatnonzero(sides < 0),
            lambda k: (
                f"the link joins a {word[int(side[child[k]])]} block to the {word[int(side[parent[k]])]} block "
                f"{names[parent[k]]!r}"
            ),
            lambda k: "Link blocks of one side only.",
        ),
        *at_odds,
        Breach(
            "group_member_not_linked",
            np.setdiff1d(np.flatnonzero(is_member[child] | is_member[parent]), told),
            lambda k: (
                f"block {names[child[k] if is_member[child[k]] else parent[k]]!r} is linked and belongs to an "
                "exclusive group"
            ),
            lambda k: "Remove the link, or take the block out of its group.",
        ),
    ]
    return [b for b in found if len(b.at)]


def _families_at_odds(
    child: IntArray, parent: IntArray, ratio: FloatArray, groups: Groups, names: tuple[str, ...]
) -> list[Breach]:
    """Find blocks that can never be accepted: with their ancestors they need more of a group than there is.

    Accepted, a block takes its minimum ratio at the least, and each ancestor its own or that of
    the descendant that it carries, whichever is more. Taking exactly these is possible, so the
    family is at odds with itself if and only if they sum to more than one in some group. Told at
    the first link of the block; its descendants are not told again.
    """
    linked = np.unique(np.concatenate([child, parent]))
    if not (groups.of[linked] >= 0).any():
        return []
    parents: dict[int, list[int]] = {}
    for c, p in zip(child.tolist(), parent.tolist(), strict=True):
        parents.setdefault(c, []).append(p)
    needs = {c: _most_needed(_least_ratios(c, parents, ratio), groups) for c in parents}
    stuck = {c for c, (need, _) in needs.items() if need > 1 + WHOLE}
    first = {c: k for k, c in reversed(list(enumerate(child.tolist())))}
    at = np.array(sorted(first[c] for c in stuck if not stuck.intersection(parents[c])), dtype=np.int64)

    def what(k: int) -> str:
        need, group = needs[int(child[k])]
        return (
            f"block {names[child[k]]!r} can never be accepted: with its parents it needs {need:.4g} of exclusive "
            f"group {groups.names[group]!r}, which has 1"
        )

    fix = "Remove the link, or take the block or its parents out of the group."
    return [Breach("family_fits_group", at, what, lambda k: fix)]


def _least_ratios(block: int, parents: dict[int, list[int]], ratio: FloatArray) -> dict[int, float]:
    """Return the least ratio of a block and of each of its ancestors if the block is accepted."""
    least = {block: float(ratio[block])}
    waiting = [block]
    while waiting:
        below = waiting.pop()
        for above in parents.get(below, []):
            need = max(float(ratio[above]), least[below])
            if need > least.get(above, 0.0):
                least[above] = need
                waiting.append(above)
    return least


def _most_needed(least: dict[int, float], groups: Groups) -> tuple[float, int]:
    """Return the greatest sum of least ratios in one group, and that group."""
    sums: dict[int, float] = {}
    for block, ratio in least.items():
        group = int(groups.of[block])
        if group >= 0:
            sums[group] = sums.get(group, 0.0) + ratio
    return max(((need, group) for group, need in sums.items()), default=(0.0, -1))


def _cycles(child: IntArray, parent: IntArray, names: tuple[str, ...]) -> Breach:
    """Find links that lie on a cycle; one position a cycle, its first link."""
    count = len(names)
    graph = coo_array((np.ones(len(child)), (child, parent)), shape=(count, count))
    _, part = connected_components(graph, directed=True, connection="strong")
    on_cycle = np.flatnonzero(part[child] == part[parent])
    _, first = np.unique(part[child[on_cycle]], return_index=True)
    at = np.sort(on_cycle[first])

    def what(k: int) -> str:
        parents = {int(child[j]): int(parent[j]) for j in on_cycle if part[child[j]] == part[child[k]]}
        path = [int(child[k])]
        while path[-1] not in path[:-1]:
            path.append(parents[path[-1]])
        return f"the links {' -> '.join(names[o] for o in path[path.index(path[-1]) :])} form a cycle"

    return Breach("link_cycle", at, what, lambda k: "Remove a link, so that no block is its own ancestor.")
