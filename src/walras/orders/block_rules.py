"""What is wrong with block orders: each alone, and the links between them.

Axes as in `blocks`: o blocks, l legs, k links.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from walras.orders.breach import BoolArray, Breach, GridTerms, IntArray, price_limits, quantity_not_negative

FloatArray = npt.NDArray[np.float64]

LEAST_RATIO = 0.0001
"""Below it a block is as good as a curve step, and a ratio could not be told from none."""


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


def link_breaches(
    child: IntArray, parent: IntArray, side: IntArray, is_member: BoolArray, names: tuple[str, ...]
) -> list[Breach]:
    """Return what is wrong with links.

    Args:
        child: Block of each link that depends on the other; shape (k,).
        parent: The block that it depends on; shape (k,).
        side: +1 supply, -1 demand, 0 unknown; shape (o,).
        is_member: Whether a block belongs to an exclusive group; shape (o,).
        names: Of the blocks.
    """
    sides = side[child] * side[parent]
    word = {1: "supply", -1: "demand", 0: ""}
    found = [
        _cycles(child, parent, names),
        Breach(
            "link_same_side",
            np.flatnonzero(sides < 0),
            lambda k: (
                f"the link joins a {word[int(side[child[k]])]} block to the {word[int(side[parent[k]])]} block "
                f"{names[parent[k]]!r}"
            ),
            lambda k: "Link blocks of one side only.",
        ),
        Breach(
            "group_member_not_linked",
            np.flatnonzero(is_member[child] | is_member[parent]),
            lambda k: (
                f"block {names[child[k] if is_member[child[k]] else parent[k]]!r} is linked and belongs to an "
                "exclusive group"
            ),
            lambda k: "Remove the link, or take the block out of its group.",
        ),
    ]
    return [b for b in found if len(b.at)]


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
