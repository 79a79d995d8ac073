"""The nouns of an outcome: prices, exchanges, acceptances, and what was proven.

Axes as in the book: c cells, p line periods, q border periods, x exchanges with flow-based
domains, and for each order family o orders, k steps, l legs. Written by `coupling`; read,
never trusted, by the audit.
`Volumes` appears twice: as decided (floats, before rounding) and as published (whole
ticks, given here as the float value of the tick count).

Signs: exchanges positive along the line and towards export; accepted volumes are
non-negative whatever the side.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from walras.book.cells import FloatArray, IntArray
from walras.results.tree import Tree
from walras.vocabulary import Status


@dataclass(frozen=True)
class Volumes:
    """Every volume of an outcome, in MW.

    Attributes:
        curve: Accepted power of each curve step; shape (k,).
        block_ratio: Acceptance ratio of each block; shape (o,).
        block_leg: Accepted power of each leg; shape (l,). Decided: ratio x quantity.
        flexible_start: First cell of each accepted flexible order, -1 if rejected; shape (o,).
        scalable_accepted: 1 where the order is accepted, else 0; shape (o,).
        scalable: Accepted power of each step of scalable complex orders; shape (k,).
        exchange: Scheduled exchange of each line period, as it is sent; shape (p,).
        border: Exchange of each border period; shape (q,).
        domain: Exchange of each zone with its flow-based domain, positive = export; shape (x,).
        bought: What each conversion buys in each cell of its input; shape (b,) of `book.inputs.Inputs`.
        storage_accepted: 1 where a storage order is accepted, else 0; shape (o,).
        charge, discharge: Power of each storage order in each MTU; shape (w,) of `book.stores.Stores`.
        received: What arrives of each exchange, of the same sign; shape (p,), and (0,) in a
            market without losses, where everything does.
    """

    curve: FloatArray
    block_ratio: FloatArray
    block_leg: FloatArray
    flexible_start: IntArray
    scalable_accepted: IntArray
    scalable: FloatArray
    exchange: FloatArray
    border: FloatArray
    domain: FloatArray = field(default_factory=lambda: np.zeros(0))
    bought: FloatArray = field(default_factory=lambda: np.zeros(0))
    storage_accepted: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    charge: FloatArray = field(default_factory=lambda: np.zeros(0))
    discharge: FloatArray = field(default_factory=lambda: np.zeros(0))
    received: FloatArray = field(default_factory=lambda: np.zeros(0))

    @property
    def arriving(self) -> FloatArray:
        """What arrives of each exchange; shape (p,)."""
        return self.received if len(self.received) else self.exchange


@dataclass(frozen=True)
class Certificate:
    """What proves the bound: posted prices, and rents of the rows that join orders.

    At these prices every order's best surplus, every line's and border's rent and these
    rents sum to an upper bound of welfare (formulation, section 8). Line rents need no
    posting: they follow from prices. Anyone can recompute the sum from raw orders.

    Attributes:
        price: Posted price of each cell; shape (c,).
        link_rent: Value passed from child to parent along each link, in currency; shape (links,).
        group_rent: Rent of each exclusive group, in currency; shape (groups,).
        gradient_up_rent, gradient_down_rent: Rent of each scalable order's load gradient
            between a cell and the next of its grid, in currency per MW; shape
            (orders, longest horizon - 1), zero where there is no limit.
        branch_rent: Rent of each row of a flow-based domain, in currency per MW; shape (k,).
        store_value: Value of stored energy of each store MTU, of either sign, in currency per MWh; shape (w,).
        tree: Cases that make the bound lower than the posted prices alone do, if there are any.
    """

    price: FloatArray
    link_rent: FloatArray
    group_rent: FloatArray
    gradient_up_rent: FloatArray
    gradient_down_rent: FloatArray
    branch_rent: FloatArray = field(default_factory=lambda: np.zeros(0))
    tree: Tree | None = None
    store_value: FloatArray = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True)
class Results:
    """The outcome of one auction.

    Attributes:
        status: `optimal` only if the bound proves the decided welfare within 0.01 of the currency.
        price: Published prices on the tick; shape (c,), currency per MWh.
        price_exact: The same before rounding; shape (c,).
        price_low, price_high: Price interval of each cell at the decided volumes; shape (c,).
        published: Volumes in whole ticks.
        decided: Volumes before rounding; None in a result that was read from a folder.
        certificate: What proves `bound`.
        welfare: Of the decided volumes, in the currency.
        bound: Welfare that no result can exceed.
        stopped_by: Limit that ended the search early ("" if none did).
        phases: Seconds of each phase; goes to run.json, never into tables.
    """

    status: Status
    price: FloatArray
    price_exact: FloatArray
    price_low: FloatArray
    price_high: FloatArray
    published: Volumes
    decided: Volumes | None
    certificate: Certificate
    welfare: float
    bound: float
    stopped_by: str = ""
    phases: dict[str, float] = field(default_factory=dict, compare=False)

    @property
    def gap(self) -> float:
        """Return how much more welfare may exist at the most, never negative.

        The bound and the welfare are floats computed by two routes; a difference below
        zero is their rounding error.
        """
        return max(0.0, self.bound - self.welfare)
