"""What a contract brings to an auction on one contract day: firm power, flexible steps, and what it takes of lines.

A nominated quantity flows evenly over the hours of its contract day. It enters as a price-taking order
of the buyer where it is delivered and, where the seller takes it out of the same auction, as a
price-taking order of the seller there; what is not firm is sold at the price of the contract instead.
What is left up to the daily maximum is offered in steps, each at what it is worth to keep (`opportunity`).
For cell `c` of day `d` (docs/contracts.md, C.20 and C.21)::

    mw[c] = quantity[d] x energy / hours of d, down to the tick                                        (C.20)
    reserved[h, c] = sum of mw[c] x entering[h] / delivered                                            (C.21)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from walras.book.book import Book
from walras.book.cells import Grid, IntArray
from walras.contracts.agreement import Agreement, Contract, Meeting
from walras.contracts.calendar import begin_of
from walras.contracts.path import entering_hops
from walras.contracts.quantities import daily_range
from walras.contracts.standing import Standing
from walras.errors import BadInput, Mistake

ZERO = Fraction(0)


@dataclass(frozen=True)
class FlexibleStep:
    """A quantity of the day above what is nominated, and its price in the currency of trade for a MWh."""

    quantity: Fraction
    price: Fraction


@dataclass(frozen=True)
class DayOffer:
    """One contract on one contract day.

    Attributes:
        contract: Which.
        day: Contract day, from `begin` to before `end` (minutes UTC).
        nominated: What is nominated, in the contract's unit.
        steps: What else may be taken, cheapest first.
        floor: Price of what is not firm, for a MWh in the currency of trade; None = it is sold at any price.
    """

    contract: Contract
    day: date
    begin: int
    end: int
    nominated: Fraction
    steps: tuple[FlexibleStep, ...] = ()
    floor: Fraction | None = None

    @property
    def meeting(self) -> Meeting:
        """How it meets the auction."""
        assert self.contract.meeting is not None, "an offer is of a contract that meets the auction"
        return self.contract.meeting

    def power(self, quantity: Fraction) -> Fraction:
        """Return what a quantity of the day is in MW in every hour of it (C.20), before ticks."""
        return quantity * self.meeting.energy.base * self.contract.unit.factor * 60 / (self.end - self.begin)


def day_offer(
    standing: Standing,
    contract: Contract,
    day: date,
    prices: Sequence[Fraction] = (),
    floor: Fraction | None = None,
) -> DayOffer:
    """Return what a contract brings on a day, as it stands.

    Args:
        standing: Of its agreement.
        contract: One that holds on the day and meets the auction.
        day: Contract day.
        prices: Of equal steps up to the daily maximum, for a MWh in the currency of trade; empty = no steps.
        floor: Price of the nominated quantity where it is not firm.

    Raises:
        BadInput: It does not meet the auction, or does not hold on the day (rule `contract_meets`).
    """
    if contract.meeting is None or not contract.begin <= day < contract.end:
        fix = "Name a day on which it holds, and write [contract.auction]."
        what = f"it does not meet an auction on {day}"
        raise BadInput([Mistake(what, f"contract {contract.contract}", "contract_meets", fix)])
    agreement, course = standing.agreement, standing.course(contract)
    begin, end = (begin_of(agreement, d) for d in (day, day + timedelta(days=1)))
    nominated = course.nominated.get(day, ZERO)
    room = max(ZERO, daily_range(contract, course, day)[1] - nominated)
    steps = tuple(FlexibleStep(room / len(prices), p) for p in prices) if room else ()
    return DayOffer(contract, day, begin, end, nominated, steps, None if contract.quantity.firm else floor)


@dataclass(frozen=True)
class Placed:
    """An offer on its cells of a grid, and the power of its nominated quantity and of each step, in ticks."""

    offer: DayOffer
    grid: int
    cells: IntArray
    nominated: int
    steps: tuple[int, ...]

    @property
    def ticks(self) -> int:
        """All of it, an MTU."""
        return self.nominated + sum(self.steps)


def placed(book: Book, offer: DayOffer, zone: str) -> Placed:
    """Return an offer on the cells of a zone.

    Raises:
        BadInput: The book has no such zone and carrier, or not every MTU of the contract day (rule `auction_covers`).
    """
    grids, names = book.cells.grids, [z.name for z in book.cells.zones]
    g = next((i for i, x in enumerate(grids) if (names[x.zone], x.carrier) == (zone, offer.meeting.carrier)), None)
    where = f"contract {offer.contract.contract} {offer.day}"
    if g is None:
        what, fix = f"the market has no {offer.meeting.carrier} in {zone!r}", "Name a zone and carrier of the market."
        raise BadInput([Mistake(what, where, "auction_covers", fix)])
    grid = grids[g]
    first, count = divmod(offer.begin - grid.start, grid.mtu_minutes)
    if count or not grid.start <= offer.begin < offer.end <= grid.end:
        what = f"the contract day is not one of the market's in {zone}"
        raise BadInput([Mistake(what, where, "auction_covers", "Begin contract days with the carrier's day.")])
    cells = book.cells.first[g] + first + np.arange((offer.end - offer.begin) // grid.mtu_minutes)
    whole = _ticks(grid, offer.power(offer.nominated))
    return Placed(offer, g, cells, whole, tuple(_ticks(grid, offer.power(s.quantity)) for s in offer.steps))


def _ticks(grid: Grid, mw: Fraction) -> int:
    tick = grid.quantity_tick
    return int(mw * tick.scale / tick.step)


@dataclass(frozen=True)
class Reservation:
    """What an offer takes of a line: name, direction, from when to when (minutes UTC), and power that enters it, kW."""

    line: str
    backward: bool
    begin: int
    end: int
    kw: int


def reservations(offer: DayOffer) -> list[Reservation]:
    """Return what an offer takes of each line on its way (C.21): the nominated quantity, and all of its steps.

    Args:
        offer: With steps, which may flow or not; what they do not use is free again after the auction.
    """
    return [r for r in by_hop(offer).values() if r.kw]


def by_hop(offer: DayOffer) -> dict[int, Reservation]:
    """Return what an offer takes of the line of each hop that has one, by the hop's number from 0; it may be nothing.

    Args:
        offer: As of `reservations`.
    """
    delivered = offer.nominated + sum((s.quantity for s in offer.steps), ZERO)
    return {
        number: Reservation(*hop.line, offer.begin, offer.end, int(-(-offer.power(entering) * 1000 // 1)))
        for number, (hop, entering) in enumerate(entering_hops(offer.contract, delivered))
        if hop.line is not None
    }


def contracts_on(agreement: Agreement, day: date) -> list[Contract]:
    """Return the contracts that meet an auction on a day."""
    return [c for c in agreement.contracts if c.meeting is not None and c.begin <= day < c.end]
