"""The service as processes that a drill kills: API workers, each on its own port, and a run worker.

They are forked from a process that has imported everything, so that one is back within a tenth
of a second and most kills meet it at work rather than at its imports.
"""

import logging
import multiprocessing
import random
import socket
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from walras.service.api.limits import Limits
from walras.service.bootstrap import Settings, build

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["uvicorn", "httptools", "uvloop", "walras.service.worker.__main__"])
MANY = Limits(key_rate=1e9, key_burst=10**9, address_rate=1e9, address_burst=10**9)
STALE_SECONDS = 0.5


def serve(settings: Settings, port: int, log: Path) -> None:
    """Be one API worker."""
    import uvicorn

    from walras.service.api.watching import log_to

    logging.basicConfig(filename=log, level=logging.WARNING)
    app = build(settings).app(log_to(log.with_suffix(".requests").open("a")))
    uvicorn.run(app, host="127.0.0.1", port=port, access_log=False, log_config=None)


def work(settings: Settings, _port: int, log: Path) -> None:
    """Be the run worker, with short turns."""
    from walras.service.worker.__main__ import WorkerSettings, main
    from walras.service.worker.loop import Turns

    logging.basicConfig(filename=log, level=logging.WARNING)
    turns = Turns(runs=0.05, timetable=0.1, sealing=0.1, webhooks=0.5, finals=0.1)
    main(WorkerSettings(settings, turns=turns, stale_seconds=STALE_SECONDS, most_deaths=10**6))


@dataclass
class Processes:
    """Two API workers and a run worker on one store, while the block is open.

    Attributes:
        settings: Where store and keys are.
        ports: Of the API workers.
        kills: How often each was killed.
    """

    settings: Settings
    ports: list[int] = field(default_factory=list)
    kills: dict[str, int] = field(default_factory=dict)

    def __enter__(self):
        self.ports = [_free_port(), _free_port()]
        places = {"server 1": (serve, self.ports[0]), "server 2": (serve, self.ports[1]), "worker": (work, 0)}
        self._made = places
        self._alive = {name: self._started(name) for name in places}
        self.kills = dict.fromkeys(places, 0)
        for port in self.ports:
            _wait_for(port)
        return self

    def __exit__(self, *error):
        for process in self._alive.values():
            process.kill()
            process.join()

    def kill(self, name: str) -> None:
        """Kill one by SIGKILL and start it again."""
        process = self._alive[name]
        assert process.is_alive(), f"{name} ended by itself: see {self.logs}"
        process.kill()
        process.join()
        self.kills[name] += 1
        self._alive[name] = self._started(name)

    def kill_at_random(self, kills: int, chance: random.Random, over: threading.Event) -> None:
        """Kill one of them after another at random moments."""
        for _ in range(kills):
            if over.wait(chance.uniform(0, chance.choice((0.1, 0.8, 2.0)))):
                return
            self.kill(chance.choice(list(self._alive)))

    @property
    def logs(self) -> Path:
        """Return the folder of their logs."""
        return self.settings.data / "logs"

    def complaints(self) -> list[str]:
        """Return what they logged as an error."""
        texts = [file.read_text() for file in sorted(self.logs.glob("*.log"))]
        return [text[-4000:] for text in texts if "ERROR" in text or "Traceback" in text]

    def _started(self, name):
        target, port = self._made[name]
        self.logs.mkdir(exist_ok=True)
        log = self.logs / f"{name.replace(' ', '-')}.log"
        process = FORKS.Process(target=target, args=(self.settings, port, log), name=name, daemon=True)
        process.start()
        return process


def settings_of(folder: Path, url: str) -> Settings:
    """Return the settings of the service on a store of the tests."""
    return Settings(folder / "data", url, limits=MANY)


def _wait_for(port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with socket.socket() as found:
            if found.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
