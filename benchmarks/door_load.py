"""Load on the door: durable submissions a second, the last minute before a gate, public reads, a large file.

`python benchmarks/door_load.py [WORD ...]` measures the rows that hold all words and prints them;
their figures are kept by hand in docs/performance.md ("The door"). Server, database and generator
share the machine: CPU milliseconds a request say what each of them took, and hardly move with
the load of others.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from door_generator import Plan
from door_stand import SESSION, Served, publish, served, submissions
from sqlalchemy import func, select

from walras.service.store.engine import Store
from walras.service.store.schema import orders
from walras.service.store.schema import submissions as sent

HERE = Path(__file__).parent
STORES, SIZES, AT_ONCE = ("SQLite", "PostgreSQL"), ("24 x 1", "24 x 5", "block"), (1, 16, 64, 256)
MEMBERS = 200
HEAD = """
| what | store | workers | at once | each s | p50 ms | p99 ms | CPU ms: server | database | load tool | load | answers |
|---|---|---|---|---|---|---|---|---|---|---|---|"""


class Row(NamedTuple):
    """One row: orders of a size, `last minute` or an address; `at_once` connections."""

    what: str
    store: str
    workers: int
    at_once: int

    def __str__(self) -> str:
        return f"| {self.what} | {self.store} | {self.workers} | {self.at_once} |"


READS = ("prices.csv, 304", "prices.csv, 200", "page, 200")
ROWS = [
    *(Row(z, s, w, n) for s in STORES for w in (1, 2) for z in SIZES for n in AT_ONCE),
    *(Row("last minute", s, w, 1000) for s in STORES for w in (1, 2)),
    *(Row(r, s, 1, 16) for s in STORES for r in READS),
    *(Row("a file of 1,000,800 steps", s, 1, 1) for s in STORES),
]


def main(words: Sequence[str]) -> None:
    """Measure the rows that hold all words, service by service."""
    rows = [r for r in ROWS if all(w in str(r) for w in words)]
    print(HEAD, flush=True)
    for kind in (_is_submission, _is_last_minute, _is_read):
        chosen = [r for r in rows if kind(r)]
        for place in dict.fromkeys((r.store, r.workers) for r in chosen):
            with served(*place, 1000 if kind is _is_last_minute else MEMBERS) as (service, store):
                for row in (r for r in chosen if (r.store, r.workers) == place):
                    print(measured(row, service, store), flush=True)
    for row in rows:
        if row.what.startswith("a file"):
            average = os.getloadavg()[0]
            print(row, _child("door_file.py", row.store), f"load {average:.1f}", flush=True)


def measured(row: Row, service: Served, store: Store) -> str:
    """Return the line of one row."""
    if _is_submission(row):
        return line(row, service, Plan(service.port, submissions(row.what, MEMBERS), row.at_once))
    if _is_last_minute(row):
        return last_minute(row, service, store)
    if not service.is_published:
        publish(service, store)
    name = f"/public/{SESSION}" if row.what.startswith("page") else f"/v1/sessions/{SESSION}/results/prices.csv"
    tag = f"if-none-match: {service.tag(name)}\r\n" if "304" in row.what else ""
    request = f"GET {name} HTTP/1.1\r\nhost: localhost\r\n{tag}".encode()
    return line(row, service, Plan(service.port, [(request, b"")], row.at_once, has_keys=False))


def last_minute(row: Row, service: Served, store: Store) -> str:
    """Have each of 1,000 members send three versions of its order at once, and count what the store holds after."""
    shown = line(row, service, Plan(service.port, submissions("24 x 1", 1000), row.at_once, each=3))
    with store.read() as connection:
        held = connection.scalar(select(func.count()).select_from(sent))
        third = connection.scalar(select(func.count()).select_from(orders).where(orders.c.version == 3))
    return f"{shown} {held} submissions stored, {third} orders in their third version"


def line(row: Row, service: Served, plan: Plan) -> str:
    """Carry out a plan and return the table's line."""
    before, average = service.cpu_s(), os.getloadavg()[0]
    done = _load(plan)
    after, total = service.cpu_s(), sum(done["statuses"].values())
    each = {name: 1000 * (after[name] - before[name]) / total for name in after}
    cpu = f"{each['server']:.2f} | {each.get('database', 0):.2f} | {1000 * done['cpu_s'] / total:.2f}"
    rate = f"{done['count'] / done['seconds']:.0f} | {done['p50_ms']:.1f} | {done['p99_ms']:.1f}"
    seconds = f", {done['seconds']:.1f} s" if plan.each else ""
    return f"{row} {rate} | {cpu} | {average:.1f} | {done['statuses']}{seconds} |"


def _load(plan: Plan) -> dict:
    with tempfile.NamedTemporaryFile(suffix=".plan") as file:
        Path(file.name).write_bytes(pickle.dumps(tuple(plan)))
        return _child("door_generator.py", file.name)


def _child(script: str, *arguments: str) -> dict:
    done = subprocess.run(
        [sys.executable, str(HERE / script), *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def _is_submission(row: Row) -> bool:
    return row.what in SIZES


def _is_last_minute(row: Row) -> bool:
    return row.what == "last minute"


def _is_read(row: Row) -> bool:
    return row.what in READS


if __name__ == "__main__":
    main(sys.argv[1:])
