"""Rules of the table `surpluses` (eq. A.53, A.54): each figure, and what they sum to.

Each figure is recomputed from raw orders, published volumes and prices; the sum is compared
with the welfare, which knows neither states nor prices of the auction. So a part that went
missing, or that two places claim, shows in the second rule whatever the first one thinks.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from walras.results.audit.case import FLOAT
from walras.results.audit.violation import Report, Violation
from walras.results.raw import Raw
from walras.results.results import Results
from walras.results.surpluses import surpluses_table
from walras.results.welfare import welfare_parts

ROUNDED = 1e-6
NOISE = 1e-12
KEYS = ["country", "carrier", "kind"]


def check_surpluses(raw: Raw, results: Results, table: pl.DataFrame) -> list[Violation]:
    """surplus_agrees, surplus_sum: every row is there once and says what it must; all sum to the welfare."""
    report, want, amount = Report(), surpluses_table(raw, results), f"surplus_{raw.book.currency.lower()}"
    if table.schema != want.schema:
        text = f"has columns {dict(table.schema)}, not {dict(want.schema)}"
        report.one("surplus_agrees", "surpluses", text, 1.0)
        return report.violations
    parts = welfare_parts(raw, results.published)
    welfare, size = (float(sum(np.sum(f(part)) for part in parts)) for f in (np.asarray, np.abs))
    noise = NOISE * max(1.0, size)
    _figures(report, want, table, amount, noise)
    total = float(table[amount].fill_null(float("nan")).sum())
    apart, allowed = abs(total - welfare), ROUNDED * (table.height + 1) + noise
    if not apart <= allowed:
        text = f"sum to {total:.6f}, the welfare of the published volumes is {welfare:.6f}"
        report.one("surplus_sum", "surpluses", text, apart)
    return report.violations


def _figures(report: Report, want: pl.DataFrame, table: pl.DataFrame, amount: str, noise: float) -> None:
    """Report rows that are missing, unknown, doubled or wrong."""
    have = table.group_by(KEYS, maintain_order=True).agg(pl.col(amount).first(), pl.len().alias("times"))
    both = want.join(have, on=KEYS, how="full", nulls_equal=True, coalesce=True, suffix="_said").sort(KEYS)
    for row in both.iter_rows(named=True):
        where = f"surpluses {row['country'] or 'no state'}, {row['carrier']}, {row['kind']}"
        right, said, times = row[amount], row[f"{amount}_said"], row["times"]
        if right is None:
            report.one("surplus_agrees", where, "is no row of this market", 1.0)
        elif times is None or times > 1:
            report.one("surplus_agrees", where, "is missing" if times is None else f"stands there {times} times", 1.0)
        elif said is None or not abs(said - right) <= ROUNDED + FLOAT + noise:
            text = f"{amount} is {said}, orders, volumes and prices give {right}"
            report.one("surplus_agrees", where, text, float("inf") if said is None else abs(said - right))
