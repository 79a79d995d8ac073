"""What the two sides of a cross-section agree: emergency assistance of a day gone by, returns on a day to come.

One side proposes, the other answers. A return that is agreed takes capacity as transmission that is no
trade, firm at once, so it is part of the plan of its day like every other schedule.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from walras.capacity.elements import IntArray
from walras.capacity.layers import BACKWARD, FORWARD
from walras.capacity.ledger import joined
from walras.capacity.taking import lowered, take
from walras.errors import BadInput
from walras.service import permissions
from walras.service.capacity import asking
from walras.service.capacity.state import book
from walras.service.capacity.volumes import minutes_of
from walras.service.clearing.deviations import Section, section_of, state_on
from walras.service.commands.deviations import AgreeReturn, AnswerAgreement, DeclareEmergency
from walras.service.dispatch import Answer, handles
from walras.service.store import capacity, ledger, notices
from walras.service.store import deviations as stored
from walras.service.store.users import next_id
from walras.service.work import Work, refuse
from walras.settlement.deviations.in_kind import balances, return_mistakes, tariff_of


@handles(DeclareEmergency)
def declare_emergency(work: Work, command: DeclareEmergency) -> Answer:
    """Keep what one side calls emergency assistance until the other answers."""
    return _propose(work, command, "emergency")


@handles(AgreeReturn)
def agree_return(work: Work, command: AgreeReturn) -> Answer:
    """Keep a return schedule until the other side answers; it fits what is owed."""
    return _propose(work, command, "return")


def _propose(work: Work, command: DeclareEmergency | AgreeReturn, kind: str) -> Answer:
    ledger.lock(work.connection, command.market)
    at = work.now()
    section = section_of(work.connection, command.market, command.element, command.delivery_day)
    side = section.side_of(work.actor.company)
    kwh = _by_mtu(section, command)
    if kind == "emergency":
        _check_covered(work, section, kwh)
    if kind == "return":
        asking.check_to_come(section.place.grid.begin, at)
        _check_return(work, section, kwh)
    name = next_id(work.connection, "BA")
    columns = {"market": command.market, "element": command.element, "day": command.delivery_day.isoformat(),
               "kind": kind, "side": side, "reference": command.reference}  # fmt: skip
    digest = stored.add_agreement(work.connection, {"kwh": kwh.tolist()}, id=name, at=at, **columns)
    told = columns | {"agreement": name, "digest": digest}
    work.record(stored.stream_of(command.market), "agreement proposed", told, at)
    _tell(work, section, told | {"by": work.actor.company}, "agreement proposed", at)
    return {"agreement": name}


def _check_covered(work: Work, section: Section, kwh: IntArray) -> None:
    """Refuse assistance of an MTU for which some is agreed or waits; a correction has the opposite sign."""
    place = (section.market, section.place.grid.day, section.place.element)
    for one in stored.agreements(work.connection, *place):
        counts = one.kind == "emergency" and one.state in {"proposed", "agreed"}
        if counts and (np.array(stored.body_of(one)["kwh"]) * kwh > 0).any():
            fix = "Answer that agreement, or correct it by energy of the opposite sign."
            raise refuse(f"agreement {one.id} covers an MTU of it", section.where, "emergency_covered", fix)


def _by_mtu(section: Section, command: DeclareEmergency | AgreeReturn) -> IntArray:
    """Return energy of every MTU of the day; those that are not named have none."""
    where = f"{command.element} {command.delivery_day}"
    starts = minutes_of([m.mtu_start for m in command.mtus], where)
    grid = section.place.grid
    kwh = np.zeros(len(grid.starts), dtype=np.int64)
    known = np.isin(starts, grid.starts)
    if not known.all() or len(np.unique(starts)) != len(starts):
        fix = f"Name MTUs of {grid.day}, which have {grid.minutes} minutes, each once."
        raise refuse("an MTU is none of that day, or named twice", where, "agreement_mtus", fix)
    kwh[(starts - grid.begin) // grid.minutes] = [m.kwh for m in command.mtus]
    if not kwh.any():
        raise refuse("it has no energy", where, "agreement_energy", "Send the MTUs that have some.")
    return kwh


def open_balance(work: Work, section: Section) -> dict[str, int]:
    """Return what is owed by class, less what is agreed to be returned and not settled yet."""
    found = balances(map(stored.movement_of, stored.movements(work.connection, section.market, section.place.element)))
    zone = section.definition.time_zone
    for one in stored.agreements(work.connection, section.market, None, section.place.element):
        day = date.fromisoformat(one.day)
        is_settled = bool(stored.runs_of(work.connection, section.market, section.place.element, day))
        if one.kind != "return" or one.state != "agreed" or is_settled:
            continue
        other = section_of(work.connection, section.market, section.place.element, day)
        for start, energy in zip(other.place.grid.starts.tolist(), stored.body_of(one)["kwh"], strict=True):
            tariff = tariff_of(section.rules.tariffs, start, zone)
            found[tariff] = found.get(tariff, 0) + energy
    return found


def _check_return(work: Work, section: Section, kwh: IntArray) -> None:
    wrong = list(return_mistakes(section.place.grid, kwh, open_balance(work, section), section.rules.tariffs,
                                 section.definition.time_zone, section.where))  # fmt: skip
    if wrong:
        raise BadInput(wrong)
    if (kwh * 60 % section.place.grid.minutes).any():
        fix = f"Send energy that whole kW bring in {section.place.grid.minutes} minutes."
        raise refuse("it is no whole number of kW", section.where, "return_power", fix)


@handles(AnswerAgreement)
def answer_agreement(work: Work, command: AnswerAgreement) -> Answer:
    """Take the other side's answer; a return that is agreed is scheduled."""
    found = stored.agreement(work.connection, command.agreement)
    if found.kind == "return":
        capacity.lock(work.connection, found.market)
    ledger.lock(work.connection, found.market)
    at = work.now()
    found = stored.agreement(work.connection, command.agreement)
    section = section_of(work.connection, found.market, found.element, date.fromisoformat(found.day))
    where = f"agreement {found.id}"
    if section.side_of(work.actor.company) == found.side:
        what = "it is one's own proposal"
        raise permissions.not_allowed(what, where, "agreement_other_side", "Let the other side answer.")
    if found.state != "proposed":
        raise refuse(f"it is {found.state}", where, "agreement_open", "Propose another one.")
    told: dict[str, Any] = {"agreement": found.id, "state": command.decision, "schedule": ""}
    if command.decision == "agreed" and found.kind == "return":
        told |= _schedule(work, section, np.array(stored.body_of(found)["kwh"], dtype=np.int64), at)
    stored.set_agreement(work.connection, found.id, command.decision, told["schedule"])
    work.record(stored.stream_of(found.market), "agreement answered", told, at)
    shown = {n: told[n] for n in ("agreement", "state", "schedule")}
    _tell(work, section, shown | {"by": work.actor.company}, "agreement answered", at)
    return shown


