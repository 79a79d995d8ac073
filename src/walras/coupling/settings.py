"""Limits of one run: frozen, logged, hashed into the result.

Threads are only logged (run.json): they may never change a table.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """How far to go.

    Attributes:
        gap: Stop once bound minus welfare is at most this, in the trade currency.
        time_limit: Seconds of wall time, None = no limit. A result that it cut short says so.
        threads: Worker threads for parts of the market that no line and no order connects.
    """

    gap: float = 0.01
    time_limit: float | None = None
    threads: int = 1

    def canonical(self) -> dict[str, float | None]:
        """Return what may change a result: everything but threads. It stands in the summary and is hashed.

        >>> Settings(threads=2).canonical()
        {'gap': 0.01, 'time_limit': None}
        """
        return {"gap": float(self.gap), "time_limit": None if self.time_limit is None else float(self.time_limit)}
