"""The ladder of fallbacks, by command and by the clock: each step is a new run, or the end without a result.

A step ends every run that waits or goes on: the older run loses, whatever it brings later. So
there is never a moment at which two results of different rungs may be stored.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import Row, select

from walras.service import moves
from walras.service.canonical import canonical
from walras.service.commands import DeclareMissingBook, StartFallback, StepDown
from walras.service.definition import MarketDefinition
from walras.service.dispatch import Answer, handles
from walras.service.handlers.sessions import queue_again
from walras.service.plan import LOCAL, NONE, PARTIAL, RUNGS
from walras.service.store import markets, notices, runs, sessions
from walras.service.store.schema import runs as run_table
from walras.service.work import Work, refuse


@handles(StartFallback)
def start_fallback(work: Work, command: StartFallback) -> Answer:
    """Take a rung of the ladder before its deadline, or another one than the clock would; never a higher one."""
    found = sessions.locked(work, command.session)
    at = work.now()
    market, rung = definition_of(work, found), command.rung
    moves.check_rung(found, market, rung)
    return _take(work, found, rung, _chosen(work, found, market, rung, command.cut_off), command.reason, at)


@handles(StepDown)
def step_down(work: Work, command: StepDown) -> Answer:
    """Take the rung that is due.

    A partial decoupling cuts off the zones whose book was declared missing, or that hold an order
    which makes the engine fail; when there is none, or nothing would stay joined, the next rung is taken.
    """
    found = sessions.locked(work, command.session)
    at = work.now()
    rung = moves.check_step(found, at)
    market = definition_of(work, found)
    cut_off = suspects(work, found) if rung == PARTIAL else ()
    if rung == PARTIAL and not _leaves_two(market, cut_off):
        rungs = [r for r, _ in json.loads(found.deadlines)]
        rung, cut_off = next((r for r in rungs if RUNGS.index(r) > RUNGS.index(PARTIAL)), NONE), ()
    if rung == LOCAL:
        cut_off = _all_zones(market)
    return _take(work, found, rung, cut_off, "there is no result at the deadline", at)


@handles(DeclareMissingBook)
def declare_missing_book(work: Work, command: DeclareMissingBook) -> Answer:
    """Keep zones whose order book cannot be had; the next partial decoupling cuts them off."""
    found = sessions.locked(work, command.session)
    at = work.now()
    moves.check_missing(found)
    _check_zones(definition_of(work, found), command.zones)
    zones = sorted({*json.loads(found.missing), *command.zones})
    sessions.put(work, found, missing=canonical(zones))
    body = {"zones": zones, "reason": command.reason}
    work.record(found.id, "book missing", body, at)
    notices.tell_everybody(work, "book missing", found.id, body, at)
    return {"session": found.id, "missing": zones}


def definition_of(work: Work, found: Row[Any]) -> MarketDefinition:
    """Return the definition of a session's market."""
    return markets.version(work.connection, found.market, found.market_version).definition


def suspects(work: Work, found: Row[Any]) -> tuple[str, ...]:
    """Return the zones whose book is missing or holds an order that was found to make the engine fail, sorted."""
    plan = runs.newest_plan(work.connection, found.id)
    out = {(o.member, o.order) for o in plan.excluded}
    texts = work.connection.scalars(select(run_table.c.culprits).where(run_table.c.session == found.id))
    culprits = [c for text in texts for c in json.loads(text) if (c["member"], c["order"]) not in out]
    return tuple(sorted({*json.loads(found.missing), *(c["zone"] for c in culprits if c["zone"])}))


def _chosen(
    work: Work, found: Row[Any], market: MarketDefinition, rung: str, cut_off: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the zones that an officer's step cuts off."""
    where = f"session {found.id}"
    if rung != PARTIAL:
        if cut_off:
            what = f"the rung {rung} names no zones"
            raise refuse(what, where, "fallback_zones", "Leave cut_off away, or take partial_decoupling.")
        return _all_zones(market) if rung == LOCAL else ()
    _check_zones(market, cut_off)
    zones = tuple(sorted(set(cut_off))) or suspects(work, found)
    if not _leaves_two(market, zones):
        what = f"{', '.join(zones) or 'nothing'} would be cut off of {', '.join(_all_zones(market))}"
        raise refuse(
            what, where, "fallback_zones", "Name at least one zone, and leave one; local cuts all of them off."
        )
    return zones


def _check_zones(market: MarketDefinition, zones: Collection[str]) -> None:
    known = _all_zones(market)
    unknown = sorted(set(zones) - set(known))
    if unknown:
        raise refuse(f"the market has no zone {unknown[0]!r}", "zones", "zone_known", f"Name {', '.join(known)}.")


def _all_zones(market: MarketDefinition) -> tuple[str, ...]:
    return tuple(sorted(z.zone for z in market.zones))


def _leaves_two(market: MarketDefinition, cut_off: Collection[str]) -> bool:
    """Return whether a decoupling is partial: something is cut off, and something is left."""
    return 0 < len(cut_off) < len(market.zones)


def _take(work: Work, found: Row[Any], rung: str, cut_off: tuple[str, ...], reason: str, at: int) -> Answer:
    """Take a rung: end older runs, and ask for the run of this one or end without a result; everybody is told."""
    body: dict[str, Any] = {"rung": rung, "cut_off": list(cut_off), "reason": reason}
    if rung == NONE:
        sessions.move(work, found, "fallback", at, body, rung=rung)
        runs.supersede(work.connection, found.id, "the session ended without a result")
        notices.tell_everybody(work, "session fallback", found.id, body, at)
        return {"session": found.id, "state": "fallback", "rung": rung}
    moves.check_taking(found, rung)
    ended = runs.supersede(work.connection, found.id, f"the session went down to {rung}")
    plan = runs.newest_plan(work.connection, found.id).at(rung, cut_off)
    answer = queue_again(work, found, plan, at, "rung", body | {"superseded": ended})
    sessions.put(work, found, rung=rung)
    notices.tell_everybody(work, "fallback rung", found.id, body, at)
    return answer | {"rung": rung, "cut_off": list(cut_off)}
