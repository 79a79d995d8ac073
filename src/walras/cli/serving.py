"""Commands of the service: serve, and set up or migrate its store. They need the extra `service`."""

# ruff: noqa: PLC0415 - a command imports what it needs, so that `walras --help` is quick

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from walras.cli.show import say
from walras.errors import MissingExtra

if TYPE_CHECKING:
    from walras.service.bootstrap import Settings

NEEDED = ("alembic", "fastapi", "prometheus_client", "pydantic", "sqlalchemy", "structlog", "uvicorn")
BESIDE = ("walras.service.worker", "walras.service.console")
"""What is started beside the API, each in a process of its own, where it is part of the build."""
CONSOLE = BESIDE[1]
STOP_SECONDS = 30

service = typer.Typer(help="The store of the service: set up, migrate, back up, restore.", no_args_is_help=True)
_Data = Annotated[
    Path, typer.Option("--data", envvar="WALRAS_DATA", help="Folder of the store (SQLite) and of the keys.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of the service."""
    app.command(epilog="Example: walras serve --data market")(serve)
    app.add_typer(service, name="service")


def serve(
    *,
    host: Annotated[str, typer.Option("--host", help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen at.")] = 8200,
    console_port: Annotated[
        int, typer.Option("--console-port", min=0, max=65535, help="Port of the console; 0: none.")
    ] = 8201,
    workers: Annotated[int, typer.Option("--workers", min=1, max=64, help="Processes of the API.")] = 1,
    data: _Data = Path("walras-data"),
) -> None:
    """Serve the API and the console, run what waits; the first start makes the store, its keys and two officers."""
    check_extra()
    settings = _prepare(data)
    from walras.service.api import server

    with tempfile.TemporaryDirectory(prefix="walras-metrics-") as metrics, run_beside(host, console_port) as started:
        if workers > 1:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = metrics
        say(f"Serving at http://{host}:{port} (its description: /v1/openapi.json). Stop with Ctrl-C.")
        if CONSOLE in started:
            say(f"The console: http://{host}:{console_port}")
        where = {"host": host, "port": port, "forwarded_allow_ips": settings.trusted_proxy}
        server.serve("walras.service.bootstrap:app_from_environment", workers, **where)


@service.command("set-up", epilog="Example: walras service set-up --data market")
def set_up_command(data: _Data = Path("walras-data")) -> None:
    """Make the store, its keys and two officers, if they are not there."""
    check_extra()
    _prepare(data)


@service.command("officer-key", epilog="Example: walras service officer-key U-0001 --data market")
def officer_key_command(
    user: Annotated[str, typer.Argument(help="Id of the officer, such as U-0001.", metavar="USER")],
    data: _Data = Path("walras-data"),
) -> None:
    """Give an officer a new key, where too few are left to approve one; it is in the trail."""
    check_extra()
    from walras.service.bootstrap import build, let_in, settings_from

    built = build(settings_from({**os.environ, "WALRAS_DATA": str(data)}), has_door=False)
    try:
        made = let_in(built.store, built.secrets, user)
    finally:
        built.close()
    say(f"A key of {made['user']}, shown this once; it ends after 90 days: {made['key']}")


@service.command("migrate", epilog="Example: walras service migrate --data market")
def migrate_command(data: _Data = Path("walras-data")) -> None:
    """Bring the store to the schema of this release."""
    check_extra()
    from walras.service.bootstrap import settings_from
    from walras.service.store.engine import open_store
    from walras.service.store.migrations import migrate

    settings = settings_from({**os.environ, "WALRAS_DATA": str(data)})
    settings.data.mkdir(parents=True, exist_ok=True)
    store = open_store(settings.url)
    try:
        say("The store was brought up to date." if migrate(store) else "The store is up to date.")
    finally:
        store.close()


def check_extra() -> None:
    """Refuse a command whose extra is missing, by the name of the extra.

    Raises:
        MissingExtra: A package of the extra `service` is not installed.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingExtra(f"the service needs {', '.join(missing)}: pip install 'walras[service]'")


def _prepare(data: Path) -> Settings:
    """Make what is missing, show new keys once, and leave the settings to the processes that follow."""
    from walras.service.bootstrap import build, set_up, settings_from

    os.environ["WALRAS_DATA"] = str(data)
    settings = settings_from(os.environ)
    built = build(settings)
    try:
        officers = set_up(built.store, built.secrets)
    finally:
        built.close()
    if not officers:
        say("The store has its operator.")
        return settings
    say("A new store. Keys of its two officers, shown this once; they end after 90 days (rotate-key makes new ones):")
    for officer in officers:
        say(f"  {officer['user']} ({officer['name']}): {officer['key']}")
    say(f"The master key stands in {settings.keys_folder}: keep a copy apart from the store; without it no sealed book")
    say("opens. Next: the first officer defines a market (set-market), the second approves it (approve-proposal);")
    say("docs/how-to/run-the-service.md goes through it.")
    return settings


@contextmanager
def run_beside(host: str, console_port: int) -> Iterator[tuple[str, ...]]:
    """Run the processes beside the API: the one that clears sessions and keeps the timetable, and the console.

    Args:
        host: Address at which the console listens too.
        console_port: Its port; 0 = no console.

    Yields:
        What was started, of `BESIDE`.
    """
    wanted = tuple(name for name in BESIDE if is_there(name) and (name != CONSOLE or console_port))
    environment = {**os.environ, "WALRAS_HOST": host, "WALRAS_CONSOLE_PORT": str(console_port)}
    before = signal.signal(signal.SIGTERM, leave)  # uvicorn raises the signal again once it has ended
    processes: list[subprocess.Popen[bytes]] = []
    try:
        processes.extend(subprocess.Popen([sys.executable, "-m", name], env=environment) for name in wanted)
        yield wanted
    finally:
        signal.signal(signal.SIGTERM, before)
        stop(processes)


def stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """End processes: asked first, all at once, and killed if they do not listen."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def is_there(name: str) -> bool:
    """Return whether a package of processes is part of the build."""
    return importlib.util.find_spec(name) is not None and importlib.util.find_spec(f"{name}.__main__") is not None


def leave(_number: int, _frame: FrameType | None) -> None:
    """Leave by the way of an error, so that whatever was started is ended too."""
    sys.exit(0)
