"""Write one moment of a store as a folder.

::

    manifest.json     format, time, rows and SHA-256 of every file; written last
    sessions.jsonl    one row a line; bytes as {"base64": "..."}

Left out is who is signed in (`LEFT_OUT`): after a restore everybody signs in anew, so no sign-in that was
ended since comes back, and a lost backup says nothing of them.

SQLite in WAL mode and PostgreSQL under REPEATABLE READ both give one transaction one moment of
all tables, and nobody waits for it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from base64 import b64encode
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select

from walras.book.place import check_place
from walras.service.clock import time_text
from walras.service.store.engine import Store
from walras.service.store.schema import metadata

FORMAT, VERSION, MANIFEST = "walras-backup", 1, "manifest.json"
FILES = {MANIFEST} | {f"{t.name}.jsonl" for t in metadata.sorted_tables}
LEFT_OUT = {"sign_ins"}
TABLES = [t for t in metadata.sorted_tables if t.name not in LEFT_OUT]
BATCH = 500


def save(store: Store, path: Path | str) -> dict[str, Any]:
    """Write a backup and return its manifest.

    Raises:
        BadInput: There is something at `path` that is no backup (rule `place_free`).
    """
    target = Path(path)
    check_place(target, FILES, is_backup, "backup")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    try:
        manifest = _written(store, draft)
        if target.exists():
            shutil.rmtree(target)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def is_backup(folder: Path) -> bool:
    """Return whether a folder is a backup."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and manifest.get("format") == FORMAT


def _written(store: Store, draft: Path) -> dict[str, Any]:
    level = {"isolation_level": "REPEATABLE READ"} if store.is_postgresql else {}
    with store.engine.connect().execution_options(**level) as connection, connection.begin():
        at = store.clock.now(connection)
        tables = {t.name: _table(connection, t, draft / f"{t.name}.jsonl") for t in TABLES}
    manifest = {"format": FORMAT, "version": VERSION, "at": time_text(at), "tables": tables}
    with (draft / MANIFEST).open("w", encoding="utf-8") as out:
        out.write(json.dumps(manifest, indent=2) + "\n")
        out.flush()
        os.fsync(out.fileno())
    return manifest


def _table(connection: Connection, table: Table, file: Path) -> dict[str, Any]:
    total, rows = hashlib.sha256(), 0
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=BATCH)
    with file.open("wb") as out:
        for row in connection.execute(query).mappings():
            line = json.dumps({n: _value(v) for n, v in row.items()}, ensure_ascii=False, allow_nan=False) + "\n"
            total.update(line.encode())
            out.write(line.encode())
            rows += 1
        out.flush()
        os.fsync(out.fileno())
    return {"rows": rows, "sha256": total.hexdigest()}


def _value(value: Any) -> Any:
    return {"base64": b64encode(value).decode()} if isinstance(value, bytes | memoryview) else value
