"""Where the places of a network picture lie: by their coordinates, or by a layout that is always the same.

With coordinates for all: latitude and longitude, longitudes drawn together by the cosine of the
mean latitude. Without: places begin on a circle in the order of their names and are moved by
stress majorisation (Gansner, Koren, North 2004), so that distances on paper come near to the
number of links between two places; the weights are 1 over the square of that distance. Nothing
is random: equal networks give equal pictures. Places without coordinates among others that
have them are put beside whatever they are linked to, away from the middle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, float]
Pairs = Sequence[tuple[str, str]]
MOST_STEPS = 200


def places_of(names: Sequence[str], pairs: Pairs, known: Mapping[str, Point]) -> dict[str, Point]:
    """Return a place for every name: x to the right, y downwards, in units that only matter to each other.

    Args:
        names: Of the places; neighbours and domains too.
        pairs: Which are linked.
        known: Latitude and longitude.

    Example:
        >>> places_of(["A", "B"], [("A", "B")], {"A": (50.0, 10.0), "B": (52.0, 10.0)})
        {'A': (0.0, 0.0), 'B': (0.0, -2.0)}
    """
    order = sorted(names)
    mapped = [n for n in order if n in known]
    if len(mapped) < 2:
        found = majorised(order, pairs)
    else:
        middle = np.mean([known[n][0] for n in mapped])
        shrink = float(np.cos(np.radians(middle)))
        first = known[mapped[0]]
        found = {n: (round((known[n][1] - first[1]) * shrink, 6), round(first[0] - known[n][0], 6)) for n in mapped}
        found = {n: (x + 0.0, y + 0.0) for n, (x, y) in found.items()}
        _add_beside(found, [n for n in order if n not in known], pairs)
    return {n: found[n] for n in order}


def majorised(names: Sequence[str], pairs: Pairs) -> dict[str, Point]:
    """Return places by stress majorisation from a circle."""
    n = len(names)
    if n == 1:
        return {names[0]: (0.0, 0.0)}
    number = {name: i for i, name in enumerate(names)}
    apart = _distances(n, [(number[a], number[b]) for a, b in pairs if a in number and b in number])
    angle = np.pi - 2 * np.pi * np.arange(n) / n
    at = np.column_stack([np.cos(angle), np.sin(angle) * 0.8]) * n / 4
    weight = 1 / np.maximum(apart, 1) ** 2
    np.fill_diagonal(weight, 0.0)
    for _ in range(MOST_STEPS):
        delta = at[:, None, :] - at[None, :, :]
        length = np.maximum(np.linalg.norm(delta, axis=2), 1e-9)
        pull = at[None, :, :] + apart[:, :, None] * delta / length[:, :, None]
        moved = (weight[:, :, None] * pull).sum(axis=1) / weight.sum(axis=1)[:, None]
        if np.abs(moved - at).max() < 1e-4:
            break
        at = moved
    return {name: (round(float(x), 3), round(float(y), 3)) for name, (x, y) in zip(names, at, strict=True)}


def _distances(n: int, pairs: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
    """Return how many links lie between any two places; those that nothing joins stand a little apart."""
    apart = np.full((n, n), np.inf)
    np.fill_diagonal(apart, 0)
    for a, b in pairs:
        if a != b:
            apart[a, b] = apart[b, a] = 1
    for k in range(n):
        apart = np.minimum(apart, apart[:, k, None] + apart[None, k, :])
    finite = apart[np.isfinite(apart)]
    return np.where(np.isfinite(apart), apart, finite.max(initial=1) + 1)


def _add_beside(found: dict[str, Point], names: Sequence[str], pairs: Pairs) -> None:
    """Put each name that has no coordinates next to the places it is linked to, one after another."""
    every = np.array(list(found.values()))
    middle, size = every.mean(axis=0), max(float(np.ptp(every, axis=0).max()), 1e-3)
    for i, name in enumerate(names):
        beside = [b if a == name else a for a, b in pairs if name in (a, b)]
        near = np.array([found[b] for b in beside if b in found] or [tuple(middle)])
        start = near.mean(axis=0)
        out = start - middle
        if len(near) > 1 or np.linalg.norm(out) < size / 20:
            out = np.array([np.cos(2.4 * i), np.sin(2.4 * i)])
        reach = 0.0 if len(near) > 2 else 0.6 * size
        point = start + out / np.linalg.norm(out) * reach
        found[name] = (round(float(point[0]), 6), round(float(point[1]), 6))
