"""Bilateral contracts: registered by one party, confirmed by the other, changed, ended; each step told to both."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Row

from walras.capacity.elements import IntArray
from walras.capacity.paths import Path, by_mtu, changed, given_back, reserve
from walras.capacity.taking import utc_text
from walras.service import permissions
from walras.service.canonical import canonical
from walras.service.capacity import moments
from walras.service.capacity.asking import check_days_open, check_layer, days_of, state_over, stream_of
from walras.service.capacity.bilateral import check_member, check_permits, check_rights, path_of, stored_path
from walras.service.capacity.state import State, book, state_of
from walras.service.capacity.volumes import volumes_of
from walras.service.clock import MINUTE, microseconds, time_text
from walras.service.commands import (
    ChangeContract,
    ConfirmContract,
    LapseContract,
    RefuseContract,
    RegisterContract,
    TerminateContract,
)
from walras.service.dispatch import Answer, handles
from walras.service.roles import Role
from walras.service.store import capacity as stored
from walras.service.store import contracts, notices
from walras.service.store.users import next_id
from walras.service.timetable.rules import load_door_rules
from walras.service.work import Work, refuse

HOUR = 60 * MINUTE
MOST_WAITING = 200
"""So many contracts of a company may wait in a market: each has to be worked through when schedules are due."""


@handles(RegisterContract)
def register_contract(work: Work, command: RegisterContract) -> Answer:
    """Reserve capacity for a contract on every hop of its way, and ask the other party to confirm."""
    me = work.actor.company
    if command.counterparty == me:
        raise refuse("both parties are the same", "counterparty", "contract_parties", "Name the other party.")
    for company in (me, command.counterparty):
        check_member(work, company, command.market, "counterparty" if company == command.counterparty else "registrant")
    seller, buyer = (me, command.counterparty) if command.role == "seller" else (command.counterparty, me)
    starts, minutes, kw = volumes_of(command.volumes, "volumes")
    if not kw.any():
        raise refuse("nothing is delivered", "volumes", "contract_volume", "Register a power above 0 MW.")
    names = [hop.element for leg in command.legs for hop in leg]
    stored.lock(work.connection, command.market)
    at = work.now()
    state = state_over(work.connection, command.market, starts, minutes, names, at)
    rules = load_door_rules(state.definition.profile, state.days[0])
    if not rules.free_bilateral:
        what = f"profile {state.definition.profile} has no bilateral contracts"
        raise refuse(what, "market", "bilateral_off", "Trade in the auctions of this market.")
    check_layer(state, "bilateral")
    check_days_open(work, state, state.days[0], at)
    if contracts.waiting_of(work.connection, command.market, me) >= MOST_WAITING:
        what = f"{MOST_WAITING} contracts of {me} wait for the other party"
        raise refuse(what, "contract", "contracts_waiting", "Have some of them confirmed or refused first.")
    path = path_of(state.elements, command.legs)
    check_rights(work, command.market, state.elements, path, me)
    mtus, by = by_mtu(state.elements, path, starts, minutes, kw, "volumes")
    check_permits(work, state, path, seller, buyer, mtus, by)
    contract = next_id(work.connection, "C")
    made = reserve(state.ledger, contract, "bilateral", path, mtus, by)
    until = _confirm_until(state, state.days[0], rules.confirmation_hours, at)
    kind = "delivery" if len(command.legs) == 1 else "substitution"
    legs = [[hop.model_dump(mode="json") for hop in leg] for leg in command.legs]
    begin, end = int(mtus[0]), int(mtus[-1] + state.elements.minutes[path.hops[0].element])
    terms = {"reference": command.reference, "kind": kind, "seller": seller, "buyer": buyer, "registrant": me,
             "begin": begin, "end": end}  # fmt: skip
    contracts.add(work.connection, id=contract, market=command.market, path=canonical(legs), state="registered",
                  confirm_until=until, at=at, **terms)  # fmt: skip
    new = contracts.Proposed(mtus, by, np.zeros_like(by))
    contracts.add_volumes(work.connection, contract, me, new, until, at)
    said = {"contract": contract, "legs": legs, "confirm_until": time_text(until)} | terms
    said |= {"energy_mwh": _energy(state, path, by), "version": 1, "volumes_digest": new.digest}
    work.record(stream_of(command.market), "contract registered", said | book(work, state, made, "registered", at), at)
    _tell(work, state, path, (seller, buyer), "contract registered", said, at)
    return {"contract": contract, "state": "registered", "confirm_until": time_text(until)}


def rights_of(path: Path) -> list[str]:
    """Return the rights that a path uses; until a day is matched, what a contract gives back is theirs again."""
    return [hop.right for hop in path.hops if hop.right]


def _energy(state: State, path: Path, kw: IntArray) -> float:
    return float(kw.sum() * int(state.elements.minutes[path.hops[0].element]) / 60_000)


def _confirm_until(state: State, first: date, hours: int, at: int) -> int:
    """Return until when the other party may confirm: some hours, and never beyond the nominations of the first day."""
    return min(at + hours * HOUR, moments.due(state.definition, first).nomination)


def _tell(
    work: Work, state: State, path: Path, parties: tuple[str, ...], kind: str, body: dict[str, Any], at: int
) -> None:
    """Tell both parties, and the system operators on the way."""
    sides = {side for hop in path.hops for side in state.network.sides[hop.element]}
    for company in sorted({*parties, *sides}):
        notices.tell(work, company, kind, "", {"market": state.market} | body, at)


def opened(work: Work, contract: str) -> tuple[Row[Any], State, Path]:
    """Return a contract, the state of all its days and its path, under the lock of its market."""
    market = contracts.get(work.connection, contract).market
    stored.lock(work.connection, market)
    found = contracts.get(work.connection, contract)
    legs = json.loads(found.path)
    names = [hop["element"] for leg in legs for hop in leg]
    end = max(found.end, found.begin + 1)  # one that ended before it began has a day, too
    first, last = days_of(work.connection, market, found.begin, end, names)
    state = state_of(work.connection, market, first, last, names)
    return found, state, stored_path(state.elements, legs)


def _party(work: Work, found: Row[Any]) -> None:
    """Refuse who is no party of a contract (rule `contract_party`)."""
    if work.actor.company not in (found.seller, found.buyer):
        what = f"{work.actor.company} is no party of {found.id}"
        raise permissions.not_allowed(what, f"contract {found.id}", "contract_party", "Ask as one of its parties.")


def _check_state(found: Row[Any], states: tuple[str, ...]) -> None:
    if found.state not in states:
        fix = f"That is possible while it is {' or '.join(states)}."
        raise refuse(f"the contract is {found.state}", f"contract {found.id}", "contract_state", fix)


@handles(ConfirmContract)
def confirm_contract(work: Work, command: ConfirmContract) -> Answer:
    """Agree to what the other party proposed: the contract, or new volumes; what is less is freed now."""
    found, state, path = opened(work, command.contract)
    at = work.now()
    _party(work, found)
    _check_state(found, ("registered", "confirmed"))
    waiting = _pending(work, found)
    if waiting.proposed_by == work.actor.company:
        what = f"{work.actor.company} proposed this itself"
        raise permissions.not_allowed(what, f"contract {found.id}", "contract_other_party", "The other party confirms.")
    if at >= waiting.confirm_until:
        what = f"it had to be confirmed until {time_text(waiting.confirm_until)}"
        raise refuse(what, f"contract {found.id}", "confirmation_due", "Register or propose it anew.")
    check_member(work, found.seller, found.market, "seller")
    check_member(work, found.buyer, found.market, "buyer")
    new = contracts.proposed(waiting)
    made = given_back(state.ledger, found.id, path, new.mtus, new.kw, rights_of(path))
    contracts.decide_volumes(work.connection, found.id, waiting.version, "agreed")
    contracts.set_state(work.connection, found.id, state="confirmed")
    said = {"contract": found.id, "version": waiting.version, "by": work.actor.company}
    work.record(stream_of(found.market), "contract confirmed", said | book(work, state, made, "confirmed", at), at)
    _tell(work, state, path, (found.seller, found.buyer), "contract confirmed", said, at)
    return {"contract": found.id, "state": "confirmed", "version": waiting.version}


def _pending(work: Work, found: Row[Any]) -> Any:
    waiting = contracts.pending(work.connection, found.id)
    if waiting is None:
        raise refuse("nothing waits for a party", f"contract {found.id}", "contract_pending", "Propose a change first.")
    return waiting


@handles(RefuseContract)
def refuse_contract(work: Work, command: RefuseContract) -> Answer:
    """Turn down what waits; the capacity that it took is free again."""
    found, state, path = opened(work, command.contract)
    at = work.now()
    _check_state(found, ("registered", "confirmed"))
    if work.actor.role is Role.MEMBER:
        _party(work, found)
    elif not any(work.actor.company in state.network.sides[hop.element] for hop in path.hops):
        what = f"{work.actor.company} is no side of the way of {found.id}"
        raise permissions.not_allowed(
            what, f"contract {found.id}", "capacity_side", "Refuse contracts over your lines."
        )
    waiting = _pending(work, found)
    state_after = undo(work, found, state, path, waiting, "refused", command.reason, at)
    return {"contract": found.id, "state": state_after, "version": waiting.version}


@handles(LapseContract)
def lapse_contract(work: Work, command: LapseContract) -> Answer:
    """End what waited longer than it may."""
    found, state, path = opened(work, command.contract)
    at = work.now()
    waiting = _pending(work, found)
    if at < waiting.confirm_until:
        what = f"it may be confirmed until {time_text(waiting.confirm_until)}"
        raise refuse(what, f"contract {found.id}", "confirmation_time", "Wait for that time.")
    state_after = undo(work, found, state, path, waiting, "lapsed", "not confirmed in time", at)
    return {"contract": found.id, "state": state_after, "version": waiting.version}


def undo(work: Work, found: Row[Any], state: State, path: Path, waiting: Any, word: str, reason: str, at: int) -> str:
    """Free what proposed volumes took beyond those that were agreed before, and say so."""
    new = contracts.proposed(waiting)
    made = given_back(state.ledger, found.id, path, new.mtus, new.before_kw, rights_of(path))
    contracts.decide_volumes(work.connection, found.id, waiting.version, word)
    now = word if found.state == "registered" else found.state
    contracts.set_state(work.connection, found.id, state=now, reason=reason)
    said = {"contract": found.id, "version": waiting.version, "by": work.actor.company, "reason": reason}
    work.record(stream_of(found.market), f"contract {word}", said | book(work, state, made, word, at), at)
    _tell(work, state, path, (found.seller, found.buyer), f"contract {word}", said, at)
    return now


@handles(ChangeContract)
def change_contract(work: Work, command: ChangeContract) -> Answer:
    """Propose new volumes for some time of a contract; more capacity is taken now, less is freed once confirmed."""
    starts, minutes, kw = volumes_of(command.volumes, "volumes")
    found, state, path = opened(work, command.contract)
    at = work.now()
    _party(work, found)
    _check_state(found, ("confirmed",))
    if contracts.pending(work.connection, found.id) is not None:
        what, fix = "a change of it waits for the other party", "Wait until that one is decided."
        raise refuse(what, f"contract {found.id}", "one_change", fix)
    mtus, by = by_mtu(state.elements, path, starts, minutes, kw, "volumes")
    has = contracts.volumes(work.connection, found.id)[0]
    if not np.isin(mtus, has[has < found.end]).all():
        fix = "Register another contract for other times."
        raise refuse("an MTU is none of the contract's", f"contract {found.id}", "contract_mtus", fix)
    _check_to_come(work, found, state, int(mtus[0]), at, 0)
    legs = json.loads(found.path)
    bare = stored_path(state.elements, legs)
    has_kw = state.ledger.volume(found.id, mtus)
    check_permits(work, state, path, found.seller, found.buyer, mtus, np.maximum(by - has_kw, 0))
    up, _ = changed(state.ledger, found.id, "bilateral", bare, mtus, by)
    rules = load_door_rules(state.definition.profile, state.days[0])
    first = _day_of(work, found, int(mtus[0]))
    until = _confirm_until(state, first, rules.confirmation_hours, at)
    new = contracts.Proposed(mtus, by, has_kw)
    version = contracts.add_volumes(work.connection, found.id, work.actor.company, new, until, at)
    said = {"contract": found.id, "version": version, "by": work.actor.company, "confirm_until": time_text(until),
            "energy_mwh": _energy(state, path, by),
            "volumes_digest": new.digest}  # fmt: skip
    work.record(stream_of(found.market), "contract change", said | book(work, state, up, "change proposed", at), at)
    _tell(work, state, path, (found.seller, found.buyer), "contract change", said, at)
    return {"contract": found.id, "version": version, "confirm_until": time_text(until)}


def _check_to_come(work: Work, found: Row[Any], state: State, begin: int, at: int, hours: int) -> None:
    """Refuse what begins in the past, with too little notice, or on a day whose schedules are due."""
    if begin * MINUTE <= at:
        what = f"{utc_text(begin)} is past"
        raise refuse(what, f"contract {found.id}", "contract_to_come", "Choose a time to come.")
    if begin * MINUTE < at + hours * HOUR:
        what = f"{utc_text(begin)} is less than {hours} hours away"
        raise refuse(what, f"contract {found.id}", "termination_notice", f"Give {hours} hours of notice.")
    check_days_open(work, state, _day_of(work, found, begin), at)


def _day_of(work: Work, found: Row[Any], minute: int) -> date:
    """Return the delivery day of a contract that an MTU lies in: a gas day ends in the morning of the next."""
    names = [hop["element"] for leg in json.loads(found.path) for hop in leg]
    return days_of(work.connection, found.market, minute, minute + 1, names)[0]


@handles(TerminateContract)
def terminate_contract(work: Work, command: TerminateContract) -> Answer:
    """End a contract from a time on, by notice of one party; its capacity from then on is free."""
    found, state, path = opened(work, command.contract)
    at = work.now()
    _party(work, found)
    _check_state(found, ("confirmed",))
    if command.end.tzinfo is None or microseconds(command.end) % MINUTE:
        raise refuse("the time has no zone, or seconds", "end", "time_zone", "Write it with its offset.")
    end = microseconds(command.end) // MINUTE
    rules = load_door_rules(state.definition.profile, state.days[0])
    _check_to_come(work, found, state, end, at, rules.termination_hours)
    waiting = contracts.pending(work.connection, found.id)
    mtus, _ = contracts.volumes(work.connection, found.id)
    mtus = mtus[mtus < found.end]
    later = mtus[mtus >= end]
    if not len(later):
        raise refuse("it ends before that by itself", "end", "contract_to_come", "There is nothing to end.")
    touched, to_kw = later, np.zeros_like(later)
    if waiting is not None:  # what a change took before the end is free again, too
        new = contracts.proposed(waiting)
        touched = np.concatenate([new.mtus[new.mtus < end], later])
        to_kw = np.concatenate([new.before_kw[new.mtus < end], to_kw])
    made = given_back(state.ledger, found.id, path, touched, to_kw, rights_of(path))
    if waiting is not None:
        contracts.decide_volumes(work.connection, found.id, waiting.version, "withdrawn")
    length = int(state.elements.minutes[path.hops[0].element])
    ended = int(mtus[mtus < end][-1]) + length if (mtus < end).any() else found.begin
    now = "confirmed" if ended > found.begin else "terminated"
    contracts.set_state(work.connection, found.id, state=now, end=ended, reason=command.reason)
    said: dict[str, Any] = {"contract": found.id, "end": utc_text(end), "by": work.actor.company}
    said |= {"reason": command.reason, "state": now, "ended": ended, "withdrawn": waiting and waiting.version}
    work.record(stream_of(found.market), "contract terminated", said | book(work, state, made, "terminated", at), at)
    _tell(work, state, path, (found.seller, found.buyer), "contract terminated", said, at)
    return {"contract": found.id, "state": now, "end": utc_text(end)}
