"""The bound of welfare, recomputed from posted prices and rents (formulation, section 8).

At any prices and non-negative rents, no feasible volumes can exceed the sum of what
every order could gain at the most, what every line and border could earn at the most,
and the rents of the rows that join orders (weak duality). So whoever holds the book can
check a claim of optimality with this file alone.

Axes as in `results.raw`. Units: currency. Source: rules 3, 5 and 9; theory, sections 1 to 3.
"""

from __future__ import annotations

import numpy as np

from walras.book.book import Book
from walras.results.certificate_domains import branch_rents, domain_rent
from walras.results.certificate_error import rounding_error
from walras.results.certificate_orders import (
    block_surplus,
    border_rent,
    curve_surplus,
    flexible_surplus,
    line_rent,
    scalable_surplus,
)
from walras.results.certificate_storage import storage_surplus
from walras.results.certificate_tree import tree_bound, tree_error
from walras.results.raw import Raw
from walras.results.results import Certificate


def bound_of(book: Book, certificate: Certificate, raw: Raw | None = None) -> float:
    """Return the welfare that no feasible result can exceed, in the trade currency (eq. 8.1).

    Not checked here: that rents are not negative (the audit does; with a negative rent
    the figure proves nothing).
    """
    raw = raw or Raw(book)
    if certificate.tree is not None:
        return tree_bound(raw, certificate, certificate.tree)
    parts = [
        curve_surplus(raw, certificate.price),
        block_surplus(raw, certificate),
        certificate.group_rent,
        flexible_surplus(raw, certificate.price),
        scalable_surplus(raw, certificate),
        storage_surplus(raw, certificate),
        line_rent(raw, certificate.price),
        border_rent(raw, certificate.price),
        domain_rent(raw, certificate.price, branch_rents(book, certificate)),
    ]
    return float(sum(np.sum(part) for part in parts))


def bound_error(book: Book, certificate: Certificate, raw: Raw | None = None) -> float:
    """Return how far floating-point rounding may have moved `bound_of` at the most.

    Every summand is a product of sums of at most 8 numbers, except orders over n cells;
    numpy adds in pairs of blocks of 128. So `(128 + log2 N + n) * 2^-53 * sum of magnitudes`.
    """
    raw = raw or Raw(book)
    if certificate.tree is not None:
        return tree_error(raw, certificate, certificate.tree)
    return rounding_error(raw, certificate)
