"""One day of an accession: joined, cleared three ways, audited, written. Runs in a worker process.

Folder of a day: `market`, `new-member` and `joined`, each with the `result` of its auction
(docs/result-folder.md), and `joined/market`, the joined market folder; `violations.txt` if
the audit found any.

Tables that a day gives (one row a state, zone and MTU, line and period, auction; amounts in
whole minor units of the currency, so that sums over days are exact):

- `auctions`: day, auction, status, stopped_by, welfare_minor, states_minor, outside_minor,
  rounding_minor, gap_minor, violations, market_hash, result_hash;
- `gains`: day, auction, state, buyers_minor, sellers_minor, congestion_minor;
- `prices`: day, zone, state, mtu_start, minutes, price, net_mw, each before and after;
- `exchanges`: day, line, ends, mtu_start, minutes, exchange_mw and income before and after.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from walras.book.book import Book
from walras.book.findings import Findings
from walras.book.folder import read
from walras.coupling.clear import clear
from walras.coupling.settings import Settings
from walras.errors import BadInput, Mistake, NoResult, SolverFailed
from walras.results.audit import audit
from walras.results.folder import write_results
from walras.results.minor_units import decimals_of
from walras.results.raw import Raw, injection, mean_over
from walras.results.results import Results
from walras.settlement.positions import moments
from walras.studies.accession.days import Day
from walras.studies.accession.joining import read_joining, write_joined
from walras.studies.accession.surplus import surplus_of
from walras.studies.run_facts import run_facts

AUCTIONS = ("market", "new-member", "joined")


@dataclass(frozen=True)
class Task:
    """One day: its folders, where it goes, and how to clear."""

    day: Day
    out: Path
    settings: Settings


@dataclass(frozen=True)
class DayTables:
    """What one day gives; `problem` or `mistakes` say why it gives nothing."""

    auctions: pl.DataFrame = field(default_factory=pl.DataFrame)
    gains: pl.DataFrame = field(default_factory=pl.DataFrame)
    prices: pl.DataFrame = field(default_factory=pl.DataFrame)
    exchanges: pl.DataFrame = field(default_factory=pl.DataFrame)
    problem: str = ""
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True)
class Cleared:
    """One auction of one day."""

    book: Book
    results: Results
    violations: int
    hashes: tuple[str, str]


def attempt(task: Task) -> DayTables:
    """Do one day; a day without a result says so instead of stopping the others.

    Folders were checked before; mistakes come up here only if they changed since, or if the joined
    market breaks a rule that neither side breaks alone.
    """
    try:
        return accede_day(task)
    except BadInput as e:
        return DayTables(mistakes=tuple(replace(m, where=f"{task.day.day}, {m.where}") for m in e.mistakes))
    except NoResult as e:
        return DayTables(problem=f"{task.day.day}: {e}")
    except SolverFailed as e:
        return DayTables(problem=f"{task.day.day}: the solver failed: {e}")


def accede_day(task: Task) -> DayTables:
    """Clear one day three ways and return its tables; results go to `task.out`.

    Raises:
        NoResult: An auction has no result inside the time limit.
        SolverFailed: The solver gave no answer that can be trusted.
    """
    books = _books(task)
    cleared = {name: _cleared(task, name, book) for name, book in books.items()}
    whole = [_gains(task, name, c) for name, c in cleared.items()]
    return DayTables(
        pl.concat([w[0] for w in whole]),
        pl.concat([w[1] for w in whole]),
        _prices(task, cleared),
        _exchanges(task, cleared),
    )


def _books(task: Task) -> dict[str, Book]:
    """Return the three books; the joined one is written first, then read like any other."""
    findings = Findings()
    market, member = read(task.day.market), read(task.day.member)
    joining = read_joining(market, member, task.day.member, findings)
    if findings.mistakes:
        raise BadInput(findings.mistakes)
    write_joined(market, member, joining, task.out / "joined" / "market")
    return dict(zip(AUCTIONS, (market, member, read(task.out / "joined" / "market")), strict=True))


def _cleared(task: Task, name: str, book: Book) -> Cleared:
    results = clear(book, task.settings)
    violations = audit(book, results)
    folder = task.out / name / "result"
    folder.parent.mkdir(parents=True, exist_ok=True)
    source = {"market": task.day.market, "new-member": task.day.member}.get(name)
    run = run_facts(1, market=str(source.resolve()) if source else "../market")
    summary = write_results(book, results, task.settings.canonical(), folder, run=run)
    if violations:
        (folder.parent / "violations.txt").write_text("\n".join(map(str, violations)) + "\n", encoding="utf-8")
    return Cleared(book, results, len(violations), (summary["market_hash"], summary["result_hash"]))


def _gains(task: Task, name: str, cleared: Cleared) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the row of an auction, and what each state gains in it."""
    book, results = cleared.book, cleared.results
    scale = 10.0 ** decimals_of(book.currency)
    gains = surplus_of(book, results)
    parts = [np.rint(part * scale).astype(np.int64) for part in (gains.buyers, gains.sellers, gains.congestion)]
    outside, welfare = round(gains.outside * scale), round(results.welfare * scale)
    states = int(sum(p.sum() for p in parts))
    day = task.day.day
    auction: dict[str, Any] = {
        "day": day,
        "auction": name,
        "status": str(results.status),
        "stopped_by": results.stopped_by,
        "welfare_minor": welfare,
        "states_minor": states,
        "outside_minor": outside,
        "rounding_minor": welfare - states - outside,
        "gap_minor": round(results.gap * scale),
        "violations": cleared.violations,
        "market_hash": cleared.hashes[0],
        "result_hash": cleared.hashes[1],
    }
    rows = {"day": [day] * len(gains.states), "auction": [name] * len(gains.states), "state": list(gains.states)}
    words = ("buyers_minor", "sellers_minor", "congestion_minor")
    return pl.DataFrame([auction]), pl.DataFrame(rows | {w: p.tolist() for w, p in zip(words, parts, strict=True)})


