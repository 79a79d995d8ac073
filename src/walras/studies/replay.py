"""Replay published days: clear each of them and see how far we meet what was published.

Written for publishers whose files hold many days; the source is read once, the days are
cleared side by side in worker processes. Every finished day has its own folder (see
`studies.replay_day`) and a line in `days.csv`; a replay that was stopped goes on where it
was. A folder belongs to one source and one way of clearing (`replay.json`), and to one
replay at a time.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from walras.coupling.settings import Settings
from walras.errors import BadInput, Mistake, NoResult
from walras.formats.gme import BlockMode, BorderMode, GmeSource
from walras.studies.replay_day import MARKER, Failure, Task, attempt, end_with_parent, put

Progress = Callable[[int, int, date], None]


def replay(
    src: Path,
    first_day: date,
    last_day: date,
    out: Path,
    *,
    borders: BorderMode = "prices",
    blocks: BlockMode = "decide",
    processes: int | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> pl.DataFrame:
    """Clear every day of a span and return one row a day, sorted by day.

    Args:
        src: Folder with the tidy Italian tables.
        first_day: First delivery day.
        last_day: Last delivery day, included.
        out: Folder for the days; days that are finished there are not done again.
        borders: See `formats.gme.convert_gme`.
        blocks: See `formats.gme.convert_gme`.
        processes: Worker processes; the machine's cores unless given, 1 = none beside this one.
        settings: How to clear; the time limit holds for each day.
        progress: Called after each finished day with days done, days in all, and the day.

    Returns:
        Columns day, status, welfare_eur, bound_eur, gap_eur, prices_equal, prices_inside, prices_total,
        blocks_equal, blocks_total, exchange_mae_mw, exchanges_total, violations, seconds.

    Raises:
        BadInput: No such days, wrong tables, or `out` belongs to another replay.
        NoResult: A day has no result inside the time limit, or the solver failed; the other days are finished first.
    """
    settings = settings or Settings()
    days = _days(first_day, last_day)
    identity: dict[str, Any] = {"source": "gme", "borders": borders, "blocks": blocks, "settings": settings.canonical()}
    _same_replay(out, identity)
    open_days = [d for d in days if not (out / d.isoformat() / MARKER).is_file()]
    tasks: list[Task] = []
    if open_days:
        source = GmeSource.read(src, open_days, borders=borders, blocks=blocks, published=True)
        tasks = [Task(d, source.tables[d], out / d.isoformat(), borders, blocks, settings) for d in open_days]
    out.mkdir(parents=True, exist_ok=True)
    for left in out.glob(".*.part"):
        shutil.rmtree(left)
    put(out / "replay.json", json.dumps(identity, indent=2) + "\n")
    done = len(days) - len(tasks)
    mistakes: list[Mistake] = []
    without: list[str] = []
    for day, failure in _run(tasks, processes or len(os.sched_getaffinity(0))):
        mistakes += failure.mistakes
        without += [failure.no_result] if failure.no_result else []
        if not failure:
            done += 1
            _table(out, days)
            if progress:
                progress(done, len(days), day)
    if mistakes:
        raise BadInput(mistakes)
    if without:
        raise NoResult("; ".join(sorted(without)))
    return _table(out, days)


def summary(days: pl.DataFrame) -> dict[str, float | int]:
    """Return a replay in one row: equal prices and block decisions, exchange error, welfare.

    Example:
        >>> rows = [{"day": "2025-04-01", "prices_equal": 168, "prices_inside": 168, "prices_total": 168,
        ...          "blocks_equal": 37, "blocks_total": 38, "exchange_mae_mw": 0.5,
        ...          "exchanges_total": 144, "welfare_eur": 2.0, "gap_eur": 0.0, "violations": 0, "seconds": 0.2}]
        >>> summary(pl.DataFrame(rows))["blocks_equal"]
        37
    """
    sums = ["prices_equal", "prices_inside", "prices_total", "blocks_equal", "blocks_total", "violations"]
    figures = ["welfare_eur", "gap_eur", "seconds"]
    weight = max(1, int(days["exchanges_total"].sum()))
    error = float((days["exchange_mae_mw"] * days["exchanges_total"]).sum()) / weight
    out: dict[str, float | int] = {"days": len(days), "exchange_mae_mw": error}
    out |= {c: int(days[c].sum()) for c in sums}
    out |= {c: float(days[c].sum()) for c in figures}
    return out


def _days(first: date, last: date) -> list[date]:
    if last < first:
        fix = "Name the earlier day first."
        raise BadInput([Mistake(f"the last day {last} is before the first {first}", "days", "day_order", fix)])
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _same_replay(out: Path, identity: dict[str, Any]) -> None:
    """Refuse a folder that holds a replay with other options, or something else."""
    marker = out / "replay.json"
    if not out.exists():
        return
    if not out.is_dir():
        raise BadInput([Mistake("is not a folder", str(out), "out_folder", "Name another folder for the replay.")])
    if not marker.is_file():
        if any(out.iterdir()):
            fix = "Name a new folder, or one of an earlier replay."
            raise BadInput([Mistake("the folder holds something that is not a replay", str(out), "out_folder", fix)])
        return
    try:
        held = json.loads(marker.read_text(encoding="utf-8"))
    except ValueError:
        held = None
    if held != identity:
        what = "the folder holds a replay with other options"
        raise BadInput([Mistake(what, str(marker), "out_folder", "Name a new folder, or use the options it names.")])


def _run(tasks: list[Task], processes: int) -> Iterator[tuple[date, Failure]]:
    """Yield each day as it ends, with what went wrong in it."""
    if min(processes, len(tasks)) <= 1:
        for task in tasks:
            yield task.day, attempt(task)
        return
    # spawn: forking a process that already runs polars' and HiGHS' threads can hang
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(processes, len(tasks)), mp_context=context, initializer=end_with_parent) as pool:
        futures: dict[Future[Failure], date] = {pool.submit(attempt, task): task.day for task in tasks}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _table(out: Path, days: list[date]) -> pl.DataFrame:
    """Write `days.csv` from the markers of all finished days and return the rows of `days`."""
    rows = [json.loads(m.read_text(encoding="utf-8")) for m in sorted(out.glob(f"[0-9]*/{MARKER}"))]
    table = pl.DataFrame(rows, infer_schema_length=None)
    put(out / "days.csv", table.write_csv() if rows else "")
    return table.filter(pl.col("day").is_in([d.isoformat() for d in days])) if rows else table
