"""Does the store still hold what the trail says of deviations? Meters, initiatives, agreements, runs, energy.

A part of `trail_check`: what one day comes to in money stands in the ledger, which has its own chain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, select

from walras.service.canonical import bytes_digest
from walras.service.capacity_check import Act, Key, compared
from walras.service.store import deviations as stored
from walras.service.store import ledger
from walras.service.store.settlement_schema import (
    border_agreements,
    deviation_runs,
    energy_movements,
    initiatives,
    meter_series,
)
from walras.service.store.trail import Flaw
from walras.settlement.deviations.booking import KIND

AGREEMENT = ("element", "day", "kind", "side", "reference", "digest")


def deviation_flaws(connection: Connection, market: str, said: Mapping[str, Sequence[Act]]) -> Iterator[Flaw]:
    """Yield what is not as the trail says.

    Args:
        connection: A transaction that reads.
        market: Code of the market.
        said: Acts of every stream of the trail, oldest first.
    """
    stream = stored.stream_of(market)
    acts = said.get(stream, [])
    booked = [a for a in said.get(ledger.stream_of(market), []) if a["body"].get("kind") == KIND]
    pairs = {
        "meter series": (_versions(connection, meter_series, market), _told(acts, "metering submitted", "line")),
        "initiative": (_versions(connection, initiatives, market), _told(acts, "initiative declared", "element")),
        "agreement": (_agreements(connection, market), _agreements_told(acts)),
        "run": (_runs(connection, market), _runs_told(booked)),
        "energy": (_energy(connection, market), _energy_told(booked)),
    }
    for kind, (held, told) in pairs.items():
        yield from compared(stream, kind, held, told)


def _versions(connection: Connection, table: Table, market: str) -> dict[Key, Act]:
    rows = connection.execute(select(table).where(table.c.market == market)).all()
    return {
        (getattr(r, stored.PLACE[table.name]), r.side, r.day, r.version): {
            "company": r.company, "digest": r.digest, "body": bytes_digest(r.body.encode()), "at": r.at,
        }
        for r in rows
    }  # fmt: skip


def _told(acts: Sequence[Act], act: str, place: str) -> dict[Key, Act]:
    return {
        (b[place], b["side"], b["day"], b["version"]): {
            "company": a["company"], "digest": b["digest"], "body": b["digest"], "at": a["at"],
        }
        for a in acts if a["act"] == act for b in [a["body"]]
    }  # fmt: skip


def _agreements(connection: Connection, market: str) -> dict[Key, Act]:
    rows = connection.execute(select(border_agreements).where(border_agreements.c.market == market)).all()
    return {
        (r.id,): {n: getattr(r, n) for n in (*AGREEMENT, "state", "schedule", "at")}
        | {"body": bytes_digest(r.body.encode())}
        for r in rows
    }  # fmt: skip


def _agreements_told(acts: Sequence[Act]) -> dict[Key, Act]:
    found: dict[Key, Act] = {}
    for a in acts:
        body = a["body"]
        if a["act"] == "agreement proposed":
            found[body["agreement"],] = {n: body[n] for n in AGREEMENT} | {
                "body": body["digest"], "state": "proposed", "schedule": "", "at": a["at"],
            }  # fmt: skip
        elif a["act"] == "agreement answered":
            found[body["agreement"],] |= {"state": body["state"], "schedule": body["schedule"]}
    return found


def _runs(connection: Connection, market: str) -> dict[Key, Act]:
    rows = connection.execute(select(deviation_runs).where(deviation_runs.c.market == market)).all()
    return {(r.element, r.day, r.run): {"name": r.name, "event": r.event, "at": r.at} for r in rows}


def _runs_told(acts: Sequence[Act]) -> dict[Key, Act]:
    return {
        (b["element"], b["delivery_day"], b["run"]): {"name": b["name"], "event": b["event"], "at": a["at"]}
        for a in acts for b in [a["body"]]
    }  # fmt: skip


def _energy(connection: Connection, market: str) -> dict[Key, Act]:
    m = energy_movements.c
    found: dict[Key, list[Any]] = {}
    for row in connection.execute(select(energy_movements).where(m.market == market).order_by(m.id)):
        found.setdefault((row.element, row.event), []).append(row)
    return {
        key: {"digest": stored.rows_digest([(r.kind, r.day, r.tariff, r.kwh) for r in rows]),
              "at": [r.at for r in rows]}
        for key, rows in found.items()
    }  # fmt: skip


def _energy_told(acts: Sequence[Act]) -> dict[Key, Act]:
    return {
        (b["element"], b["event"]): {"digest": b["movements"], "at": [a["at"]] * b["moved"]}
        for a in acts for b in [a["body"]] if b["moved"]
    }  # fmt: skip
