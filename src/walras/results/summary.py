"""The summary of a result: what `summary.json` holds, free of clocks and hosts.

Numbers are rounded to 1e-6. Keys with money carry the market's currency in lower case,
so an EUR market has `welfare_eur`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from walras.book.hashing import market_hash
from walras.results.compensation_tables import difference_figures
from walras.results.hashing import result_hash, settings_hash
from walras.results.outcomes import AllOutcomes, counts_of
from walras.results.raw import Raw
from walras.results.results import Results
from walras.results.welfare import welfare_parts

FORMAT = "walras-result"
VERSION = 1


def summary_of(
    raw: Raw,
    results: Results,
    tables: dict[str, pl.DataFrame],
    outcomes: AllOutcomes,
    settings: Mapping[str, float | None],
) -> dict[str, Any]:
    """Return what `summary.json` holds: status, welfare and bound, counts, curtailed energy, settings, hashes."""
    book = raw.book
    cur = book.currency.lower()
    return {
        "format": FORMAT,
        "version": VERSION,
        "status": results.status.value,
        "stopped_by": results.stopped_by,
        "currency": book.currency,
        f"welfare_{cur}": rounded(results.welfare),
        f"welfare_published_{cur}": rounded(float(sum(np.sum(part) for part in welfare_parts(raw, results.published)))),
        f"bound_{cur}": rounded(results.bound),
        f"gap_{cur}": rounded(results.gap),
        **difference_figures(raw, results),
        "counts": counts_of(outcomes),
        "curtailed_mwh": curtailed_mwh(tables),
        "settings": dict(settings),
        "market_hash": market_hash(book),
        "settings_hash": settings_hash(settings),
        "result_hash": result_hash(tables),
    }


def curtailed_mwh(tables: dict[str, pl.DataFrame]) -> float:
    """Return the energy of the curtailments table."""
    cuts = tables["curtailments"].join(tables["prices"], on=["zone", "carrier", "mtu_start"], how="left")
    return rounded(float(cuts.select((pl.col("curtailed_mw") * pl.col("minutes") / 60).sum()).item()))


def rounded(value: float) -> float:
    """Return a number rounded to 1e-6, never `-0.0`.

    >>> rounded(-0.0000001)
    0.0
    """
    return round(value, 6) + 0.0
