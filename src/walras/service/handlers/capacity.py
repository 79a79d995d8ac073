"""What system operators say of their lines, and what is given away over long times."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from sqlalchemy import insert

from walras.capacity.curtailment import least_kw, with_capacity
from walras.capacity.declared import mistakes_in
from walras.capacity.layers import DIRECTIONS
from walras.capacity.ledger import joined
from walras.capacity.moment import Fall
from walras.capacity.taking import take, utc_text
from walras.errors import BadInput, Mistake
from walras.service.canonical import digest_of
from walras.service.capacity import moments
from walras.service.capacity.asking import check_days_open, check_layer, stream_of
from walras.service.capacity.bilateral import check_member, wheeled
from walras.service.capacity.state import State, book, declaration_of, state_of
from walras.service.capacity.volumes import figures_of, kw_of
from walras.service.clock import time_text
from walras.service.commands import CloseCapacities, GrantRight, SubmitCapacity
from walras.service.dispatch import Answer, handles
from walras.service.store import capacity as stored
from walras.service.store import contracts, notices
from walras.service.store.capacity_schema import capacity_rights
from walras.service.store.users import next_id
from walras.service.timetable.rules import load_door_rules
from walras.service.work import Work, refuse


@handles(SubmitCapacity)
def submit_capacity(work: Work, command: SubmitCapacity) -> Answer:
    """Take in a new version of one side's figures, and curtail where less remains than was given away."""
    stored.lock(work.connection, command.market)
    at, day, side = work.now(), command.delivery_day, work.actor.company
    names = [f.element for f in command.figures]
    shared = [*names, *wheeled(work.connection, command.market, day)]
    state = state_of(work.connection, command.market, day, day, shared)
    due = moments.due(state.definition, day)
    done = stored.day_of(work.connection, command.market, day.isoformat())
    closed_at = None if done is None else done.capacity_told_at
    moments.check_open(at, due.capacity, "capacities", f"delivery day {day}", "capacity_deadline", closed_at)
    if len(set(names)) != len(names):
        raise refuse("an element is named twice", "figures", "element_once", "Send each element once.")
    bodies = _bodies(state, command, side)
    before = state.ledger.capacity.copy()
    versions = {
        name: stored.add_declaration(work.connection, command.market, name, side, day.isoformat(), body, at)
        for name, body in bodies.items()
    }
    after = state_of(work.connection, command.market, day, day, shared)
    _, made, falls = with_capacity(state.ledger, after.ledger.capacity)
    said: dict[str, Any] = {"delivery_day": day.isoformat(), "side": side, "versions": versions}
    said["digests"] = {name: digest_of(body) for name, body in bodies.items()}
    said |= {"changed_slots": int((before != after.ledger.capacity).sum())}
    work.record(stream_of(command.market), "capacity declared", said | book(work, state, made, "curtailed", at), at)
    _tell_falls(work, command.market, falls, at)
    differing = _tell_mismatches(work, after, day, names, at)
    return {"market": command.market, "delivery_day": day.isoformat(), "versions": versions, "mismatches": differing,
            "curtailed": sorted({f.holder for f in falls})}  # fmt: skip


def _bodies(state: State, command: SubmitCapacity, side: str) -> dict[str, dict[str, Any]]:
    """Return what is stored of each element, or refuse with every mistake in all of them."""
    wrong: list[Mistake] = []
    bodies = {}
    for figures in command.figures:
        try:
            e = state.elements.known(figures.element, "figures")
            if side not in state.network.sides[e]:
                sides = ", ".join(state.network.sides[e]) or "nobody"
                fix = "Declare lines at which your zone ends."
                raise refuse(f"{side} is no side of it: {sides}", figures.element, "capacity_side", fix)
            starts = state.elements.starts(e)
            body: dict[str, Any] = figures_of(figures, starts, state.definition.capacity.criteria)
        except BadInput as error:
            wrong += error.mistakes
            continue
        wrong += mistakes_in(declaration_of(side, 0, body), figures.element, starts)
        bodies[figures.element] = body
    if wrong:
        raise BadInput(wrong)
    return bodies


def _tell_falls(work: Work, market: str, falls: list[Fall], at: int) -> None:
    """Tell each holder what it lost: the parties of a contract, the holder of a right."""
    by_holder: dict[str, list[Fall]] = {}
    for fall in falls:
        by_holder.setdefault(fall.holder, []).append(fall)
    for holder, mine in by_holder.items():
        rows = [{"start": utc_text(f.start), "before_mw": f.before_kw / 1000, "after_mw": f.after_kw / 1000}
                for f in mine]  # fmt: skip
        for company in contracts.companies_of(work.connection, holder):
            notices.tell(
                work, company, "capacity curtailed", "", {"market": market, "holder": holder, "mtus": rows}, at
            )


