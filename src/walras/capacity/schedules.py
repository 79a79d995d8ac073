"""Schedules: what the two sides of a contract say they will deliver, matched; and what a border plans in sum.

The seller nominates in its system, the buyer counter-nominates in its own. Where they differ
the lower value holds and the difference is an anomaly that both are told of (rules section
4.3). A matched schedule is firm. The planned net interchange of an element is the signed sum
of all layers' schedules, forward positive (rules list A5)::

    planned[t] = sum over layers of (firm[layer, forward, t] - firm[layer, backward, t])
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from walras.capacity.elements import IntArray
from walras.capacity.ledger import Ledger

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Matched:
    """One contract's day after matching.

    Attributes:
        kw: What both sides are bound to deliver; (t,).
        seller_kw, buyer_kw: What each side nominated, or what stands for it; (t,).
        differs: Where they do not agree; (t,).
    """

    kw: IntArray
    seller_kw: IntArray
    buyer_kw: IntArray
    differs: BoolArray


def match(held_kw: IntArray, seller_kw: IntArray | None, buyer_kw: IntArray | None, missing: str) -> Matched:
    """Return what two nominations come to: the lower of both, and never more than capacity was reserved for.

    Args:
        held_kw: Volume of the contract that has capacity; (t,).
        seller_kw: The last nomination of the seller, None if it sent none; (t,).
        buyer_kw: That of the buyer; (t,).
        missing: What stands for a side that sent none: `contract` (its volume) or `zero`.

    Example:
        >>> matched = match(np.array([10, 10]), np.array([10, 8]), np.array([9, 9]), "contract")
        >>> matched.kw.tolist(), matched.differs.tolist()
        ([9, 8], [True, True])
    """
    silent = held_kw if missing == "contract" else np.zeros_like(held_kw)
    seller = silent if seller_kw is None else seller_kw
    buyer = silent if buyer_kw is None else buyer_kw
    kw = np.minimum(np.minimum(seller, buyer), held_kw)
    return Matched(kw, seller, buyer, seller != buyer)


def interchange(ledger: Ledger, element: int) -> IntArray:
    """Return the scheduled exchange of an element by layer, kW, forward positive; (layer, t)."""
    firm = ledger.scheduled[:, :, ledger.elements.slice_of(element)]
    return np.asarray(firm[:, 0] - firm[:, 1], dtype=np.int64)


def planned_net_interchange(ledger: Ledger, element: int) -> IntArray:
    """Return the planned net interchange of an element, kW, forward positive; (t,)."""
    return np.asarray(interchange(ledger, element).sum(axis=0), dtype=np.int64)