def _prices(task: Task, cleared: dict[str, Cleared]) -> pl.DataFrame:
    """Return price and net position of every zone and MTU, before (apart) and after (joined)."""
    frames = [_cells(cleared[name], "before") for name in AUCTIONS[:2]]
    after = _cells(cleared["joined"], "after").select("zone", "carrier", "mtu_start", "price_after", "net_after_mw")
    keys = ["zone", "carrier", "mtu_start"]
    both = after.join(pl.concat(frames), on=keys, how="left", maintain_order="left")
    columns = ("state", *keys, "minutes", "price_before", "price_after", "net_before_mw", "net_after_mw")
    return both.select(pl.lit(task.day.day).alias("day"), *columns)


def _cells(cleared: Cleared, when: str) -> pl.DataFrame:
    cells, results = cleared.book.cells, cleared.results
    zones = [cells.zones[z] for z in cells.zone]
    return pl.DataFrame(
        {
            "state": [z.country for z in zones],
            "zone": [z.name for z in zones],
            "carrier": [cells.grids[g].carrier for g in cells.grid],
            "mtu_start": moments(cells.start),
            "minutes": cells.minutes,
            f"price_{when}": results.price,
            f"net_{when}_mw": np.round(injection(Raw(cleared.book), results.published), 6) + 0.0,
        }
    )


def _exchanges(task: Task, cleared: dict[str, Cleared]) -> pl.DataFrame:
    """Return exchange, capacity and income of every line period; joining lines have no `before`."""
    before = [frame for name in AUCTIONS[:2] for frame in _lines(cleared[name], "before")]
    after = next(_lines(cleared["joined"], "after"), None)
    assert after is not None, "a joined market has a line"
    keys = ["line", "mtu_start"]
    values = ("exchange_before_mw", "income_before", "is_equal_before")
    if before:
        both = after.join(pl.concat(before).select(*keys, *values), on=keys, how="left", maintain_order="left")
    else:
        kinds = (pl.Float64, pl.Float64, pl.Boolean)
        both = after.with_columns(pl.lit(None, dtype=k).alias(v) for v, k in zip(values, kinds, strict=True))
    return both.select(pl.lit(task.day.day).alias("day"), pl.all())


def _lines(cleared: Cleared, when: str) -> Iterator[pl.DataFrame]:
    """Yield the line periods of one auction; nothing where there are no lines, which have no column types then."""
    book, results = cleared.book, cleared.results
    lines, cells = book.lines, book.cells
    if not lines.count:
        return
    zones = [
        [cells.zones[cells.grids[g].zone] for g in end[lines.period_line]] for end in (lines.from_grid, lines.to_grid)
    ]
    low, high = (
        mean_over(results.price, first, count)
        for first, count in ((lines.from_cell, lines.from_cells), (lines.to_cell, lines.to_cells))
    )
    minutes = lines.minutes[lines.period_line]
    yield pl.DataFrame(
        {
            "line": [lines.name[i] for i in lines.period_line],
            "from_zone": [z.name for z in zones[0]],
            "to_zone": [z.name for z in zones[1]],
            "from_state": [z.country for z in zones[0]],
            "to_state": [z.country for z in zones[1]],
            "mtu_start": moments(lines.period_start),
            "minutes": minutes,
            "capacity_forward_mw": lines.capacity_forward,
            "capacity_backward_mw": lines.capacity_backward,
            f"exchange_{when}_mw": results.published.exchange,
            f"income_{when}": np.round(results.published.exchange * (high - low) * minutes / 60, 6) + 0.0,
            f"is_equal_{when}": np.abs(high - low) < 1e-9,
        }
    )
