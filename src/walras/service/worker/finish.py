"""The end of a run in one transaction: everything of the result is there, or nothing.

The session's row is locked first and the run's second, as commands do. A run that another
worker has taken meanwhile stores nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, insert, select

from walras.service.canonical import digest_of
from walras.service.clock import MINUTE, time_text
from walras.service.definition import MarketDefinition
from walras.service.roles import WORKER
from walras.service.secrets import Secrets
from walras.service.store import markets, notices, runs, sessions
from walras.service.store.engine import Store
from walras.service.store.schema import artefacts, companies
from walras.service.timetable.rules import load_door_rules
from walras.service.work import Work
from walras.service.worker.outcome import Artefact, Cleared


def store_result(store: Store, secrets: Secrets, run: Row[Any], cleared: Cleared, files: list[Artefact]) -> bool:
    """Store a result and move its session to `cleared`; False if the run is not this worker's any more."""
    with store.write() as connection:
        work = Work(connection, store.clock, WORKER, secrets)
        session = sessions.locked(work, run.session)
        if not runs.is_mine(connection, run.id, run.worker):
            return False
        if session.state != "closed":
            runs.end(connection, run.id, "failed", f"the session is {session.state} now")
            return False
        at = work.now()
        insert_files(work, run.session, run.version, files, at)
        definition = markets.version(connection, session.market, session.market_version).definition
        until = at + round(objection_minutes(definition, date.fromisoformat(session.delivery_day)) * MINUTE)
        body = _body(run, cleared, files) | {"objections_until": until, "final_after": until}
        sessions.move(
            work, session, "cleared", at, body, version=run.version, objections_until=until, final_after=until
        )
        runs.end(connection, run.id, "done")
        told = {"version": run.version, "objections_until": time_text(until), "result_hash": body["result_hash"]}
        told |= {"rung": cleared.plan.rung, "cut_off": list(cleared.plan.cut_off), "audit": cleared.verdict}
        notices.tell_everybody(work, "result preliminary", session.id, told, at)
        work.finish()
        return True


def objection_minutes(market: MarketDefinition, day: date) -> float:
    """Return how long a preliminary result may be objected to: what the market says, or else its profile."""
    said = market.run.objection_minutes
    return load_door_rules(market.profile, day).objection_minutes if said is None else said


def store_failure(
    store: Store, secrets: Secrets, run: Row[Any], reason: str, culprits: Sequence[dict[str, Any]] = ()
) -> bool:
    """Record that a run gave no result, and which orders make it fail; False if the run was another's.

    The session stays closed; what to do about the orders is for two officers, or for the ladder.
    """
    with store.write() as connection:
        work = Work(connection, store.clock, WORKER, secrets)
        sessions.locked(work, run.session)
        if not runs.is_mine(connection, run.id, run.worker):
            return False
        at = work.now()
        runs.end(connection, run.id, "failed", reason, culprits)
        body = {"run": run.id, "version": run.version, "reason": reason, "culprits": list(culprits)}
        work.record(run.session, "run failed", body, at)
        operators = select(companies.c.code).where(companies.c.role == "operator").order_by(companies.c.code)
        for code in connection.scalars(operators).all():
            notices.tell(work, code, "run failed", run.session, body, at)
        work.finish()
        return True


def insert_files(work: Work, session: str, version: int, files: list[Artefact], at: int) -> None:
    """Store the files of a result."""
    rows = [
        {
            "session": session, "version": version, "name": f.name, "media_type": f.media_type,
            "digest": f.digest, "is_public": f.is_public, "content": f.content, "at": at,
        }
        for f in files
    ]  # fmt: skip
    work.connection.execute(insert(artefacts), rows)


def files_said(files: list[Artefact]) -> dict[str, dict[str, Any]]:
    """Return what the trail says of files: the digest, the type and who may have each."""
    return {f.name: {"digest": f.digest, "media_type": f.media_type, "is_public": f.is_public} for f in files}


def _body(run: Row[Any], cleared: Cleared, files: list[Artefact]) -> dict[str, Any]:
    said = files_said(files)
    return {
        "run": run.id, "version": run.version, "artefacts": said, "artefacts_digest": digest_of(said),
        "status": cleared.summary["status"], "stopped_by": cleared.summary["stopped_by"],
        "result_hash": cleared.summary["result_hash"], "market_hash": cleared.summary["market_hash"],
        "audit": cleared.verdict,
    } | ({} if cleared.system is None else {"system_prices": cleared.system.said})  # fmt: skip
