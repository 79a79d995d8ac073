"""A checked formula: the same tree with the unit of every part, ready to be evaluated.

Written by `check`; read by `evaluate`, `explain` and `needs`. Figures are exact fractions in
MWh, h, m3, t, km, kgU, SWU and whole units of money; the unit of a step says how people see its
figure, and in which unit `round` rounds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

from walras.formulas.periods import Window
from walras.formulas.syntax import Declared, Node, Parameter, Program
from walras.formulas.units import Unit


@dataclass(frozen=True)
class Look:
    """What is read of a series.

    Attributes:
        series: Which one.
        window: Periods to average over; None for one value.
        lag: Periods before that of the moment, for one value.
        period: A stated period instead.
        last_known: How many periods further back a missing observation may be taken from.
    """

    series: Declared
    window: Window | None = None
    lag: int = 0
    period: int | None = None
    last_known: int = 0

    @property
    def most(self) -> int:
        """How many observations it reads at the most."""
        count = self.window.most(self.series.grid) if self.window else 1
        return count * (1 + self.last_known)


@dataclass(frozen=True, eq=False)
class Step:
    """One part of a checked formula.

    Attributes:
        kind: What is done; `number`, `parameter`, `definition`, `look`, an operator, a function or a table.
        node: What was written, for messages and derivations.
        unit: Of its figure; None where it is true or false.
        parts: What it is made of.
        value: A number, in base units.
        name: Of a parameter, a definition or formula, or how to round.
        looks: What it reads of series.
        bounds: Of the rows of a table, in base units or days; None is open.
        formula: Name of the formula that it was written in.
    """

    kind: str
    node: Node
    unit: Unit | None
    parts: tuple[Step, ...] = ()
    value: Fraction = Fraction(0)
    name: str = ""
    looks: tuple[Look, ...] = ()
    bounds: tuple[tuple[Fraction | None, Fraction | None], ...] = ()
    formula: str = "formula"
    depth: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "depth", 1 + max((p.depth for p in self.parts), default=0))


@dataclass(frozen=True, eq=False)
class Plan:
    """A checked formula whole: its last step and the unit of its result."""

    program: Program
    root: Step
    unit: Unit
    parameters: dict[str, Parameter]

    def steps(self) -> Iterator[Step]:
        """Yield every step once, parts after what they are in."""
        seen: set[int] = set()
        waiting = [self.root]
        while waiting:
            step = waiting.pop()
            if id(step) not in seen:
                seen.add(id(step))
                yield step
                waiting += reversed(step.parts)

    @cached_property
    def series(self) -> dict[str, Declared]:
        """Series that it may read, by name."""
        found = {look.series.series: look.series for step in self.steps() for look in step.looks}
        return dict(sorted(found.items()))

    @cached_property
    def used_parameters(self) -> dict[str, Parameter]:
        """Parameters that it may read, by name."""
        used = {step.name for step in self.steps() if step.kind == "parameter"}
        return {name: p for name, p in sorted(self.parameters.items()) if name in used}
