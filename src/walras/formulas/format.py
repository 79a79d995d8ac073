"""Syntax to its canonical text: what parses to the same formula again.

One statement a line, one space around operators, brackets only where they are needed.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

from walras.formulas import syntax as s
from walras.formulas.units import RATIO

BINDS = {"or": 1, "and": 2, "not": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "==": 4, "!=": 4, "+": 5, "-": 5, "*": 6,
         "/": 6}  # fmt: skip
"""How tightly operators bind; a choice binds least, a sign tighter than a product."""
SIGN, ATOM = 7, 8


def format_program(program: s.Program) -> str:
    """Return the canonical text of a formula; it parses to an equal one."""
    lines = [f"{_statement(item)};" for item in program.statements]
    return "\n".join([*lines, f"{format_node(program.result)} -> {program.unit}"])


def format_node(node: s.Node) -> str:
    """Return the text of a part of a formula, on one line."""
    return _text(node)[0]


def _statement(item: s.Parameter | s.Declared | s.Definition) -> str:
    if isinstance(item, s.Definition):
        return f"let {item.name} = {format_node(item.value)}"
    if isinstance(item, s.Parameter):
        return f"param {item.name}: {item.unit}"
    days = item.published_within_days
    tail = "" if days is None else f", published within {days} days"
    base, _, quoted = item.series.partition("/")
    if quoted and item.unit.atoms == ((quoted, 1), (base, -1)):
        return f'fx "{base}" "{quoted}": {item.grid}{tail}'
    return f'index "{item.series}": {item.unit} {item.grid}{tail}'


def _wrapped(node: s.Node, least: int) -> str:
    text, binds = _text(node)
    return text if binds >= least else f"({text})"


def _text(node: s.Node) -> tuple[str, int]:  # noqa: PLR0911 - one case a node
    match node:
        case s.Number():
            return number_text(node), ATOM
        case s.Name(name):
            return name, ATOM
        case s.Text(text):
            return f'"{text}"', ATOM
        case s.Day(day):
            return day.isoformat(), ATOM
        case s.Month(first):
            return first.isoformat()[:7], ATOM
        case s.UnitName(unit):
            return str(unit), ATOM
        case s.Unary("not", operand):
            return f"not {_wrapped(operand, BINDS['not'])}", BINDS["not"]
        case s.Unary(_, operand):
            return f"-{_wrapped(operand, SIGN)}", SIGN
        case s.Binary(operator, left, right):
            binds = BINDS[operator]
            is_comparison = binds == BINDS["<"]
            return f"{_wrapped(left, binds + is_comparison)} {operator} {_wrapped(right, binds + 1)}", binds
        case s.Choice(condition, yes, no):
            return f"if {format_node(condition)} then {format_node(yes)} else {format_node(no)}", 0
        case _:
            return _listed(node), ATOM


def _listed(node: s.Node) -> str:
    match node:
        case s.Call(function, arguments, named):
            parts = [format_node(a) for a in arguments] + [f"{n}={format_node(v)}" for n, v in named]
            return f"{function}({', '.join(parts)})"
        case s.Table(kind, subject, rows):
            return f"{kind}({format_node(subject)}: {', '.join(_row(kind, row) for row in rows)})"
        case s.Path(rows):
            return f"path({', '.join(f'{day.day.isoformat()}: {format_node(value)}' for day, value in rows)})"
    raise AssertionError(f"no text for {type(node).__name__}")


def _row(kind: str, row: s.Row) -> str:
    low, high = (number_text(n) if n else "" for n in (row.low, row.high))
    return f"{low}{'..' if kind == 'steps' else ''}{high} -> {format_node(row.value)}"


def number_text(number: s.Number) -> str:
    """Return a number with its unit.

    >>> number_text(s.Number(Fraction("67.50"), RATIO))
    '67.5'
    """
    text = decimal_text(number.value)
    return text if number.unit == RATIO else f"{text} {number.unit}"


def decimal_text(value: Fraction) -> str:
    """Return a fraction that a decimal number can say, without trailing zeros."""
    with localcontext() as context:
        context.prec = 80
        found = format(Decimal(value.numerator) / Decimal(value.denominator), "f")
    return found.rstrip("0").rstrip(".") if "." in found else found
