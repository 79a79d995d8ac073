"""The table of docs/performance.md, between its markers; the text around it is written by hand."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from statistics import median

from markets import MARKETS
from measure import Measured
from phases import Row

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
HEAD = (
    "| market | phase | target s | median s | spread s | CPU s | least CPU s | peak MB | load | runs |\n"
    "|---|---|---|---|---|---|---|---|---|---|\n"
)


def line(row: Row, found: Measured | str) -> str:
    """Return the table's line of one row, or of why it was left out."""
    target = "" if row.target_s is None else f"{row.target_s:g}"
    if isinstance(found, str):
        return f"| {row.market} | {row.phase} | {target} | left out: {found} | | | | | | |"
    wall, cpu = found.wall_s, found.cpu_s
    return (
        f"| {row.market} | {row.phase} | {target} | {_s(median(wall))} | {_s(min(wall))} to {_s(max(wall))} "
        f"| {_s(median(cpu))} | {_s(min(cpu))} | {found.peak_mb:.0f} | {found.load:.1f} | {len(wall)} |"
    )


def table(found: list[tuple[Row, Measured | str]]) -> str:
    """Return what stands between the markers."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("walras", "highspy", "numpy", "polars"))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    used = f"{cores} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}; {versions}."
    rows = "\n".join(line(row, f) for row, f in found)
    shown = {row.market for row, _ in found}
    says = "\n".join(f"- {m.name}: {m.says}." for m in MARKETS.values() if m.name in shown)
    return f"{used}\n\n{HEAD}{rows}\n\n{says}\n"


def replaced(text: str, content: str) -> str:
    """Return a page with new content between its markers.

    >>> replaced(f"a {BEGIN} b {END} c", "new")
    'a <!-- measured: begin -->\\nnew<!-- measured: end --> c'
    """
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    assert rest, "the page has lost its markers"
    return f"{before}{BEGIN}\n{content}{END}{after}"


def _s(seconds: float) -> str:
    return f"{seconds:.3f}" if seconds < 1 else f"{seconds:.2f}"
