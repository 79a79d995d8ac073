"""Fill an empty store from a backup: all of it in one transaction, or nothing."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Integer, Table, func, insert, inspect, select, text

from walras.errors import BadInput, Mistake, NewerFormat
from walras.service.backup.save import BATCH, FORMAT, LEFT_OUT, MANIFEST, TABLES, VERSION
from walras.service.store.engine import Store
from walras.service.store.schema import metadata

FIX = "Take another copy of the backup."


def load(store: Store, path: Path | str) -> dict[str, Any]:
    """Fill an empty store and return the backup's manifest.

    Raises:
        BadInput: The folder is no whole backup, with every file that is not as it was written
            (`backup_readable`, `backup_intact`), or the store is not empty (`store_empty`).
    """
    folder = Path(path)
    manifest = _manifest(folder)
    _check(folder, manifest)
    with store.write() as connection:
        _check_empty(connection)
        metadata.create_all(connection)
        for table in TABLES:
            said = manifest["tables"].get(table.name)
            if said is None:
                continue
            batch: list[dict[str, Any]] = []
            for row in _rows(folder / f"{table.name}.jsonl"):
                batch.append(row)
                if len(batch) == BATCH:
                    connection.execute(insert(table), batch)
                    batch = []
            if batch:
                connection.execute(insert(table), batch)
            _continue_numbers(connection, table)
    return manifest


def _manifest(folder: Path) -> dict[str, Any]:
    where = str(folder / MANIFEST)
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput([Mistake(f"it cannot be read: {error}", where, "backup_readable", FIX)]) from None
    is_form = isinstance(manifest, dict) and isinstance(manifest.get("tables"), dict)
    if not is_form or manifest.get("format") != FORMAT:
        raise BadInput([Mistake(f"this is no {FORMAT}", where, "backup_readable", FIX)])
    if manifest.get("version") != VERSION:
        what = f"it has version {manifest.get('version')}, this release reads {VERSION}"
        raise NewerFormat([Mistake(what, where, "backup_version", "Use the release that wrote it.")])
    return manifest


def _check(folder: Path, manifest: dict[str, Any]) -> None:
    mistakes = []
    known = {t.name for t in metadata.sorted_tables}
    for name, said in manifest["tables"].items():
        where = f"{name}.jsonl"
        if name in LEFT_OUT:
            what, fix = "a backup holds no sign-ins", "Take a backup that this service wrote."
            mistakes.append(Mistake(what, where, "backup_readable", fix))
            continue
        if name not in known:
            mistakes.append(Mistake("this release has no such table", where, "backup_readable", "Use a newer release."))
            continue
        try:
            with (folder / where).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            mistakes.append(Mistake(f"it cannot be read: {error.strerror}", where, "backup_readable", FIX))
            continue
        if digest != said["sha256"]:
            mistakes.append(Mistake("its bytes are not those that were written", where, "backup_intact", FIX))
    if mistakes:
        raise BadInput(mistakes)


def _check_empty(connection: Connection) -> None:
    there = set(inspect(connection).get_table_names())
    full = [
        t.name
        for t in metadata.sorted_tables
        if t.name in there and connection.scalar(select(func.count()).select_from(t))
    ]
    if full:
        fix = "Name a store that does not exist yet, or an empty database."
        raise BadInput([Mistake(f"the store has rows in {', '.join(full)}", "store", "store_empty", fix)])


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8", newline="\n") as lines:
        for line in lines:
            yield {n: b64decode(v["base64"]) if isinstance(v, dict) else v for n, v in json.loads(line).items()}


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Let PostgreSQL count on from the highest number; SQLite does so by itself."""
    column = table.autoincrement_column
    if connection.dialect.name != "postgresql" or column is None or not isinstance(column.type, Integer):
        return
    highest = connection.scalar(select(func.max(column)))
    if highest is not None:
        place = f"pg_get_serial_sequence('{table.name}', '{column.name}')"
        connection.execute(text(f"SELECT setval({place}, :highest)"), {"highest": highest})
