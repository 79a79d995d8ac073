"""Watches in which order transactions of PostgreSQL take their locks: session, capacity, ledger, rights."""

import re
import threading

from sqlalchemy import event

RANKS = ("sessions", "capacity", "ledgers", "rights")
TABLE = re.compile(r"FROM (\w+)\b.*FOR (?:NO KEY )?(?:UPDATE|SHARE)", re.DOTALL)


class LockOrder:
    """Reads the statements of an engine; `complaints` has each transaction that took a lock after a later one.

    A lock that a transaction has already may be asked for again at any time.
    """

    def __init__(self) -> None:
        self.complaints: set[str] = set()
        self.seen: set[str] = set()
        self._held = threading.local()

    def watch(self, engine) -> None:
        event.listen(engine, "begin", self._begin)
        event.listen(engine, "before_cursor_execute", self._statement)

    def _begin(self, _connection):
        self._held.locks = []

    def _statement(self, _connection, _cursor, statement, parameters, *_):
        lock = self._lock_of(statement, parameters)
        if lock is None or lock in self._held.locks:
            return
        self.seen.add(lock[0])
        later = [other for other in self._held.locks if RANKS.index(other[0]) > RANKS.index(lock[0])]
        if later:
            self.complaints.add(f"{lock[0]} after {', '.join(other[0] for other in later)}: {lock[1]}")
        self._held.locks.append(lock)

    @staticmethod
    def _lock_of(statement, parameters):
        told = str(sorted(map(str, parameters.values()))) if isinstance(parameters, dict) else str(parameters)
        if "pg_advisory_xact_lock" in statement:
            return ("capacity" if "capacity " in told else "sessions"), told
        found = TABLE.search(statement)
        return (found[1], told) if found and found[1] in RANKS else None
