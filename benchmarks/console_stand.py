"""A market to be looked at: a played day that lives on, the API, the console, and traders who are signed in.

The API is served without limits of one address, for all load comes from one; the console as
`walras serve` starts it. No worker runs: a run would take one of two cores for minutes.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from pathlib import Path

import httpx
import psutil
from door_stand import api
from markets import PROJECT

from walras.service.bootstrap import Settings
from walras.service.rehearsal.cast import Cast
from walras.service.rehearsal.entering import enter
from walras.service.rehearsal.opening import open_market
from walras.service.rehearsal.script import read_script
from walras.service.rehearsal.stage import staged_again

DEMO = "two-states"
MOST_SECONDS = 300


@dataclass
class Living:
    """A market in the middle of its life, served on this machine.

    Attributes:
        api, console: Addresses.
        processes: Of both, by name.
        session: Takes orders for an hour from when it was made.
        day: Delivery day of that session.
        trial: Session whose run has not begun.
        tokens: Sign-ins of traders; several of one company where there are more traders than companies.
    """

    api: str
    console: str
    processes: dict[str, psutil.Process]
    session: str
    day: str
    trial: str
    tokens: list[str]

    def resident_mb(self) -> dict[str, float]:
        """Return the resident memory of each process."""
        return {name: process.memory_info().rss / 1e6 for name, process in self.processes.items()}

    def cpu_s(self) -> dict[str, float]:
        """Return CPU seconds used so far by each process."""
        times = {name: process.cpu_times() for name, process in self.processes.items()}
        return {name: t.user + t.system for name, t in times.items()}


@contextmanager
def living(traders: int, played: Path | None = None) -> Iterator[Living]:
    """Play the two states' day, open its market and serve both; everything ends and is deleted in the end.

    Args:
        traders: So many sign-ins.
        played: What `walras demo two-states --no-serve --out` left; it is copied. None: the day is played.
    """
    folder = Path(tempfile.mkdtemp(prefix="walras-console-"))
    data = folder / "demo" / "service"
    try:
        if played is None:
            program = Path(sys.executable).with_name("walras")
            command = [str(program), "demo", DEMO, "--no-serve", "--out", str(folder / "demo")]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=MOST_SECONDS)
        else:
            shutil.copytree(played / "service", data)
        sessions, day, tokens = _open(data, traders)
        with ExitStack() as stack:
            port, served = stack.enter_context(api(f"sqlite:///{data / 'walras.db'}", data, 1))
            console_port, console = stack.enter_context(_console(data))
            processes = {"API": psutil.Process(served.pid), "console": psutil.Process(console.pid)}
            yield Living(
                f"http://127.0.0.1:{port}", f"http://127.0.0.1:{console_port}", processes, sessions["long"], day,
                sessions["trial"], tokens,
            )  # fmt: skip
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _open(data: Path, traders: int) -> tuple[dict[str, str], str, list[str]]:
    """Bring the market to the middle of its life, with one session more that is open for an hour; sign traders in."""
    script_folder = resources.as_file(resources.files("walras.examples") / DEMO)
    with staged_again(Settings(data=data)) as stage, script_folder as script:
        cast = Cast(read_script(script), stage)
        sessions = open_market(cast)
        sessions["long"] = cast.plan(stage.now(), stage.now() + timedelta(hours=1))
        stage.work()
        users = [stage.actor(name).user for name in cast.traders]
        store, secrets = stage.service.store, stage.service.secrets
        tokens = [enter(store, secrets, users[n % len(users)]).token for n in range(traders)]
        return sessions, cast.day_of(sessions["long"]).isoformat(), tokens


@contextmanager
def _console(data: Path) -> Iterator[tuple[int, subprocess.Popen]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {"WALRAS_DATA": str(data), "WALRAS_CONSOLE_PORT": str(port), "PYTHONPATH": str(PROJECT / "src")}
    with (data / "console.log").open("w") as log:
        command = [sys.executable, "-m", "walras.service.console"]
        process = subprocess.Popen(command, env=os.environ | variables, stdout=log, stderr=log)
        try:
            _wait(f"http://127.0.0.1:{port}/sign-in", process)
            yield port, process
        finally:
            process.terminate()
            process.wait(60)
            said = (data / "console.log").read_text()
            if said:
                print(f"The console said:\n{said[-4000:]}", file=sys.stderr)


def _wait(url: str, process: subprocess.Popen) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(url).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError("the console does not start")
