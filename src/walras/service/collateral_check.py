"""Do reservations, covers and margin calls still stand as the trail and the ledger's events say?

A sealed sum is held by its digest in the trail of its session, and by the exposures of the orders that stand: their
sealed maps have digests there too. Covers follow from events of the ledger, margin calls from acts of its stream.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Row, select

from walras.errors import BadInput
from walras.service.canonical import bytes_digest
from walras.service.capacity_check import Act, Key, compared
from walras.service.secrets import Secrets
from walras.service.store import collateral as stored
from walras.service.store import ledger
from walras.service.store.schema import orders, submissions
from walras.service.store.settlement_schema import covers, margin_calls, reservations, submission_exposures
from walras.service.store.trail import Flaw


def reservation_flaws(
    connection: Connection, session: Row[Any], acts: list[Act], secrets: Secrets | None
) -> Iterator[Flaw]:
    """Yield sums and exposures of a session that are not as its trail says."""
    freed = next((a["at"] for a in acts if a["act"] == "collateral freed"), None)
    sent = [a for a in acts if a["act"] == "orders" and "reserved_digest" in a["body"]]
    told: dict[Key, Act] = {
        (a["company"],): {"sealed": a["body"]["reserved_digest"], "market": session.market, "freed_at": freed}
        for a in sent
    }
    rows = connection.execute(select(reservations).where(reservations.c.session == session.id)).all()
    held: dict[Key, Act] = {
        (r.member,): {"sealed": bytes_digest(r.sealed), "market": r.market, "freed_at": r.freed_at} for r in rows
    }
    yield from compared(session.id, "reservation", held, told)
    maps = _maps(connection, session.id)
    exposures: dict[Key, Act] = {(n,): {"sealed": bytes_digest(sealed)} for n, sealed in maps.items()}
    told = {(a["body"]["submission"],): {"sealed": a["body"]["exposure_digest"]} for a in sent}
    yield from compared(session.id, "exposure of submission", exposures, told)
    if secrets is not None:
        yield from _sums(connection, session, rows, maps, secrets)


def _maps(connection: Connection, session: str) -> dict[int, bytes]:
    e = submission_exposures.c
    query = select(e.submission, e.sealed).join(submissions, submissions.c.sequence == e.submission)
    return {r.submission: r.sealed for r in connection.execute(query.where(submissions.c.session == session))}


def _sums(
    connection: Connection, session: Row[Any], rows: Any, maps: dict[int, bytes], secrets: Secrets
) -> Iterator[Flaw]:
    """Compare each sum with the exposures of the orders that are live."""
    if not rows:
        return
    key = secrets.session_key(session.id, session.sealed_key)
    o = orders.c
    live = connection.execute(
        select(o.member, o.submission, o.kin, o.name).where(o.session == session.id, o.is_live)
    ).all()
    for row in rows:
        mine = {(r.submission, r.kin or r.name) for r in live if r.member == row.member}
        where = f"reservation of {row.member}"
        try:
            said = stored.shown(key, session.id, row.member, row.sealed, "reserved")
            opened = {
                n: stored.shown(key, session.id, row.member, maps[n], "exposure")
                for n in {n for n, _ in mine} & set(maps)
            }
        except BadInput as error:
            yield Flaw(session.id, where, error.mistakes[0].what)
            continue
        if said != sum(opened.get(n, {}).get(kin, 0) for n, kin in mine):
            yield Flaw(session.id, where, "it is not the sum of what the live orders bind")


def cover_flaws(connection: Connection, market: str, stream: str, acts: list[Act]) -> Iterator[Flaw]:
    """Yield guarantees, set-offs and margin calls of a market that are not as its events and acts say."""
    names = ("member", "kind", "issuer", "currency", "amount_minor", "valid_from", "valid_to")
    rows = connection.execute(select(covers).where(covers.c.market == market))
    held: dict[Key, Act] = {
        (r.reference,): {n: getattr(r, n) for n in names} | {"left_minor": r.left_minor, "state": r.state, "at": r.at}
        for r in rows
    }
    told: dict[Key, Act] = {}
    for event in ledger.events(connection, market):
        body = event.body
        if event.kind == "cover filed":
            more = {"left_minor": body["amount_minor"], "state": "filed", "at": event.at}
            told[body["reference"],] = {n: body[n] for n in names} | more
        elif event.kind == "cover ended":
            told[body["reference"],]["state"] = "ended"
        elif event.kind == "default":
            for reference, _, left in body["drawn"]:
                told[reference,]["left_minor"] = left
    yield from compared(stream, "cover", held, told)
    yield from compared(stream, "margin call", *_calls(connection, market, acts))


def _calls(connection: Connection, market: str, acts: list[Act]) -> tuple[dict[Key, Act], dict[Key, Act]]:
    names = ("member", "currency", "amount_minor", "due_at")
    rows = connection.execute(select(margin_calls).where(margin_calls.c.market == market))
    held: dict[Key, Act] = {(r.id,): {n: getattr(r, n) for n in names} | {"state": r.state, "at": r.at} for r in rows}
    told: dict[Key, Act] = {}
    for a in acts:
        body = a["body"]
        if a["act"] == "margin called":
            told[body["call"],] = {n: body[n] for n in names} | {"state": "open", "at": a["at"]}
        elif a["act"] == "margin met":
            for call in body["calls"]:
                told[call,]["state"] = "met"
    return held, told
