"""One row of the registry, measured in a process of its own.

Wall seconds say what a person waits for on this machine at that moment; CPU seconds (this
process and its workers, all threads) hardly move when others use the machine. Peak memory
is that of the largest process, input included.
"""

from __future__ import annotations

import os
import platform
import resource
import time
from pathlib import Path
from typing import NamedTuple

from phases import PHASES, Row, Stand


class Measured(NamedTuple):
    """What one row took: wall and CPU seconds of each run, peak memory in MB, load when it began."""

    wall_s: list[float]
    cpu_s: list[float]
    peak_mb: float
    load: float


def measured(row: Row, place: Path) -> Measured:
    """Warm up once, then run as often as the row says."""
    load = os.getloadavg()[0]
    call = PHASES[row.phase](Stand(row.market, place))
    call()
    wall, cpu = [], []
    for _ in range(row.runs):
        begun, used = time.perf_counter(), _cpu_s()
        kept = call()
        wall.append(time.perf_counter() - begun)
        cpu.append(_cpu_s() - used)
        del kept
    return Measured(wall, cpu, _peak_mb(), load)


def _cpu_s() -> float:
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def _peak_mb() -> float:
    unit = 1e6 if platform.system() == "Darwin" else 1e3
    return max(resource.getrusage(w).ru_maxrss for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / unit
