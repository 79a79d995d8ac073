"""What a year of a pair of states costs, by phase, and what flexibility of its contracts earns.

`python benchmarks/pair_year.py [PAIR] [DAYS]` lives the days in one process and prints two tables, which are kept by
hand in docs/performance.md.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from datetime import date

from walras.studies.pairs.read import bundled_folder, read_pair
from walras.studies.pairs.supplies import read_supplies
from walras.studies.pairs.year import live_year


def main(pair: str = "two-states", days: str = "365") -> None:
    """Live the days and print what they took."""
    folder, begin, cpu = bundled_folder(pair), time.perf_counter(), time.process_time()
    year = live_year(read_pair(folder), read_supplies(folder), date(2026, 1, 1), int(days))
    wall, cpu = time.perf_counter() - begin, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(f"{pair}, {days} days: {wall:.0f} s, {cpu:.0f} s CPU, {peak:.0f} MB, load {os.getloadavg()[0]:.1f}\n")
    print("| phase | s | ms a day |\n|---|---:|---:|")
    for name, seconds in sorted(year.seconds.items(), key=lambda item: -item[1]):
        print(f"| {name} | {seconds:.1f} | {1000 * seconds / int(days):.0f} |")
    print("\n| contract | GWh | earned | flat | foresight |\n|---|---:|---:|---:|---:|")
    for row in year.tables["value"].iter_rows(named=True):
        money = (f"{row[name] / 1e6:,.2f}" for name in ("earned", "flat", "foresight"))
        print(f"| {row['contract']} | {row['flexible_mwh'] / 1000:,.1f} | {' | '.join(money)} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
