"""What a contract's remaining flexibility is offered at, on one day, by its opportunity cost.

Every day the policy of `contracts.opportunity` is solved for the days left of the contract year: what may be taken
above nominations, what take-or-pay will ask for, and the forward, which is made anew each month (`outlook`). Days that
are not nominated yet count with what the buyer asks for in usual weather. Money is made the trade currency at the
last fixing, quantities stay in the contract's unit; the price of a step is that of a unit over the MWh in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

import numpy as np

from walras.contracts import Agreement, Contract, Journal
from walras.contracts.calendar import days_of, month_text, number_of, year_days, year_of
from walras.contracts.flexibility import Remaining, outlook, remaining
from walras.contracts.make_up import drawn_in, is_alive
from walras.contracts.offers import FlexibleStep
from walras.contracts.opportunity import Offers, offers
from walras.contracts.path import entering_hops
from walras.contracts.pricing import price, ready, unit_price
from walras.contracts.quantities import annual_quantity, daily_range, owed, taken
from walras.errors import BadInput
from walras.studies.pairs.supplies import expected
from walras.studies.pairs.year.living import Living, days_from
from walras.studies.pairs.year.outlook import Forward, forward_of

ZERO = Fraction(0)
NOT_YET = frozenset({"observation_missing", "observation_cut_off", "fixing_missing"})
"""Rules that say that something is not published yet."""
MONTHS_BACK = 3
"""How far back a final price is looked for, before the provisional formula is asked."""
MAKE_UP_WORTH = 0.9
"""What a unit that is paid for and not taken is still worth as make-up, where there is a later year to draw it in."""
CELLS_A_STEP, LEVELS = 2, 9
"""Cells of the policy within one step of the offer, and its price levels."""


@dataclass(frozen=True)
class Cost:
    """What a unit is thought to cost its buyer: the seller's price and the path's charges, in the trade currency."""

    price: Fraction
    path: Fraction

    @property
    def whole(self) -> Fraction:
        """Both."""
        return self.price + self.path


def mwh_in(contract: Contract) -> Fraction:
    """Return how many MWh one unit holds."""
    assert contract.meeting is not None, "a contract that meets the auction"
    return contract.meeting.energy.base * contract.unit.factor


def cost_of(living: Living, journal: Journal, contract: Contract, day: date, at: int) -> Cost:
    """Return what a unit costs, by the last final price that is known at a minute, else by the provisional formula.

    Args:
        living: With fixings.
        journal: Of the contract.
        contract: One of its.
        day: Contract day.
        at: Minute UTC.
    """
    rate, standing = living.rate(contract.currency), journal.standing
    per = f"{contract.currency}/{contract.unit}"
    path = sum(
        (entering * price(hop.tariff, ready(hop.tariff, standing, contract, day, at, hop), per)
         for hop, entering in entering_hops(contract, Fraction(1)) if hop.tariff is not None),
        ZERO,
    )  # fmt: skip
    return Cost(_known_price(journal, contract, day, at) * rate, path * rate)


def _known_price(journal: Journal, contract: Contract, day: date, at: int) -> Fraction:
    months = [month_text(number_of(day.isoformat()[:7]) - n) for n in range(MONTHS_BACK + 1)]
    asked = [day, *(days_of(contract, m)[0] for m in months[1:] if days_of(contract, m))]
    for of in asked:
        try:
            return unit_price(journal.standing, contract, of, at)
        except BadInput as error:
            if not {m.rule for m in error.mistakes} <= NOT_YET:
                raise
    return unit_price(journal.standing, contract, day, at, provisional=True)


def steps_of(living: Living, journal: Journal, contract: Contract, day: date, cost: Cost) -> tuple[FlexibleStep, ...]:
    """Return the steps of a day's flexibility; none where it is not offered, or where nothing is left.

    Args:
        living: With what was cleared so far.
        journal: Of the contract.
        contract: One that meets the auction.
        day: Contract day, nominated.
        cost: Of a unit.
    """
    assert contract.meeting is not None, "a contract that meets the auction"
    count, course = contract.meeting.flexible_steps, journal.standing.course(contract)
    left = left_of(living, journal, contract, day, cost.price)
    room = float(daily_range(contract, course, day)[1] - course.nominated.get(day, ZERO))
    if not count or not living.is_flexible or room <= 0 or left.allowance <= 0:
        return ()
    days = days_from(day, day + timedelta(days=left.days))
    forward, each = _forward(living, contract, day), float(mwh_in(contract))
    view = outlook(
        left.days, forward=forward.prices(days) * each, contract_price=float(cost.whole),
        persistence=forward.persistence, volatility=forward.volatility,
    )  # fmt: skip
    widest = float(contract.quantity.daily_maximum - contract.quantity.daily_minimum) / count / CELLS_A_STEP
    found = offers(left, view, step=widest, levels=LEVELS)
    return tuple(
        FlexibleStep(Fraction(q), Fraction(str(round(p / each, 4))))
        for q, p in equal_steps(found, min(room, left.allowance), count)
    )


def equal_steps(found: Offers, room: float, count: int) -> list[tuple[int, float]]:
    """Return offers as so many equal steps of whole units, each at the mean price of what it holds.

    Example:
        >>> found = Offers(0, 0.0, np.array([2.0, 2.0, 2.0]), np.array([10.0, 20.0, 40.0]), 0.0)
        >>> equal_steps(found, 6.0, 2)
        [(3, 13.333333333333334), (3, 33.333333333333336)]
    """
    whole = int(min(room, float(found.quantity.sum())) / count + 1e-9)
    if not whole:
        return []
    ends = np.concatenate([[0.0], np.cumsum(found.quantity)])
    out = []
    for k in range(count):
        part = np.minimum(ends[1:], (k + 1) * whole) - np.maximum(ends[:-1], k * whole)
        part = np.maximum(part, 0.0)
        out.append((whole, float(part @ found.price / part.sum())))
    return out


def _forward(living: Living, contract: Contract, day: date) -> Forward:
    """Return what was thought of prices when the month began."""
    assert contract.meeting is not None, "a contract that meets the auction"
    month, at = day.isoformat()[:7], (contract.meeting.delivery, contract.meeting.carrier)
    known = living.forwards.get(contract.contract)
    if known is None or known[0] != month:
        known = month, forward_of(living.pair, living.past[at], *at)
        living.forwards[contract.contract] = known
        living.rows["forwards"].append(
            {"contract": contract.contract, "month": month, "last_day": known[1].last_day, "level": known[1].level,
             "swing": known[1].swing, "persistence": known[1].persistence, "volatility": known[1].volatility}
        )  # fmt: skip
    return known[1]


def left_of(living: Living, journal: Journal, contract: Contract, day: date, each: Fraction) -> Remaining:
    """Return what is left of a contract year from a day on, in its unit.

    Args:
        living: With the rates, and what is asked for usually.
        journal: Of the contract.
        contract: One of its.
        day: Contract day.
        each: Price of a unit, in the trade currency.
    """
    agreement, course = journal.agreement, journal.standing.course(contract)
    year, q = year_of(agreement, day), contract.quantity
    _, end = year_days(agreement, contract, year)
    days = days_from(day, end)
    annual, took = annual_quantity(contract, course, year), taken(agreement, contract, course, year)
    least = [_least(living, contract, course.nominated, d) for d in days]
    most = [daily_range(contract, course, d)[1] for d in days]
    whole = took + sum(most, ZERO) if annual is None else annual * q.annual_maximum
    due = max(ZERO, owed(agreement, contract, course, year) - _carried(journal, contract, year))
    due += drawn_in(journal.standing, contract, year)
    share = contract.take_or_pay.price_share if contract.take_or_pay else ZERO
    return remaining(
        len(days), taken=float(took), take_or_pay=float(min(due, whole)), most=float(whole),
        daily_minimum=[float(min(a, b)) for a, b in zip(least, most, strict=True)],
        daily_maximum=[float(m) for m in most],
        make_up_share=MAKE_UP_WORTH if _goes_on(agreement, contract, end) else 0.0, missing_price=float(share * each),
    )  # fmt: skip


def _least(living: Living, contract: Contract, known: dict[date, Fraction], day: date) -> Fraction:
    """Return what a day has without its flexibility: what is nominated, before that what is asked for usually."""
    if day in known:
        return known[day]
    key = (contract.contract, day)
    if key not in living.usual:
        living.usual[key] = expected(living.pair, living.supplies, contract, day)
    return living.usual[key]


def _carried(journal: Journal, contract: Contract, year: int) -> Fraction:
    """Return by how much what was carried forward lowers a year's take-or-pay."""
    terms = contract.carry_forward
    if terms is None:
        return ZERO
    alive = sum((c.left for c in journal.standing.bank(contract).carried if is_alive(c.year, terms.years, year)), ZERO)
    return min(alive, terms.cap * owed(journal.agreement, contract, journal.standing.course(contract), year))


def _goes_on(agreement: Agreement, contract: Contract, end: date) -> bool:
    """Whether make-up of a year that ends may be drawn later: under the contract, or one of its subject."""
    later = contract.end > end or any(c.subject == contract.subject and c.begin >= end for c in agreement.contracts)
    return contract.make_up is not None and later
