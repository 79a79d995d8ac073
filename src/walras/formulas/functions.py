"""Every function of the language: how many arguments, which by name. Read by `check` and by docs/formulas.md's test."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    """One function.

    Attributes:
        least, most: How many arguments without name.
        named: Those by name.
        needed: Named ones that must be there.
        example: How to write it.
    """

    least: int
    most: int
    example: str
    named: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()


LOOKS = frozenset({"lag", "at", "last_known"})
ASSAYS = frozenset({"feed", "tails"})
WINDOWS = {"months": "month", "days": "day", "mtus": "MTU"}
"""Name of an argument to what one step of the window is."""
FUNCTIONS = {
    "index": Function(1, 1, 'index("brent", lag=1)', LOOKS),
    "fx": Function(2, 2, 'fx("USD", "EUR", by=month)', LOOKS | {"by"}),
    "mean": Function(1, 1, 'mean(index("gasoil"), months=6, lag=1, every=3)',
                     frozenset({*WINDOWS, "lag", "every", "begin"})),
    "min": Function(2, 20, "min(price, 120 EUR/MWh)"),
    "max": Function(2, 20, "max(price, 0 EUR/MWh)"),
    "clamp": Function(3, 3, "clamp(price, 20 EUR/MWh, 120 EUR/MWh)"),
    "abs": Function(1, 1, "abs(deviation)"),
    "beyond": Function(2, 2, "beyond(deviation, 5 MWh)"),
    "round": Function(3, 3, "round(price, 2, half_up)"),
    "convert": Function(1, 1, "convert(price, by=density, to=USD/t)", frozenset({"by", "to"}), frozenset({"by", "to"})),
    "escalate": Function(2, 2, 'escalate(base, index("cpi"), from=2010-01, weight=50 %)',
                         frozenset({"from", "weight", "lag"}), frozenset({"from"})),
    "feed_factor": Function(1, 1, "feed_factor(4.95 %, feed=0.711 %, tails=0.22 %)", ASSAYS, ASSAYS),
    "swu_factor": Function(1, 1, "swu_factor(4.95 %, feed=0.711 %, tails=0.22 %)", ASSAYS, ASSAYS),
}  # fmt: skip
ROUNDINGS = ("half_up", "half_even", "down", "up")
"""Half away from zero, half to even, towards zero, away from zero."""
KEYWORDS = frozenset({
    "and", "curve", "daily", "days", "else", "fx", "if", "index", "let", "monthly", "mtu", "not", "or", "param", "path",
    "published", "steps", "then", "to", "within", "workdays",
})  # fmt: skip


MOST_COMPARED = 600
"""Letters times names that are searched for a near one: more would take seconds for a text made to do so."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return what a fix says about a wrong name: near ones, or all.

    >>> nearest("gas_oil", ["gasoil", "brent"])
    'gasoil'
    """
    names = sorted(known)
    near = difflib.get_close_matches(word, names, 3) if len(names) * len(word) < MOST_COMPARED else []
    return ", ".join(near or names[:10]) or "none is declared"
