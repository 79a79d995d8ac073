"""Walras on one instance of the prototype, in a process of its own: `FOLDER NAME SECONDS [curves]`.

A name that ends with `+plants` is the instance with gas zones, conversions and storage orders added (see `plants`).
Prints one record as JSON. Started by `side_by_side`.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

from plants import with_plants
from prototype_instances import book_of, constant_eur, read_instance
from records import PLANTS, Record

from walras.book.book import Book
from walras.coupling.clear import clear
from walras.coupling.progress import Progress
from walras.coupling.settings import Settings
from walras.orders.blocks import BlockOrders
from walras.orders.scalable import ScalableOrders
from walras.orders.storage import StorageOrders
from walras.results.audit import audit

THREADS = 2
PLANTS_SHARE, PLANTS_SEED = 0.2, 1


def run_walras(folder: Path, name: str, limit: float, with_curves: bool) -> Record:
    """Clear and audit; the welfare of the curves alone is found afterwards."""
    load = os.getloadavg()[0]
    base = name.removesuffix(PLANTS)
    instance = read_instance(folder / f"syn_{base}.pkl")
    book, constant = book_of(instance), constant_eur(instance)
    if name != base:
        book = with_plants(book, PLANTS_SHARE, PLANTS_SEED)
    del instance
    listener = _Listener(constant)
    begun, used = time.perf_counter(), time.process_time()
    result = clear(book, Settings(time_limit=limit, threads=THREADS), listener)
    wall, cpu, peak = time.perf_counter() - begun, time.process_time() - used, _peak_mb()
    record = Record(
        name,
        "walras",
        limit,
        wall,
        load,
        listener.trace[0][2],
        listener.trace,
        result.welfare - constant,
        result.bound - constant,
        peak,
        cpu,
        violations=len(audit(book, result)),
        status=f"{result.status.value} {result.stopped_by}".strip(),
        phases=dict(result.phases),
    )
    return replace(record, curves_alone=_curves_alone(book) - constant) if with_curves else record


class _Listener:
    """Keeps second, best welfare and bound at every mark where one of the two has changed."""

    def __init__(self, constant: float) -> None:
        self.constant = constant
        self.trace: list[list[float]] = []

    def __call__(self, moment: Progress) -> None:
        if moment.welfare is None or moment.bound is None:
            return
        now = [moment.welfare - self.constant, moment.bound - self.constant]
        if not self.trace or self.trace[-1][1:] != now:
            self.trace.append([moment.seconds, *now])


def _curves_alone(book: Book) -> float:
    nothing = {"blocks": BlockOrders.none(), "scalables": ScalableOrders.none(), "storages": StorageOrders.none()}
    return clear(replace(book, **nothing)).welfare


def _peak_mb() -> float:
    unit = 1e6 if platform.system() == "Darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


if __name__ == "__main__":
    folder, name, limit, *more = sys.argv[1:]
    print(json.dumps(asdict(run_walras(Path(folder), name, float(limit), more == ["curves"]))))
