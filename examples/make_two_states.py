"""Write one bundled day of each pair of states, and its rehearsal, the same bytes on every run.

Run `python examples/make_two_states.py`; in each folder of `src/walras/examples/` that
`walras.studies.pairs` knows it rewrites `market`, the script of its rehearsal in `day` (which
`walras demo` plays), and the tables of its README. The days before are cleared too, since a day
begins with what the day before handed over. Columns and meaning of the figures: docs/pair-folder.md;
of the market: docs/market-folder.md; of the script: docs/rehearsal.md.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import walras
from walras.book.book import Book
from walras.studies.pairs.day import FIRST, handed_on, pair_book
from walras.studies.pairs.pair import Pair
from walras.studies.pairs.read import BUNDLED, read_pair
from walras.studies.pairs.script import script_of, write_script
from walras.studies.pairs.sources import with_tables
from walras.studies.pairs.supplies import read_supplies

FOLDER = Path(__file__).parents[1] / "src" / "walras" / "examples"
DAYS = {"two-states": date(2026, 1, 24), "coast-and-hills": date(2026, 3, 14)}
BEFORE = 2
"""Days that are cleared first."""


def bundled_book(pair: Pair, day: date) -> Book:
    """Return a day's book after the days before it."""
    handed = FIRST
    for back in range(BEFORE, 0, -1):
        book = pair_book(pair, day - timedelta(days=back), handed=handed)
        handed = handed_on(pair, book, walras.clear(book), handed)
    return pair_book(pair, day, handed=handed)


def main() -> None:
    """Write the market, the rehearsal and the README's tables of each pair."""
    for name in BUNDLED:
        pair = read_pair(FOLDER / name)
        walras.write(bundled_book(pair, DAYS[name]), FOLDER / name / "market", format="csv")
        write_script(script_of(pair, read_supplies(FOLDER / name), name, DAYS[name]), FOLDER / name)
        readme = FOLDER / name / "README.md"
        readme.write_text(with_tables(readme.read_text(encoding="utf-8"), pair), encoding="utf-8")


if __name__ == "__main__":
    main()
