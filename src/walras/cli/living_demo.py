"""The demo after its script: the market of the rehearsal is served, and lives on until Ctrl-C.

::

    walras demo ─┬─ walras serve                      API, public page, worker, console
                 └─ python -m walras.service.rehearsal   players: members, system operators, officers

Each is a process of its own whose words go to `log.txt` beside the store, so that the terminal keeps what matters.
They are of a session of their own: Ctrl-C reaches this process, which ends them one after another.
"""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import webbrowser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from walras.cli.serving import CONSOLE, is_there, leave, stop
from walras.cli.show import say, spinner
from walras.errors import BadInput, Mistake

START_SECONDS = 60.0
LOG = "log.txt"
OF_OTHER_STORES = ("WALRAS_DATABASE_URL", "WALRAS_KEYS")
"""Variables that would lead the demo to another store than its own."""


@dataclass(frozen=True)
class Showing:
    """How a demo is shown once it was played.

    Attributes:
        port, console_port: Where the API with the public page listens, and the console; 0 = no console.
        opens_browser: Whether a browser may be opened.
        is_wanted: Whether it is served at all.
    """

    port: int = 8200
    console_port: int = 8201
    opens_browser: bool = True
    is_wanted: bool = True

    @property
    def is_possible(self) -> bool:
        """Whether somebody looks: without a terminal (a pipe, a build) nobody would ever end it."""
        return self.is_wanted and sys.stdout.isatty()

    @property
    def ports(self) -> dict[str, int]:
        """Ports by the option that changes them."""
        console = {"--console-port": self.console_port} if self.console_port and is_there(CONSOLE) else {}
        return {"--port": self.port} | console


HOST = "127.0.0.1"


def check_ports(showing: Showing) -> None:
    """Refuse ports that are taken before a minute is spent on playing.

    Raises:
        BadInput: Something listens there (rule `port_free`).
    """
    taken = [(option, port) for option, port in showing.ports.items() if not _is_free(port)]
    if taken:
        fix = "End what listens there, or name another: {} {}."
        raise BadInput(Mistake(f"port {n} is taken", o, "port_free", fix.format(o, n + 10)) for o, n in taken)


def live_on(folder: Path, out: Path, showing: Showing) -> None:
    """Bring a played market to the middle of its life, serve it, and let it live until Ctrl-C.

    Args:
        folder: Of the script.
        out: What the rehearsal left.
        showing: How it is shown.
    """
    from walras.service.bootstrap import Settings
    from walras.service.rehearsal.cast import Cast
    from walras.service.rehearsal.opening import open_market
    from walras.service.rehearsal.script import read_script
    from walras.service.rehearsal.stage import staged_again

    store = out / "service"
    with spinner("members send orders for the next days"), staged_again(Settings(store)) as stage:
        found = open_market(Cast(read_script(folder), stage))
    serve = ["serve", "--data", str(store), "--port", str(showing.port), "--console-port", str(showing.console_port)]
    commands = (
        [sys.executable, "-c", "from walras.cli import main; main()", *serve],
        [sys.executable, "-m", "walras.service.rehearsal", str(folder)],
    )
    environment = {k: v for k, v in os.environ.items() if k not in OF_OTHER_STORES} | {"WALRAS_DATA": str(store)}
    with running(commands, environment, store / LOG) as processes:
        with spinner("the service starts"):
            answering = [option for option, port in showing.ports.items() if _answers(port, processes)]
        if "--port" not in answering:
            say(f"The service did not start; {store / LOG} says why.")
            sys.exit(1)
        _say_where(showing, out, found, has_console="--console-port" in answering)
        with suppress(KeyboardInterrupt):
            while all(process.poll() is None for process in processes):
                time.sleep(0.2)
            say(f"A part of the market ended; {store / LOG} says why.")
    say(f"Ended. It can go on: walras serve --data {store}")


@contextmanager
def running(
    commands: Sequence[Sequence[str]], environment: Mapping[str, str], log: Path
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run processes that write to one log; they are ended with the block, also when this process is told to end."""
    numbers = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = [(number, signal.signal(number, leave)) for number in numbers]
    processes: list[subprocess.Popen[bytes]] = []
    try:
        with log.open("ab") as file:
            processes.extend(
                subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=file,
                                 stderr=subprocess.STDOUT, start_new_session=True)
                for command in commands
            )  # fmt: skip
        yield processes
    finally:
        stop(processes)
        for number, handler in before:
            signal.signal(number, handler)


def _say_where(showing: Showing, out: Path, found: Mapping[str, str], *, has_console: bool) -> None:
    public, console = f"http://{HOST}:{showing.port}/public", f"http://{HOST}:{showing.console_port}"
    say("")
    say("The market lives on, and its members go on trading:")
    if has_console:
        say(f"  {console:<30}the console: enter as anybody who takes part")
    say(f"  {public:<30}what everybody sees")
    say(f"  {out!s:<30}the papers of the finished day")
    say(f"{found['open']} takes orders, {found['scheduled']} opens in minutes,")
    say(f"{found['preliminary']} is preliminary, the run of {found['trial']} can be watched.")
    say("Stop with Ctrl-C.")
    if showing.opens_browser and _has_screen():
        webbrowser.open(console if has_console else public)


def _has_screen() -> bool:
    """Return whether a browser could show itself."""
    return sys.platform in {"darwin", "win32"} or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, port))
        except OSError:
            return False
    return True


def _answers(port: int, processes: Sequence[subprocess.Popen[bytes]]) -> bool:
    """Return whether somebody comes to listen at a port, before a process ends or the time is over."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and all(process.poll() is None for process in processes):
        with suppress(OSError), socket.create_connection((HOST, port), 1):
            return True
        time.sleep(0.1)
    return False
