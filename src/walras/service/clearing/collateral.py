"""The collateral of one market: the formula of a delivery day, and the headroom of a member at a moment.

Everything is counted in the trade currency of the market. What stands in another currency is converted at the
newest stored fixing of the pair; without one, cash and covers count nothing and a debt is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import lru_cache

from sqlalchemy import Connection

from walras.results.minor_units import decimals_of
from walras.service.clearing.terms import CollateralTerms, SettlementTerms, formula_of
from walras.service.clock import SECOND
from walras.service.store import settlement
from walras.service.store.collateral import Position, free
from walras.service.timetable.rules import load_door_rules
from walras.service.work import Work
from walras.settlement.collateral.formula import Formula
from walras.settlement.collateral.headroom import Headroom, headroom
from walras.settlement.currencies import Rates, converted

DAY = 86_400 * SECOND


@dataclass(frozen=True)
class Collateral:
    """How exposure counts on a delivery day."""

    terms: CollateralTerms
    formula: Formula


def collateral_on(connection: Connection, market: str, day: date, profile: str) -> Collateral | None:
    """Return how orders of a delivery day count; None where the market asks for no collateral."""
    body = settlement.terms_body(connection, market, day)
    return None if body is None else _read(body, profile, day)


@lru_cache(maxsize=256)
def _read(body: str, profile: str, day: date) -> Collateral | None:
    if json.loads(body).get("collateral") is None:
        return None
    terms = SettlementTerms.model_validate_json(body).collateral
    assert terms is not None, "it was there a line above"
    return Collateral(terms, formula_of(terms, load_door_rules(profile, day).exposure))


def room_of(
    connection: Connection, market: str, currency: str, position: Position, at: int, *, reserved: int | None = None
) -> Headroom:
    """Return what is free of a member's collateral, in the trade currency.

    Args:
        connection: A transaction, for fixings.
        market: Code of the market.
        currency: Its trade currency.
        position: What the store knows of the member.
        at: Moment at which guarantees and set-offs must be valid.
        reserved: What is bound by orders; the sum of all reservations unless given.

    Raises:
        BadInput: A debt in a currency that nothing converts (rule `fixing_missing`).
    """
    rates = rates_of(connection, market, currency, position)
    covers = [
        replace(cover, minor=_given(cover.minor, other, currency, rates)) for other, cover in position.covers
    ]  # fmt: skip
    cash = sum(_given(minor, other, currency, rates) for other, minor in position.cash.items())
    debt = sum(
        converted(min(0, minor), other, currency, rates) for other, minor in position.balance.items() if minor < 0
    )
    bound = sum(r.minor for r in position.reserved.values()) if reserved is None else reserved
    return headroom(cash, covers, debt, bound, at)


def _given(minor: int, other: str, currency: str, rates: Rates) -> int:
    return converted(minor, other, currency, rates) if is_converted(other, currency, rates) else 0


def is_converted(other: str, currency: str, rates: Rates) -> bool:
    """Return whether a fixing brings one currency into another."""
    return other == currency or (other, currency) in rates or (currency, other) in rates


def rates_of(
    connection: Connection, market: str, currency: str, position: Position
) -> Mapping[tuple[str, str], Fraction]:
    """Return the newest stored fixing of each currency in which a member has or owes anything, where there is one."""
    others = {c for c, _ in position.covers} | set(position.cash) | set(position.balance)
    out: dict[tuple[str, str], Fraction] = {}
    for other in sorted(others - {currency}):
        found = settlement.newest_rate(connection, market, other, currency)
        if found is not None:
            out[found.base, found.quote] = Fraction(found.rate)
    return out


def secured_until(now: int, gates: Sequence[int], days: int) -> int:
    """Return until when a guarantee must last to count: some days beyond the last gate at which orders bind."""
    return max(gates) + days * DAY if gates else now


def newest_guarantee_days(connection: Connection, market: str) -> int:
    """Return so many days beyond the last gate a guarantee must last, by the newest terms of a market."""
    terms = settlement.terms_of(connection, market)[-1:]
    found = json.loads(terms[0].body).get("collateral") if terms else None
    return 0 if found is None else CollateralTerms.model_validate(found).guarantee_days


def amount_text(minor: int, currency: str) -> str:
    """Return an amount for people.

    >>> amount_text(150005, "EUR"), amount_text(-5, "EUR"), amount_text(7, "JPY")
    ('1500.05 EUR', '-0.05 EUR', '7 JPY')
    """
    decimals = decimals_of(currency)
    whole, part = divmod(abs(minor), 10**decimals)
    digits = f"{whole}.{part:0{decimals}d}" if decimals else str(whole)
    return f"{'-' if minor < 0 else ''}{digits} {currency}"


def free_session(work: Work, session: str, why: str, at: int) -> list[str]:
    """End what members have reserved in a session: it was cancelled, or its debts stand in the ledger now.

    Returns whose it was.
    """
    freed = free(work.connection, session, at)
    if freed:
        work.record(session, "collateral freed", {"why": why, "members": freed}, at)
    return freed
