"""Accession of a new member: every day three ways, then what it means for each state.

Written for `walras accede`. The report folder is made beside its place and renamed when it
is whole. Its tables and `summary.json` are the same for the same input, settings and
versions, whatever the number of processes; clocks and hosts stand in `run.json` only.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from walras.book.folder import read
from walras.book.place import check_place
from walras.coupling.settings import Settings, cores
from walras.errors import BadInput, Mistake, NoResult
from walras.results.minor_units import decimals_of
from walras.studies.accession.day import DayTables, Task, attempt
from walras.studies.accession.days import Days, read_days
from walras.studies.accession.page import accession_page
from walras.studies.accession.summary import summary_of
from walras.studies.accession.totals import Whole, borders_table, days_table, in_currency, lines_table, states_table
from walras.studies.replay_day import end_with_parent
from walras.studies.run_facts import run_facts

Progress = Callable[[int, int, date], None]


def accede(
    markets: Path,
    new_member: Path,
    out: Path,
    *,
    processes: int | None = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Clear every day without, alone and with the new member; write a report folder and return its summary.

    Args:
        markets: Folder of market folders, one a day.
        new_member: The same for the new member, each with its joining lines (`accession.joining`).
        out: Report folder to write; it must not hold anything yet.
        processes: Worker processes; the machine's cores unless given, 1 = none beside this one.
        settings: How to clear; limits hold for each auction.
        progress: Called after each finished day with days done, days in all, and the day.

    Raises:
        BadInput: Every mistake of every folder, and of what they say together.
        NoResult: An auction has no result inside its limits; the other days are finished first.
    """
    settings = settings or Settings()
    check_report_place(out, markets, new_member)
    days = read_days(markets, new_member)
    goal = Path(os.path.realpath(out))
    part = goal.with_name(f".{goal.name}.{os.getpid()}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        used = min(processes or cores(), len(days.days))
        tasks = [Task(day, part / "days" / day.day.isoformat(), settings) for day in days.days]
        found: dict[date, DayTables] = {}
        for day, tables in _run(tasks, used):
            found[day] = tables
            if progress:
                progress(len(found), len(tasks), day)
        mistakes = [m for day in sorted(found) for m in found[day].mistakes]
        if mistakes:
            raise BadInput(mistakes)
        problems = [found[day].problem for day in sorted(found) if found[day].problem]
        if problems:
            raise NoResult("; ".join(problems))
        ordered = [found[day] for day in sorted(found)]
        whole = Whole(*(pl.concat([getattr(d, f.name) for d in ordered]) for f in fields(Whole)))
        summary = _write(whole, days, settings, part)
        (part / "run.json").write_text(json.dumps(run_facts(1, processes=used), indent=2) + "\n", encoding="utf-8")
        if goal.is_dir():
            goal.rmdir()
        part.rename(goal)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return summary


def check_report_place(out: Path, markets: Path, new_member: Path) -> None:
    """Refuse a report folder that holds something, or that lies in a folder of the input.

    Raises:
        BadInput: It does (rules `place_free`, `out_folder`).
    """
    check_place(out, set(), lambda _: False, "empty folder")
    here = Path(os.path.realpath(out))
    for folder in (markets, new_member):
        there = Path(os.path.realpath(folder))
        if here == there or there in here.parents or here in there.parents:
            what, fix = f"{out} and {folder} overlap", "Name a folder outside what is read."
            raise BadInput([Mistake(what, "--out", "out_folder", fix)])


def _run(tasks: list[Task], processes: int) -> Iterator[tuple[date, DayTables]]:
    """Yield each day as it ends."""
    if processes <= 1:
        for task in tasks:
            yield task.day.day, attempt(task)
        return
    # spawn: forking a process that already runs polars' and HiGHS' threads can hang
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=end_with_parent) as pool:
        futures: dict[Future[DayTables], date] = {pool.submit(attempt, task): task.day.day for task in tasks}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _write(whole: Whole, days: Days, settings: Settings, out: Path) -> dict[str, Any]:
    """Write tables, summary and page."""
    scale, currency = 10 ** decimals_of(days.currency), days.currency
    unit = f"{currency.lower()}_per_mwh"
    tables = {
        "states": _priced(states_table(whole, days.new_states, scale, currency), unit),
        "days": _priced(days_table(whole, scale, currency), unit),
        "borders": borders_table(whole, currency),
        "border_days": borders_table(whole, currency, by_day=True),
        "lines": lines_table(whole, currency),
        "auctions": in_currency(whole.auctions, scale, currency),
    }
    for name, table in tables.items():
        table.write_csv(out / f"{name}.csv")
    _priced(whole.prices, unit).write_parquet(out / "prices.parquet", compression="lz4", statistics=False)
    named = {f"income_{when}": f"income_{when}_{currency.lower()}" for when in ("before", "after")}
    whole.exchanges.rename(named).write_parquet(out / "exchanges.parquet", compression="lz4", statistics=False)
    summary = summary_of(whole, days, tables["states"], settings, scale)
    (out / "summary.json").write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    first = read(out / "days" / days.days[0].day.isoformat() / "joined" / "market")
    accession_page(summary, whole, tables, first.cells, out / "report.html")
    return summary


def _priced(table: pl.DataFrame, unit: str) -> pl.DataFrame:
    """Return a table whose prices are named with their unit."""
    return table.rename({c: f"{c}_{unit}" for c in table.columns if c.startswith("price_") and not c.endswith(unit)})
