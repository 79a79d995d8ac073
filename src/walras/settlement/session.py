"""Runs of a session's settlement: the first books everything, later ones the difference alone.

Inputs of a run are what its event names: the published result, terms, fixings. The entries of run k
are what its inputs lead to less what those of run k-1 led to, key by key (the text of an entry), so all
runs together have booked exactly what the newest inputs lead to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

import polars as pl

from walras.settlement.books import Body, Loader, entries_for
from walras.settlement.ledger import Entry, Posting
from walras.settlement.statement import LINES

FIGURES = ("energy_mwh", "price_per_mwh", "amount_minor")
KEY = [name for name in LINES if name not in FIGURES]


@entries_for("settlement")
def _settlement(body: Body, load: Loader | None) -> Iterator[Entry]:
    """Book what the inputs of a run lead to, less what those of the run before did: `inputs`, `before`."""
    assert load is not None, "a settlement needs the results that it names"
    before = load.targets(body["before"]) if body["before"] is not None else []
    yield from differences(before, load.targets(body["inputs"]))


def differences(before: Iterable[Entry], after: Iterable[Entry]) -> list[Entry]:
    """Return the entries that lead from what was booked to what should be, key by key; none where nothing changed.

    Example:
        >>> sale = lambda minor: Entry("sale", (Posting("member/A", "EUR", minor), Posting("member/B", "EUR", -minor)))
        >>> [p.amount_minor for p in differences([sale(500)], [sale(520)])[0].postings]
        [20, -20]
        >>> differences([sale(500)], [sale(500)])
        []
    """
    booked, wanted = _by_key(before), _by_key(after)
    found = []
    for text in [*wanted, *(t for t in booked if t not in wanted)]:
        has, gets = booked.get(text, {}), wanted.get(text, {})
        accounts = [*gets, *(a for a in has if a not in gets)]
        postings = tuple(
            Posting(account, currency, left)
            for account, currency in accounts
            if (left := gets.get((account, currency), 0) - has.get((account, currency), 0))
        )
        if postings:
            found.append(Entry(text, postings))
    return found


def _by_key(entries: Iterable[Entry]) -> dict[str, dict[tuple[str, str], int]]:
    found: dict[str, dict[tuple[str, str], int]] = {}
    for entry in entries:
        sums = found.setdefault(entry.text, defaultdict(int))
        for p in entry.postings:
            sums[p.account, p.currency] += p.amount_minor
    return found


def line_differences(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Return the statement lines by which two runs differ: new price, and the differences of energy and amount."""
    left = _one_a_key(before).select(*KEY, *(pl.col(f).alias(f"{f}_before") for f in FIGURES))
    both = _one_a_key(after).join(
        left, on=KEY, how="full", coalesce=True, nulls_equal=True, maintain_order="left_right"
    )
    zero = [pl.col(f"{name}{end}").fill_null(0) for name in ("energy_mwh", "amount_minor") for end in ("", "_before")]
    both = both.with_columns(zero)
    changed = both.filter(
        (pl.col("amount_minor") != pl.col("amount_minor_before"))
        | (pl.col("energy_mwh") != pl.col("energy_mwh_before"))
    )
    is_energy = pl.col("kind") == "energy"
    energy = pl.when(is_energy).then(pl.col("energy_mwh") - pl.col("energy_mwh_before"))
    return (
        changed.with_columns(energy.alias("energy_mwh"), pl.col("amount_minor") - pl.col("amount_minor_before"))
        .select(*LINES)
        .cast(pl.Schema(LINES))
        .sort("party", maintain_order=True)
    )


def _one_a_key(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines of which none say the same of the same party, such as both halves of an operator at both ends."""
    sums = pl.col("energy_mwh", "amount_minor").sum()
    return lines.group_by(KEY, maintain_order=True).agg(sums, pl.col("price_per_mwh").first())
