"""How supply contracts run: a year day by day, banks over time, and what a day has for the auction."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from walras.contracts import Contract, Journal
from walras.contracts.calendar import year_days, year_of
from walras.contracts.offers import DayOffer, day_offer
from walras.contracts.pace import bank_course, pace
from walras.contracts.quantities import annual_quantity, daily_range, owed
from walras.formulas.periods import minute_text
from walras.formulas.values import amount_text
from walras.service.queries.supply import GetSupplyCourse, GetSupplyFlexibility
from walras.service.readers.registry import Look, Shown, reads
from walras.service.store import supply as stored
from walras.service.supply.asked import found_for
from walras.service.supply.offered import current_offer
from walras.service.work import refuse

ZERO = Fraction(0)


@reads(GetSupplyCourse)
def get_supply_course(look: Look, query: GetSupplyCourse) -> Shown:
    """Return a contract year: the one that runs, unless one is named; quantities in the contract's unit.

    Raises:
        BadInput: The contract does not hold in the year (rule `contract_valid`).
    """
    journal, contract = _contract(look, query.agreement, query.contract)
    agreement, course = journal.agreement, journal.standing.course(contract)
    known = [*course.allocated, *course.nominated]
    year = query.year or year_of(agreement, min(max(known, default=contract.begin), contract.end))
    days = pace(agreement, contract, course, year)
    if not days:
        what = f"{contract.contract} holds from {contract.begin} to before {contract.end}"
        raise refuse(what, "year", "contract_valid", "Name a contract year in which it holds.")
    first, end = year_days(agreement, contract, year)
    fields = ("nominated", "allocated", "least", "most", "taken", "annual", "owed")
    return {
        "agreement": query.agreement, "contract": contract.contract, "subject": contract.subject, "year": year,
        "first_day": first.isoformat(), "end_day": end.isoformat(), "unit": str(contract.unit),
        "annual": _text(annual_quantity(contract, course, year)),
        "owed": amount_text(owed(agreement, contract, course, year)), "terms": _terms(contract),
        "days": [{"day": d.day.isoformat()} | {f: _text(getattr(d, f)) for f in fields} for d in days],
        "bank": [
            {"record": b.event.number, "at": minute_text(b.event.at), "kind": b.event.kind,
             "contract": b.event.contract, "make_up": amount_text(b.make_up),
             "carry_forward": amount_text(b.carry_forward)}
            for b in bank_course(agreement, journal.events, contract.subject)
        ],
    }  # fmt: skip


def _contract(look: Look, agreement: str, name: str) -> tuple[Journal, Contract]:
    found = found_for(look.connection, look.actor, agreement)
    journal = stored.journal(look.connection, found)
    contract = journal.agreement.contract(name)
    if contract is None:
        raise refuse(f"there is no contract {name!r}", "contract", "contract_known", "Name one of it.")
    return journal, contract


def _text(amount: Fraction | None) -> str | None:
    return None if amount is None else amount_text(amount)


def _terms(contract: Contract) -> dict[str, Any]:
    """Return the terms of quantities that hold for every day and year."""
    q, pay, make_up, carry = contract.quantity, contract.take_or_pay, contract.make_up, contract.carry_forward
    return {
        "daily": amount_text(q.daily), "annual_maximum_share": amount_text(q.annual_maximum), "is_firm": q.firm,
        "notice_hours": q.notice_hours, "take_or_pay_share": _text(pay.share if pay else None),
        "swing": [
            {"level": s.level, "minimum": amount_text(s.minimum), "maximum": amount_text(s.maximum),
             "notice_hours": s.notice_hours}
            for s in q.swing
        ],
        "make_up": None if make_up is None else
            {"price": make_up.price, "years": make_up.years, "is_newest_first": make_up.newest_first},
        "carry_forward": None if carry is None else {"cap": amount_text(carry.cap), "years": carry.years},
    }  # fmt: skip


@reads(GetSupplyFlexibility)
def get_supply_flexibility(look: Look, query: GetSupplyFlexibility) -> Shown:
    """Return a contract day as it meets the auction: quantities in its unit, powers in MW in every hour of it.

    Raises:
        BadInput: The contract does not meet the auction, or does not hold on the day (rule `contract_meets`).
    """
    journal, contract = _contract(look, query.agreement, query.contract)
    empty = day_offer(journal.standing, contract, query.day)
    offer = current_offer(look.connection, journal, query.agreement, contract, query.day)
    version, body = stored.flexibility(look.connection, query.agreement, contract.contract, query.day.isoformat())
    least, most = daily_range(contract, journal.standing.course(contract), query.day)
    room = max(ZERO, most - empty.nominated)
    return {
        "agreement": query.agreement, "contract": contract.contract, "day": query.day.isoformat(),
        "unit": str(contract.unit), "carrier": offer.meeting.carrier, "zone": offer.meeting.delivery,
        "begin": minute_text(offer.begin), "end": minute_text(offer.end), "least": amount_text(least),
        "most": amount_text(most), "nominated": amount_text(offer.nominated),
        "nominated_mw": float(offer.power(offer.nominated)), "room": amount_text(room),
        "room_mw": float(offer.power(room)), "mw_of_one": float(offer.power(Fraction(1))),
        "most_steps": offer.meeting.flexible_steps, "version": version, "floor": body["floor"], "steps": _steps(offer),
        "is_decided": _is_decided(journal, contract, query.day),
    }  # fmt: skip


def _steps(offer: DayOffer) -> list[dict[str, Any]]:
    return [
        {
            "quantity": amount_text(s.quantity),
            "mw": float(offer.power(s.quantity)),
            "price_per_mwh": amount_text(s.price),
        }
        for s in offer.steps
    ]


def _is_decided(journal: Journal, contract: Contract, day: date) -> bool:
    """Return whether what was delivered on the day is known: nothing can be offered any more."""
    return day in journal.standing.course(contract).allocated
