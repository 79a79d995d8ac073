"""Workers that are killed, and a store that cannot be reached for two minutes."""

import os
import signal
import socket
import sqlite3
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from unittest.mock import patch

from tests.drills.ending import (
    KEY,
    Place,
    acts_of,
    ends_final,
    found_flaws,
    is_as_undisturbed,
    kept_receipts,
    notices_of,
)
from tests.drills.incident_orders import NAME, SENT, excluded_by_two, gives_up
from tests.drills.processes import FORKS
from tests.service.three_states import DAY, Night
from tests.service.two_states import curve
from tests.service.world import World

from walras.coupling.clear import clear
from walras.service import commands as c
from walras.service.clock import MINUTE, moment
from walras.service.gate import book_loader, held_loader
from walras.service.roles import SYSTEM
from walras.service.secrets import Secrets
from walras.service.store import engine as engine_module
from walras.service.store import sessions, trail
from walras.service.store.engine import open_store
from walras.service.worker import run as run_module
from walras.service.worker.certified import certified
from walras.service.worker.loop import Turns, serve
from walras.service.worker.run import Runner

POINTS = ("run", "hunt", "stored")


def a_worker_that_is_killed(place: Place) -> str:
    """SIGKILL in the middle of the run, of the hunt, and after storing: another takes over, same bytes."""
    times = 5 if place.is_long else 1
    with World(place.store, place.secrets) as world:
        told = kept_receipts(world)
        night = Night(world, SENT)
        for point in ("run", "hunt") * times:
            _killed(place, point)
        assert (night.row().version, night.runs()[0]["attempts"]) == (0, 2 * times)
        assert night.runner(clear=gives_up, stale=-1, most_deaths=100).once() == "failed"
        excluded_by_two(night, zone="C")
        for _ in range(times):
            _killed(place, "run")
        _killed(place, "stored")
        assert night.runner(stale=-1).once() == "idle", "the result was stored, once"
        assert acts_of(place.store, night.session).count("cleared") == 1
        is_as_undisturbed(world, night.session)
        ends_final(world, night.session, place, told, excluded=[NAME])
    return f"{3 * times + 1} kills in the run, in the hunt and after storing, same bytes, final"


def dying_worker(url: str, point: str, ahead: int) -> None:
    """Be a worker that is killed at a point of its run."""
    store, secrets, cleared = open_store(url), Secrets(b"k" * 32), []
    store.clock.ahead = ahead

    def engine(book, *rest):
        cleared.append(book)
        if point == "run" or (point == "hunt" and len(cleared) == 3):
            os.kill(os.getpid(), signal.SIGKILL)
        return gives_up(book, *rest)

    store_result = run_module.store_result

    def stored(*given):
        assert store_result(*given)
        os.kill(os.getpid(), signal.SIGKILL)

    run_module.store_result = stored
    held = held_loader(secrets)
    Runner(store, secrets, book_loader(secrets), certified(KEY), held, clear=engine, stale=-1, most_deaths=100).once()


def _killed(place: Place, point: str) -> None:
    process = FORKS.Process(target=dying_worker, args=(place.url, point, place.store.clock.ahead))
    process.start()
    process.join(120)
    assert process.exitcode == -signal.SIGKILL, point


# --- a store that cannot be reached --------------------------------------------------------------


def a_store_that_cannot_be_reached(place: Place) -> str:
    """The store is gone in the middle of a run, and while the gate of another session is due."""
    seconds = 120.0 if place.is_long else 1.0
    with breakable(place) as (store, outage), World(store, place.secrets) as world:
        told = kept_receipts(world)
        night = Night(world, SENT)
        due, later = (_opened(night, name, minutes) for name, minutes in (("due", 1), ("later", 300)))
        before = _sent(world, due, "before")
        assert before.status_code == 200
        engine = Waiting()
        with working(night, engine, is_long=place.is_long):
            assert engine.has_begun.wait(60)
            begun = time.monotonic()
            outage.begin()
            engine.may_end.set()
            refusals = [_sent(world, due, "lost"), _sent(world, later, "again"), world.post("declare-missing-book", {
                "session": later, "zones": ["C"], "reason": "its members cannot send"})]  # fmt: skip
            if not place.is_long:
                store.clock.ahead += 2 * MINUTE
            time.sleep(max(0.0, seconds - (time.monotonic() - begun)))
            outage.end()
            _until(lambda: _state(world, night.session) == _state(world, due) == "cleared", 240)
        for answer in refusals:
            assert (answer.status_code, answer.headers.get("retry-after")) == (503, "5"), answer.text
            assert answer.json()["mistakes"][0]["rule"] == "store_answers"
            assert "again" in answer.json()["mistakes"][0]["fix"]
        assert _sent(world, due, "lost").json()["mistakes"][0]["rule"] == "gate_open"
        again = [_sent(world, later, "again") for _ in range(2)]
        assert again[0].status_code == 200
        assert again[0].json() == again[1].json()
        late = _closed_late(world, due)
        assert late >= (60 if place.is_long else 59)
        for session in (night.session, due):
            is_as_undisturbed(world, session)
            ends_final(world, session, place, told)
        assert found_flaws(world) == []
    return (
        f"{seconds:g} s without a store, commands answered 503, the gate closed late and said so, both sessions final"
    )


