"""The end of a first pass: not a result, but what the market asks of its lines, and a notice to their system operators.

Files of it are public under names of their own (`published/provisional_...`); the session
stays closed until the second pass.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Row

from walras.service.canonical import canonical, digest_of
from walras.service.capacity.auctions import by_line, exchanges_kw
from walras.service.clock import time_text
from walras.service.gate import corridor_due
from walras.service.handlers.corridor import decide, network_for, silent_sides
from walras.service.roles import WORKER
from walras.service.secrets import Secrets
from walras.service.store import corridors, markets, notices, runs, sessions
from walras.service.store.engine import Store
from walras.service.work import Work
from walras.service.worker.finish import files_said, insert_files
from walras.service.worker.outcome import JSON, PARQUET, Artefact, Cleared, parquet

NOTE = "cleared without network limits, for information: no result of the session"


def provisional_files(cleared: Cleared) -> list[Artefact]:
    """Return the public files of a first pass; their names are those of no result."""
    tables = {"provisional_prices": "prices", "provisional_exchanges": "scheduled_exchanges"}
    files = [
        Artefact(f"published/{name}.parquet", PARQUET, is_public=True, content=parquet(cleared.tables[table]))
        for name, table in tables.items()
        if table in cleared.tables
    ]
    said = ("status", "stopped_by", "currency", "market_hash", "settings_hash")
    public = {n: cleared.summary[n] for n in said} | {"is_result": False, "note": NOTE, "audit": cleared.verdict}
    return [*files, Artefact("provisional/summary.json", JSON, is_public=True, content=canonical(public).encode())]


def store_request(store: Store, secrets: Secrets, run: Row[Any], cleared: Cleared) -> bool:
    """Store a first pass and ask for its corridor; False if the run is not this worker's any more.

    Where no line has a system operator the second pass follows at once, in all that the session holds.
    """
    with store.write() as connection:
        work = Work(connection, store.clock, WORKER, secrets)
        found = sessions.locked(work, run.session)
        if not runs.is_mine(connection, run.id, run.worker):
            return False
        if found.state != "closed":
            runs.end(connection, run.id, "failed", f"the session is {found.state} now")
            return False
        at = work.now()
        files = provisional_files(cleared)
        insert_files(work, found.id, run.version, files, at)
        runs.end(connection, run.id, "done")
        network = network_for(work, found)
        body = {"lines": by_line(network.elements, exchanges_kw(cleared.tables.get("scheduled_exchanges"),
                                                                network.elements))}  # fmt: skip
        definition = markets.version(connection, found.market, found.market_version).definition
        gate_at = found.gate_at if found.kind == "live" else found.key_released_at  # others close at any time
        due = corridor_due(definition, date.fromisoformat(found.delivery_day), gate_at)
        digest = corridors.add(connection, found.id, run.version, body, due, at)
        said = files_said(files)
        told = {"version": run.version, "request_digest": digest, "due_at": time_text(due)} | body
        hashes = {n: cleared.summary[n] for n in ("status", "market_hash", "settings_hash", "result_hash")}
        marks = {"artefacts": said, "artefacts_digest": digest_of(said), "audit": cleared.verdict}
        work.record(found.id, "corridor requested", told | hashes | marks, at)
        corridor = corridors.newest(connection, found.id)
        assert corridor is not None, "it was stored above"
        silent = silent_sides(work, found, corridor, network)
        for side in sorted({s["side"] for s in silent}):
            mine = {s["element"] for s in silent if s["side"] == side}
            lines = {name: line for name, line in body["lines"].items() if name in mine}
            notice = {"due_at": time_text(due), "lines": lines}
            notices.tell(work, side, "corridor requested", found.id, notice, at)
        if not silent:
            decide(work, found, corridor, silent, at)
        work.finish()
        return True
