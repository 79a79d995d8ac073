"""The ledger that the records of a journal lead to."""

from __future__ import annotations

from collections import defaultdict

from tests.contracts.builders import Story

from walras.contracts import Journal
from walras.settlement.books import Event, replay
from walras.settlement.ledger import Ledger
from walras.settlement.supply import KIND, body_of, books


def posted(journal: Journal) -> Ledger:
    """The ledger of all records that book."""
    bodies = [body_of(journal.standing, e) for e in journal.events if books(e)]
    return replay(Event(n, KIND, 0, "", body) for n, body in enumerate(bodies, 1))


def balances(told: Story) -> dict[tuple[str, str], int]:
    """Balances by account and currency, those of zero left out."""
    return {k: v for k, v in posted(told.journal).balances().items() if v}


def sums(ledger: Ledger) -> dict[str, int]:
    """The sum of all balances by currency."""
    found: dict[str, int] = defaultdict(int)
    for (_, currency), minor in ledger.balances().items():
        found[currency] += minor
    return dict(found)
