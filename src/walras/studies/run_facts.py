"""What a run used: for `run.json`, the only place where clocks, hosts and versions may stand."""

from __future__ import annotations

import platform
import resource
from importlib.metadata import version
from typing import Any

LIBRARIES = ("walras", "highspy", "numpy", "polars")


def run_facts(threads: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON can hold
    """Return threads, peak memory of this process in MB, versions and host, and what else is given.

    >>> sorted(run_facts(1, market="../market"))
    ['host', 'market', 'peak_memory_mb', 'threads', 'versions']
    """
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "threads": threads,
        # Linux counts kilobytes, macOS bytes
        "peak_memory_mb": round(used / (1e6 if platform.system() == "Darwin" else 1e3), 1),
        "versions": {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES},
        "host": platform.node(),
    } | more
