"""Walras beside the research prototype on its European-size auctions, one after the other.

`python benchmarks/side_by_side.py --prototype DIR --names A B C --out records.json` clears
`DIR/syn_A.pkl` and so on with `DIR/sdac.py` (one process, one core) and then with Walras on
two threads, each in a fresh process with the machine to itself, and appends a record a run.
More numbers after `--seconds` are further runs of Walras with less time, whose results are
audited too. `--engines walras --names A+plants` clears the instance with plants and stores
added, which the prototype does not know. `--page` rewrites the table and the picture of
docs/performance.md from the records, without a run.

Both clocks begin when the instance is in memory. The prototype is also given reference
prices, those of the curves alone, which the maker of the instances has put into the pickle;
Walras finds its own. Welfare is on the prototype's scale: that of the book less
`constant_eur` (see `prototype_instances`).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gap_over_time import write_page
from records import Record, keep, prototype_record, read_records

HERE = Path(__file__).resolve().parent
LIMITS = (135.0,)


def run_prototype(folder: Path, name: str, limit: float) -> Record:
    """Run it in a scratch folder, where it writes its solution."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="walras-side-") as scratch:
        (Path(scratch) / f"syn_{name}.pkl").symlink_to((folder / f"syn_{name}.pkl").resolve())
        command = [sys.executable, str((folder / "sdac.py").resolve()), f"syn_{name}.pkl", f"{limit:g}"]
        begun = time.perf_counter()
        with subprocess.Popen(command, cwd=scratch, stdout=subprocess.PIPE, text=True) as process:
            log = process.stdout.read()
            _, code, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(code)
    assert process.returncode == 0, f"the prototype ended with {process.returncode}"
    peak = used.ru_maxrss / (1e6 if platform.system() == "Darwin" else 1e3)
    cpu = used.ru_utime + used.ru_stime
    return prototype_record(name, log, limit, time.perf_counter() - begun, load, peak, cpu)


def run_walras(folder: Path, name: str, limit: float, curves: list[str]) -> Record:
    command = [sys.executable, str(HERE / "beside_prototype.py"), str(folder), name, str(limit), *curves]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Record(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description="Run the prototype and Walras on the same auctions.")
    parser.add_argument("--prototype", type=Path, help="Folder of sdac.py and syn_*.pkl.")
    parser.add_argument("--names", nargs="*", default=[], help="Instances: A, B, C, A2 ...")
    parser.add_argument("--engines", nargs="*", default=["prototype", "walras"])
    parser.add_argument("--seconds", nargs="*", type=float, default=LIMITS, help="The first also for the prototype.")
    parser.add_argument("--out", type=Path, required=True, help="JSON file of the records.")
    parser.add_argument("--page", action="store_true", help="Rewrite table and picture from the records.")
    arguments = parser.parse_args()
    for name in arguments.names:
        for number, limit in enumerate(arguments.seconds):
            for engine in arguments.engines if number == 0 else ["walras"]:
                if engine == "prototype":
                    record = run_prototype(arguments.prototype, name, limit)
                else:
                    record = run_walras(arguments.prototype, name, limit, ["curves"] if number == 0 else [])
                keep(arguments.out, record)
                gap = record.bound - record.welfare
                print(f"{name} {engine} {limit:g} s: gap {gap:.2f}, violations {record.violations}", flush=True)
    if arguments.page:
        write_page(HERE.parent / "docs", read_records(arguments.out))


if __name__ == "__main__":
    main()
