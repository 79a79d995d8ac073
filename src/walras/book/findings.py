"""What reading a market folder finds wrong, collected until the end.

Nothing is raised on the way: every reader adds to one `Findings`, and `book.folder.read`
raises them all at once. Equal mistakes of one table are listed up to `LISTED` (or as many as whoever
reads asked for); one more line then says how many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from walras.book.cells import BoolArray, IntArray
from walras.errors import Mistake
from walras.orders.breach import Breach

LISTED = 20


class Placed(Protocol):
    """A table that can say where its rows stand in the file."""

    @property
    def name(self) -> str:
        """Name of the table."""

    def where(self, at: int) -> str:
        """Place of the row at a position, for people."""

    def title(self, column: str) -> str:
        """Name of a column as the file has it."""


@dataclass
class Findings:
    """Every mistake found so far, in the order of reading.

    Attributes:
        mistakes: As they are added.
        listed: So many equal mistakes of a table are told one by one.
    """

    mistakes: list[Mistake] = field(default_factory=list)
    listed: int = LISTED

    def add(self, what: str, where: str, rule: str, fix: str) -> None:
        """Add one mistake."""
        self.mistakes.append(Mistake(what, where, rule, fix))

    def rows(
        self,
        table: Placed,
        at: IntArray | BoolArray,
        rule: str,
        *,
        what: Callable[[int], str],
        fix: Callable[[int], str] | str,
    ) -> None:
        """Add one mistake for each of some rows of a table.

        Args:
            table: Where the rows stand.
            at: Positions of the rows, or a mask over all rows.
            rule: Name of the rule, as in docs/market-rules.md.
            what: What is wrong with the row at a position.
            fix: How to mend it.
        """
        if at.dtype == np.bool_:
            at = np.flatnonzero(at)
        if not len(at):
            return
        mend = fix if callable(fix) else (lambda _: fix)
        for i in at[: self.listed]:
            self.add(what(int(i)), table.where(int(i)), rule, mend(int(i)))
        if len(at) > self.listed:
            more = len(at) - self.listed
            text = f"{more} more rows have this mistake ({len(at)} in all, the first {self.listed} are listed)"
            self.add(text, table.name, rule, mend(int(at[0])))

    def named(self, table: str, names: Sequence[str], bad: BoolArray, rule: str, what: str, fix: str) -> None:
        """Add one mistake for each name that is bad, up to `listed`, and one that counts the rest; shape (o,)."""
        at = np.flatnonzero(bad).tolist()
        for i in at[: self.listed]:
            self.add(what, f"{table} '{names[i]}'", rule, fix)
        if len(at) > self.listed:
            self.add(f"{len(at) - self.listed} more have this mistake", table, rule, fix)

    def breaches(self, table: Placed, place: IntArray, breaches: Iterable[Breach]) -> None:
        """Add what rules of `walras.orders` found; `place` turns their positions into rows of the table."""
        for breach in breaches:
            position = place[breach.at]
            order = np.argsort(position, kind="stable")
            back = dict(
                zip(position[order[: self.listed]].tolist(), breach.at[order[: self.listed]].tolist(), strict=True)
            )
            what, fix = _asked(breach.what, back), _asked(breach.fix, back)
            self.rows(table, position[order], breach.rule, what=what, fix=fix)


def _asked(text: Callable[[int], str], back: dict[int, int]) -> Callable[[int], str]:
    """Return a text of rows from a text of positions."""
    return lambda i: text(back[i])
