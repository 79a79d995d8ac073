"""What a formula says, as it was written: frozen nodes with the place of each in the text.

Written by `parse`, read by `check` and `format`. Nothing is checked here. Two formulas are
equal when they say the same; places do not count.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from walras.formulas.periods import Grid
from walras.formulas.units import Unit


@dataclass(frozen=True)
class Place:
    """Line and column in the text, from 1."""

    line: int
    column: int


NOWHERE = Place(1, 1)


@dataclass(frozen=True)
class Node:
    """Something that was written at a place; `depth` is how deep its parts are nested."""

    place: Place = field(default=NOWHERE, compare=False, repr=False, kw_only=True)
    depth: int = field(default=1, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class Number(Node):
    """A number as written, and its unit: `67 %` is 67 and %."""

    value: Fraction
    unit: Unit


@dataclass(frozen=True)
class Name(Node):
    """A parameter, a definition (`let`) or another formula of the book."""

    name: str


@dataclass(frozen=True)
class Text(Node):
    """The name of a series or a currency, in quotes."""

    text: str


@dataclass(frozen=True)
class Day(Node):
    """A calendar day."""

    day: date


@dataclass(frozen=True)
class Month(Node):
    """A calendar month: its first day."""

    first: date


@dataclass(frozen=True)
class UnitName(Node):
    """A unit that something is converted to."""

    unit: Unit


@dataclass(frozen=True)
class Unary(Node):
    """`-x` or `not x`."""

    operator: str
    operand: Node


@dataclass(frozen=True)
class Binary(Node):
    """Arithmetic, a comparison, `and` or `or`."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Choice(Node):
    """`if condition then yes else no`."""

    condition: Node
    yes: Node
    no: Node


@dataclass(frozen=True)
class Call(Node):
    """A function with arguments, then arguments by name."""

    function: str
    arguments: tuple[Node, ...]
    named: tuple[tuple[str, Node], ...]


@dataclass(frozen=True)
class Row(Node):
    """One row of a table: `low..high -> value`, or `low -> value` of a curve."""

    low: Number | None
    high: Number | None
    value: Node


@dataclass(frozen=True)
class Table(Node):
    """`steps(x: ...)` or `curve(x: ...)`."""

    kind: str
    subject: Node
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Path(Node):
    """`path(2008-01-01: 67 %, ...)`: what holds from each day on."""

    rows: tuple[tuple[Day, Node], ...]


@dataclass(frozen=True)
class Parameter(Node):
    """`param name: unit;`."""

    name: str
    unit: Unit


@dataclass(frozen=True)
class Declared(Node):
    """`index "name": unit grid;` or `fx "USD" "EUR": grid;`: a series that observations come from.

    Attributes:
        series: Its name; `USD/EUR` for a fixing of so many EUR for one USD.
        published_within_days: After the end of a period, or None; what is published later does not count.
    """

    series: str
    unit: Unit
    grid: Grid
    published_within_days: int | None = None


@dataclass(frozen=True)
class Definition(Node):
    """`let name = expression;`."""

    name: str
    value: Node


@dataclass(frozen=True)
class Program:
    """One whole formula: declarations and definitions in order, what it results in, and in which unit."""

    statements: tuple[Parameter | Declared | Definition, ...]
    result: Node
    unit: Unit
    name: str = field(default="formula", compare=False)
    end: Place = field(default=NOWHERE, compare=False)
