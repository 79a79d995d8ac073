"""What the counterexamples of the theory share: volumes said by hand, and what is wrong with them.

Where a page's example is about which results are legal rather than about the one that the
auction should find, its volumes and prices are put before the audit and the second opinion.
"""

from __future__ import annotations

import numpy as np
from tests.builders import Market
from tests.results.by_hand import outcome

from walras.results.audit import audit
from walras.results.results import Volumes


def broken_rules(market: Market, price, *, curve, ratio=(), scalable=(), accepted=(), border=()) -> set[str]:
    """Return the rules of the audit that these volumes break at these prices; volumes as the tables are sorted."""
    book = market.book()
    legs = book.blocks
    ratios = np.array(ratio, float)
    quantity = book.cells.quantities(legs.leg_quantity, legs.grid[legs.leg_order])
    volumes = Volumes(
        curve=np.array(curve, float),
        block_ratio=ratios,
        block_leg=ratios[legs.leg_order] * quantity,
        flexible_start=np.zeros(0, dtype=np.int64),
        scalable_accepted=np.array(accepted, dtype=np.int64),
        scalable=np.array(scalable, float),
        exchange=np.zeros(0),
        border=np.array(border, float),
    )
    return {violation.rule for violation in audit(book, outcome(book, volumes, np.array(price, float)))}
