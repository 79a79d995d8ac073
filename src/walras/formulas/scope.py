"""One formula under check: what its names mean, and the unit of every part.

Written and read by `check`; `check_calls` and `check_tables` ask it for the parts of functions and tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from walras.formulas import syntax as s
from walras.formulas.check_calls import check_call
from walras.formulas.check_tables import check_path, check_table
from walras.formulas.findings import Findings
from walras.formulas.format import format_node
from walras.formulas.functions import FUNCTIONS, KEYWORDS, nearest
from walras.formulas.limits import MOST_DEPTH
from walras.formulas.steps import Step
from walras.formulas.units import MOST_POWER, NAMES_TAKEN, Unit

if TYPE_CHECKING:
    from walras.formulas.check import Book

COMPARISONS = {"<", "<=", ">", ">=", "==", "!="}


@dataclass
class Scope:
    """One formula under check: what its names mean."""

    book: Book
    program: s.Program
    parameters: dict[str, s.Parameter] = field(default_factory=dict)
    series: dict[str, s.Declared] = field(default_factory=dict)
    definitions: dict[str, s.Definition] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    findings: Findings = field(init=False)

    def __post_init__(self) -> None:
        self.findings = Findings(self.program.name)

    def declare(self) -> None:
        """Take in what is declared; a name means one thing, a parameter or series the same in all formulas."""
        for item in (*self.book.signature.declared, *self.program.statements):
            if isinstance(item, s.Declared):
                self.series[item.series] = item
                if self.book.series.setdefault(item.series, item) != item:
                    what = f"series {item.series!r} is declared in two ways"
                    self.add(item.place, what, "declared_once", "Declare it once, or in the same way.")
                continue
            if item.name in KEYWORDS | NAMES_TAKEN | set(FUNCTIONS):
                what = f"{item.name!r} is a word or unit of the language"
                self.add(item.place, what, "name_free", "Take another name.")
            if item.name in {*self.parameters, *self.definitions}:
                if self.parameters.get(item.name) != item:
                    self.add(item.place, f"{item.name!r} is declared twice", "declared_once", "Rename one.")
            elif isinstance(item, s.Definition):
                self.definitions[item.name] = item
            else:
                self._parameter(item)

    def _parameter(self, item: s.Parameter) -> None:
        self.parameters[item.name] = item
        known = self.book.parameters.setdefault(item.name, item)
        if known != item:
            what = f"parameter {item.name!r} is in {known.unit} in another formula"
            self.add(item.place, what, "declared_once", "Declare it in one unit, or rename it.")

    def result(self) -> Step | None:
        """Return the result, if it is what the formula says that it is."""
        step = self.figure(self.program.result)
        if step is None or step.unit is None or not self._power(self.program.unit, self.program.end):
            return None
        if not step.unit.agrees(self.program.unit):
            what = f"the result is in {step.unit}, and {self.program.unit} is declared"
            self.add(self.program.end, what, *_remedy(step.unit, self.program.unit, "result_unit"))
            return None
        return step

    def add(self, place: s.Place, what: str, rule: str, fix: str) -> None:
        """Add a mistake of this formula."""
        self.findings.add(place, what, rule, fix)

    def step(self, kind: str, node: s.Node, unit: Unit | None, *parts: Step, **more: object) -> Step:
        """Return a step of this formula."""
        return Step(kind, node, unit, parts, formula=self.program.name, **more)  # type: ignore[arg-type]

    def figure(self, node: s.Node) -> Step | None:
        """Return a part that must be a figure."""
        found = self.node(node)
        if found is not None and found.unit is None:
            self.add(node.place, "this is true or false, and a figure is needed", "figure_expected",
                     "Write: if condition then figure else figure.")  # fmt: skip
            return None
        return found

    def truth(self, node: s.Node) -> Step | None:
        """Return a part that must be true or false."""
        found = self.node(node)
        if found is not None and found.unit is not None:
            self.add(node.place, f"this is a figure in {found.unit}, and a condition is needed", "truth_expected",
                     "Compare it with something: <, <=, >, >=, == or !=.")  # fmt: skip
            return None
        return found

    def node(self, node: s.Node) -> Step | None:
        """Return a part with its unit, or None when it holds a mistake."""
        self.book.level += 1
        try:
            if self.book.level > MOST_DEPTH:
                what = f"parts are nested more than {MOST_DEPTH} deep, counting through definitions"
                self.add(node.place, what, "limit_depth", "Put brackets into long sums, or round in between.")
                return None
            return self._node(node)
        finally:
            self.book.level -= 1

    def _node(self, node: s.Node) -> Step | None:  # noqa: PLR0911 - one case a node
        match node:
            case s.Number(value, unit):
                known = self._power(unit, node.place)
                return self.step("number", node, unit, value=value * unit.factor) if known else None
            case s.Name(name):
                return self._name(node, name)
            case s.Unary("not", operand):
                part = self.truth(operand)
                return part and self.step("not", node, None, part)
            case s.Unary(_, operand):
                part = self.figure(operand)
                return part and self.step("negative", node, part.unit, part)
            case s.Binary("and" | "or" as operator, left, right):
                truths = self.truth(left), self.truth(right)
                return self.step(operator, node, None, *_whole(truths)) if all(truths) else None
            case s.Binary(operator, left, right):
                return self._arithmetic(node, operator, self.figure(left), self.figure(right))
            case s.Choice(condition, yes, no):
                parts = self.truth(condition), self.figure(yes), self.figure(no)
                agreed = self.agreed(node.place, parts[1:], "branches")
                return self.step("if", node, agreed, *_whole(parts)) if agreed is not None and all(parts) else None
            case s.Call():
                return check_call(self, node)
            case s.Table():
                return check_table(self, node)
            case s.Path():
                return check_path(self, node)
        self.add(
            node.place, f"{format_node(node)} is no figure", "figure_expected", "Write a number, a name or a function."
        )
        return None

    def agreed(self, place: s.Place, parts: tuple[Step | None, ...], what: str) -> Unit | None:
        """Return the unit that figures share, that of the first one, or None."""
        units = [p.unit for p in parts if p is not None and p.unit is not None]
        if len(units) < len(parts):
            return None
        for other in units[1:]:
            if not other.agrees(units[0]):
                said = f"{what} are in {units[0]} and {other}"
                self.add(place, said, *_remedy(other, units[0], "units_agree"))
                return None
        return units[0]

    def _arithmetic(self, node: s.Node, operator: str, left: Step | None, right: Step | None) -> Step | None:
        if left is None or right is None or left.unit is None or right.unit is None:
            return None
        if operator in "*/":
            found = left.unit.times(right.unit, 1 if operator == "*" else -1)
            return self.step(operator, node, found, left, right) if self._power(found, node.place) else None
        agreed = self.agreed(node.place, (left, right), f"both sides of {operator}")
        unit = None if operator in COMPARISONS else agreed
        return None if agreed is None else self.step(operator, node, unit, left, right)

    def _power(self, unit: Unit, place: s.Place) -> bool:
        if all(abs(e) <= MOST_POWER for e in unit.dimension.values()):
            return True
        what = f"the unit {unit} has a power above {MOST_POWER}"
        self.add(place, what, "unit_power", "Multiply figures whose units cancel.")
        return False

    def _name(self, node: s.Node, name: str) -> Step | None:
        if name in self.parameters:
            known = self.parameters[name]
            return self.step("parameter", node, known.unit, name=name) if self._power(known.unit, node.place) else None
        if name in self.definitions:
            found = self.definition(name, node.place)
        elif name in self.book.signature.formulas:
            found = self._other(name, node.place)
        else:
            known_names = {*self.parameters, *self.definitions, *self.book.signature.formulas}
            what, fix = f"nothing is called {name!r}", f"Declare it, or write one of: {nearest(name, known_names)}."
            if name not in self.unknown:
                self.unknown.add(name)
                self.add(node.place, what, "name_known", fix)
            return None
        if found is None:
            return None
        if self.book.level + found.depth > MOST_DEPTH:
            what = f"with {name!r} parts are nested more than {MOST_DEPTH} deep"
            self.add(node.place, what, "limit_depth", "Put brackets into long sums.")
            return None
        unit = self.program_unit(name, found)
        return self.step("definition", node, unit, found, name=name)

    def program_unit(self, name: str, found: Step) -> Unit | None:
        """Return the unit of a definition, or that which another formula declares for its result."""
        if name in self.definitions:
            return found.unit
        return self.book.signature.formulas[name].unit

    def definition(self, name: str, place: s.Place) -> Step | None:
        """Return what a name stands for; it may be true or false."""
        key = f"{id(self)} {name}"
        if key not in self.book.done:
            if not self._entered(key, name, place):
                return None
            self.book.done[key] = self.node(self.definitions[name].value)
            self.book.open.pop()
        return self.book.done[key]

    def _other(self, name: str, place: s.Place) -> Step | None:
        key = f"book {name}"
        if key not in self.book.done:
            if not self._entered(key, name, place):
                return None
            self.book.done[key] = self.book.formula(self.book.signature.formulas[name])
            self.book.open.pop()
        return self.book.done[key]

    def _entered(self, key: str, name: str, place: s.Place) -> bool:
        if key not in self.book.open:
            self.book.open.append(key)
            return True
        circle = [k.split(" ")[1] for k in self.book.open[self.book.open.index(key) :]]
        self.add(place, f"{' uses '.join([*circle, name])}: this is a circle", "no_circle",
                 "Let one of them stand on something else.")  # fmt: skip
        return False


def _remedy(have: Unit, want: Unit, rule: str) -> tuple[str, str]:
    """Return the rule and what brings one unit to another."""
    money = {f"money {c}" for c in (*have.currencies, *want.currencies)}
    rest = [{n: e for n, e in u.dimension.items() if n not in money} for u in (have, want)]
    if rest[0] == rest[1] and have.currencies and want.currencies:
        fix = f'Multiply by the fixing: fx("{have.currencies[0]}", "{want.currencies[0]}").'
        return "currency_explicit", fix
    fix = f"Bring {have} to {want}: multiply by what lies between them, such as a price, density or calorific value."
    return rule, fix


def _whole(parts: tuple[Step | None, ...]) -> tuple[Step, ...]:
    return tuple(p for p in parts if p is not None)
