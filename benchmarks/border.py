"""What acts at a border cost: a year's contract, capacities of many lines, the gate of a market with 300 of them.

`PYTHONPATH=. python benchmarks/border.py` measures each act five times on a fresh store and prints
medians as a table, whose figures are kept by hand in docs/performance.md ("The border"). Times are
those of the command through the typed client in one process: reading, deciding, storing, trail.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from tests.service.border.stage import BUYER, DAY, NORTH, Border, definition, figures, gate_of, profile

from walras.service import commands as c
from walras.service import queries as q
from walras.service.secrets import Secrets
from walras.service.store.engine import open_store
from walras.service.store.migrations import migrate

LINES, TIMES = 300, 5
YEAR = [date(2027, 4, 1) + timedelta(days=n) for n in range(365)]


def main() -> None:
    """Measure and print every row."""
    print("| act | median s |\n|---|---|")
    for act, seconds in {**a_year(60), **a_year(15), **many_lines()}.items():
        print(f"| {act} | {seconds:.2f} |", flush=True)


def border(**changes) -> Border:
    store = open_store(str(Path(tempfile.mkdtemp()) / "walras.db"))
    migrate(store)
    return Border(store, Secrets(b"k" * 32), **changes)


def median(act: Callable[[], object]) -> float:
    taken = []
    for _ in range(TIMES):
        start = time.perf_counter()
        act()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def a_year(minutes: int) -> dict[str, float]:
    """A contract of a year, registered and confirmed."""
    word = "hours" if minutes == 60 else "quarter hours"
    grids = [g | {"mtu_minutes": minutes} for g in definition()["grids"]]
    with border(grids=grids) as market:
        market.permit(most_mw=50.0, first=YEAR[0], last=YEAR[-1])
        hours = [v for day in YEAR for v in profile(1.0, day)]
        step = timedelta(minutes=minutes)
        volumes = tuple(c.Volume(start=v.start + step * n, minutes=minutes, mw=1.0)
                        for v in hours for n in range(60 // minutes))  # fmt: skip
        names = []
        register = median(lambda: names.append(market.register(volumes=volumes)))
        confirm = median(lambda: market.do(BUYER, c.ConfirmContract(contract=names.pop())))
    return {f"register a contract of a year of {word}": register, f"confirm it ({word})": confirm}


def many_lines() -> dict[str, float]:
    """A day of a market of many lines: declare all, read all, close the gate on all."""
    line = definition()["lines"][0]
    lines = [line | {"line": f"L{n}"} for n in range(LINES)]
    with border(lines=lines, cross_sections=[]) as market:
        all_lines = tuple(figures(element=f"L{n}", forward=49.0) for n in range(LINES))
        declare = median(lambda: market.do(NORTH, c.SubmitCapacity(market="two", delivery_day=DAY, figures=all_lines)))
        read = median(lambda: market.client().ask(q.GetCapacity(market="two", delivery_day=DAY)))
        named = [market.opened(name=f"s{n}", kind="simulation") for n in range(TIMES)]
        market.at(gate_of())
        close = median(lambda: market.do("OP", c.CloseSession(session=named.pop())))
    return {f"declare {LINES} lines": declare, f"read {LINES} lines": read, f"close a gate on {LINES} lines": close}


if __name__ == "__main__":
    main()
