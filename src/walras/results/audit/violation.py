"""A violation, and the report that collects them.

Like a mistake of the input, a violation is data: what is wrong, where, which rule, and
by how much. All are collected; of one rule the gravest `SHOWN` are spelled out and the
rest counted, so that a broken file of a million rows stays readable.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

SHOWN = 20
FURTHER = "further rows"
"""Place of the violation that counts those beyond `SHOWN`; its amount is their number."""


@dataclass(frozen=True, order=True)
class Violation:
    """One rule that a result breaks: what, where, which rule, by how much beyond its tolerance, at which stage.

    Example:
        >>> print(Violation("accepts 10 MW at a loss of 2.5 per MWh", "block 'b1'", "block_loss", 25.0))
        block 'b1': accepts 10 MW at a loss of 2.5 per MWh
          rule: block_loss
    """

    what: str
    where: str
    rule: str
    amount: float
    stage: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}\n  rule: {self.rule}"


@dataclass
class Report:
    """Collects violations; `stage` says which volumes were looked at ("" = published)."""

    stage: str = ""
    violations: list[Violation] = field(default_factory=list)

    def add(
        self,
        rule: str,
        amount: npt.NDArray[np.float64],
        where: Callable[[int], str],
        what: Callable[[int], str],
    ) -> None:
        """Report every row whose amount is above zero (NaN counts as broken)."""
        rows = np.flatnonzero(~(amount <= 0))
        if len(rows) == 0:
            return
        gravest = rows[np.argsort(-np.nan_to_num(amount[rows], nan=np.inf), kind="stable")][:SHOWN]
        for row in gravest.tolist():
            self.one(rule, where(row), what(row), float(amount[row]))
        if len(rows) > SHOWN:
            self.one(rule, FURTHER, f"{len(rows) - SHOWN} more of the same rule", float(len(rows) - SHOWN))

    def one(self, rule: str, where: str, what: str, amount: float) -> None:
        """Report one violation."""
        self.violations.append(Violation(f"{self.stage}{what}", where, rule, amount, self.stage))
