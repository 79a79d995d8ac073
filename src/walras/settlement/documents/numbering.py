"""Numbers of documents: one series a kind, market and year, counted from 1 without a gap.

The next number follows from the last alone. Whoever stores documents holds the market's ledger
lock while it asks and stores, so that a number is used if and only if its document is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from walras.errors import BadInput, Mistake

SERIES = {"invoice": "INV", "self_billing": "SB", "credit_note": "CN", "interest_note": "INT"}
_SHAPE = re.compile(r"(?P<market>.+)-(?P<series>INV|SB|CN|INT)-(?P<year>\d{4})-(?P<count>\d{6,})")


@dataclass(frozen=True, order=True)
class Number:
    """The number of a document.

    >>> str(Number("BYRU", "INV", 2026, 12))
    'BYRU-INV-2026-000012'
    """

    market: str
    series: str
    year: int
    count: int

    def __str__(self) -> str:
        return f"{self.market}-{self.series}-{self.year:04d}-{self.count:06d}"

    @property
    def following(self) -> Number:
        """The number after this one."""
        return Number(self.market, self.series, self.year, self.count + 1)


def number_of(text: str) -> Number:
    """Return the number that a text is.

    Raises:
        BadInput: It is none.
    """
    found = _SHAPE.fullmatch(text)
    if not found:
        what = f"{text!r} is not a document number"
        raise BadInput(
            [
                Mistake(
                    what, "number", "document_number", "Write MARKET-SERIES-YEAR-COUNT, such as BYRU-INV-2026-000012."
                )
            ]
        )
    return Number(found["market"], found["series"], int(found["year"]), int(found["count"]))


def first_number(market: str, kind: str, year: int, last: int = 0) -> Number:
    """Return the number that follows the last count of a series (0: none yet).

    >>> str(first_number("BYRU", "credit_note", 2026))
    'BYRU-CN-2026-000001'
    """
    return Number(market, SERIES[kind], year, last + 1)


def broken_series(numbers: Iterable[Number]) -> Iterator[Mistake]:
    """Yield where series have gaps or use a number twice."""
    series: dict[tuple[str, str, int], list[int]] = {}
    for n in numbers:
        series.setdefault((n.market, n.series, n.year), []).append(n.count)
    for (market, name, year), counts in sorted(series.items()):
        ordered, where = sorted(counts), f"{market}-{name}-{year}"
        missing = sorted(set(range(1, ordered[-1] + 1)) - set(ordered))
        if missing:
            what = f"numbers {', '.join(map(str, missing[:5]))} are missing"
            yield Mistake(what, where, "documents_gapless", "Restore the documents: a number is never left out.")
        if len(set(ordered)) < len(ordered):
            yield Mistake("a number is used twice", where, "documents_gapless", "Restore the documents as issued.")
