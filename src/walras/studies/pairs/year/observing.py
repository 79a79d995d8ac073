"""In the morning: what was published by now is recorded in every journal that may read it, and fixings are noted."""

from __future__ import annotations

from fractions import Fraction

from walras.formulas.periods import minute_text
from walras.studies.pairs.supplies import is_read
from walras.studies.pairs.year.living import Living


def observe(living: Living, at: int) -> None:
    """Record what was published until a minute UTC.

    Args:
        living: Whose `waiting` loses it.
        at: The minute; nothing that is published later is looked at.
    """
    now = minute_text(at)
    count = next((n for n, o in enumerate(living.waiting) if o["published_at"] > now), len(living.waiting))
    new, living.waiting = living.waiting[:count], living.waiting[count:]
    for o in new:
        base, slash, quote = o["series"].partition("/")
        if slash:
            living.fixings[base, quote] = Fraction(o["value"])
    for journal in living.journals.values():
        rows = [{"kind": "observation", "at": now, **o} for o in new if is_read(o["series"], journal.agreement)]
        if rows:
            journal.record(rows)
