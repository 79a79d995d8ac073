"""A market folder to be broken: every table of it as rows of text, written as CSV and read again.

`Folder(path)` starts as a market without a mistake that uses every table; a test changes
one thing, and `folder.mistakes()` is what reading it says.
"""

from __future__ import annotations

import csv
from pathlib import Path

from tests.builders import Market, market

from walras.book.folder import read, write
from walras.errors import BadInput, Mistake

DAY = "2025-04-01T"


def every_family(**more) -> Market:
    """Three hours; A in quarters, B in hours; a line, both kinds of border, and every kind of order."""
    return (
        market(("A", "B"), 3, {"A": 15, "B": 60}, **more)
        .line("A", "B", [20, 30, 40], 10)
        .border("A", "X", price=33.333, export=5, import_=7)
        .fixed_border("B", "Y", [-5, 0, 2.5])
        .sells("A", 10, at=10, order="curve", hour=1)
        .sells("A", 5, at=20, to=25, order="curve", hour=1)
        .sells("A", 5, at=25, order="curve", hour=2, minutes=60)
        .buys("B", 60, at=90, order="need")
        .buys("B", 5, at=80, to=70, order="need")
        .block("parent", "A", "supply", 12.34, {0: 5, 2: 6}, mar=0.5, minutes=60)
        .block("child", "A", "supply", 1, {0.25: 3}, parents=["parent"])
        .block("one", "B", "demand", 50, 2, group="choice")
        .block("two", "B", "supply", 5, {1: 2}, group="choice")
        .flexible("flexible", "A", "demand", 30, 4, minutes=30, window=(0.5, 2))
        .scalable(
            "scalable", "A", "supply", 100.5, [(0, 4, 2), (0, 5, 3), (0.25, 1, 1)],
            minimums={0: 4}, gradient_up=5, stop=1,
        )
        .scalable("turbine", "A", "supply", 7, [(1, 4, 2), (1.25, 4, 2)]).converts("turbine", "B", 0.5, 0.25)
        .storage(
            "battery", "A", 2, 7.5, 1.5, discharge=3, fixed_term=2, start=1, end=2, hourly_loss=0.01,
            charge_efficiency=0.9, discharge_efficiency=0.95,
        )
    )  # fmt: skip


def meshed(**more) -> Market:
    """Two hours; A and B in hours, C in half hours, in a domain of half hours with two branches; D beside it."""
    return (
        market(("A", "B", "C", "D"), 2, {"A": 60, "B": 60, "C": 30, "D": 60}, **more)
        .domain("core", ("A", "B", "C"))
        .branch("AB", [125, 100, 90, 125], A=0.25, B=-0.5, C=-0.25)
        .branch("BC", [None, 50, 60, None], A=[0.1, 0.1, 0.2, 0.2], B=0.4, C=-0.3)
    )


class Folder:
    """A folder of CSV tables that can be changed row by row."""

    def __init__(self, path: Path, said: Market | None = None):
        self.path = path
        write((said or every_family()).book(), path, format="csv")

    def rows(self, table: str) -> list[dict[str, str]]:
        with (self.path / f"{table}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    def save(self, table: str, rows: list[dict[str, str]]) -> None:
        with (self.path / f"{table}.csv").open("w", newline="") as file:
            columns = dict.fromkeys(name for row in rows for name in row)
            writer = csv.DictWriter(file, list(columns), restval="")
            writer.writeheader()
            writer.writerows(rows)

    def change(self, table: str, row: int, **fields: str) -> Folder:
        """Overwrite fields of a row, counted from 1; a column that is not there yet is added, empty elsewhere."""
        rows = self.rows(table)
        rows[row - 1] |= fields
        self.save(table, rows)
        return self

    def add(self, table: str, **fields: str) -> Folder:
        """Append a copy of the last row with some fields changed."""
        rows = self.rows(table)
        self.save(table, [*rows, rows[-1] | fields])
        return self

    def drop(self, table: str, row: int) -> Folder:
        rows = self.rows(table)
        del rows[row - 1]
        self.save(table, rows)
        return self

    def setting(self, name: str, line: str) -> Folder:
        """Replace the line of a setting in market.toml."""
        toml = self.path / "market.toml"
        lines = [line if old.startswith(f"{name} =") else old for old in toml.read_text().splitlines()]
        toml.write_text("\n".join(lines))
        return self

    def find(self, table: str, **fields: str) -> int:
        """The first row, counted from 1, with these fields."""
        return 1 + next(i for i, r in enumerate(self.rows(table)) if fields.items() <= r.items())

    def mistakes(self) -> tuple[Mistake, ...]:
        """What reading says, each with all of its four parts."""
        try:
            read(self.path)
        except BadInput as error:
            found = error.mistakes
        else:
            return ()
        assert all(m.what and m.where and m.rule and m.fix for m in found)
        return found

    def mistake(self) -> Mistake:
        """The only mistake."""
        found = self.mistakes()
        assert len(found) == 1, "\n".join(map(str, found))
        return found[0]
