"""One day of a replay: convert, clear, audit, compare, write. Runs in a worker process.

Folder of a day: `market` and `result` (see docs), `misses.csv` (every price and block
decision that differs from what was published), `violations.txt` if the audit found any,
and `done.json`, the row of `days.csv`. The folder is made beside its place and renamed when it
is whole, so that a day that was stopped half way is done again.
"""

from __future__ import annotations

import json
import multiprocessing
import multiprocessing.process
import os
import shutil
import threading
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from walras.book.folder import write
from walras.coupling.clear import clear
from walras.coupling.settings import Settings
from walras.errors import BadInput, Mistake, NoResult, SolverFailed
from walras.formats.gme import BlockMode, BorderMode, published_of_day
from walras.formats.gme_book import book_of_day
from walras.formats.gme_tables import Tables
from walras.results.audit import audit
from walras.results.folder import write_results
from walras.studies.compare import Comparison, compare_tables
from walras.studies.run_facts import run_facts

MARKER = "done.json"


@dataclass(frozen=True)
class Task:
    """What a worker needs to replay one day: its tables, its folder and how to clear it."""

    day: date
    tables: Tables
    out: Path
    borders: BorderMode
    blocks: BlockMode
    settings: Settings


class Failure(NamedTuple):
    """What kept a day from its result, as plain data that crosses processes; false if nothing did."""

    mistakes: tuple[Mistake, ...] = ()
    no_result: str = ""

    def __bool__(self) -> bool:
        return bool(self.mistakes or self.no_result)


def end_with_parent() -> None:
    """Let this worker end when the process that started it is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    alive: multiprocessing.process.BaseProcess = parent

    def watch() -> None:
        alive.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def attempt(task: Task) -> Failure:
    """Replay one day and return what went wrong, if anything did."""
    try:
        replay_day(task)
    except BadInput as e:
        return Failure(mistakes=e.mistakes)
    except NoResult as e:
        return Failure(no_result=f"{task.day}: {e}")
    except SolverFailed as e:
        return Failure(no_result=f"{task.day}: the solver failed: {e}")
    return Failure()


def replay_day(task: Task) -> dict[str, Any]:
    """Clear one day, audit it, compare it with what was published, write it, and return its row.

    Raises:
        BadInput: The tables of the day are wrong.
        NoResult: The day has no result inside the time limit.
        SolverFailed: The solver gave no answer that can be trusted.
    """
    begun = time.perf_counter()
    book = book_of_day(task.tables, task.day, borders=task.borders, blocks=task.blocks)
    results = clear(book, task.settings)
    violations = audit(book, results)
    part = task.out.with_name(f".{task.out.name}.{os.getpid()}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    write(book, part / "market")
    run = run_facts(1, market="../market")
    write_results(book, results, task.settings.canonical(), part / "result", run=run)
    comparison = compare_day(task, part / "result")
    misses(comparison).write_csv(part / "misses.csv")
    if violations:
        (part / "violations.txt").write_text("\n".join(map(str, violations)) + "\n", encoding="utf-8")
    row = {
        "day": task.day.isoformat(),
        "status": str(results.status),
        "welfare_eur": round(results.welfare, 6),
        "bound_eur": round(results.bound, 6),
        "gap_eur": round(results.gap, 6),
        "prices_equal": comparison.prices_equal,
        "prices_inside": comparison.prices_inside,
        "prices_total": comparison.prices_total,
        "blocks_equal": comparison.blocks_equal,
        "blocks_total": comparison.blocks_total,
        "exchange_mae_mw": round(comparison.exchange_mean_absolute_error or 0.0, 6),
        "exchanges_total": 0 if comparison.exchanges is None else len(comparison.exchanges),
        "violations": len(violations),
        "seconds": round(time.perf_counter() - begun, 3),
    }
    (part / MARKER).write_text(json.dumps(row) + "\n", encoding="utf-8")
    if task.out.exists():
        shutil.rmtree(task.out)
    part.rename(task.out)
    return row


def compare_day(task: Task, result: Path) -> Comparison:
    """Return the written result of a day beside what was published of it."""
    published = published_of_day(task.tables, task.day)
    decided = task.blocks == "decide"
    return compare_tables(
        pl.read_parquet(result / "prices.parquet"),
        pl.read_parquet(result / "scheduled_exchanges.parquet"),
        published.prices,
        published.flows,
        order_acceptances=pl.read_parquet(result / "order_acceptances.parquet") if decided else None,
        published_blocks=published.blocks if decided else None,
    )


def misses(comparison: Comparison) -> pl.DataFrame:
    """Return every difference as a row: kind (price, block), name, mtu_start, result, published."""
    prices = comparison.prices.filter(pl.col("difference") != 0).select(
        pl.lit("price").alias("kind"),
        pl.col("zone").alias("name"),
        pl.col("mtu_start").dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        pl.col("result", "published").cast(pl.String),
    )
    if comparison.blocks is None:
        return prices
    blocks = comparison.blocks.filter(~pl.col("equal")).select(
        pl.lit("block").alias("kind"),
        pl.col("order").alias("name"),
        pl.lit("").alias("mtu_start"),
        "result",
        "published",
    )
    return pl.concat([prices, blocks.with_columns(pl.col("result", "published").cast(pl.String))])


def put(path: Path, text: str) -> None:
    """Write a file in one step: readers see the old content or the new one, never half of it."""
    beside = path.with_name(path.name + ".part")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)
