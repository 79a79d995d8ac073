"""The summary of an accession: what `summary.json` holds, free of clocks, hosts and paths.

`states` and `outside` and `rounding` sum to `welfare`, the sum of what the auctions report,
to the minor unit: `rounding` is what lies between the unrounded volumes of an auction
and the published ones, energy that ticks leave unbalanced, and the rounding of single gains.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from walras.coupling.settings import Settings
from walras.studies.accession.days import Days
from walras.studies.accession.totals import Whole, equal_share

FORMAT, VERSION = "walras-accession", 1


def summary_of(whole: Whole, days: Days, states: pl.DataFrame, settings: Settings, scale: int) -> dict[str, Any]:
    """Return the summary; `states` is the table of states, `scale` the minor units of one unit of the currency."""
    auctions, cur = whole.auctions, days.currency.lower()
    every = tuple(sorted({*days.states, *days.new_states}))
    sums = {name: _sums(auctions, f"{name}_minor", scale, cur) for name in ("welfare", "states", "outside", "rounding")}
    gap = int(auctions["gap_minor"].sum()) / scale
    return {
        "format": FORMAT,
        "version": VERSION,
        "market": days.market,
        "new_member": days.member,
        "states": list(days.states),
        "new_states": list(days.new_states),
        "currency": days.currency,
        "time_zone": days.time_zone,
        "rules_profile": days.profile,
        "days": {
            "first": days.days[0].day.isoformat(),
            "last": days.days[-1].day.isoformat(),
            "count": len(days.days),
        },
        "welfare": sums["welfare"],
        "of_states": sums["states"],
        "outside": sums["outside"],
        "rounding": sums["rounding"],
        "by_state": states.to_dicts(),
        "equal_price_share": {
            "market_before": equal_share(whole.prices, "before", days.states),
            "market_after": equal_share(whole.prices, "after", days.states),
            "all_after": equal_share(whole.prices, "after", every),
        },
        "auctions": {
            "count": auctions.height,
            "optimal": int((auctions["status"] == "optimal").sum()),
            "stopped": int((auctions["stopped_by"] != "").sum()),
            f"gap_{cur}": gap,
            f"gap_before_{cur}": int(auctions.filter(pl.col("auction") != "joined")["gap_minor"].sum()) / scale,
            f"gap_after_{cur}": int(auctions.filter(pl.col("auction") == "joined")["gap_minor"].sum()) / scale,
            "violations": int(auctions["violations"].sum()),
        },
        "settings": settings.canonical(),
    }


def _sums(auctions: pl.DataFrame, column: str, scale: int, cur: str) -> dict[str, float]:
    is_after = auctions["auction"] == "joined"
    before, after = int(auctions.filter(~is_after)[column].sum()), int(auctions.filter(is_after)[column].sum())
    names = ("before", "after", "change")
    return {f"{n}_{cur}": v / scale for n, v in zip(names, (before, after, after - before), strict=True)}
