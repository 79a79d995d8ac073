"""Where a contract flows: hops over lines or cross-sections, one after another, and what reserving them takes.

A delivery has one leg from the seller's area to the buyer's. A substitution has two of equal
volume at different points, delivered at the same time (rules list A15): both are reserved or
neither. Wheeling is a leg with several hops.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import polars as pl

from walras.capacity.elements import Elements, IntArray, mtus_of
from walras.capacity.layers import BACKWARD, LAYERS
from walras.capacity.ledger import Entries, Ledger, joined, nothing
from walras.capacity.taking import hand_over, lowered, take
from walras.errors import BadInput, Mistake

OF_RIGHTS = (LAYERS.index("long_term"), LAYERS.index("term"))
"""Layers in which rights are given: what a contract holds in them came from one."""


@dataclass(frozen=True)
class Hop:
    """One element in one direction, and the long-term right that it uses, if any."""

    element: int
    direction: int
    right: str = ""


@dataclass(frozen=True)
class Path:
    """The legs of a contract; hops are numbered through all of them."""

    legs: tuple[tuple[Hop, ...], ...]

    @property
    def hops(self) -> tuple[Hop, ...]:
        """All hops in the order of their numbers."""
        return tuple(hop for leg in self.legs for hop in leg)


def mistakes_in(path: Path, elements: Elements, where: str) -> list[Mistake]:
    """Return what is wrong with a path: hops that do not join, pass one element twice, or have MTUs of two lengths."""
    wrong = []
    names = [elements.items[h.element].name for h in path.hops]
    for leg in path.legs:
        for one, other in pairwise(leg):
            if not set(_ends(elements, one)[1]) & set(_ends(elements, other)[0]):
                first, second = (elements.items[h.element].name for h in (one, other))
                what = f"{second} does not begin where {first} ends"
                wrong.append(Mistake(what, where, "path_joins", "Name hops in the order of the flow."))
    if len(set(names)) != len(names):
        wrong.append(Mistake("a path passes one element twice", where, "path_once", "Name each line once."))
    minutes = {elements.items[h.element].minutes for h in path.hops}
    if len(minutes) > 1:
        what = f"hops have MTUs of {' and '.join(map(str, sorted(minutes)))} minutes"
        wrong.append(Mistake(what, where, "path_mtu", "Register one contract for hops of each length."))
    return wrong


def _ends(elements: Elements, hop: Hop) -> tuple[tuple[str, ...], tuple[str, ...]]:
    item = elements.items[hop.element]
    ends = (item.from_areas, item.to_areas)
    return ends[::-1] if hop.direction == BACKWARD else ends


def by_mtu(
    elements: Elements, path: Path, starts: IntArray, minutes: IntArray, kw: IntArray, where: str
) -> tuple[IntArray, IntArray]:
    """Return the MTUs of a path that periods cover, and the volume in each; raises as `mtus_of` does."""
    element = path.hops[0].element
    counts = mtus_of(elements, element, starts, minutes, where)
    first = np.repeat(starts, counts)
    within = np.arange(len(first), dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts)
    return first + within * elements.items[element].minutes, np.repeat(kw, counts)


def reserve(ledger: Ledger, holder: str, layer: str, path: Path, starts: IntArray, kw: IntArray) -> Entries:
    """Return entries that give a holder a volume on every hop of a path, or on none.

    Args:
        ledger: State of now.
        holder: The contract.
        layer: Layer of hops that use no right.
        path: Its hops.
        starts: MTUs, UTC minutes; (t,).
        kw: Volume to add in each; (t,).

    Raises:
        BadInput: A hop has no room, or its right is too small; what is short on every hop is named.
    """
    parts: list[Entries] = []
    mistakes: list[Mistake] = []
    now = ledger
    for number, hop in enumerate(path.hops):
        try:
            if hop.right:
                part = hand_over(now, hop.right, holder, hop.element, hop.direction, starts, kw, number)
            else:
                part = take(now, holder, layer, hop.element, hop.direction, starts, kw, number)
        except BadInput as refused:
            mistakes += refused.mistakes
            continue
        now = now.plus(part)
        parts.append(part)
    if mistakes:
        raise BadInput(mistakes)
    return joined(parts)


def changed(
    ledger: Ledger, holder: str, layer: str, path: Path, starts: IntArray, kw: IntArray
) -> tuple[Entries, Entries]:
    """Return the entries that raise a holder to new volumes, and those that lower it, MTU by MTU.

    The first are made when a change is proposed, the second once it is confirmed.
    """
    has = ledger.volume(holder, starts)
    more = np.maximum(kw - has, 0)
    up = reserve(ledger, holder, layer, path, starts, more) if more.any() else nothing()
    down = lowered(ledger, holder, starts, np.minimum(kw, has)) if (kw < has).any() else nothing()
    return up, down


def given_back(
    ledger: Ledger, holder: str, path: Path, starts: IntArray, to_kw: IntArray, open_rights: Sequence[str]
) -> Entries:
    """Return entries that lower a holder; what came from a right that is still open goes back to it.

    What was added to a hop from free capacity goes first.
    """
    parts, now = [], ledger
    less = np.maximum(ledger.volume(holder, starts) - to_kw, 0)
    for number, hop in enumerate(path.hops):
        if hop.right in open_rights:
            mine = now.of_holder(holder).filter(pl.col("hop") == number)
            lent = replace(now, held=mine.filter(pl.col("layer").is_in(OF_RIGHTS)))
            added = now.volume(holder, starts, number) - lent.volume(holder, starts, number)
            back = hand_over(
                lent, holder, hop.right, hop.element, hop.direction, starts, np.maximum(less - added, 0)
            )  # fmt: skip
            parts.append(back)
            now = now.plus(back)
    rest = lowered(now, holder, starts, to_kw)
    return joined([*parts, rest])
