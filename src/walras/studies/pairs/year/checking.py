"""What has to hold when a year is over: journals recompute from their text, the ledger's chain holds, sums are zero.

What does not hold is a defect of Walras, never of a folder.
"""

from __future__ import annotations

from collections import defaultdict

from walras.contracts import Journal, agreement_of, event_lines, events_of
from walras.settlement.accounts import TRANSIT, role_of
from walras.settlement.ledger import Ledger, broken_links


def check_journal(journal: Journal) -> None:
    """Read an agreement and its records anew from their text: every document is computed again and compared.

    Raises:
        BadInput: A record is wrong.
        AssertionError: It ends elsewhere.
    """
    again = Journal(
        agreement_of(journal.agreement.text, journal.agreement.name), events_of(event_lines(journal.events))
    )
    if again.events != journal.events or again.standing.courses != journal.standing.courses:
        raise AssertionError(f"{journal.agreement.name}: its text leads elsewhere")


def check_ledger(ledger: Ledger) -> None:
    """Follow the chain, sum every currency, and look for what is left under way.

    Raises:
        AssertionError: A link, a sum or an account is wrong.
    """
    broken, totals = broken_links(list(ledger)), defaultdict[str, int](int)
    left = [name for (name, _), minor in ledger.balances().items() if minor and role_of(name) in TRANSIT]
    for (_, currency), minor in ledger.balances().items():
        totals[currency] += minor
    wrong = [c for c, minor in totals.items() if minor]
    if broken or wrong or left:
        raise AssertionError(f"links {broken[:3]}, currencies {wrong}, accounts under way {left}")
