"""Does the store still hold what its trail says? Every table that is protected, against the trail.

Beyond the chain itself (`store.trail.flaws`): sessions and markets against their moves,
submissions against what was acknowledged, the orders that stand against a replay of the
submissions, capacities and contracts against their acts (`capacity_check`), files of results
against their digests, and results against their certificates.
Written for `walras trail verify`; reads only, and never stops at the first flaw.
"""

from __future__ import annotations

import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import polars as pl
from sqlalchemy import Connection, Row, select
from sqlalchemy.exc import SQLAlchemyError

from walras.errors import BadInput
from walras.results.hashing import result_hash
from walras.service.bills_check import bill_flaws, tax_flaws
from walras.service.canonical import bytes_digest, canonical
from walras.service.capacity.asking import stream_of
from walras.service.capacity_check import capacity_flaws, hold_flaws
from walras.service.clock import time_text
from walras.service.collateral_check import cover_flaws, reservation_flaws
from walras.service.corridor_check import corridor_flaws
from walras.service.deviation_check import deviation_flaws
from walras.service.ledger_check import ledger_flaws
from walras.service.plan import Plan
from walras.service.secrets import Secrets
from walras.service.store import trail
from walras.service.store.ledger import stream_of as ledger_stream
from walras.service.store.schema import artefacts, market_versions, markets, orders, runs, sessions, submissions
from walras.service.store.schema import trail as trail_table
from walras.service.store.sessions import MOVES
from walras.service.store.trail import Flaw
from walras.service.supply_check import offered_flaws, supply_flaws


@dataclass(frozen=True)
class Effect:
    """What one submission does to a member's orders: names that it places with their kin, names that it takes back."""

    placed: Mapping[str, str]
    taken_back: frozenset[str]
    takes_all_back: bool


class Door(Protocol):
    """What the door knows of its own submissions."""

    def opened(self, secrets: Secrets, session: Row[Any], row: Row[Any]) -> bytes:
        """Return the content of a sealed submission; raises BadInput if it was changed."""

    def stored_digest(self, secrets: Secrets, row: Row[Any], content: bytes) -> str:
        """Return what the store has of the digest of this content."""

    def effect(self, kind: str, payload: bytes) -> Effect:
        """Return what a submission of this kind does."""


def flaws(connection: Connection, secrets: Secrets | None = None, door: Door | None = None) -> Iterator[Flaw]:
    """Yield everything in the store that is not as the trail says.

    Args:
        connection: A transaction that reads.
        secrets: Opens sealed submissions; without it only their bytes are compared.
        door: Reads what was opened; without it the orders that stand are not replayed.
    """
    yield from trail.flaws(connection)
    said = _said(connection)
    yield from _guarded("markets", _market_flaws(connection, said["markets"]))
    yield from _guarded("members", tax_flaws(connection, said["members"]))
    everything = [act for acts in said.values() for act in acts]
    for market in connection.scalars(select(markets.c.code).order_by(markets.c.code)).all():
        stream = stream_of(market)
        found = capacity_flaws(connection, market, stream, said.get(stream, []), everything)
        yield from _guarded(stream, found)
        yield from _guarded(f"deviations.{market}", deviation_flaws(connection, market, said))
        yield from _guarded(f"supply.{market}", supply_flaws(connection, market, said))
        ledger = ledger_stream(market)
        yield from _guarded(ledger, cover_flaws(connection, market, ledger, said.get(ledger, [])))
        yield from _guarded(ledger, ledger_flaws(connection, market, said.get(ledger, []), secrets))
        yield from _guarded(ledger, bill_flaws(connection, market, said.get(ledger, [])))
    for session in connection.execute(select(sessions).order_by(sessions.c.id)):
        acts = said.pop(session.id, [])
        yield from _guarded(session.id, hold_flaws(connection, session, acts))
        yield from _guarded(session.id, offered_flaws(connection, session, acts))
        yield from _guarded(session.id, corridor_flaws(connection, session, acts))
        yield from _guarded(session.id, _session_flaws(session, acts, secrets))
        yield from _guarded(session.id, _plan_flaws(connection, session, acts))
        yield from _guarded(session.id, _submission_flaws(connection, session, acts, secrets, door))
        yield from _guarded(session.id, reservation_flaws(connection, session, acts, secrets))
        yield from _guarded(session.id, _file_flaws(connection, session, acts))
    for stream, acts in said.items():
        if any(a["act"] == "scheduled" for a in acts):
            yield Flaw(stream, "sessions", "the trail knows this session, and it is not there")


def _guarded(stream: str, found: Iterator[Flaw]) -> Iterator[Flaw]:
    """Yield flaws; rows of another form than the service writes are one, and end no check of what follows."""
    try:
        yield from found
    except (TypeError, KeyError, ValueError, AttributeError, SQLAlchemyError) as error:
        yield Flaw(stream, "trail", f"what it says has not the form that was written: {type(error).__name__}")


