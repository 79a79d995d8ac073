"""Flexibility of a contract day: what its buyer offers to an auction above what is nominated, with its capacity."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from walras.contracts import Contract, Journal
from walras.contracts.drafting import READ
from walras.contracts.events import Draft
from walras.contracts.nominations import check_nomination
from walras.errors import BadInput, Mistake
from walras.service import permissions
from walras.service.capacity.bilateral import check_member
from walras.service.clock import MINUTE
from walras.service.commands.supply import OfferSupplyFlexibility
from walras.service.dispatch import Answer, handles
from walras.service.store import capacity
from walras.service.store import supply as stored
from walras.service.supply.asked import found_for
from walras.service.supply.entitled import right_mistakes
from walras.service.supply.offered import current_offer, gate_mistakes, say_flexibility
from walras.service.supply.reserving import set_to
from walras.service.work import Work, refuse
from walras.settlement.accounts import name_of


@handles(OfferSupplyFlexibility)
def offer_supply_flexibility(work: Work, command: OfferSupplyFlexibility) -> Answer:
    """Store steps in place of those of before, and reserve the capacity that all of them would use."""
    capacity.lock(work.connection, stored.get(work.connection, command.agreement).market)
    found = found_for(work.connection, work.actor, command.agreement, is_locked=True)
    at = work.now()
    journal = stored.journal(work.connection, found)
    contract = _contract(work, journal, command)
    check_member(work, work.actor.company, found.market, "buyer")
    asked = [(contract, command.day)]
    wrong = list(gate_mistakes(work.connection, found.market, journal.agreement, asked, at))
    if wrong:
        raise BadInput(wrong)
    steps = _steps(contract, command)
    _check(journal, contract, command.day, sum((q for q, _ in steps), Fraction(0)), at // MINUTE)
    body: dict[str, Any] = {"steps": [[str(q), str(p)] for q, p in steps], "floor": command.floor_per_mwh}
    day = command.day.isoformat()
    version = say_flexibility(work, found.market, found.id, contract.contract, day, body, at)
    offer = current_offer(work.connection, journal, found.id, contract, command.day)
    wrong = list(right_mistakes(work.connection, found.market, [offer]))
    if wrong:
        raise BadInput(wrong)
    set_to(work, found.market, [offer], "supply flexibility", at)
    return {"agreement": found.id, "contract": contract.contract, "day": day, "version": version}


def _contract(work: Work, journal: Journal, command: OfferSupplyFlexibility) -> Contract:
    """Return the contract, if the caller is its buyer and it has flexibility to offer."""
    contract, where = journal.agreement.contract(command.contract), f"contract {command.contract}"
    if contract is None:
        raise refuse(f"there is no contract {command.contract!r}", "contract", "contract_known", "Name one of it.")
    if work.actor.company != name_of(contract.buyer):
        what = f"{work.actor.company} is not its buyer"
        raise permissions.not_allowed(what, where, "supply_fact_by", "Let the buyer offer it.")
    if contract.meeting is None or not contract.begin <= command.day < contract.end:
        fix = "Name a day on which it holds, of a contract with [contract.auction]."
        raise refuse(f"it does not meet an auction on {command.day}", where, "contract_meets", fix)
    most = contract.meeting.flexible_steps
    if len(command.steps) > most:
        fix = f"Offer at most {most}, or agree on more: flexible_steps of [contract.auction]."
        raise refuse(f"{len(command.steps)} steps are offered", where, "supply_steps", fix)
    if command.floor_per_mwh is not None and contract.quantity.firm:
        what, fix = "it is firm, and what is nominated is sold at any price", "Leave floor_per_mwh out."
        raise refuse(what, where, "supply_floor", fix)
    return contract


def _steps(contract: Contract, command: OfferSupplyFlexibility) -> list[tuple[Fraction, Fraction]]:
    """Return quantity (in the contract's unit) and price of each step, cheapest first."""
    found, mistakes = list[tuple[Fraction, Fraction]](), list[Mistake]()
    for number, step in enumerate(command.steps, 1):
        where = f"step {number}"
        try:
            amount = Fraction(READ["quantity"](step.quantity, contract))
        except BadInput as error:
            mistakes += [Mistake(m.what, f"{where} quantity", m.rule, m.fix) for m in error.mistakes]
            continue
        if amount <= 0:
            mistakes.append(Mistake("it offers nothing", where, "supply_step_amount", "Offer more than 0."))
        found.append((amount, Fraction(step.price_per_mwh)))
    if mistakes:
        raise BadInput(mistakes)
    return sorted(found, key=lambda s: s[1])


def _check(journal: Journal, contract: Contract, day: date, more: Fraction, at: int) -> None:
    """Refuse steps that might not be nominated on top of what is: by the rules of a nomination."""
    course = journal.standing.course(contract)
    whole = course.nominated.get(day, Fraction(0)) + more
    draft = Draft("nomination", at, contract.contract, {"day": day.isoformat(), "quantity": str(whole)})
    wrong = list(check_nomination(journal.standing, contract, draft)) if more else []
    if wrong:
        raise BadInput(wrong)
