"""Limits of one run: frozen, logged, hashed into the result.

Threads are only logged (run.json): they may never change a table. Settings without sense
cannot be made: every rule below is checked when they are, and every mistake is listed
(docs/market-rules.md, settings of a run).
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass

from walras.errors import BadInput, Mistake

LEAST_GAP = 0.01
"""What a proof can promise, in the trade currency: `optimal` means no more than this is left.

Bound and welfare of a large market are sums near 1e10, known to about 1e-4 in floating point
(`results.certificate`), so a search for much less would end by luck or never.
"""


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Settings:
    """How far to go.

    Attributes:
        gap: Stop once bound minus welfare is at most this, in the trade currency; 0.01 or more.
        time_limit: Seconds of wall time above 0, None = no limit. A result that it cut short says so.
        threads: Worker threads for parts of the market that no line and no order connects.
        iteration_limit: Simplex iterations after which the search ends, None = no limit. Unlike
            seconds it ends two runs at the same result.

    Raises:
        BadInput: Every setting that makes no sense.

    Example:
        >>> Settings(gap=0)
        Traceback (most recent call last):
        walras.errors.BadInput: gap: a gap of 0 is below 0.01, the least that can be proven
          rule: gap_provable
          fix:  Give 0.01 or more, in the currency of the market.
    """

    gap: float = LEAST_GAP
    time_limit: float | None = None
    threads: int = 1
    iteration_limit: int | None = None

    def __post_init__(self) -> None:
        mistakes = list(_mistakes(self))
        if mistakes:
            raise BadInput(mistakes)

    def canonical(self) -> dict[str, float | int | None]:
        """Return what may change a result: everything but threads. It stands in the summary and is hashed.

        >>> Settings(iteration_limit=5000).canonical()
        {'gap': 0.01, 'iteration_limit': 5000, 'time_limit': None}
        """
        return {
            "gap": float(self.gap),
            "iteration_limit": self.iteration_limit,
            "time_limit": None if self.time_limit is None else float(self.time_limit),
        }


def _mistakes(settings: Settings) -> Iterator[Mistake]:
    """Yield what is wrong with each setting."""
    gap, seconds = settings.gap, settings.time_limit
    if not LEAST_GAP <= gap < math.inf:
        is_small = gap < LEAST_GAP
        what = f"below {LEAST_GAP}, the least that can be proven" if is_small else "no finite amount"
        fix = f"Give {LEAST_GAP} or more, in the currency of the market."
        yield Mistake(f"a gap of {gap:g} is {what}", "gap", "gap_provable", fix)
    if seconds is not None and not 0 < seconds < math.inf:
        fix = "Give seconds above 0, or leave it out for no limit."
        yield Mistake(f"{seconds:g} is no time limit", "time_limit", "time_limit_positive", fix)
    iterations, threads, most = settings.iteration_limit, settings.threads, cores()
    if iterations is not None and not (_is_whole(iterations) and iterations >= 1):
        fix = "Give a whole number from 1, or leave it out for no limit."
        yield Mistake(f"{iterations} is no limit of iterations", "iteration_limit", "iteration_limit_positive", fix)
    if not (_is_whole(threads) and 1 <= threads <= most):
        what = f"{threads} threads where {most} core{'s are' if most > 1 else ' is'} free for them"
        yield Mistake(what, "threads", "threads_within_cores", f"Give a whole number from 1 to {most}.")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
