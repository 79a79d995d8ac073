"""Processes that carry out commands on one store, and die: by SIGKILL from outside, or at a statement of their own.

A desk gets commands through a pipe and answers each; a clock settles what is due, again and again.
Whoever is dead comes back at once as a new process, which knows nothing of the old one.
"""

import os
import random
import signal
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import event
from tests.drills.processes import FORKS

from walras.errors import BadInput
from walras.service.clearing import due
from walras.service.clock import Clock
from walras.service.dispatch import Dispatch
from walras.service.permissions import NotAllowed
from walras.service.secrets import Secrets
from walras.service.store.engine import open_store

MASTER = b"k" * 32
PATIENCE = 120
"""Seconds after which a command without an answer counts as stuck."""
DEADLY = 0.08
"""Share of commands in which a process kills itself at some statement, or after its commit."""
STATEMENTS = 40


class SharedClock(Clock):
    """The store's clock, set forward by what the drill has written into memory that all processes share."""

    def __init__(self, shared):
        self.shared = shared

    @property
    def ahead(self):
        return self.shared.value


class Fuse:
    """Kills its own process at a random statement of a command, in its commit, or before it answers."""

    def __init__(self, seed: str, store) -> None:
        self.chance, self.left, self.at_end = random.Random(seed), 0, False
        event.listen(store.engine, "before_cursor_execute", self._burn)
        event.listen(store.engine, "commit", self._burn)

    def light(self) -> None:
        """Begin a command: decide whether this process survives it."""
        self.left = self.chance.randint(1, STATEMENTS) if self.chance.random() < DEADLY else 0
        self.at_end = self.chance.random() < DEADLY / 4

    def burn_out(self) -> None:
        """Die here, after the commit, if it was decided."""
        if self.at_end:
            os.kill(os.getpid(), signal.SIGKILL)

    def _burn(self, *_):
        if self.left:
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)


def desk(url, shared, seed, _log, end):
    """Carry out what comes, one command after another."""
    store = open_store(url, SharedClock(shared))
    dispatch, fuse = Dispatch(store, Secrets(MASTER)), Fuse(seed, store)
    while True:
        actor, command, key = end.recv()
        fuse.light()
        try:
            told = "done", dispatch.do(actor, command, key)
        except (BadInput, NotAllowed) as error:
            found = error.mistakes if isinstance(error, BadInput) else [error.mistake]
            told = "refused", sorted({m.rule for m in found})
        except Exception as error:
            told = "failed", f"{type(error).__name__}: {error}"
        fuse.burn_out()
        end.send(told)


def clock(url, shared, seed, log, _end):
    """Settle what is due, for ever; what goes wrong is written down."""
    store = open_store(url, SharedClock(shared))
    dispatch, fuse = Dispatch(store, Secrets(MASTER)), Fuse(seed, store)
    while True:
        fuse.light()
        try:
            due.tick(dispatch)
        except Exception as error:
            with Path(log).open("a") as file:
                file.write(f"{type(error).__name__}: {error}\n")
        time.sleep(0.05)


@dataclass
class Place:
    """Where one process after another sits."""

    name: str
    target: object
    lock: threading.Lock = field(default_factory=threading.Lock)
    process: object = None
    end: object = None
    lives: int = 0
    kills: int = 0


@dataclass
class Desks:
    """So many desks and clocks on one store while the block is open.

    Attributes:
        url, ahead: The store, and how many microseconds its clock is ahead at first.
        log: File of what clocks could not do.
        seed: Of their own deaths.
        complaints: Processes that ended otherwise than by SIGKILL, commands that were stuck.
        longest: Seconds that the slowest answer took.
    """

    url: str
    ahead: int
    log: Path
    seed: int
    desks: int = 3
    clocks: int = 1
    complaints: list[str] = field(default_factory=list)
    longest: float = 0.0
    births: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self):
        self.shared = FORKS.RawValue("q", self.ahead)
        self.all = [Place(f"desk {n + 1}", desk) for n in range(self.desks)]
        self.all += [Place(f"clock {n + 1}", clock) for n in range(self.clocks)]
        for place in self.all:
            self._start(place)
        return self

    def __exit__(self, *error):
        for place in self.all:
            place.process.kill()
            place.process.join()
        if self.log.exists():
            self.complaints += [f"clock: {line}" for line in self.log.read_text().splitlines()]

    @property
    def kills(self) -> int:
        return sum(place.kills for place in self.all)

    def ask(self, number: int, *request):
        """Return what one desk says to a request; None if it died over it, and sits there anew."""
        place, begun = self.all[number], time.monotonic()
        with place.lock:
            try:
                place.end.send(request)
                while not place.end.poll(1.0):
                    if time.monotonic() > begun + PATIENCE:
                        self.complaints.append(f"{place.name} was stuck over {request}")
                        place.process.kill()
                told = place.end.recv()
            except (EOFError, OSError):
                self._again(place)
                return None
        self.longest = max(self.longest, time.monotonic() - begun)
        return told

    def kill_at_random(self, kills: int, chance: random.Random, over: threading.Event) -> None:
        """Kill one of them after another at random moments, until so many have died, these or those by themselves."""
        while self.kills < kills and not over.wait(chance.uniform(0, chance.choice((0.2, 1.4)))):
            for place in self.all[self.desks :]:
                with self.births:
                    is_alive = place.process.is_alive()
                if not is_alive:
                    self._again(place)
            chance.choice(self.all).process.kill()

    def _again(self, place: Place) -> None:
        """Bury a process and start the next; one at a time, for each start asks how every other process has ended."""
        with self.births:
            place.process.join()
            self._buried(place)

    def _buried(self, place: Place) -> None:
        place.end.close()
        place.kills += place.process.exitcode == -signal.SIGKILL
        if place.process.exitcode != -signal.SIGKILL:
            self.complaints.append(f"{place.name} ended by itself with {place.process.exitcode}")
        self._start(place)

    def _start(self, place: Place) -> None:
        place.end, theirs = FORKS.Pipe()
        place.lives += 1
        seed = f"{self.seed} {place.name} {place.lives}"
        more = (self.url, self.shared, seed, str(self.log), theirs)
        process = FORKS.Process(target=place.target, args=more, name=place.name, daemon=True)
        process.start()
        place.process = process
        theirs.close()
