"""Load on the door: durable submissions a second, the last minute before a gate, public reads.

`python benchmarks/door_load.py [WORD ...]` prints a line a row; words choose rows that hold all of them.
Server, database and generator share the machine; the shares of its CPU are printed.
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
from door_stand import served, submissions

GENERATOR = Path(__file__).with_name("door_generator.py")
SIZES = ("24 x 1", "24 x 5", "block")
AT_ONCE = (1, 16, 64, 256)
MEMBERS = 200


class Row(NamedTuple):
    """One row of submissions."""

    store: str
    workers: int
    size: str
    at_once: int

    def __str__(self) -> str:
        return f"{self.store} | {self.workers} | {self.size} | {self.at_once}"


ROWS = [
    Row(store, workers, size, at_once)
    for store in ("SQLite", "PostgreSQL")
    for workers in (1, 2)
    for size in SIZES
    for at_once in AT_ONCE
]


def load(plan: Plan) -> dict:
    """Run a plan in a process of its own."""
    with tempfile.NamedTemporaryFile(suffix=".plan") as file:
        Path(file.name).write_bytes(pickle.dumps(tuple(plan)))
        done = subprocess.run([sys.executable, str(GENERATOR), file.name], check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def main(words: Sequence[str]) -> None:
    rows = [r for r in ROWS if all(w in f"| {r} |" for w in words)]
    for place in dict.fromkeys((r.store, r.workers) for r in rows):
        with served(*place, MEMBERS) as (service, _):
            for row in (r for r in rows if (r.store, r.workers) == place):
                before, average = service.cpu_s(), os.getloadavg()[0]
                done = load(Plan(service.port, submissions(row.size, MEMBERS), row.at_once))
                after = service.cpu_s()
                total = sum(done["statuses"].values())
                each = " ".join(f"{n} {1000 * (after[n] - before[n]) / total:.2f}" for n in after)
                gen = 1000 * done["cpu_s"] / total
                print(f"| {row} | {done['count'] / done['seconds']:.0f}/s | p50 {done['p50_ms']:.1f} | p99 {done['p99_ms']:.1f} "
                      f"| ms each: {each} gen {gen:.2f} | {done['statuses']} | load {average:.1f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
