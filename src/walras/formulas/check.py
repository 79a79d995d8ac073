"""The checker: every name known, every unit agreed, every limit kept, before anything is evaluated.

All mistakes of a formula, and of the formulas that it uses, come back at once. A part that is
wrong has no unit, and nothing more is said about what it is in.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from walras.errors import Mistake
from walras.formulas import syntax as s
from walras.formulas.findings import Findings
from walras.formulas.limits import MOST_NODES, MOST_OBSERVATIONS
from walras.formulas.scope import Scope
from walras.formulas.signature import Signature
from walras.formulas.steps import Plan, Step


def check(program: s.Program, signature: Signature) -> Plan:
    """Return a formula with the unit of every part.

    Raises:
        BadInput: Every mistake, each with line and column.
    """
    book = Book(signature)
    if signature.formulas.get(program.name) == program:
        book.open.append(f"book {program.name}")
    root = book.formula(program)
    findings = Findings(program.name, book.mistakes())
    if root is not None:
        plan = Plan(program, root, program.unit, book.parameters)
        _observations(plan, findings)
    findings.end()
    assert root is not None, "a formula without mistakes has a root"
    return plan


def _observations(plan: Plan, findings: Findings) -> None:
    most = sum(look.most for step in plan.steps() for look in step.looks)
    if most > MOST_OBSERVATIONS:
        what = f"it may read {most:,} observations, at most {MOST_OBSERVATIONS:,} are read"
        fix = "Shorten its windows, or average over a coarser series."
        findings.add(plan.program.result.place, what, "limit_observations", fix)


@dataclass
class Book:
    """The formulas of one check, and where it stands: `open` names what is being looked into."""

    signature: Signature
    scopes: list[Scope] = field(default_factory=list)
    parameters: dict[str, s.Parameter] = field(default_factory=dict)
    series: dict[str, s.Declared] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    done: dict[str, Step | None] = field(default_factory=dict)
    level: int = 0
    nodes: int = 0

    def mistakes(self) -> list[Mistake]:
        """Return all mistakes so far, of all formulas."""
        return [m for scope in self.scopes for m in scope.findings.mistakes]

    def formula(self, program: s.Program) -> Step | None:
        """Return the result of one formula as a step in its declared unit."""
        scope = Scope(self, program)
        self.scopes.append(scope)
        scope.declare()
        self.nodes += _count((program.result, *program.statements, *self.signature.declared))
        if self.nodes > MOST_NODES:
            what = f"it has {self.nodes:,} parts with all that it uses, at most {MOST_NODES:,} are evaluated"
            scope.findings.add(program.result.place, what, "limit_nodes", "Make it shorter, or round in between.")
            return None
        for name in scope.definitions:
            scope.definition(name, scope.definitions[name].place)
        return scope.result()


def _count(parts: tuple[object, ...]) -> int:
    """Return the number of nodes of parts of a formula."""
    waiting = list(parts)
    found = 0
    while waiting:
        item = waiting.pop()
        if isinstance(item, tuple):
            waiting += item
        elif isinstance(item, s.Node):
            found += 1
            waiting += vars(item).values()
    return found
