"""Names to positions: which row of a header table another table means.

Codes are positions in the sorted names, found by a polars enumeration, so that a
million steps find their orders without a Python object each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from walras.book.cells import BoolArray, IntArray
from walras.book.findings import Findings
from walras.book.tables import Table


@dataclass(frozen=True)
class Names:
    """Sorted names of one kind, and those that are named in rows that could not be read.

    Attributes:
        what: What they name, for messages: `zone`, `order`.
        names: Sorted, without repetition.
        broken: Names whose own row is broken; already reported.
        is_open: Some names could not be read at all, so that no name can be called unknown.
    """

    what: str
    names: tuple[str, ...]
    broken: frozenset[str] = field(default_factory=frozenset)
    is_open: bool = False

    @staticmethod
    def of(table: Table, what: str) -> Names:
        """Return the names of a header table (first column of its key)."""
        names = table.texts(table.spec.key[0]).unique().sort().to_list()
        broken = frozenset(n for n in table.lost.to_list() if n is not None)
        return Names(what, tuple(names), broken, not table.is_whole or table.lost.null_count() > 0)

    def codes(self, texts: pl.Series) -> IntArray:
        """Return the position of each name, -1 for a name that is not here; shape of `texts`."""
        if not self.names or not len(texts):
            return np.full(len(texts), -1, dtype=np.int64)
        found = texts.cast(pl.Enum(list(self.names)), strict=False).to_physical()
        return found.cast(pl.Int64).fill_null(-1).to_numpy()

    def mask(self, texts: Iterable[str | None]) -> BoolArray:
        """Return which of the names occur in `texts`; all of them if a text is None."""
        wanted = set(texts)
        if None in wanted:
            return np.ones(len(self.names), dtype=np.bool_)
        return np.array([n in wanted for n in self.names], dtype=np.bool_)

    def find(self, table: Table, column: str, rule: str, findings: Findings, source: str) -> IntArray:
        """Return the position of each row's name, -1 where it is unknown (reported) or broken.

        Args:
            table: The rows that name something.
            column: Column with the names.
            rule: Rule that an unknown name breaks.
            findings: Gets unknown names.
            source: Table where the name should stand.
        """
        texts = table.texts(column)
        codes = self.codes(texts)
        if self.is_open:
            return codes
        at = np.flatnonzero(codes < 0)
        if len(at) and self.broken:
            at = at[~texts.gather(at).is_in(list(self.broken)).to_numpy()]
        findings.rows(
            table,
            at,
            rule,
            what=lambda i: f"{self.what} {texts[i]!r} is not in {source}",
            fix=f"Name a row of {source}, or add the {self.what} there.",
        )
        return codes
