"""Bilateral contracts in the store: their terms, volumes in versions, nominations."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, func, insert, select, update

from walras.capacity.elements import IntArray
from walras.service.canonical import bytes_digest, canonical
from walras.service.store import supply
from walras.service.store.capacity_schema import capacity_rights, contract_volumes, contracts, nominations
from walras.service.work import refuse

ALIVE = ("registered", "confirmed")
"""States in which a contract has capacity."""


def get(connection: Connection, contract: str) -> Row[Any]:
    """Return a contract.

    Raises:
        BadInput: There is none (rule `contract_known`).
    """
    found = connection.execute(select(contracts).where(contracts.c.id == contract)).one_or_none()
    if found is None:
        raise refuse(f"there is no contract {contract!r}", "contract", "contract_known", "Take an id from the list.")
    return found


def companies_of(connection: Connection, holder: str) -> list[str]:
    """Return the companies to whom a holding of the ledger belongs: parties of a contract, holders of rights."""
    c = contracts.c
    found = connection.execute(select(c.seller, c.buyer).where(c.id == holder)).one_or_none()
    if found is not None:
        return sorted({found.seller, found.buyer})
    found_rights = connection.scalars(select(capacity_rights.c.holder).where(capacity_rights.c.id == holder))
    return list(found_rights) or supply.parties_of(connection, holder)


def alive(connection: Connection, market: str, begin: int, end: int) -> list[Any]:
    """Return the contracts of a market that have capacity in `[begin, end)`, by id."""
    c = contracts.c
    query = select(contracts).where(c.market == market, c.state.in_(ALIVE), c.begin < end, c.end > begin)
    return list(connection.execute(query.order_by(c.id)).all())


def of_market(connection: Connection, market: str, party: str | None, after: str, limit: int) -> list[Any]:
    """Return contracts after one of them, those of one party alone unless it is None."""
    c = contracts.c
    query = select(contracts).where(c.market == market, c.id > after).order_by(c.id).limit(limit)
    if party is not None:
        query = query.where((c.seller == party) | (c.buyer == party))
    return list(connection.execute(query).all())


def waiting(connection: Connection, until: int) -> list[str]:
    """Return contracts with volumes that wait for a party, and should have been confirmed by a time."""
    v = contract_volumes.c
    query = select(v.contract).where(v.state == "pending", v.confirm_until <= until).order_by(v.contract).distinct()
    return list(connection.scalars(query))


def waiting_of(connection: Connection, market: str, registrant: str) -> int:
    """Return how many contracts of a company in a market wait for the other party."""
    c = contracts.c
    place = (c.market == market, c.registrant == registrant, c.state == "registered")
    return connection.scalar(select(func.count()).select_from(contracts).where(*place)) or 0


# --- volumes -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Proposed:
    """Volumes that one party proposes.

    Attributes:
        mtus: UTC minutes; (t,).
        kw: Power in each; (t,).
        before_kw: What the contract had of the border then, which it goes back to when they are turned down; (t,).
    """

    mtus: IntArray
    kw: IntArray
    before_kw: IntArray

    def text(self) -> str:
        """Return them as they are stored."""
        return canonical({name: getattr(self, name).tolist() for name in ("mtus", "kw", "before_kw")})

    @property
    def digest(self) -> str:
        """What the trail says of them."""
        return bytes_digest(self.text().encode())


def proposed(row: Any) -> Proposed:
    """Return volumes as they were stored."""
    body = json.loads(row.body)
    return Proposed(*(np.array(body[name], dtype=np.int64) for name in ("mtus", "kw", "before_kw")))


def add_volumes(connection: Connection, contract: str, by: str, volumes: Proposed, confirm_until: int, at: int) -> int:
    """Store proposed volumes, MTU by MTU, and return their version."""
    v = contract_volumes.c
    version = 1 + (connection.scalar(select(func.max(v.version)).where(v.contract == contract)) or 0)
    body = volumes.text()
    row = {"contract": contract, "version": version, "state": "pending", "proposed_by": by, "body": body}
    connection.execute(insert(contract_volumes).values(**row, confirm_until=confirm_until, at=at))
    return version


def pending(connection: Connection, contract: str) -> Row[Any] | None:
    """Return the volumes of a contract that wait, None if none do."""
    v = contract_volumes.c
    query = select(contract_volumes).where(v.contract == contract, v.state == "pending")
    return connection.execute(query).one_or_none()


def proposers(connection: Connection, of: Sequence[str]) -> dict[str, str]:
    """Return who proposed the volumes that wait, by contract, of some contracts."""
    v = contract_volumes.c
    query = select(v.contract, v.proposed_by).where(v.contract.in_(list(of)), v.state == "pending")
    return {row.contract: row.proposed_by for row in connection.execute(query)}


def decide_volumes(connection: Connection, contract: str, version: int, state: str) -> None:
    """Say what became of volumes that waited."""
    v = contract_volumes.c
    connection.execute(update(contract_volumes).where(v.contract == contract, v.version == version).values(state=state))


def volumes(connection: Connection, contract: str, states: Sequence[str] = ("agreed",)) -> tuple[IntArray, IntArray]:
    """Return the MTUs of a contract and the power in each, later versions over earlier ones; sorted by MTU."""
    v = contract_volumes.c
    query = select(v.body).where(v.contract == contract, v.state.in_(states)).order_by(v.version)
    found: dict[int, int] = {}
    for body in connection.scalars(query):
        read = json.loads(body)
        found.update(zip(read["mtus"], read["kw"], strict=True))
    mtus = np.array(sorted(found), dtype=np.int64)
    return mtus, np.array([found[m] for m in mtus.tolist()], dtype=np.int64)


def versions(connection: Connection, contract: str) -> list[Any]:
    """Return every version of a contract's volumes, oldest first."""
    v = contract_volumes.c
    query = select(contract_volumes).where(v.contract == contract).order_by(v.version)
    return list(connection.execute(query).all())


def set_state(connection: Connection, contract: str, **columns: Any) -> None:
    """Write how a contract stands."""
    connection.execute(update(contracts).where(contracts.c.id == contract).values(**columns))


def add(connection: Connection, **columns: Any) -> None:
    """Store a contract."""
    connection.execute(insert(contracts).values(**columns))


# --- nominations -------------------------------------------------------------------------


def nominate(connection: Connection, contract: str, side: str, day: str, kw: IntArray, at: int) -> int:
    """Store the next version of one side's schedule of a day and return its number."""
    n = nominations.c
    place = (n.contract == contract, n.side == side, n.day == day)
    version = 1 + (connection.scalar(select(func.max(n.version)).where(*place)) or 0)
    row = {"contract": contract, "side": side, "day": day, "version": version, "body": canonical(kw.tolist())}
    connection.execute(insert(nominations).values(**row, at=at))
    return version


def nominated(connection: Connection, contract: str, day: str) -> dict[str, tuple[int, IntArray]]:
    """Return the last nomination of each side that sent one: its version and kW an MTU."""
    n = nominations.c
    query = select(nominations).where(n.contract == contract, n.day == day).order_by(n.version)
    return {r.side: (r.version, np.array(json.loads(r.body), dtype=np.int64)) for r in connection.execute(query).all()}
