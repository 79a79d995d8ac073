"""Long runs over random auctions, and the page that keeps their figures.

`python -m tests.drills.run` (also `make drill`) clears thousands of seeded random markets,
audits every outcome, holds it against the second opinion, prints the seed and the code of
each market that fails, and rewrites `docs/drills.md`. Figures hold no clocks: the same
seeds give the same page. `WALRAS_DRILL_MARKETS` sets how many markets of each kind.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from tests.drills.figures import PAGE, kept
from tests.second_opinion import carrier_markets, one_way, random_markets, verdict
from tests.second_opinion.random_markets import Script

from walras.book.book import Book
from walras.coupling.clear import clear
from walras.coupling.settings import Settings
from walras.results.results import Results

MARKETS = int(os.environ.get("WALRAS_DRILL_MARKETS", "5000"))
CHUNK = 50
DAY = 2000
"""LP iterations for a market of dozens of orders: proving the best of it may take minutes, and is not asked here."""


@dataclass(frozen=True)
class Drill:
    """One kind of long run: where its markets come from and who judges them."""

    name: str
    says: str
    make: Callable[[random.Random], Script]
    judge: Callable[[Book, Results], list[str]]
    first_seed: int
    share: float = 1.0
    iterations: int | None = None  # LP iterations after which the search ends with what it has


def audited(book: Book, results: Results) -> list[str]:
    """Judge by the audit alone."""
    return verdict.audit_complaints(book, results)


def any_market(chance: random.Random) -> Script:
    """A small market of curves alone or with indivisible orders, or one of several hours with dozens of orders."""
    makers = random_markets.curve_market, random_markets.indivisible_market, random_markets.day_market
    return makers[chance.choice([0, 0, 1, 1, 2])](chance)


DRILLS = (
    Drill(
        "audit",
        "random auctions, cleared and audited: no violation and no false alarm",
        any_market,
        audited,
        0,
        0.6,
        DAY,
    ),
    Drill(
        "convex",
        "curves, lines, domains and borders against the convex program: welfare, prices, volumes",
        random_markets.curve_market,
        verdict.curve_complaints,
        100_000,
        0.4,
    ),
    Drill(
        "indivisible",
        "blocks, families, groups, flexible and scalable orders against every selection, at any legal ratio",
        random_markets.indivisible_market,
        verdict.indivisible_complaints,
        200_000,
        1.2,
    ),
    Drill(
        "one way",
        "lines with losses and tariffs, prices below zero, blocks: against every choice of open directions",
        one_way.lossy_market,
        one_way.complaints,
        300_000,
        0.4,
    ),
    Drill(
        "carriers",
        "power and gas, plants between them and stores in both, on time grids of their own: against every selection",
        carrier_markets.carrier_market,
        verdict.indivisible_complaints,
        400_000,
        0.8,
    ),
)


def judged(name: str, seed: int) -> tuple[int, str, list[str]]:
    """Clear one market; return its seed, the status and what is wrong with it."""
    drill = next(d for d in DRILLS if d.name == name)
    book = drill.make(random.Random(seed)).book()
    try:
        results = clear(book, Settings(iteration_limit=drill.iterations))
        return seed, str(results.status), drill.judge(book, results)
    except Exception as error:
        return seed, "error", [f"{type(error).__name__}: {error}"]


def run(drill: Drill, markets: int) -> tuple[Counter[str], list[int]]:
    """Run one drill on all cores; print each failure; return counts and failing seeds."""
    counts: Counter[str] = Counter()
    failed: list[int] = []
    seeds = range(drill.first_seed, drill.first_seed + markets)
    with ProcessPoolExecutor() as pool:
        for seed, status, complaints in pool.map(judged, [drill.name] * markets, seeds, chunksize=CHUNK):
            counts[status] += 1
            if complaints:
                failed.append(seed)
                print(f"\ndrill {drill.name}, seed {seed}:\n{drill.make(random.Random(seed))}", flush=True)
                print("\n".join(complaints), flush=True)
    return counts, failed


def page(rows: list[tuple[Drill, int, Counter[str], list[int]]]) -> str:
    """Return the text of docs/drills.md."""
    head = [
        "# Drills",
        "",
        "Long runs over random auctions (`make drill`). Written by `tests/drills/run.py`; the figures are those of",
        "the last run and hold no clocks. A seed and the name of its drill make the market again.",
        "",
        "*indivisible*: the markets have one to six orders of one kind or of several, between curves, lines and",
        "often a flow-based domain, of 15, 30 and 60 minutes, a third of them with prices on a grid of 5. A result",
        "fails that is not legal, that claims to be optimal though a better legal one exists, or whose bound lies",
        "below the best legal one. What is best is known up to 0.001 of the currency (`tests/second_opinion/brute.py`,",
        "`ratios.py`), but where orders or lines cover several cells of a zone and may give way at a price limit, or",
        "where prices of a domain are cut there: then it is a lower bound. *carriers* is judged in the same way,",
        "its stores and plants by an independent program of their schedules.",
        "",
        "| drill | what it does | seeds | auctions | optimal | feasible with a gap | failed |",
        "|---|---|---|---|---|---|---|",
    ]
    body = [
        f"| {d.name} | {d.says} | {d.first_seed} to {d.first_seed + n - 1} | {n} "
        f"| {counts['optimal']} | {counts['feasible']} | {', '.join(map(str, failed)) or 'none'} |"
        for d, n, counts, failed in rows
    ]
    return "\n".join([*head, *body]) + "\n"


def main() -> int:
    """Run every drill and rewrite the page; return the number of failures."""
    rows = []
    for drill in DRILLS:
        markets = max(1, int(MARKETS * drill.share))
        counts, failed = run(drill, markets)
        print(f"drill {drill.name}: {markets} auctions, {dict(counts)}, failed {failed or 'none'}", flush=True)
        rows.append((drill, markets, counts, failed))
    PAGE.write_text(page(rows) + kept(), encoding="utf-8")
    return sum(len(failed) for *_, failed in rows)


if __name__ == "__main__":
    sys.exit(min(1, main()))
