"""Nominations of a day, and their matching: what is scheduled is firm, and what is left is free."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import Row

from walras.capacity.ledger import Ledger, joined
from walras.capacity.schedules import Matched, match
from walras.capacity.taking import lowered, released, utc_text
from walras.errors import BadInput, Mistake
from walras.service import permissions
from walras.service.canonical import bytes_digest, canonical
from walras.service.capacity import moments
from walras.service.capacity.asking import stream_of
from walras.service.capacity.bilateral import check_member
from walras.service.capacity.state import State, book, state_of
from walras.service.capacity.volumes import mtu_mistakes, volumes_of
from walras.service.clock import time_text
from walras.service.commands import MatchSchedules, NominateSchedule
from walras.service.dispatch import Answer, handles
from walras.service.handlers.contracts import opened, undo
from walras.service.store import capacity as stored
from walras.service.store import contracts, notices
from walras.service.timetable.rules import load_door_rules
from walras.service.work import Work, refuse


@handles(NominateSchedule)
def nominate_schedule(work: Work, command: NominateSchedule) -> Answer:
    """Take in one side's schedule of a contract for a day; the last version before the deadline counts."""
    starts, minutes, kw = volumes_of(command.volumes, "volumes")
    found = contracts.get(work.connection, command.contract)
    stored.lock(work.connection, found.market)
    found = contracts.get(work.connection, command.contract)
    at, day, me = work.now(), command.delivery_day, work.actor.company
    if me not in (found.seller, found.buyer):
        what = f"{me} is no party of {found.id}"
        raise permissions.not_allowed(what, f"contract {found.id}", "contract_party", "Ask as one of its parties.")
    check_member(work, me, found.market, "party")
    if found.state != "confirmed":
        fix = "Schedules are nominated once both parties have agreed."
        raise refuse(f"the contract is {found.state}", f"contract {found.id}", "contract_state", fix)
    first_hop = json.loads(found.path)[0][0]
    state = state_of(work.connection, found.market, day, day, [first_hop["element"]])
    until = moments.due(state.definition, day).nomination
    done = stored.day_of(work.connection, found.market, day.isoformat())
    closed_at = None if done is None else done.matched_at
    moments.check_open(at, until, "schedules", f"delivery day {day}", "nomination_deadline", closed_at)
    e = state.elements.known(first_hop["element"], "contract")
    _check_schedule(state, e, found, starts, minutes, kw)
    side = "seller" if me == found.seller else "buyer"
    version = contracts.nominate(work.connection, found.id, side, day.isoformat(), kw, at)
    said = {"contract": found.id, "delivery_day": day.isoformat(), "side": side, "version": version, "kw": kw.tolist()}
    work.record(stream_of(found.market), "schedule nominated", said, at)
    return {"contract": found.id, "delivery_day": day.isoformat(), "side": side, "version": version}


def _check_schedule(state: State, element: int, found: Row[Any], starts: Any, minutes: Any, kw: Any) -> None:
    """Refuse a schedule that has not every MTU of the day, or more than the contract."""
    expected = state.elements.starts(element)
    length = int(state.elements.minutes[element])
    where = f"schedule of {found.id}"
    wrong = mtu_mistakes(starts, expected, where, "schedule_mtus")
    if (minutes != length).any():
        fix = f"Send MTUs of {length} minutes."
        wrong.append(Mistake(f"an MTU has not {length} minutes", where, "schedule_mtus", fix))
    if wrong:
        raise BadInput(wrong)
    held = state.ledger.volume(found.id, expected)
    for t in np.flatnonzero(kw > held)[:20]:
        what = f"{kw[t] / 1000:g} MW are nominated and the contract has {held[t] / 1000:g} MW"
        fix = "Nominate that or less; more needs a change of the contract."
        wrong.append(Mistake(what, f"{where} {utc_text(int(expected[t]))}", "schedule_within_contract", fix))
    if wrong:
        raise BadInput(wrong)


