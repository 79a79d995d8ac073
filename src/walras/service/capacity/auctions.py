"""What an auction has of the border: all that is free at its gate, held until the result is final, then its exchanges.

A session of another kind than live is given the same figures, and holds nothing.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from sqlalchemy import Connection, Row, select

from walras.book.market import MarketTerms
from walras.capacity.elements import Elements, IntArray
from walras.capacity.ledger import joined
from walras.capacity.usable import allocated, usable
from walras.service.capacity.state import State, book, hold_entries, state_of
from walras.service.store import capacity as stored
from walras.service.store.schema import artefacts
from walras.service.work import Work, refuse

EXCHANGES = "result/scheduled_exchanges.parquet"


def hold_for(work: Work, session: Row[Any], at: int) -> str:
    """Give a session whose gate closes what is free, and return the digest of that; the session is locked."""
    stored.lock(work.connection, session.market)
    day = date.fromisoformat(session.delivery_day)
    state = state_of(work.connection, session.market, day, day)
    body = {"lines": by_line(state.elements, usable(state.ledger))}
    is_live = session.kind == "live"
    digest = stored.add_hold(work.connection, session.id, "held" if is_live else "shown", body, at)
    work.record(session.id, "capacity held" if is_live else "capacity shown", {"digest": digest}, at)
    return digest


def by_line(elements: Elements, kw: IntArray) -> dict[str, Any]:
    """Return powers of lines as they are stored: begin, MTU and kW both ways of each; `kw` has shape (d, s)."""
    found = {}
    for e, item in enumerate(elements.items):
        if item.is_line:
            forward, backward = (kw[d, elements.slice_of(e)].tolist() for d in (0, 1))
            begin = {"begin": int(elements.begin[e]), "minutes": item.minutes}
            found[item.name] = begin | {"forward_kw": forward, "backward_kw": backward}
    return found


def with_capacities(terms: MarketTerms, held: Mapping[str, Any] | None) -> MarketTerms:
    """Return a session's market with the capacities that it got at its gate; as it is where the gate has not closed."""
    lines = terms.lines
    if held is None or not lines.name:
        return terms
    forward, backward = lines.capacity_forward.copy(), lines.capacity_backward.copy()
    for number, name in enumerate(lines.name):
        mine = held["lines"].get(name)
        if mine is None:
            fix = "Cancel the session and plan another one of this day."
            raise refuse(f"line {name} is no more in the market", f"line {name}", "market_changes", fix)
        periods = np.flatnonzero(lines.period_line == number)
        place = (lines.period_start[periods] - mine["begin"]) // mine["minutes"]
        forward[periods] = np.array(mine["forward_kw"])[place] / 1000
        backward[periods] = np.array(mine["backward_kw"])[place] / 1000
    return replace(terms, lines=replace(lines, capacity_forward=forward, capacity_backward=backward))


def settle_for(work: Work, session: Row[Any], at: int) -> None:
    """Turn what a session held into the exchanges of its final result, firm; the rest is free again."""
    held = _held(work.connection, session)
    if held is None:
        return
    stored.lock(work.connection, session.market)
    state = _state_with(work.connection, session, held)
    kw = exchanged_kw(work.connection, session.id, session.version, state.elements)
    made = allocated(state.ledger, session.id, session.layer, kw)
    state.ledger.plus(made)
    made = made.filter(
        (pl.col("kw") > 0) | (pl.col("firm_kw") > 0)
    )  # what gives the hold back is not stored: it was not
    stored.set_hold(work.connection, session.id, "allocated")
    work.record(session.id, "capacity allocated", book(work, state, made, "allocated", at), at)


def free_for(work: Work, session: Row[Any], at: int) -> None:
    """Give back what a session holds that ends without a result."""
    if _held(work.connection, session) is None:
        return
    stored.lock(work.connection, session.market)
    stored.set_hold(work.connection, session.id, "free")
    work.record(session.id, "capacity freed", {}, at)


def _held(connection: Connection, session: Row[Any]) -> dict[str, Any] | None:
    held = stored.session_capacity(connection, session.id)
    return held if held is not None and held["state"] == "held" else None


def _state_with(connection: Connection, session: Row[Any], held: dict[str, Any]) -> State:
    """Return the state of a session's day; its hold is in the ledger."""
    day = date.fromisoformat(session.delivery_day)
    state = state_of(connection, session.market, day, day)
    assert joined(hold_entries(state.elements, session.id, session.layer, held))["kw"].sum() == (
        state.ledger.of_holder(session.id)["kw"].sum()
    ), "the ledger has the hold of a session"
    return state


def exchanged_kw(connection: Connection, session: str, version: int, elements: Elements) -> IntArray:
    """Return the scheduled exchanges of a result on each line and direction, kW sent; (d, s)."""
    content = connection.scalar(
        select(artefacts.c.content).where(
            artefacts.c.session == session, artefacts.c.version == version, artefacts.c.name == EXCHANGES
        )
    )
    return exchanges_kw(None if content is None else pl.read_parquet(io.BytesIO(content)), elements)


def exchanges_kw(table: pl.DataFrame | None, elements: Elements) -> IntArray:
    """Return scheduled exchanges by direction and slot of lines, kW sent, (d, s); without a table there are none."""
    found = np.zeros((2, elements.slots), dtype=np.int64)
    if table is None:
        return found
    for e, item in enumerate(elements.items):
        mine = table.filter(pl.col("line") == item.name)
        if item.is_line and len(mine):
            starts = mine["mtu_start"].dt.epoch("s").to_numpy() // 60
            kw = np.rint(mine["exchange_mw"].to_numpy() * 1000).astype(np.int64)
            for d, sign in enumerate((1, -1)):
                found[d, elements.slot(e, starts)] = np.maximum(sign * kw, 0)
    return found
