"""Table and picture of runs beside the prototype, for docs/performance.md; the text around them is written by hand.

Every amount is in EUR of welfare, on the scale of the LP bound: how far the best legal
result lies below the welfare that the auction would have if orders could be split at will.
The *certified gap* is what the run itself can prove: its bound minus its result. Both are
also given as a share of what indivisible orders add: the LP bound minus the welfare of the
curves alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from gap_picture import picture
from records import PLANTS, Record

BEGIN, END = "<!-- side by side: begin -->", "<!-- side by side: end -->"
MARKS_S = (10, 30, 60, 135)
GOAL = {"A": (0.13, 0.10), "B": (0.15, 0.12), "C": (0.06, 0.045)}
"""Certified gap that each size should reach at 135 s, in % of what indivisible orders add: goal and stretch."""

PLANNED = tuple(f"{size}{seed}" for size in GOAL for seed in ("", 2, 3, 4))

RUNS_HEAD = (
    "| auction | run | first legal, s | 10 s | 30 s | 60 s | 135 s | audit | CPU per wall s | load | peak MB |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|\n"
)
PROOF_HEAD = (
    "| auction | indivisible orders add, EUR | prototype, EUR | certified gap, EUR | share | goal | stretch |\n"
    "|---|---|---|---|---|---|---|\n"
)
PLANTS_HEAD = (
    "| auction | first legal, s | certified gap at 10 s, EUR | 30 s | 60 s | 135 s | orders and stores add, "
    "EUR | share | audit | peak MB |\n|---|---|---|---|---|---|---|---|---|---|\n"
)
SHORT_HEAD = "| auction | time limit, s | taken, s | below the LP bound, EUR | audit |\n|---|---|---|---|---|\n"


def added_eur(records: Sequence[Record], instance: str) -> float | None:
    """Return what indivisible orders add to the welfare of an instance, None if no run computed it."""
    found = [r.lp_bound - r.curves_alone for r in records if r.instance == instance and r.curves_alone is not None]
    return found[0] if found else None


def run_line(record: Record) -> str:
    """Return a run's line: how far below the LP bound it was at each mark, `-` while it had no legal result."""
    known = [record.at(second) for second in MARKS_S]
    below = " | ".join("-" if k is None else f"{record.lp_bound - k[0]:,.1f}" for k in known)
    audit = "not audited" if record.violations is None else f"{record.violations} violations"
    cpu = "" if record.cpu_s is None else f"{record.cpu_s / record.wall_s:.2f}"
    return (
        f"| {record.instance} | {record.engine} | {record.first_s:.1f} | {below} | {audit} | {cpu} "
        f"| {record.load:.1f} | {record.peak_mb:.0f} |"
    )


def proof_line(record: Record, prototype: Record | None, added: float) -> str:
    """Return what a run of Walras proves, beside the goal of its size."""
    gap = record.bound - record.welfare
    goal, stretch = GOAL[record.instance[0]]
    beside = "not run" if prototype is None else f"{prototype.bound - prototype.welfare:,.0f}"
    return (
        f"| {record.instance} | {added:,.0f} | {beside} | {gap:,.0f} | {100 * gap / added:.4f} % "
        f"| {goal:g} %: {_met(100 * gap / added, goal)} | {stretch:g} %: {_met(100 * gap / added, stretch)} |"
    )


def short_line(record: Record) -> str:
    below = f"{record.lp_bound - record.welfare:,.1f}"
    return (
        f"| {record.instance} | {record.limit_s:g} | {record.wall_s:.1f} | {below} | {record.violations} violations |"
    )


def plants_line(record: Record, added: float) -> str:
    """Return the line of a run with plants and stores: the gap that is certified at each mark."""
    known = [record.at(second) for second in MARKS_S]
    gaps = " | ".join("-" if k is None else f"{k[1] - k[0]:,.0f}" for k in known)
    share = 100 * (record.bound - record.welfare) / added
    audit = record.phases.get("audit", 0.0)
    return (
        f"| {record.instance.removesuffix(PLANTS)} | {record.first_s:.1f} | {gaps} | {added:,.0f} | {share:.4f} % "
        f"| {record.violations} violations, {audit:.1f} s | {record.peak_mb:.0f} |"
    )


def content(records: Sequence[Record]) -> str:
    """Return what stands between the markers."""
    with_plants = sorted((r for r in records if r.instance.endswith(PLANTS)), key=lambda r: r.instance)
    ordered = sorted(
        (r for r in records if not r.instance.endswith(PLANTS)), key=lambda r: (r.instance, r.engine, r.limit_s)
    )
    full = [r for r in ordered if r.limit_s == MARKS_S[-1]]
    prototype = {r.instance: r for r in full if r.engine == "prototype"}
    ours = [r for r in full if r.engine == "walras"]
    added = {r.instance: added_eur(records, r.instance) for r in ours}
    runs = "\n".join(run_line(r) for r in full)
    proofs = "\n".join(
        proof_line(r, prototype.get(r.instance), added[r.instance]) for r in ours if added[r.instance] is not None
    )
    text = f"Best legal result, EUR below the LP bound (less is better):\n\n{RUNS_HEAD}{runs}\n\n"
    text += f"What is proven after {MARKS_S[-1]} s:\n\n{PROOF_HEAD}{proofs}\n"
    short = "\n".join(short_line(r) for r in ordered if r.limit_s != MARKS_S[-1])
    text += f"\nRuns of Walras with less time:\n\n{SHORT_HEAD}{short}\n" if short else ""
    plants = "\n".join(plants_line(r, added_eur(records, r.instance) or np.nan) for r in with_plants)
    text += f"\nWith plants and stores:\n\n{PLANTS_HEAD}{plants}\n" if plants else ""
    return f"{text}\n{not_run(records)}"


def not_run(records: Sequence[Record]) -> str:
    """Return which of the planned runs the table lacks, in a sentence; empty if none."""
    done = {(r.instance, r.engine) for r in records if r.limit_s == MARKS_S[-1]}
    missing = {
        says: ", ".join(name for name in PLANNED if (name, engine) not in done)
        for engine, says in (("walras", "Walras on"), ("prototype", "the prototype on"))
    }
    lines = [f"{says} {names}" for says, names in missing.items() if names]
    return "Not run for this page: " + ";\n".join(lines) + ".\n" if lines else ""


def write_page(docs: Path, records: Sequence[Record]) -> None:
    """Rewrite the table of docs/performance.md and its picture."""
    page = docs / "performance.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    assert rest, "the page has lost its markers"
    page.write_text(f"{before}{BEGIN}\n{content(records)}{END}{after}", encoding="utf-8")
    goals = {name: goal for name, (goal, _) in GOAL.items()}
    drawn = picture(records, {name: added_eur(records, name) for name in goals}, goals)
    (docs / "images" / "gap_over_time.svg").write_text(drawn, encoding="utf-8")


def _met(share: float, goal: float) -> str:
    return "met" if share <= goal else "missed"
