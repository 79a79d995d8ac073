"""The door for orders: whoever sends at the same time shares a check, a transaction and a sync to disk.

One thread a process takes all that has arrived, up to `MOST` entries, and works on it as one
batch (`batch`); while it works the next one gathers. Where several came together, it waits
`PAUSE_SECONDS` for those that are being read. So the busier the door, the cheaper an order. A
receipt is signed, and handed out, only when its batch is on disk.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.exc import DBAPIError

from walras.errors import BadInput
from walras.service import batch, permissions
from walras.service.batch import Entry
from walras.service.canonical import bytes_digest, digest_of
from walras.service.checking import Checked, check_file
from walras.service.commands import CheckFile, SendFile, SubmitOrders, WithdrawOrders
from walras.service.dispatch import TRIES, Answer, Dispatch
from walras.service.intake import payload
from walras.service.roles import Actor
from walras.service.store.engine import is_conflict
from walras.service.work import refuse

MOST = 256
"""Entries in one batch."""
PAUSE_SECONDS = 0.005
"""How long a batch waits for more once the one before held several: half of what checking any batch takes."""

Sign = Callable[[dict[str, Any], datetime], dict[str, Any]]
Waiting = tuple[Entry, "Future[Answer]"]


@dataclass
class Door:
    """Takes orders of one process.

    Attributes:
        dispatch: The store and its secrets.
        sign: Signs a receipt at a time.
    """

    dispatch: Dispatch
    sign: Sign
    _arrived: queue.SimpleQueue[Waiting | None] = field(default_factory=queue.SimpleQueue)
    _thread: threading.Thread | None = None
    _is_busy: bool = False

    def start(self) -> None:
        """Begin to take orders."""
        self._thread = threading.Thread(target=self._work, name="door", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish what has arrived, and end."""
        if self._thread is not None:
            self._arrived.put(None)
            self._thread.join()
            self._thread = None

    @property
    def waiting(self) -> int:
        """Return how many entries wait for the next batch."""
        return self._arrived.qsize()

    def submit(self, actor: Actor, command: SubmitOrders | WithdrawOrders, key: str | None) -> Future[Answer]:
        """Send or take back orders; the answer, with its receipt, comes when it is on disk.

        Raises:
            NotAllowed: The actor may not; recorded in the stream `access`.
        """
        self._check(actor, type(command))
        if isinstance(command, SubmitOrders):
            orders = tuple(command.orders)
            content = payload.encode(orders)
            digest = bytes_digest(content)
            request = digest_of([command.word(), command.session, digest])
            return self._put(Entry(actor, command.session, orders, key, request, content=content, digest=digest))
        if command.is_all == bool(command.names):
            raise refuse("names or is_all, one of them", "names", "withdraw_what", "Name orders, or set is_all.")
        names = None if command.is_all else tuple(dict.fromkeys(command.names))
        request = digest_of([command.word(), command.session, names])
        return self._put(Entry(actor, command.session, None, key, request, names))

    def upload(self, actor: Actor, file: SendFile, data: bytes, key: str | None) -> Future[Answer]:
        """Send orders as a file; it is read and checked by the caller's thread, not the door's.

        Raises:
            NotAllowed: The actor may not; recorded in the stream `access`.
            BadInput: With every mistake of the file; nothing of it is taken.
        """
        self._check(actor, SendFile)
        return self._put(batch.of_file(self.dispatch.store, actor, file, data, key))

    def check(self, actor: Actor, file: CheckFile, data: bytes) -> Checked:
        """Return what a file would be if it were sent; nothing is.

        Raises:
            NotAllowed: As of `upload`.
            BadInput: As of `upload`.
        """
        self._check(actor, CheckFile)
        return check_file(self.dispatch.store, self.dispatch.secrets, actor, file, data)

    def _check(self, actor: Actor, asked: type[permissions.Asked]) -> None:
        try:
            permissions.check(actor, asked)
        except permissions.NotAllowed as refused:
            self.dispatch.refused(actor, asked.word(), refused)
            raise

    def _put(self, entry: Entry) -> Future[Answer]:
        future: Future[Answer] = Future()
        self._arrived.put((entry, future))
        return future

    def _work(self) -> None:
        later: list[Waiting] = []
        while True:
            gathered, is_over = self._gather(later)
            now, later = _distinct(gathered)
            self._is_busy = len(now) > 1
            if now:
                self._take(now)
            if is_over and not later:
                return

    def _gather(self, later: list[Waiting]) -> tuple[list[Waiting], bool]:
        """Return what was put off and what has arrived, and whether it was the last."""
        found, until = list(later), 0.0
        while len(found) < MOST:
            try:
                if found:
                    one = self._arrived.get(timeout=max(0.0, until - time.monotonic()))
                else:
                    one = self._arrived.get()
                    until = time.monotonic() + (PAUSE_SECONDS if self._is_busy else 0.0)
            except queue.Empty:
                break
            if one is None:
                self._arrived.put(None)
                return found, True
            found.append(one)
        return found, False

    def _take(self, waiting: list[Waiting]) -> None:
        """Work on one batch; every future gets its answer or its error."""
        entries = [entry for entry, _ in waiting]
        try:
            self._prepare_and_write(entries)
        except Exception as error:
            for _, future in waiting:
                future.set_exception(error)
            return
        answers = [None if e.facts is None or e.error is not None else self._answer(e.facts) for e in entries]
        for (entry, future), answer in zip(waiting, answers, strict=True):  # all at once: those who wait are woken once
            if entry.error is not None:
                future.set_exception(entry.error)
            else:
                assert answer is not None
                future.set_result(answer)

    def _prepare_and_write(self, entries: list[Entry]) -> None:
        store = self.dispatch.store
        batch.prepare(store, [e for e in entries if not e.is_checked])
        for attempt in range(TRIES):
            try:
                batch.write(store, self.dispatch.secrets, entries)
                break
            except DBAPIError as error:
                if not is_conflict(error) or attempt == TRIES - 1:
                    raise
        batch.recall(store, self.dispatch.secrets, [e for e in entries if isinstance(e.error, BadInput)])

    def _answer(self, facts: dict[str, Any]) -> Answer:
        said = {"format": "walras-receipt", "version": 1} | facts
        return facts | {"receipt": self.sign(said, _time(facts["at"]))}


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _distinct(waiting: list[Waiting]) -> tuple[list[Waiting], list[Waiting]]:
    """Return the entries of a batch, and those that must wait: a key that stands in the batch already."""
    now: list[Waiting] = []
    later: list[Waiting] = []
    keys: set[tuple[str, str]] = set()
    for one in waiting:
        entry = one[0]
        key = (entry.member, entry.key or "")
        if entry.key is not None and key in keys:
            later.append(one)
        else:
            keys.add(key)
            now.append(one)
    return now, later
