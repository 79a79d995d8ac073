"""The checker of tables: steps without gaps, curves and paths in order."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from walras.formulas import syntax as s
from walras.formulas.steps import Step

if TYPE_CHECKING:
    from walras.formulas.scope import Scope

Bounds = tuple[tuple[Fraction | None, Fraction | None], ...]


def check_table(scope: Scope, node: s.Table) -> Step | None:
    """Return steps or a curve as a step; its bounds are in the unit of what it is read at."""
    subject, values = scope.figure(node.subject), tuple(scope.figure(row.value) for row in node.rows)
    agreed = scope.agreed(node.place, values, f"values of {node.kind}")
    if subject is None or subject.unit is None or not _bounds_agree(scope, node, subject):
        return None
    bounds: Bounds = tuple((_base(row.low), _base(row.high)) for row in node.rows)
    is_ordered = _steps_fit(scope, node, bounds) if node.kind == "steps" else _curve_fits(scope, node, bounds)
    if agreed is None or not is_ordered:
        return None
    return scope.step(node.kind, node, agreed, subject, *(v for v in values if v), bounds=bounds)


def check_path(scope: Scope, node: s.Path) -> Step | None:
    """Return a path as a step; its bounds are ordinals of days."""
    values = tuple(scope.figure(value) for _, value in node.rows)
    agreed = scope.agreed(node.place, values, "values of path")
    days = [day.day for day, _ in node.rows]
    for (day, _), before in zip(node.rows[1:], days, strict=False):
        if day.day <= before:
            what = f"{day.day} does not come after {before}"
            scope.add(day.place, what, "path_ascending", "Write days in order, each once.")
            return None
    bounds: Bounds = tuple((Fraction(d.toordinal()), None) for d in days)
    return None if agreed is None else scope.step("path", node, agreed, *(v for v in values if v), bounds=bounds)


def _base(number: s.Number | None) -> Fraction | None:
    return None if number is None else number.value * number.unit.factor


def _bounds_agree(scope: Scope, node: s.Table, subject: Step) -> bool:
    assert subject.unit is not None
    before = len(scope.findings.mistakes)
    for number in (n for row in node.rows for n in (row.low, row.high)):
        if number is not None and not number.unit.agrees(subject.unit):
            what = f"a bound is in {number.unit}, and what is looked up in {subject.unit}"
            scope.add(number.place, what, "units_agree", f"Write the bound in {subject.unit}.")
    return len(scope.findings.mistakes) == before


def _steps_fit(scope: Scope, node: s.Table, bounds: Bounds) -> bool:
    last = len(bounds) - 1
    for i, (low, high) in enumerate(bounds):
        is_open = (low is None and i > 0) or (high is None and i < last)
        is_apart = i > 0 and low != bounds[i - 1][1]
        if is_open or is_apart or (low is not None and high is not None and low >= high):
            fix = "Let each step begin where the one before ends: ..0 -> a, 0..10 -> b, 10.. -> c."
            scope.add(node.rows[i].place, "steps leave a gap, overlap or are empty", "steps_contiguous", fix)
            return False
    return True


def _curve_fits(scope: Scope, node: s.Table, bounds: Bounds) -> bool:
    points = [low for low, _ in bounds if low is not None]
    if len(points) < 2:
        scope.add(node.place, "a curve needs two points", "curve_ascending", "Write two points or more.")
        return False
    for row, point, before in zip(node.rows[1:], points[1:], points, strict=False):
        if point <= before:
            scope.add(row.place, "points do not ascend", "curve_ascending", "Write points in order, each once.")
            return False
    return True
