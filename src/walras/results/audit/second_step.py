"""The second step of tolerance: what is published with a flag, and what never is.

The audit's tolerances are the first step: what rounding explains is no violation. A published
sum or price of the network that misses them by at most one more tick is rounding that went
wrong and hurts nobody by more than that: such a result may be published, flagged, with each
violation listed. Everything else is refused: an order that is treated wrongly, a limit of the
network, the claim, anything before rounding, and whatever has no size in MW or in prices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from walras.book.book import Book
from walras.results.audit.violation import FURTHER, Violation

VOLUME_RULES = frozenset({"balance", "line_received"})
"""Rules whose amount is in MW, at a cell or a line; one quantity tick more may be flagged."""
PRICE_RULES = frozenset({"line_prices", "line_loss", "line_missed_gain", "domain_prices", "border_prices"})
"""Rules whose amount is a price, at a line, domain or border; one price tick more may be flagged."""
Verdict = Literal["clean", "flagged", "violations"]


def verdict_of(book: Book, violations: Sequence[Violation]) -> Verdict:
    """Return whether a result may be published: `clean`, `flagged` by rounding alone, or `violations`: never.

    Ticks are the smallest of the market, whatever cell a violation is in.

    Args:
        book: The market.
        violations: Everything that the audit found.

    Example:
        The ticks of the market are 0.1 MW and 0.01 EUR/MWh:

        >>> from walras.book.folder import read
        >>> book = read("src/walras/examples/two-neighbours")
        >>> [verdict_of(book, [Violation("", "a cell", "balance", mw)]) for mw in (0.1, 0.11)]
        ['flagged', 'violations']
        >>> verdict_of(book, [Violation("", "block order 'b'", "block_loss", 0.001)])
        'violations'
    """
    if not violations:
        return "clean"
    grids = book.cells.grids
    steps = dict.fromkeys(VOLUME_RULES, min(g.quantity_tick.size for g in grids))
    steps |= dict.fromkeys(PRICE_RULES, min(g.price_tick.size for g in grids))
    sized = [v for v in violations if v.where != FURTHER]
    known = {v.rule for v in sized}
    is_small = all(v.rule in steps and not v.stage and 0 < v.amount <= steps[v.rule] + 1e-9 for v in sized)
    return "flagged" if is_small and {v.rule for v in violations} <= known else "violations"


def listed(violations: Iterable[Violation]) -> list[dict[str, str | float]]:
    """Return flagged violations as a certificate lists them: place, rule, by how much beyond the first step."""
    return [{"where": v.where, "rule": v.rule, "amount": round(v.amount, 9)} for v in sorted(violations)]


def unlisted(found: Iterable[Violation], said: Sequence[dict[str, str | float]]) -> list[str]:
    """Return how what an audit found differs from the violations that a certificate lists.

    >>> one = Violation("off by 0.05 MW", "a cell", "balance", 0.05)
    >>> unlisted([one], listed([one])), unlisted([one], [])
    ([], ['a cell: off by 0.05 MW (balance) is not listed'])
    """
    want = Counter((s["where"], s["rule"], _figure(s["amount"])) for s in said)
    out = []
    for v in found:
        key = (v.where, v.rule, _figure(v.amount))
        if want[key] > 0 and not v.stage:
            want[key] -= 1
        else:
            out.append(f"{v.where}: {v.what} ({v.rule}) is not listed")
    return out + [f"{where}: {rule} by {amount} is listed and was not found" for where, rule, amount in want.elements()]


def _figure(amount: str | float) -> str:
    return f"{float(amount):.6f}"
