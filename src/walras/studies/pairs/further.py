"""What may be wrong with further curves that a caller of `pair_book` adds to a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from walras.errors import BadInput, Mistake
from walras.studies.pairs.offers import DayOf, Offer
from walras.vocabulary import Side

RULE = "pair_more"


def check_more(today: DayOf, more: Sequence[Offer], taken: set[str]) -> None:
    """Refuse curves that do not fit the day.

    Args:
        today: The day.
        more: The curves.
        taken: Names of the orders that the day has without them.

    Raises:
        BadInput: With every mistake (rule `pair_more`).
    """
    names = [*taken, *(o.name for o in more)]
    mistakes = [
        Mistake(f"the name {name!r} is taken", f"more {name!r}", RULE, "Give the curve a name of its own.")
        for name in sorted({o.name for o in more})
        if names.count(name) > 1 or ":" in name
    ]
    mistakes += [mistake for offer in more for mistake in _of_one(today, offer)]
    if mistakes:
        raise BadInput(mistakes)


def _of_one(today: DayOf, offer: Offer) -> Iterator[Mistake]:
    where = f"more {offer.name!r}"
    if (offer.zone, offer.carrier) not in today.places.grid_of:
        what = f"{offer.carrier!r} is not traded in {offer.zone!r}"
        yield Mistake(what, where, RULE, "Name a zone and carrier of the pair.")
        return
    if offer.member not in {m.member for m in today.pair.members}:
        yield Mistake(f"no member {offer.member!r}", where, RULE, "Name a member of the pair.")
    span = today.places.span(offer.zone, offer.carrier)
    shapes = {offer.start.shape, offer.end.shape, offer.mw.shape}
    if len(shapes) > 1 or offer.mw.ndim != 2 or len(offer.mw) != span.stop - span.start or not offer.mw.size:
        fix = f"Give {span.stop - span.start} rows, a column a step, in each."
        yield Mistake(f"start, end and mw have the shapes {sorted(shapes)}", where, RULE, fix)
        return
    prices = np.stack([offer.start, offer.end], axis=2).reshape(len(offer.mw), -1)
    if not np.isfinite(prices).all() or not np.isfinite(offer.mw).all():
        yield Mistake("a number is missing or infinite", where, RULE, "Give finite numbers.")
        return
    if (offer.mw < 0).any():
        yield Mistake("a power is negative", where, RULE, "Give powers of 0 MW or more.")
    terms = today.pair.carriers[offer.carrier]
    if prices.min() < terms.price_min or prices.max() > terms.price_max:
        fix = f"Send prices from {terms.price_min:g} to {terms.price_max:g}; a limit takes any price."
        yield Mistake("a price is outside the limits", where, RULE, fix)
    if (np.diff(prices, axis=1) * int(offer.side) < 0).any():
        word = "fall" if offer.side is Side.SUPPLY else "rise"
        yield Mistake(f"prices of {offer.side.word} {word} from step to step", where, RULE, "Sort the steps.")