def _tell_mismatches(work: Work, state: State, day: date, names: list[str], at: int) -> int:
    """Tell both sides where their figures differ; return in how many MTUs, both ways."""
    total = 0
    for name in names:
        found, sides = state.agreed[name, day], state.declared.get((name, day), {})
        differing = np.argwhere(found.differs)
        if not len(differing):
            continue
        total += len(differing)
        e = state.elements.number[name]
        starts = state.elements.starts(e)
        rows = [
            {"mtu_start": utc_text(int(starts[t])), "direction": DIRECTIONS[d], "agreed_mw": int(found.kw[d, t]) / 1000}
            | {side: int(declared.offered[d, t]) / 1000 for side, declared in sides.items()}
            for d, t in differing
        ]
        body = {"market": state.market, "delivery_day": day.isoformat(), "element": name, "mtus": rows}
        for side in state.network.sides[e]:
            notices.tell(work, side, "capacity mismatch", "", body, at)
    return total


@handles(CloseCapacities)
def close_capacities(work: Work, command: CloseCapacities) -> Answer:
    """Say what holds for sides that declared nothing, once capacities are due; a second time changes nothing."""
    stored.lock(work.connection, command.market)
    at, day = work.now(), command.delivery_day
    state = state_of(work.connection, command.market, day, day)
    due = moments.due(state.definition, day).capacity
    if at < due:
        what = f"capacities of {day} are due at {time_text(due)}"
        raise refuse(what, f"delivery day {day}", "capacity_time", "Wait for that time.")
    done = stored.day_of(work.connection, command.market, day.isoformat())
    if done is not None and done.capacity_told_at is not None:
        raise refuse(f"that was done for {day}", f"delivery day {day}", "capacity_told", "There is nothing to do.")
    silent = {
        (item.name, side)
        for e, item in enumerate(state.elements.items)
        for side in state.network.sides[e]
        if item.is_line and side not in state.declared.get((item.name, day), {})
    }
    made, falls, zeros = joined([]), list[Fall](), list[dict[str, Any]]()
    if silent and load_door_rules(state.definition.profile, day).missing_capacity == "zero":
        made, falls, zeros = _zeros(work, state, silent, day, at)
    stored.set_day(work.connection, command.market, day.isoformat(), capacity_told_at=at)
    late = [{"element": element, "side": side} for element, side in sorted(silent)]
    said: dict[str, Any] = {"delivery_day": day.isoformat(), "silent": late, "zeros": zeros} | book(
        work, state, made, "curtailed", at
    )
    work.record(stream_of(command.market), "capacities closed", said, at)
    for side in sorted({side for _, side in silent}):
        body = {"market": command.market, "delivery_day": day.isoformat(),
                "elements": [r["element"] for r in late if r["side"] == side]}  # fmt: skip
        notices.tell(work, side, "capacity missing", "", body, at)
    _tell_falls(work, command.market, falls, at)
    return {"market": command.market, "delivery_day": day.isoformat(), "silent": late}


def _zeros(work: Work, state: State, silent: set[tuple[str, str]], day: date, at: int) -> Any:
    """Declare zero for sides that said nothing; return entries, who lost what, and what was declared for whom.

    What is firm or held by an auction stays, so there it is no zero: nobody could mend a refusal.
    """
    zeros = []
    least = least_kw(state.ledger)
    for element, side in sorted(silent):
        place = state.elements.slice_of(state.elements.number[element])
        body = {"criteria": ["none declared"], "limits_kw": [least[:, place].tolist()],
                "reserve_kw": np.zeros_like(least[:, place]).tolist()}  # fmt: skip
        version = stored.add_declaration(work.connection, state.market, element, side, day.isoformat(), body, at)
        zeros.append({"element": element, "side": side, "version": version, "digest": digest_of(body)})
    after = state_of(work.connection, state.market, day, day)
    _, made, falls = with_capacity(state.ledger, after.ledger.capacity)
    return made, falls, zeros


@handles(GrantRight)
def grant_right(work: Work, command: GrantRight) -> Answer:
    """Take capacity of whole delivery days for a holder, in the layer of long-term rights or term auctions."""
    check_member(work, command.holder, command.market, "holder")
    if command.valid_to < command.valid_from:
        raise refuse("it ends before it begins", "valid_to", "right_valid", "Give a later last day.")
    (kw,) = kw_of([command.mw], "right").tolist()
    stored.lock(work.connection, command.market)
    at = work.now()
    state = state_of(work.connection, command.market, command.valid_from, command.valid_to, [command.element])
    check_layer(state, command.layer)
    check_days_open(work, state, command.valid_from, at)
    e = state.elements.known(command.element, "right")
    right = next_id(work.connection, "L")
    starts = state.elements.starts(e)
    direction = DIRECTIONS.index(command.direction)
    made = take(state.ledger, right, command.layer, e, direction, starts, np.full(len(starts), kw, dtype=np.int64))
    values = {"element": command.element, "direction": direction, "layer": command.layer, "holder": command.holder,
              "kw": kw, "valid_from": command.valid_from.isoformat(), "valid_to": command.valid_to.isoformat(),
              "reference": command.reference}  # fmt: skip
    work.connection.execute(insert(capacity_rights).values(id=right, market=command.market, at=at, **values))
    said = {"right": right} | values | book(work, state, made, "right granted", at)
    work.record(stream_of(command.market), "right granted", said, at)
    notices.tell(work, command.holder, "right granted", "", {"right": right} | values, at)
    return {"right": right}
