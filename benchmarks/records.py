"""What one run on a European-size auction showed; written by `side_by_side`, read by its page.

Welfare is on the prototype's scale: that of the book less `constant_eur` (see
`prototype_instances`).
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path

PLANTS = "+plants"
"""What the name of an instance with plants and stores added ends with."""


@dataclass(frozen=True)
class Record:
    """One run on one instance; EUR and seconds.

    Attributes:
        instance, engine: Which, and `prototype` or `walras`.
        limit_s, wall_s: Allowed, and taken until the result was there.
        load: Load average of the machine when the run began.
        lp_bound: Welfare of the auction if orders could be split at will.
        curves_alone: Welfare without indivisible orders, None where not computed.
        trace: Second, best welfare and bound, at each change.
        welfare, bound: At the end.
        violations: What the audit found in the final result, None where nothing was audited.
        peak_mb: Resident memory of the process.
        cpu_s: User and system seconds of all threads until the result was there; divided by `wall_s` the
            cores that the run got, whatever else the machine was doing.
        status: In the engine's words.
    """

    instance: str
    engine: str
    limit_s: float
    wall_s: float
    load: float
    lp_bound: float
    trace: list[list[float]]
    welfare: float
    bound: float
    peak_mb: float
    cpu_s: float | None = None
    curves_alone: float | None = None
    violations: int | None = None
    status: str = ""
    phases: dict[str, float] = field(default_factory=dict)

    @property
    def first_s(self) -> float:
        """Return when the first legal result was known."""
        return self.trace[0][0]

    def at(self, second: float) -> tuple[float, float] | None:
        """Return best welfare and bound at a moment, the final ones from the time limit on, None before any.

        >>> Record("A", "walras", 9, 9, 0, 7.0, [[1, 5.0, 7.0], [3, 6.0, 7.0]], 6.5, 6.6, 0).at(2)
        (5.0, 7.0)
        """
        if second >= self.limit_s:
            return self.welfare, self.bound
        known = [(welfare, bound) for s, welfare, bound in self.trace if s <= second]
        return known[-1] if known else None


def prototype_record(
    instance: str, log: str, limit: float, wall: float, load: float, peak: float, cpu: float
) -> Record:
    """Return the record of a prototype's log: it prints its LP bound, and seconds and gap of each better result."""
    found = re.search(r"LP ub ([-\d.]+)", log)
    listed = re.search(r"^trace (.*)$", log, re.MULTILINE)
    assert found, "the log lacks the LP bound"
    assert listed, "the log lacks the trace"
    bound = float(found.group(1))
    trace = [[second, bound - gap, bound] for second, gap in ast.literal_eval(listed.group(1))]
    return Record(instance, "prototype", limit, wall, load, bound, trace, trace[-1][1], bound, peak, cpu)


def read_records(path: Path) -> list[Record]:
    return [Record(**r) for r in json.loads(path.read_text())] if path.exists() else []


def keep(path: Path, record: Record) -> None:
    """Add a record; one of the same instance, engine and limit is replaced."""
    key = (record.instance, record.engine, record.limit_s)
    kept = [r for r in read_records(path) if (r.instance, r.engine, r.limit_s) != key]
    path.write_text(json.dumps([asdict(r) for r in [*kept, record]], indent=1))
