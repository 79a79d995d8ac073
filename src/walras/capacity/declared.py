"""What system operators declare of an element for a day, and what the two sides make of it together.

Each side gives, an MTU and direction, the largest flow that each security criterion permits and
the reserve that it keeps. The largest permissible flow meets all criteria, so it is the least
of them; what a side offers is that less the reserve. Where two sides differ the lower holds
(rules list A12, section 3.1)::

    offered[d, t] = min over criteria[d, t] - reserve[d, t]
    agreed[d, t]  = min over sides of offered[d, t]
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walras.capacity.elements import IntArray
from walras.capacity.layers import DIRECTIONS
from walras.errors import Mistake

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Declaration:
    """One version of one side's figures of one element.

    Attributes:
        side: Company of the system operator.
        version: Of that side's figures of the day, from 1.
        criteria: Names of the security criteria; (k,).
        limits: Largest flow that each permits, kW; (k, d, t).
        reserve: What is kept back, kW; (d, t).
    """

    side: str
    version: int
    criteria: tuple[str, ...]
    limits: IntArray
    reserve: IntArray

    @property
    def permissible(self) -> IntArray:
        """Largest permissible flow, kW; (d, t)."""
        return np.asarray(self.limits.min(axis=0), dtype=np.int64)

    @property
    def binding(self) -> IntArray:
        """Number of the criterion that decides, the first of several; (d, t)."""
        return np.asarray(self.limits.argmin(axis=0), dtype=np.int64)

    @property
    def offered(self) -> IntArray:
        """What the side offers, kW; (d, t)."""
        return self.permissible - self.reserve


def mistakes_in(declaration: Declaration, element: str, starts: IntArray) -> list[Mistake]:
    """Return what is wrong with figures: a negative one, or a reserve beyond what may flow (ten of each kind)."""
    wrong = []
    checks = (
        (declaration.limits.min(axis=0) < 0, "a criterion permits less than 0 MW", "capacity_not_negative",
         "Send 0 where nothing may flow; this profile knows no forced flow."),
        (declaration.reserve < 0, "the reserve is less than 0 MW", "capacity_not_negative", "Send 0 for no reserve."),
        ((declaration.reserve > declaration.permissible) & (declaration.permissible >= 0),
         "the reserve is more than the largest permissible flow", "reserve_within",
         "Lower the reserve: what remains is offered."),
    )  # fmt: skip
    for broken, what, rule, fix in checks:
        for d, t in np.argwhere(broken)[:10]:
            wrong.append(Mistake(what, f"{element} {DIRECTIONS[d]} MTU {t + 1} of {len(starts)}", rule, fix))
    return wrong


@dataclass(frozen=True)
class Agreed:
    """What the sides of one element make of their figures.

    Attributes:
        kw: The capacity that holds; (d, t).
        side: Number of the side whose figure holds, the first of several, -1 the standing one; (d, t).
        differs: Where two sides declared different figures; (d, t).
    """

    kw: IntArray
    side: IntArray
    differs: BoolArray


def agreed(standing: IntArray, sides: tuple[str, ...], declared: dict[str, Declaration]) -> Agreed:
    """Return the capacity that holds for an element.

    Args:
        standing: Capacity in the market's definition, which stands for a side that declared nothing, kW; (d, t).
        sides: Companies that have to declare: one for a line inside a system, two at a border.
        declared: The newest declaration of each side that sent one.

    Example:
        >>> one = Declaration("S-1", 1, ("thermal",), np.array([[[50], [50]]]), np.array([[5], [0]]))
        >>> other = Declaration("S-2", 1, ("thermal",), np.array([[[40], [60]]]), np.array([[0], [0]]))
        >>> agreed(np.array([[99], [99]]), ("S-1", "S-2"), {"S-1": one, "S-2": other}).kw.tolist()
        [[40], [50]]
    """
    nowhere = np.zeros(standing.shape, dtype=bool)
    offers = np.stack([declared[s].offered if s in declared else standing for s in sides] or [standing])
    side = offers.argmin(axis=0)
    is_silent = np.array([s not in declared for s in sides] or [True])
    both = [declared[s].offered for s in sides if s in declared]
    differs = nowhere if len(both) < 2 else (np.stack(both) != both[0]).any(axis=0)
    return Agreed(offers.min(axis=0), np.where(is_silent[side], -1, side), differs)
