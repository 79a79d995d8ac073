"""Text to syntax, by lark's LALR parser; the first thing that is no formula ends it with its place.

The text is never evaluated as Python. Nodes are built while the parser reduces, bottom up, so
that no text, however deeply nested, makes anything recurse.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args

from walras.errors import BadInput, Mistake
from walras.formulas import syntax as s
from walras.formulas.findings import Findings
from walras.formulas.limits import FIRST_YEAR, LAST_YEAR, MOST_CHARACTERS, MOST_DEPTH, MOST_DIGITS
from walras.formulas.periods import Grid
from walras.formulas.units import POWERS, RATIO, SYMBOLS, UNIT_PATTERN, unit

MOST_EXPECTED = 6
MOST_BEFORE = 60
"""Characters before a wrong one that are searched for a number."""
NAMED = {
    "QUANTITY": "a number", "NAME": "a name", "STRING": "a name in quotes", "UNIT": "a unit", "DATE": "a day",
    "MONTH": "a month", "LPAR": "'('", "RPAR": "')'", "SEMICOLON": "';'", "COMMA": "','", "COLON": "':'",
    "ARROW": "'->'", "COMPARE": "a comparison", "PLUS": "'+'", "MINUS": "'-'", "TIMES": "'*'", "OVER": "'/'",
    "EQUAL": "'='", "$END": "the end",
}  # fmt: skip
CLOSING = ["ARROW", "SEMICOLON", "RPAR", "QUANTITY", "NAME", "COMMA", "COLON", "UNIT", "STRING", "DATE"]
"""What is named first among the things that may follow."""


def parse_program(text: str, name: str = "formula") -> s.Program:
    """Return what a text says.

    Raises:
        BadInput: It is no formula: its place, what may stand there, or which limit it breaks.
    """
    found = _parse(text, name, "formula")
    assert isinstance(found, s.Program)
    _flat(name, [*found.statements, found.result])
    return s.Program(found.statements, found.result, found.unit, name, found.end)


def parse_declarations(text: str, name: str = "declarations") -> tuple[s.Parameter | s.Declared | s.Definition, ...]:
    """Return what `param`, `index`, `fx` and `let` statements say, without a formula.

    Raises:
        BadInput: As `parse_program`.
    """
    found: tuple[s.Parameter | s.Declared | s.Definition, ...] = _parse(text, name, "declarations")
    _flat(name, found)
    return found


def _flat(name: str, parts: Sequence[s.Node]) -> None:
    """Refuse what is nested so deep that reading it could end in a recursion."""
    findings = Findings(name)
    for part in parts:
        if part.depth > MOST_DEPTH:
            what = f"parts are nested {part.depth:,} deep, at most {MOST_DEPTH} are read"
            findings.add(part.place, what, "limit_depth", "Put brackets into long sums, or name parts with let.")
    findings.end()


def _parse(text: str, name: str, start: str) -> Any:  # noqa: ANN401 - what the start symbol builds
    findings = Findings(name)
    if len(text) > MOST_CHARACTERS:
        what = f"the text has {len(text):,} characters, at most {MOST_CHARACTERS:,} are read"
        findings.add(s.NOWHERE, what, "limit_length", "Split it into formulas that use each other.")
    findings.end()
    try:
        return _parser().parse(text, start=start)
    except UnexpectedInput as e:
        _unexpected(findings, text, e)
    except BadInput as e:  # raised where a node cannot be, which does not know the name
        findings.mistakes += [replace(m, where=f"{name} {m.where}") for m in e.mistakes]
    raise BadInput(findings.mistakes)


@cache
def _parser() -> Lark:
    grammar = files("walras.formulas").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar.replace("__UNIT__", UNIT_PATTERN), parser="lalr", start=["formula", "declarations"],
                transformer=_Nodes(), maybe_placeholders=True)  # fmt: skip


_WORD = re.compile(r"[^\s]{1,20}|.", re.DOTALL)
_NUMBER_BEFORE = re.compile(r"(?<![a-z0-9_.])[0-9.]+[ \t]*(?:[A-Za-z0-9%]+[*/])*$")


def _unexpected(findings: Findings, text: str, e: UnexpectedInput) -> None:
    if isinstance(e, UnexpectedCharacters):
        rest = _WORD.findall(text, e.pos_in_stream or 0)[0]
        accepted = e.allowed or set()
        place = s.Place(e.line, e.column)
        what, is_word = f"{rest!r} is nothing that a formula can hold", rest[0].isalpha()
    else:
        assert isinstance(e, UnexpectedToken)
        accepted = e.accepts or e.expected
        is_end = e.token.type == "$END"
        place = _end_of(text) if is_end else s.Place(e.line, e.column)
        what = "the text ends too early" if is_end else f"{str(e.token)[:20]!r} does not fit here"
        is_word = e.token.type == "NAME"
    before = text[max((e.pos_in_stream or 0) - MOST_BEFORE, 0) : e.pos_in_stream or 0]
    if is_word and (accepted == {"UNIT"} or _NUMBER_BEFORE.search(before)):
        known = ", ".join([*SYMBOLS, *POWERS])
        fix = f"Write %, three capital letters of a currency, or symbols joined by * and /: {known}."
        return findings.add(place, f"{what}: it is no unit", "unit_known", fix)
    order = sorted(accepted, key=lambda t: (CLOSING.index(t) if t in CLOSING else len(CLOSING), t))
    words = [NAMED.get(t, repr(t.lower())) for t in order[:MOST_EXPECTED]]
    fix = f"Write {' or '.join(words)} here." if words else "Remove it."
    return findings.add(place, what, "syntax", fix)


def _end_of(text: str) -> s.Place:
    lines = text.split("\n")
    return s.Place(len(lines), len(lines[-1]) + 1)


def _impossible(place: s.Place, what: str, rule: str, fix: str) -> BadInput:
    """Return the refusal of something that the grammar permits and that cannot be."""
    return BadInput([Mistake(what, f"line {place.line}, column {place.column}", rule, fix)])


def _place(token: Token) -> s.Place:
    return s.Place(token.line or 1, token.column or 1)


def _deeper(*nodes: s.Node | None) -> int:
    return 1 + max((n.depth for n in nodes if n is not None), default=0)


def _number(token: Token) -> s.Number:
    digits = token.split(" ")[0].split("\t")[0]
    while digits and not digits.replace(".", "", 1).isdecimal():
        digits = digits[:-1]
    if len(digits) > MOST_DIGITS:
        raise _impossible(_place(token), f"a number has {len(digits)} digits", "limit_digits",
                          f"Write at most {MOST_DIGITS} digits.")  # fmt: skip
    rest = token[len(digits) :].strip()
    return s.Number(Fraction(digits), unit(rest) if rest else RATIO, place=_place(token))


def _whole(number: s.Number, what: str) -> int:
    if number.value.denominator != 1 or number.unit != RATIO:
        raise _impossible(number.place, f"{what} must be a whole number", "whole_number", "Write digits without unit.")
    return int(number.value)


def _date(token: Token, text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        fix = f"Write a date that exists, from {FIRST_YEAR} to {LAST_YEAR}."
        raise _impossible(_place(token), f"there is no date {str(token)!r}", "date_exists", fix)
    return found


def _declared_fixing(base: str, quoted: str, grid: Grid, cutoff: int | None, place: s.Place) -> s.Declared:
    """Return the series of a fixing: so many of the quoted currency for one of the base currency."""
    for code in (base, quoted):
        if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
            what, fix = f"{code[:20]!r} is no currency", 'Write three capital letters: fx "USD" "EUR".'
            raise _impossible(place, what, "currency_code", fix)
    if base == quoted:
        raise _impossible(place, f"{base} into {base} needs no fixing", "currency_code", "Name two currencies.")
    return s.Declared(f"{base}/{quoted}", unit(f"{quoted}/{base}"), grid, cutoff, place=place)


@v_args(inline=True)
class _Nodes(Transformer[Token, Any]):
    """Builds nodes; a method a rule of the grammar."""

    def formula(self, *parts: Any) -> s.Program:  # noqa: ANN401
        *statements, result, arrow, result_unit = parts
        return s.Program(tuple(statements), result, unit(result_unit), end=_place(arrow))

    def declarations(self, *statements: Any) -> tuple[Any, ...]:  # noqa: ANN401
        return statements

    def param(self, _: Token, name: Token, of: Token) -> s.Parameter:
        return s.Parameter(str(name), unit(of), place=_place(name))

    def series(self, _: Token, name: s.Text | Token, of: Token, grid: Grid, cutoff: int | None) -> s.Declared:
        assert isinstance(name, Token)
        return s.Declared(name[1:-1], unit(of), grid, cutoff, place=_place(name))

    def fixing(self, fx: Token, base: Token, quoted: Token, grid: Grid, cutoff: int | None) -> s.Declared:
        return _declared_fixing(base[1:-1], quoted[1:-1], grid, cutoff, _place(fx))

    def let(self, _: Token, name: Token, value: s.Node) -> s.Definition:
        return s.Definition(str(name), value, place=_place(name), depth=_deeper(value))

    def grid(self, kind: Token, length: Token | None = None) -> Grid:
        if length is None:
            return Grid(str(kind))
        number = _number(length)
        minutes = number.value * number.unit.factor * 60
        if number.unit.dimension != {"time": 1} or minutes.denominator != 1 or minutes not in (5, 10, 15, 20, 30, 60):
            what, fix = f"no MTU has {str(length)!r}", "Write 5, 10, 15, 20, 30 or 60 min."
            raise _impossible(_place(length), what, "mtu_minutes", fix)
        return Grid("mtu", int(minutes))

    def cutoff(self, days: Token) -> int:
        found = _whole(_number(days), "the days of a cut-off")
        if found > LAST_YEAR:
            raise _impossible(_place(days), "the cut-off is too far away", "limit_window", "Write at most 2150 days.")
        return found

    def choice(self, if_: Token, condition: s.Node, yes: s.Node, no: s.Node) -> s.Choice:
        return s.Choice(condition, yes, no, place=_place(if_), depth=_deeper(condition, yes, no))

    def binary(self, left: s.Node, operator: Token, right: s.Node) -> s.Binary:
        return s.Binary(str(operator), left, right, place=_place(operator), depth=_deeper(left, right))

    def unary(self, operator: Token, operand: s.Node) -> s.Unary:
        return s.Unary(str(operator), operand, place=_place(operator), depth=_deeper(operand))

    def number(self, token: Token) -> s.Number:
        return _number(token)

    def name(self, token: Token) -> s.Name:
        return s.Name(str(token), place=_place(token))

    def text(self, token: Token) -> s.Text:
        return s.Text(str(token)[1:-1], place=_place(token))

    def date(self, token: Token) -> s.Day:
        return s.Day(_date(token, str(token)), place=_place(token))

    def month(self, token: Token) -> s.Month:
        return s.Month(_date(token, f"{token}-01"), place=_place(token))

    def named(self, name: Token, value: s.Node) -> tuple[Token, s.Node]:
        return name, value

    def named_unit(self, name: Token, of: Token) -> tuple[Token, s.Node]:
        return name, s.UnitName(unit(of), place=_place(of))

    def call(self, function: Token, *parts: Any) -> s.Call:  # noqa: ANN401
        given = [p for p in parts if p is not None]
        named = tuple((str(p[0]), p[1]) for p in given if isinstance(p, tuple))
        plain = tuple(p for p in given if not isinstance(p, tuple))
        order = [isinstance(p, tuple) for p in given]
        names = [n for n, _ in named]
        if order != sorted(order) or len(set(names)) < len(names):
            fix = "Write arguments first, then named ones, each name once."
            raise _impossible(_place(function), f"arguments of {str(function)!r} are mixed up", "arguments_order", fix)
        depth = _deeper(*plain, *(v for _, v in named))
        return s.Call(str(function), plain, named, place=_place(function), depth=depth)

    def bound(self, minus: Token | None, token: Token) -> s.Number:
        number = _number(token)
        return number if minus is None else s.Number(-number.value, number.unit, place=_place(minus))

    def step(self, low: s.Number | None, high: s.Number | None, value: s.Node) -> s.Row:
        place = (low or high or value).place
        return s.Row(low, high, value, place=place, depth=_deeper(value))

    def point(self, low: s.Number, value: s.Node) -> s.Row:
        return s.Row(low, None, value, place=low.place, depth=_deeper(value))

    def table(self, kind: Token, subject: s.Node, *rows: s.Row) -> s.Table:
        return s.Table(str(kind), subject, rows, place=_place(kind), depth=_deeper(subject, *rows))

    def path(self, path: Token, *parts: Any) -> s.Path:  # noqa: ANN401
        rows = tuple(zip(parts[::2], parts[1::2], strict=True))
        return s.Path(rows, place=_place(path), depth=_deeper(*(v for _, v in rows)))