@handles(MatchSchedules)
def match_schedules(work: Work, command: MatchSchedules) -> Answer:
    """Match the nominations of a day once they are due; what was not confirmed by then lapses before."""
    stored.lock(work.connection, command.market)
    at, day = work.now(), command.delivery_day
    state = state_of(work.connection, command.market, day, day)
    due = moments.due(state.definition, day).nomination
    if at < due:
        what = f"schedules of {day} are due at {time_text(due)}"
        raise refuse(what, f"delivery day {day}", "nomination_time", "Wait for that time.")
    done = stored.day_of(work.connection, command.market, day.isoformat())
    if done is not None and done.matched_at is not None:
        raise refuse(f"that was done for {day}", f"delivery day {day}", "schedules_matched", "There is nothing to do.")
    _lapse(work, state, at)
    state = state_of(work.connection, command.market, day, day)
    made, matches = _matched(work, state, day)
    made = joined([made, *_rights_released(work, state.ledger.plus(made), state, day)])
    state.ledger.plus(made)
    stored.set_day(work.connection, command.market, day.isoformat(), matched_at=at, matches=canonical(matches))
    anomalies = [m for m in matches if any(m["differs"])]
    said: dict[str, Any] = {"delivery_day": day.isoformat(), "matches": len(matches), "anomalies": len(anomalies)}
    said |= {"matches_digest": bytes_digest(canonical(matches).encode())}
    work.record(stream_of(command.market), "schedules matched", said | book(work, state, made, "matched", at), at)
    for found in anomalies:
        _tell_anomaly(work, state, day, found, at)
    return {"market": command.market} | said


def _lapse(work: Work, state: State, at: int) -> None:
    """End what waits for confirmation and has capacity on this day."""
    begin, end = int(state.elements.begin.min()), int(state.elements.end.max())
    for found in contracts.alive(work.connection, state.market, begin, end):
        waiting = contracts.pending(work.connection, found.id)
        if waiting is not None:
            row, whole, path = opened(work, found.id)
            undo(work, row, whole, path, waiting, "lapsed", "not confirmed before schedules were due", at)


def _matched(work: Work, state: State, day: date) -> tuple[Any, list[dict[str, Any]]]:
    """Return the entries of all contracts of a day, and what is kept of each match."""
    missing = load_door_rules(state.definition.profile, day).missing_nomination
    begin, end = int(state.elements.begin.min()), int(state.elements.end.max())
    parts, matches = [], []
    for found in contracts.alive(work.connection, state.market, begin, end):
        e = state.elements.known(json.loads(found.path)[0][0]["element"], "contract")
        starts = state.elements.starts(e)
        held = state.ledger.volume(found.id, starts)
        if not held.any():
            continue
        sent = contracts.nominated(work.connection, found.id, day.isoformat())
        seller, buyer = (sent.get(side) for side in ("seller", "buyer"))
        one = match(held, seller and seller[1], buyer and buyer[1], missing)
        parts.append(lowered(state.ledger, found.id, starts, one.kw, is_firm=True))
        matches.append(_kept(found, starts, one, {s: v[0] for s, v in sent.items()}))
    return joined(parts), matches


def _kept(found: Row[Any], starts: Any, one: Matched, versions: dict[str, int]) -> dict[str, Any]:
    return {
        "contract": found.id, "seller": found.seller, "buyer": found.buyer, "begin": int(starts[0]),
        "minutes": int(starts[1] - starts[0]) if len(starts) > 1 else 60, "kw": one.kw.tolist(),
        "seller_kw": one.seller_kw.tolist(), "buyer_kw": one.buyer_kw.tolist(), "differs": one.differs.tolist(),
        "versions": versions,
    }  # fmt: skip


def _rights_released(work: Work, ledger: Ledger, state: State, day: date) -> list[Any]:
    """Return the entries that free what rights have left on a day: use it or lose it."""
    parts = []
    for right in stored.rights_of(work.connection, state.market):
        if right.valid_from <= day.isoformat() <= right.valid_to and right.element in state.elements.number:
            starts = state.elements.starts(state.elements.number[right.element])
            parts.append(released(ledger, right.id, starts))
    return parts


def _tell_anomaly(work: Work, state: State, day: date, found: dict[str, Any], at: int) -> None:
    """Tell both parties and the system operators on the way where the two sides differ, and what holds."""
    rows = [
        {"mtu_start": utc_text(found["begin"] + found["minutes"] * t), "seller_mw": found["seller_kw"][t] / 1000,
         "buyer_mw": found["buyer_kw"][t] / 1000, "scheduled_mw": found["kw"][t] / 1000}
        for t, differs in enumerate(found["differs"]) if differs
    ]  # fmt: skip
    body = {"market": state.market, "delivery_day": day.isoformat(), "contract": found["contract"], "mtus": rows}
    legs = json.loads(contracts.get(work.connection, found["contract"]).path)
    elements = [state.elements.known(hop["element"], "contract") for leg in legs for hop in leg]
    sides = {side for e in elements for side in state.network.sides[e]}
    for company in sorted({found["seller"], found["buyer"], *sides}):
        notices.tell(work, company, "schedule anomaly", "", body, at)
