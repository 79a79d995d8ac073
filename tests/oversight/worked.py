"""The market of docs/oversight.md: two zones, one hour; X and Y sell in A, Z sells in B, P buys in A and Q in B.

A: X sells 60 MW at 10, Y 40 at 20, P buys 50 at 90. B: Z sells 30 at 50, Q buys 40 at 90. One line.
"""

from tests.builders import two_zones

from walras.coupling.clear import clear
from walras.coupling.settings import Settings
from walras.results.audit import audit


def worked(line_mw):
    """Return book and result with a line of so many MW."""
    said = (
        two_zones(atc_mw=line_mw)
        .sells("A", 60, at=10, member="X", order="x").sells("A", 40, at=20, member="Y", order="y")
        .buys("A", 50, at=90, member="P", order="p").sells("B", 30, at=50, member="Z", order="z")
        .buys("B", 40, at=90, member="Q", order="q")
    )  # fmt: skip
    return solved(said)


def solved(said):
    """Return book and audited result of a market in words."""
    book = said.book()
    results = clear(book, Settings())
    assert audit(book, results) == []
    return book, results


def by(table, *names, **where):
    """Return the figures of the only row that has these values, or a column of it."""
    for column, value in where.items():
        table = table.filter(table[column] == value)
    assert table.height == 1, table
    return table.select(names).row(0)
