"""Mistakes of one formula, collected with the place of each."""

from __future__ import annotations

from dataclasses import dataclass, field

from walras.errors import BadInput, Mistake
from walras.formulas.syntax import Place


@dataclass
class Findings:
    """Mistakes so far of the formula `name`; every one says line and column."""

    name: str
    mistakes: list[Mistake] = field(default_factory=list)
    seen: set[Mistake] = field(default_factory=set)

    def add(self, place: Place, what: str, rule: str, fix: str) -> None:
        """Add a mistake, once."""
        found = Mistake(what, f"{self.name} line {place.line}, column {place.column}", rule, fix)
        if found not in self.seen:
            self.seen.add(found)
            self.mistakes.append(found)

    def end(self) -> None:
        """Raise `BadInput` if there is any mistake."""
        if self.mistakes:
            raise BadInput(self.mistakes)
