"""What needs somebody, over all markets: one answer for the screen on which an operator's day begins."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from walras.errors import BadInput
from walras.service.capacity import moments
from walras.service.capacity.state import state_of
from walras.service.clock import SECOND, moment, time_text
from walras.service.queries import GetAttention
from walras.service.readers.registry import Look, Shown, reads
from walras.service.screening.decisions import CaseState
from walras.service.store import attention, markets, proposals
from walras.service.worker.timetable import due

LATE = 15 * SECOND
"""Acts of the clock and runs that wait for longer say that no worker is at work."""
MOST_DAYS = 6


@reads(GetAttention)
def get_attention(look: Look, _query: GetAttention) -> Shown:
    """Return what waits, what failed and what is late; lists are short, or counts."""
    waiting = proposals.waiting_on(look.connection)
    calls = attention.margin_calls_overdue(look.connection, look.at)
    return {
        "at": time_text(look.at),
        "proposals": [
            {n: p[n] for n in ("proposal", "command", "proposed_by", "proposed_at")}
            | {"is_own": p["proposed_by"] == look.actor.user}
            for p in waiting
        ],
        "failed_runs": [
            {"session": r.session, "run": r.id, "error": r.error.splitlines()[0] if r.error else ""}
            for r in attention.failed_runs(look.connection)
        ],
        "objections": [
            {"objection": o.id, "session": o.session, "member": o.member}
            for o in attention.objections_raised(look.connection)
        ],
        "hits": [
            {"case": c.id, "company": c.company} for c in attention.cases_in(look.connection, CaseState.HELD.value)
        ],
        "margin_calls": [
            {"call": c.id, "market": c.market, "member": c.member, "currency": c.currency,
             "amount_minor": c.amount_minor, "due_at": time_text(c.due_at)} for c in calls
        ],
        "bills": _bills(look), "capacities": _capacities(look), "late": _late(look),
        "deliveries_failed": attention.deliveries_failed(look.connection),
    }  # fmt: skip


def _bills(look: Look) -> list[Shown]:
    """Return overdue debts of each market by currency."""
    found = []
    for market in markets.newest(look.connection):
        today = moment(look.at).astimezone(ZoneInfo(market["time_zone"])).date().isoformat()
        found += [
            {"market": market["market"], "currency": row.currency, "count": row.count, "minor": int(row.minor)}
            for row in attention.bills_overdue(look.connection, market["market"], today)
        ]
    return found


def _capacities(look: Look) -> list[Shown]:
    """Return the days ahead for which a side of a line has declared nothing, with the time until when it may."""
    found = []
    for row in attention.days_ahead(look.connection, MOST_DAYS):
        day = date.fromisoformat(row.delivery_day)
        try:
            state = state_of(look.connection, row.market, day, day)
        except BadInput:  # the market does not read on this day: its session says so
            continue
        silent: dict[str, list[str]] = {}
        for e, item in enumerate(state.elements.items):
            for side in state.network.sides[e]:
                if side and side not in state.declared.get((item.name, day), {}):
                    silent.setdefault(side, []).append(item.name)
        if silent:
            until = moments.due(state.definition, day).capacity
            found.append(
                {"market": row.market, "delivery_day": row.delivery_day, "due_at": time_text(until),
                 "is_late": look.at >= until, "sides": [{"side": s, "elements": e} for s, e in sorted(silent.items())]}
            )  # fmt: skip
    return found


def _late(look: Look) -> list[Shown]:
    """Return what the clock should have done, and runs that nobody has begun."""
    acts: list[dict[str, Any]] = [
        {"session": one.session, "act": one.command.word()} for one in due(look.connection, look.at - LATE)
    ]
    waiting = attention.runs_waiting_since(look.connection, look.at - LATE)
    return acts + [{"session": r.session, "act": "begin-run"} for r in waiting]
