"""Markets of the benchmark registry: what is measured, and where its input comes from.

A market is prepared once, by a process of its own, in a folder of its own; every phase then
starts from files. Real days are read where they are present (`WALRAS_DATA`, or
`../shared/data` beside the project); elsewhere their rows are left out and say why.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from walras.book.book import Book

PROJECT = Path(__file__).resolve().parents[1]
FIRST, LAST = date(2025, 4, 1), date(2025, 4, 15)


class Skip(Exception):
    """The input of a market is not here."""


@dataclass(frozen=True)
class Market:
    """One input: its name in the table, what it is, and how to make its book."""

    name: str
    says: str
    book: Callable[[], Book]


def italy() -> Path:
    """Return the folder of the Italian tables.

    Raises:
        Skip: It is not on this machine.
    """
    data = Path(os.environ.get("WALRAS_DATA") or PROJECT.parent / "shared" / "data")
    folder = data / "italy-2025-04"
    if not folder.is_dir():
        raise Skip("the published Italian days are not on this machine (set WALRAS_DATA)")
    return folder


def italian_day() -> Book:
    """Return 1 April 2025: price-taking borders, blocks to be decided."""
    from walras.formats.gme import convert_gme  # noqa: PLC0415 - the parent process stays light

    return convert_gme(italy(), FIRST)


def drawn(zones: int, mtu: int, steps: int, blocks: int) -> Callable[[], Book]:
    """Return a maker of a synthetic market, seed 1."""

    def book() -> Book:
        from walras.studies.generate import generate  # noqa: PLC0415

        return generate(zones, mtu, steps, blocks, 1)

    return book


MARKETS = {
    m.name: m
    for m in (
        Market(
            "Italian day", "1 April 2025: 7 zones, 24 hours, 18,000 steps, 38 blocks, price-taking borders", italian_day
        ),
        Market("Italian fortnight", "1 to 15 April 2025, 15 such days", italian_day),
        Market(
            "1,500,000 steps",
            "drawn: 40 zones, 96 MTUs, 3,840 cells, a fifth of the curves interpolated",
            drawn(40, 96, 1_500_000, 0),
        ),
        Market("400,000 orders", "drawn: 1 zone, 24 hours, 400,000 steps, no blocks", drawn(1, 24, 400_000, 0)),
        Market("1,000 blocks", "drawn: 5 zones, 24 hours, 12,000 steps, 1,000 blocks", drawn(5, 24, 12_000, 1_000)),
    )
}