def _said(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """Return the acts of every stream in order, bodies read; rows that do not read are flaws of the chain already."""
    out: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in connection.execute(select(trail_table).order_by(trail_table.c.id)).mappings():
        try:
            body = json.loads(row["body"])
        except ValueError:
            continue
        if isinstance(body, dict):
            out[row["stream"]].append({**row, "body": body})
    return out


def _market_flaws(connection: Connection, acts: list[dict[str, Any]]) -> Iterator[Flaw]:
    set_ = {(a["body"].get("market"), a["body"].get("version")): a for a in acts if a["act"] == "market set"}
    for row in connection.execute(select(market_versions)):
        where = f"market {row.market} version {row.version}"
        act = set_.pop((row.market, row.version), None)
        if act is None:
            yield Flaw("markets", where, "the trail does not know it")
            continue
        body = act["body"]
        told = {"body": canonical(body.get("definition")), "at": act["at"]}
        yield from _differences("markets", where, row, told | {n: body.get(n) for n in ("valid_from", "valid_to")})
    for market, version in set_:
        yield Flaw("markets", f"market {market} version {version}", "the trail knows it, and it is not there")


def _session_flaws(session: Row[Any], acts: list[dict[str, Any]], secrets: Secrets | None) -> Iterator[Flaw]:
    """Compare a session with its moves: what a move says holds until another says otherwise."""
    told: dict[str, Any] = {"state": None, "version": 0, "book": "", "key_released_at": None}
    told |= {"objections_until": None, "final_after": None, "rung": "", "missing": "[]"}
    times = {"opens_at", "gate_at", "results_due_at"}
    for act in acts:
        body = act["body"]
        if act["act"] in MOVES:
            told["state"] = act["act"]
        if act["act"] == "scheduled":
            told |= {n: body.get(n) for n in ("market", "market_version", "kind", "layer", "delivery_day", *times)}
            told["deadlines"] = body.get("deadlines", "[]")
        elif act["act"] == "closed" and "book" in body:
            told |= {"book": body["book"], "key_released_at": act["at"]}
        elif act["act"] == "cleared":
            told |= {n: body.get(n) for n in ("version", "objections_until", "final_after")}
        elif act["act"] == "book missing":
            told["missing"] = canonical(body["zones"])
        if act["act"] == "rung" or body.get("by") == "rung" or (act["act"] == "fallback" and "rung" in body):
            told["rung"] = body["rung"]
    shown = {n: time_text(getattr(session, n)) if n in times else getattr(session, n) for n in told}
    for name, value in told.items():
        if shown[name] != value:
            yield Flaw(session.id, f"sessions.{name}", f"it is {shown[name]!r}, the trail says {value!r}")
    if secrets is not None:
        try:
            secrets.session_key(session.id, session.sealed_key)
        except BadInput as error:
            yield Flaw(session.id, "sessions.sealed_key", error.mistakes[0].what)


def _plan_flaws(connection: Connection, session: Row[Any], acts: list[dict[str, Any]]) -> Iterator[Flaw]:
    """Compare the plans of a session's runs with what the trail says that was asked for."""
    told = {a["body"]["version"]: a["body"]["plan"] for a in acts if "plan" in a["body"]}
    begins = next((a["body"]["not_before"] for a in acts if "not_before" in a["body"]), 0)
    query = select(runs.c.version, runs.c.plan, runs.c.not_before).where(runs.c.session == session.id)
    for run in connection.execute(query):
        if run.not_before != begins:
            what = f"it may begin at {run.not_before}, the trail says {begins}"
            yield Flaw(session.id, f"runs version {run.version}", what)
        said = told.get(run.version, Plan().text())
        if run.plan != said:
            yield Flaw(session.id, f"runs version {run.version}", f"its plan is {run.plan}, the trail says {said}")


def _submission_flaws(
    connection: Connection, session: Row[Any], acts: list[dict[str, Any]], secrets: Secrets | None, door: Door | None
) -> Iterator[Flaw]:
    told = {a["body"]["submission"]: a for a in acts if "submission" in a["body"] and "digest" in a["body"]}
    rows = connection.execute(
        select(submissions).where(submissions.c.session == session.id).order_by(submissions.c.sequence)
    ).all()
    payloads: list[tuple[Row[Any], bytes]] = []
    is_whole = True
    for row in rows:
        where = f"submission {row.sequence}"
        act = told.pop(row.sequence, None)
        if act is None:
            yield Flaw(session.id, where, "the trail does not know it")
            continue
        body = {"member": act["company"], "user": act["actor"]} | act["body"]
        fields = ("member", "user", "kind", "digest", "orders")
        yield from _differences(session.id, where, row, {n: body[n] for n in fields if n in body} | {"at": act["at"]})
        if "sealed_digest" in body and bytes_digest(row.sealed) != body["sealed_digest"]:
            yield Flaw(session.id, f"{where}.sealed", "its bytes are not those that were acknowledged")
        payload = _payload(session, row, secrets, door)
        if isinstance(payload, str):
            is_whole = False
            yield Flaw(session.id, f"{where}.sealed", payload)
        elif payload is not None:
            payloads.append((row, payload))
    for lost in told:
        yield Flaw(session.id, f"submission {lost}", "it was acknowledged, and it is not there")
    if door is not None and secrets is not None and is_whole:
        yield from _order_flaws(connection, session.id, payloads, door)


def _payload(session: Row[Any], row: Row[Any], secrets: Secrets | None, door: Door | None) -> bytes | str | None:
    """Return the content of a submission, what is wrong with it, or None without the means to open it."""
    if secrets is None or door is None:
        return None
    try:
        payload = door.opened(secrets, session, row)
        is_same = door.stored_digest(secrets, row, payload) == row.digest
    except BadInput as error:
        return error.mistakes[0].what
    return payload if is_same else "its content has another digest"


def _order_flaws(
    connection: Connection, session: str, payloads: Iterable[tuple[Row[Any], bytes]], door: Door
) -> Iterator[Flaw]:
    """Compare the orders that stand with a replay of the submissions in their order."""
    told: dict[tuple[str, str], dict[str, Any]] = {}
    for row, payload in payloads:
        try:
            effect = door.effect(row.kind, payload)
        except BadInput as error:
            yield Flaw(session, f"submission {row.sequence}", error.mistakes[0].what)
            return  # what it did to the orders is not known
        own = [name for member, name in told if member == row.member and told[member, name]["is_live"]]
        gone = set(own) if effect.takes_all_back else effect.taken_back
        for name in sorted(gone | set(effect.placed)):
            before = told.get((row.member, name), {"version": 0, "kin": ""})
            is_live = name in effect.placed
            told[row.member, name] = {
                "version": before["version"] + 1, "submission": row.sequence, "is_live": is_live,
                "kin": effect.placed[name] if is_live else before["kin"],
            }  # fmt: skip
    for found in connection.execute(select(orders).where(orders.c.session == session)):
        where = f"order {found.name!r} of {found.member}"
        expected = told.pop((found.member, found.name), None)
        if expected is None:
            yield Flaw(session, where, "no submission placed it")
        else:
            yield from _differences(session, where, found, expected)
    for member, name in told:
        yield Flaw(session, f"order {name!r} of {member}", "a submission placed it, and it is not there")


def _file_flaws(connection: Connection, session: Row[Any], acts: list[dict[str, Any]]) -> Iterator[Flaw]:
    told: dict[tuple[int, str], dict[str, Any]] = {}
    for act in acts:
        for name, said in act["body"].get("artefacts", {}).items():
            told[act["body"]["version"], name] = said | {"at": act["at"]}
    for row in connection.execute(select(artefacts).where(artefacts.c.session == session.id)):
        where = f"result {row.version} {row.name}"
        expected = told.pop((row.version, row.name), None)
        if expected is None:
            yield Flaw(session.id, where, "the trail does not know it")
            continue
        yield from _differences(session.id, where, row, expected)
        if bytes_digest(row.content) != row.digest:
            yield Flaw(session.id, f"{where}.content", "its bytes have another digest")
    for version, name in told:
        yield Flaw(session.id, f"result {version} {name}", "it was stored, and it is not there")
    yield from _result_flaws(connection, session.id, acts)


def _result_flaws(connection: Connection, session: str, acts: list[dict[str, Any]]) -> Iterator[Flaw]:
    """Compute the hash of each stored result again, and compare it with the trail and with its certificates."""
    for act in acts:
        if act["act"] != "cleared":
            continue
        version = act["body"]["version"]
        rows = connection.execute(
            select(artefacts).where(artefacts.c.session == session, artefacts.c.version == version)
        ).all()
        where = f"result {version}"
        try:
            held = result_hash({_table(r.name): pl.read_parquet(io.BytesIO(r.content)) for r in rows if _table(r.name)})
        except (pl.exceptions.PolarsError, OSError, ValueError) as error:
            yield Flaw(session, where, f"its tables cannot be read: {error}")
            continue
        hashes = {"the trail": act["body"].get("result_hash")}
        hashes |= {r.name: _certified(r.content) for r in rows if r.name.endswith("certificate.json")}
        for source, value in hashes.items():
            if value != held:
                yield Flaw(session, where, f"its tables have the hash {held}, {source} says {value}")


def _table(name: str) -> str:
    """Return the table of a result folder that a file holds, empty if it is none."""
    is_table = name.startswith("result/") and name.endswith(".parquet")
    return name.removeprefix("result/").removesuffix(".parquet") if is_table else ""


def _certified(content: bytes) -> Any:
    try:
        return json.loads(content)["document"]["result_hash"]
    except (ValueError, KeyError, TypeError):
        return None


def _differences(stream: str, where: str, row: Row[Any], told: Mapping[str, Any]) -> Iterator[Flaw]:
    for name, value in told.items():
        if getattr(row, name) != value:
            yield Flaw(stream, f"{where}.{name}", f"it is {getattr(row, name)!r}, the trail says {value!r}")
