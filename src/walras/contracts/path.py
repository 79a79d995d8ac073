"""The way to the delivery point: what enters each hop so that the rest arrives, and what each is paid.

Backwards from what is delivered, for hops `h` in the order of the flow (docs/contracts.md)::

    entering[last] = delivered / (1 - loss[last]),   entering[h] = entering[h + 1] / (1 - loss[h])     (C.7)
    charge of the path = sum over h of tariff[h] x entering[h]                                         (C.8)
"""

from __future__ import annotations

from fractions import Fraction

from walras.contracts.agreement import Contract, Hop


def entering_hops(contract: Contract, delivered: Fraction) -> list[tuple[Hop, Fraction]]:
    """Return each hop with what has to enter it so that a quantity is delivered (C.7)."""
    found, amount = [], delivered
    for hop in reversed(contract.hops):
        amount = amount / (1 - hop.loss)
        found.append((hop, amount))
    return found[::-1]


def at_source(contract: Contract, delivered: Fraction) -> Fraction:
    """Return what the seller has to give into the first hop."""
    hops = entering_hops(contract, delivered)
    return hops[0][1] if hops else delivered