def _opened(night: Night, name: str, minutes: int) -> str:
    """Return another session of the market, open, whose gate is in so many minutes."""
    with night.store.read() as connection:
        now = night.store.clock.now(connection)
    times = {"opens_at": moment(now - MINUTE), "gate_at": moment(now + minutes * MINUTE)}
    plan = c.ScheduleSession(market="three", delivery_day=DAY, name=name, **times)
    session = night.world.by_two(plan)["session"]
    night.world.dispatch.do(SYSTEM, c.OpenSession(session=session))
    return session


def _sent(world, session: str, key: str):
    orders = [curve("plant", "A", "supply", 12, 10, [0]), curve("town", "A", "demand", 60, 5, [0])]
    return world.post("submit-orders", {"session": session, "orders": orders}, "M-0001", Idempotency_Key=key)


def _state(world, session: str) -> str:
    with world.store.read() as connection:
        return sessions.get(connection, session).state


def _closed_late(world, session: str) -> int:
    """Return by how much a gate says in the trail and to its members that it closed late, seconds."""
    with world.store.read() as connection:
        rows = [r for r in trail.listed(connection, session, 0, 1000) if r["act"] == "closed"]
    (told,) = [n["body"] for n in notices_of(world, "M-0001", session) if n["kind"] == "gate closed"]
    assert rows[0]["body"]["late_seconds"] == told["late_seconds"]
    return told["late_seconds"]


@dataclass
class Waiting:
    """An engine that waits in its first clearing."""

    has_begun: threading.Event = field(default_factory=threading.Event)
    may_end: threading.Event = field(default_factory=threading.Event)

    def __call__(self, *given):
        self.has_begun.set()
        assert self.may_end.wait(300)
        return clear(*given)


@contextmanager
def working(night: Night, engine, *, is_long: bool):
    """A worker with all its threads, as `walras serve` starts one."""
    more = {} if is_long else {"stale": 200_000, "beat_seconds": 0.05}
    runner = night.runner(clear=engine, **more)
    turns = Turns(runs=0.05, border=0.5, timetable=0.1, sealing=0.1, webhooks=None, finals=None, retention=None)
    thread = threading.Thread(target=serve, args=(night.world.dispatch, runner, None, turns))
    thread.start()
    try:
        yield
    finally:
        runner.ending.set()
        thread.join(120)
        assert not thread.is_alive()


def _until(seen, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not seen():
        assert time.monotonic() < end, "it did not go on by itself"
        time.sleep(0.1)


@contextmanager
def breakable(place: Place):
    """The store of a place on a way that can be cut, and what cuts it."""
    with patch.object(engine_module, "BUSY_SECONDS", engine_module.BUSY_SECONDS if place.is_long else 1):
        if place.store.is_postgresql:
            outage = Proxy(place.store.engine.url, is_mute=place.is_long)
            store = open_store(outage.url)
        else:
            outage = Locked(str(place.store.engine.url.database))
            store = open_store(place.url)
        try:
            yield store, outage
        finally:
            outage.end()
            store.close()
            outage.close()


@dataclass
class Locked:
    """Another program that holds SQLite's write lock."""

    path: str

    def begin(self) -> None:
        self._held = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=60)
        self._held.execute("BEGIN IMMEDIATE")

    def end(self) -> None:
        held, self._held = getattr(self, "_held", None), None
        if held is not None:
            held.execute("ROLLBACK")
            held.close()

    def close(self) -> None:
        self.end()


class Proxy:
    """A way to PostgreSQL that can be cut: connections break, and new ones end at once or, mute, hear nothing."""

    def __init__(self, url, *, is_mute: bool) -> None:
        host = url.query.get("host") or url.host
        self._to = f"{host}/.s.PGSQL.{url.port or 5432}" if host.startswith("/") else (host, url.port or 5432)
        self.is_mute, self._is_cut, self._open = is_mute, False, []
        self._listening = socket.create_server(("127.0.0.1", 0))
        port = self._listening.getsockname()[1]
        ours = url.set(host="127.0.0.1", port=port, query={})
        self.url = ours.render_as_string(hide_password=False)
        threading.Thread(target=self._serve, daemon=True).start()

    def begin(self) -> None:
        self._is_cut = True
        self._break()

    def end(self) -> None:
        if self._is_cut:
            self._is_cut = False
            self._break()  # those that heard nothing

    def close(self) -> None:
        self._listening.close()
        self._break()

    def _break(self) -> None:
        broken, self._open = self._open, []
        for one in broken:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _serve(self) -> None:
        while True:
            try:
                ours, _ = self._listening.accept()
            except OSError:
                return
            if self._is_cut:
                if self.is_mute:
                    self._open.append(ours)
                else:
                    ours.close()
                continue
            theirs = socket.socket(socket.AF_UNIX if isinstance(self._to, str) else socket.AF_INET)
            theirs.connect(self._to)
            self._open += [ours, theirs]
            for one, other in ((ours, theirs), (theirs, ours)):
                threading.Thread(target=_pumped, args=(one, other), daemon=True).start()


def _pumped(one: socket.socket, other: socket.socket) -> None:
    try:
        while data := one.recv(65536):
            other.sendall(data)
    except OSError:
        pass
    for end in (one, other):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
