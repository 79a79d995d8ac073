"""One auction: contracts bring what they have, the day is cleared, audited, allocated, settled and handed on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from walras.contracts.auction import allocation_rows, with_contracts
from walras.contracts.offers import DayOffer, contracts_on, day_offer
from walras.coupling.clear import clear
from walras.results.audit import audit
from walras.settlement.settle import settle
from walras.settlement.terms import Fee, Terms
from walras.studies.pairs.day import handed_on, pair_book
from walras.studies.pairs.pair import Pair
from walras.studies.pairs.year.booking import book_session
from walras.studies.pairs.year.flexing import Cost, cost_of, mwh_in, steps_of
from walras.studies.pairs.year.living import GATE, PUBLISHED, Living
from walras.studies.pairs.year.measuring import Cleared, measure

FEE = Fee("trading", Fraction("0.15"))
"""In the trade currency, as in the rehearsal (`trade_terms`)."""


def auction(living: Living, day: date) -> None:
    """Live one auction, from the offers of contracts to the hand-over.

    Args:
        living: In the morning of the day before.
        day: Delivery day.

    Raises:
        AssertionError: The result breaks a rule: a defect of the engine or of the audit, never of the folder.
        BadInput: A contract does not fit the market.
    """
    eve = day - timedelta(days=1)
    with living.phase("offers"):
        offers = _offers(living, day, living.minute(eve, GATE))
    with living.phase("book"):
        plain = pair_book(living.pair, day, living.seed, living.handed)
        book = with_contracts(plain, [offer for _, offer, _ in offers])
    with living.phase("clear"):
        results = clear(book)
    with living.phase("audit"):
        violations = audit(book, results)
    if violations:
        raise AssertionError(f"{day}: {len(violations)} violations, the first: {violations[0]}")
    at = living.minute(eve, PUBLISHED)
    with living.phase("allocate"):
        for name, journal in living.journals.items():
            mine = [offer for n, offer, _ in offers if n == name]
            if mine:
                journal.record(allocation_rows(book, results.published, mine, at))
    with living.phase("settle"):
        rates = {(c, living.pair.currency): living.rate(c) for c in sorted({m.pays_in for m in living.pair.members})}
        rates.pop((living.pair.currency, living.pair.currency), None)
        book_session(living, day, settle(book, results, terms_of(living.pair), rates), at)
    with living.phase("hand over"):
        before, living.handed = living.handed, handed_on(living.pair, book, results, living.handed, living.seed)
        measure(living, Cleared(day, book, results, before, tuple(offers)))


def terms_of(pair: Pair) -> Terms:
    """Return the terms of settlement of a pair: one operator a state, a fee, currencies of payment."""
    operators = {z.zone: f"{z.state}-grid" for z in pair.zones}
    payment = {f"member/{m.member}": m.pays_in for m in pair.members if m.pays_in != pair.currency}
    return Terms(operators=operators, fees=(FEE,), payment=payment)


def _offers(living: Living, day: date, at: int) -> list[tuple[str, DayOffer, Cost]]:
    """Return what each contract brings: its agreement, offer, and what a unit is thought to cost."""
    found = []
    for name, journal in living.journals.items():
        for contract in contracts_on(journal.agreement, day):
            cost = cost_of(living, journal, contract, day, at)
            offer = day_offer(journal.standing, contract, day, floor=cost.whole / mwh_in(contract))
            found.append((name, replace(offer, steps=steps_of(living, journal, contract, day, cost)), cost))
    return found
