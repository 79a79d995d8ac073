"""The conductor of a year: mornings, auctions, and what is left to settle after the last day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from walras.contracts import Journal
from walras.settlement.ledger import Ledger
from walras.studies.pairs.pair import Pair
from walras.studies.pairs.series import observations
from walras.studies.pairs.supplies import Supplies
from walras.studies.pairs.supply_checks import check_supplies
from walras.studies.pairs.year.auctioning import auction
from walras.studies.pairs.year.checking import check_journal, check_ledger
from walras.studies.pairs.year.invoicing import fall_due, is_settled
from walras.studies.pairs.year.living import MORNING, Living
from walras.studies.pairs.year.nominating import first_morning, nominate
from walras.studies.pairs.year.observing import observe
from walras.studies.pairs.year.summing import summary_of, tables_of

AFTER = 45
"""Most days after the last delivery on which documents may still fall due."""
ONE = timedelta(days=1)
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Year:
    """What a pair lived.

    Attributes:
        pair: Whose year it is.
        tables: By name (docs/pair-folder.md).
        journals: By agreement, each of them read anew from its text and found right.
        ledger: Of everything; its chain holds, its currencies sum to zero.
        summary: Figures of the year; the same for the same folder, days and seed.
        seconds: By phase; of this run alone.
    """

    pair: Pair
    tables: dict[str, pl.DataFrame]
    journals: dict[str, Journal]
    ledger: Ledger
    summary: dict[str, Any]
    seconds: dict[str, float]


def live_year(
    pair: Pair,
    supplies: Supplies,
    first: date,
    days: int,
    seed: int = 0,
    *,
    is_flexible: bool = True,
    progress: Progress = lambda _done, _total: None,
) -> Year:
    """Return what a pair lives from a day on: every auction audited, every document booked.

    Args:
        pair: The figures.
        supplies: Its supply contracts, if any.
        first: First delivery day. A contract that began before is delivered as nominated until then, and invoiced;
            what that moved is not in the ledger of the year.
        days: How many delivery days.
        seed: Of weather, fuel and series.
        is_flexible: Whether contracts offer what they have beyond their nominations.
        progress: Called after each day with how many are done, and of how many.

    Raises:
        BadInput: A contract does not fit the market, or formulas read what is not observed.

    Example:
        >>> from walras.studies.pairs.read import bundled_pair
        >>> from walras.studies.pairs.supplies import Supplies
        >>> year = live_year(bundled_pair("two-states"), Supplies({}, {}, ()), date(2026, 1, 10), 1)
        >>> year.summary["auctions"], year.summary["violations"]
        (1, 0)
    """
    check_supplies(pair, supplies)
    last = first + timedelta(days=days - 1)
    journals = {n: Journal(a) for n, a in supplies.agreements.items()}
    going_on = [a for a in supplies.agreements.values() if any(c.end > first for c in a.contracts)]
    since = min([first, *(c.begin for a in going_on for c in a.contracts)])
    living = Living(pair, supplies, seed, since, first, last, journals)
    living.is_flexible = is_flexible
    living.waiting = observations(pair, supplies.series, since, last + timedelta(days=AFTER), seed)
    today = first_morning(living)
    while today <= last + ONE or (today <= last + timedelta(days=AFTER) and not is_settled(living, today)):
        _morning(living, today)
        if first <= today + ONE <= last:
            auction(living, today + ONE)
            progress((today + ONE - first).days + 1, days)
        today += ONE
    with living.phase("check"):
        for journal in living.journals.values():
            check_journal(journal)
        check_ledger(living.ledger)
    tables = tables_of(living)
    return Year(pair, tables, living.journals, living.ledger, summary_of(living, tables), dict(living.seconds))


def _morning(living: Living, today: date) -> None:
    at = living.minute(today, MORNING)
    with living.phase("observe"):
        observe(living, at)
    with living.phase("documents"):
        fall_due(living, today, at)
    with living.phase("nominate"):
        nominate(living, today, at)
