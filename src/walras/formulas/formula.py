"""The public face: `parse` a text, `check` it against a signature, `evaluate` and `explain` it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from walras.errors import BadInput, Mistake
from walras.formulas.check import check
from walras.formulas.context import Context
from walras.formulas.evaluate import evaluate
from walras.formulas.explain import Derivation, explain
from walras.formulas.format import format_program
from walras.formulas.needs import Need
from walras.formulas.needs import needs as needs_of
from walras.formulas.parse import parse_program
from walras.formulas.signature import Signature
from walras.formulas.steps import Plan
from walras.formulas.syntax import Program
from walras.formulas.units import Unit
from walras.formulas.values import Value


@dataclass(frozen=True)
class Formula:
    """A text that is a formula; its canonical text is `str(formula)`.

    Example:
        >>> formula = parse("min(2*50 EUR/MWh, 67%) -> EUR/MWh")
        >>> print(formula)
        min(2 * 50 EUR/MWh, 67 %) -> EUR/MWh
        >>> formula.check()
        Traceback (most recent call last):
        walras.errors.BadInput: formula line 1, column 1: arguments of min are in EUR/MWh and %
          rule: units_agree
          fix:  Bring % to EUR/MWh: multiply by what lies between them, such as a price, density or calorific value.
    """

    program: Program

    def check(self, signature: Signature | None = None) -> Checked:
        """Return the formula with the unit of every part.

        Raises:
            BadInput: Every mistake, each with line and column.
        """
        return Checked(check(self.program, signature or Signature()))

    def __str__(self) -> str:
        return format_program(self.program)


@dataclass(frozen=True)
class Checked:
    """A formula that can be evaluated: whatever it is given, it has a result or says what is missing.

    Example:
        >>> checked = parse("param volume: 1000m3; volume * 244.8 USD/1000m3 -> USD").check()
        >>> str(checked.evaluate(Context(date(2011, 7, 1), parameters={"volume": "10 1000m3"})))
        '2448 USD'
    """

    plan: Plan

    @property
    def unit(self) -> Unit:
        """The unit of its result."""
        return self.plan.unit

    def evaluate(self, context: Context) -> Value:
        """Return the result, exactly.

        Raises:
            BadInput: Parameters or observations are missing or wrong, or a figure has no value.
        """
        return evaluate(self.plan, context)

    def explain(self, context: Context) -> Derivation:
        """Return the derivation of the result.

        Raises:
            BadInput: As `evaluate`.
        """
        return explain(self.plan, context)


def parse(text: str, name: str = "formula") -> Formula:
    """Return the formula that a text is.

    Raises:
        BadInput: It is none, or too long; with line and column.
    """
    return Formula(parse_program(text, name))


def parse_book(texts: Mapping[str, str]) -> dict[str, Formula]:
    """Return formulas that may use each other by name.

    Raises:
        BadInput: Texts are no formulas; the mistakes of all of them.
    """
    found, mistakes = dict[str, Formula](), list[Mistake]()
    for name, text in texts.items():
        try:
            found[name] = parse(text, name)
        except BadInput as e:
            mistakes += e.mistakes
    if mistakes:
        raise BadInput(mistakes)
    return found


def check_book(formulas: Mapping[str, Formula], signature: Signature | None = None) -> dict[str, Checked]:
    """Return checked formulas that may use each other by name.

    Raises:
        BadInput: The mistakes of all of them; a circle is named.
    """
    declared = (signature or Signature()).declared
    whole = Signature(declared, {name: f.program for name, f in formulas.items()})
    found, mistakes = dict[str, Checked](), dict[Mistake, None]()
    for name, formula in formulas.items():
        try:
            found[name] = formula.check(whole)
        except BadInput as e:
            mistakes |= dict.fromkeys(e.mistakes)
    if mistakes:
        raise BadInput(mistakes)
    return found


def needs(checked: Checked, first: date, last: date, time_zone: str = "UTC") -> list[Need]:
    """Return the observations that may be read for results from one day to another.

    Raises:
        BadInput: The days are out of order or too many.
    """
    return needs_of(checked.plan, first, last, time_zone)
