"""Transmission that is no trade: notified by a system operator, firm at once, withdrawn while schedules are open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from walras.capacity.layers import DIRECTIONS
from walras.capacity.ledger import holdings, joined
from walras.capacity.taking import lowered, released, take
from walras.service import permissions
from walras.service.capacity.asking import (
    check_days_open,
    check_layer,
    days_of,
    expanded,
    is_open,
    state_over,
    stream_of,
)
from walras.service.capacity.network import days_from
from walras.service.capacity.state import book, state_of
from walras.service.capacity.volumes import volumes_of
from walras.service.commands import NotifyTransmission, WithdrawTransmission
from walras.service.dispatch import Answer, handles
from walras.service.store import capacity as stored
from walras.service.store import notices
from walras.service.store.users import next_id
from walras.service.work import Work, refuse


@handles(NotifyTransmission)
def notify_transmission(work: Work, command: NotifyTransmission) -> Answer:
    """Take capacity for transmission that is no trade; it is firm at once, and netted like a schedule."""
    starts, minutes, kw = volumes_of(command.volumes, "volumes")
    stored.lock(work.connection, command.market)
    at = work.now()
    state = state_over(work.connection, command.market, starts, minutes, [command.element], at)
    check_layer(state, "transmission")
    e = state.elements.known(command.element, "transmission")
    if work.actor.company not in state.network.sides[e]:
        what = f"{work.actor.company} is no side of {command.element}"
        raise permissions.not_allowed(what, "element", "capacity_side", "Notify lines at which your zone ends.")
    check_days_open(work, state, state.days[0], at)
    mtus, by_mtu = expanded(state, e, starts, minutes, kw)
    name = next_id(work.connection, "T")
    direction = DIRECTIONS.index(command.direction)
    made = take(state.ledger, name, "transmission", e, direction, mtus, by_mtu)
    firm = lowered(state.ledger.plus(made), name, mtus, by_mtu, is_firm=True)
    said: dict[str, Any] = {"transmission": name, "by": work.actor.company, "reference": command.reference,
            "element": command.element, "direction": direction}  # fmt: skip
    said |= book(work, state, joined([made, firm]), "transmission", at)
    work.record(stream_of(command.market), "transmission notified", said, at)
    for side in state.network.sides[e]:
        notices.tell(work, side, "transmission notified", "", said, at)
    return {"transmission": name}


@handles(WithdrawTransmission)
def withdraw_transmission(work: Work, command: WithdrawTransmission) -> Answer:
    """Free what was notified, on days whose schedules are still open; every side of its lines is told."""
    found = stored.held_by(work.connection, command.transmission)
    if not found or found[0].layer != "transmission":
        what = f"there is no transmission {command.transmission!r}"
        raise refuse(what, "transmission", "transmission_known", "Take an id from the notice of it.")
    market, names = found[0].market, {r.line for r in found}
    stored.lock(work.connection, market)
    at = work.now()
    begin, end = min(r.start for r in found), max(r.start for r in found) + 1
    every = days_from(*days_of(work.connection, market, begin, end, names))
    days = [day for day in every if is_open(work, market, day, at)]
    if not days:
        what, fix = "its schedules are due or matched", "What is scheduled flows."
        raise refuse(what, f"transmission {command.transmission}", "nomination_deadline", fix)
    state = state_of(work.connection, market, days[0], days[-1], names)
    sides = {side for name in names for side in state.network.sides[state.elements.number[name]]}
    if work.actor.company not in sides:
        what = f"{work.actor.company} is no side of {', '.join(sorted(names))}"
        raise permissions.not_allowed(what, "transmission", "capacity_side", "Ask as a side of its lines.")
    starts = np.unique(state.ledger.of_holder(command.transmission)["start"].to_numpy())
    made = released(state.ledger, command.transmission, starts)
    if (replace(state.ledger, held=holdings(joined([state.ledger.held, made]))).free < 0).any():
        what, fix = "the other direction was given away against it", "It stays: netting counts on it."
        raise refuse(what, f"transmission {command.transmission}", "capacity_netted", fix)
    said: dict[str, Any] = {"transmission": command.transmission, "by": work.actor.company, "reason": command.reason}
    said |= book(work, state, made, "withdrawn", at)
    work.record(stream_of(market), "transmission withdrawn", said, at)
    for side in sorted(sides):
        notices.tell(work, side, "transmission withdrawn", "", said, at)
    return {"transmission": command.transmission, "first_day": days[0].isoformat()}
