"""A border in words: lines between three states over some hours, with a ledger on them."""

import numpy as np

from walras.capacity.elements import Element, Elements
from walras.capacity.layers import CapacityRules
from walras.capacity.ledger import Ledger, nothing

BEGIN = 29_500_020
"""A full hour."""


def hours(n, first=0):
    """The starts of n hours."""
    return BEGIN + 60 * (first + np.arange(n, dtype=np.int64))


def kw(*values):
    return np.array(values, dtype=np.int64)


def three_states(n=3, capacity=100, section=None, rules=None):
    """Lines A1-B, A2-B (from B's side: reversed) and B-C, and the cross-section A>B of the first two.

    `capacity` is that of every line in both directions, `section` that of the cross-section.
    """
    items = (
        Element("A1-B", ("A1", "A"), ("B1", "B"), 60),
        Element("B-A2", ("B1", "B"), ("A2", "A"), 60),
        Element("B-C", ("B1", "B"), ("C1", "C"), 60),
        Element("A>B", ("A",), ("B",), 60, members=(("A1-B", False), ("B-A2", True))),
    )
    begin = np.full(4, BEGIN, dtype=np.int64)
    elements = Elements(items, begin, begin + 60 * n)
    given = np.full((2, elements.slots), capacity, dtype=np.int64)
    given[:, elements.slice_of(3)] = 2 * capacity if section is None else section
    return Ledger(elements, given, nothing(), rules or CapacityRules())