def _schedule(work: Work, section: Section, kwh: IntArray, at: int) -> dict[str, Any]:
    """Take capacity for a return, firm at once; return its name and what the trail says of it."""
    _check_return(work, section, kwh)
    grid = section.place.grid
    asking.check_to_come(grid.begin, at)
    state = state_on(work.connection, section)
    asking.check_layer(state, "transmission")
    asking.check_days_open(work, state, grid.day, at)
    element, name = state.elements.number[section.place.element], next_id(work.connection, "T")
    kw, state_ledger, parts = kwh * 60 // grid.minutes, state.ledger, []
    for hop, (direction, signed) in enumerate(((FORWARD, kw), (BACKWARD, -kw))):
        size = np.maximum(signed, 0)
        if not size.any():
            continue
        starts = grid.starts[size > 0]
        made = take(state_ledger, name, "transmission", element, direction, starts, size[size > 0], hop)
        firm = lowered(state_ledger.plus(made), name, starts, size[size > 0], is_firm=True)
        state_ledger = state_ledger.plus(joined([made, firm]))
        parts += [made, firm]
    return {"schedule": name} | book(work, state, joined(parts), "transmission", at)


def _tell(work: Work, section: Section, body: dict[str, Any], kind: str, at: int) -> None:
    for other in (section.terms.from_side.operator, section.terms.to_side.operator):
        notices.tell(work, other, kind, "", body, at)
