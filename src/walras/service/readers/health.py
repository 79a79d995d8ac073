"""How the service fares, at a glance: nothing here is a secret, and no path or address of a machine is named."""

from __future__ import annotations

import shutil
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import text

from walras.service.clock import SECOND, time_text
from walras.service.queries import GetHealth
from walras.service.readers.registry import Look, Shown, reads
from walras.service.store import counts, pulses, runs, streams
from walras.service.store.instance import clock_ahead, is_rehearsal

SEALS = 8
LATE = 60 * SECOND
"""Microseconds after which a run that nobody took, or a row that nobody sealed, is a concern."""
LEAST_FREE = 0.1
"""Share of a disk that is to be free."""
SIZE_POSTGRESQL = text("SELECT pg_database_size(current_database())")


@reads(GetHealth)
def get_health(look: Look, _query: GetHealth) -> Shown:
    """Return workers, queues, seals, clock and store."""
    connection = look.connection
    count, since = streams.unsealed(connection)
    waiting, begun = runs.oldest_waiting(connection, look.at)
    answer: Shown = {
        "now": time_text(look.at), "is_rehearsal": is_rehearsal(connection),
        "clock_ahead_seconds": clock_ahead(connection) // SECOND, "release": version("walras"),
        "workers": [
            {"name": p.name, "since": time_text(p.since), "at": time_text(p.at), "is_alive": p.is_alive(look.at)}
            for p in pulses.listed(connection)
        ],
        "counts": counts.by_state(connection),
        "runs": {"ready": waiting, "oldest_at": time_text(begun), "running": runs.running(connection, look.at)},
        "unsealed": {"rows": count, "since": time_text(since)},
        "seals": streams.newest_seals(connection, SEALS),
        "store": _store(look),
    }  # fmt: skip
    is_late = [begun is not None and look.at - begun > LATE, since is not None and look.at - since > LATE]
    return answer | {"concerns": _concerns(answer, *is_late)}


def _concerns(found: Shown, has_late_run: bool, has_late_row: bool) -> list[str]:
    """Return what needs the operator, as words: empty when all is well."""
    store = found["store"]
    free, total = store["disk_free_bytes"], store["disk_total_bytes"]
    signs = {
        "no_worker": not any(w["is_alive"] for w in found["workers"]),
        "run_waits": has_late_run,
        "run_silent": any(r["is_silent"] for r in found["runs"]["running"]),
        "record_unsealed": has_late_row,
        "disk_full": free is not None and free < LEAST_FREE * total,
    }
    return [word for word, is_so in signs.items() if is_so]


def _store(look: Look) -> Shown:
    """Return kind, schema and size of the database; of a file also how much room its disk has."""
    connection = look.connection
    kind = connection.dialect.name
    schema = connection.scalar(text("SELECT version_num FROM alembic_version"))
    file = connection.engine.url.database if kind == "sqlite" else None
    answer: Shown = {"kind": kind, "schema": schema, "size_bytes": None, "disk_free_bytes": None,
                     "disk_total_bytes": None}  # fmt: skip
    if kind == "postgresql":
        answer["size_bytes"] = int(connection.scalar(SIZE_POSTGRESQL) or 0)
    elif file and Path(file).is_file():
        parts = (Path(f"{file}{end}") for end in ("", "-wal"))
        disk = shutil.disk_usage(Path(file).parent)
        answer |= {"size_bytes": sum(p.stat().st_size for p in parts if p.is_file()), "disk_free_bytes": disk.free,
                   "disk_total_bytes": disk.total}  # fmt: skip
    return answer
