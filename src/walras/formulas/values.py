"""A figure with its unit, exact, and the text that people see."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from walras.errors import BadInput, Mistake
from walras.formulas.format import decimal_text
from walras.formulas.limits import MOST_DIGITS
from walras.formulas.units import RATIO, UNIT_PATTERN, Unit, unit

SHOWN_PLACES = 8


@dataclass(frozen=True)
class Value:
    """An exact figure in a unit.

    Example:
        >>> price = quantity("244.8 USD/1000m3")
        >>> price.amount, str(price), str(Value(Fraction(1, 3), RATIO))
        (Fraction(1224, 5), '244.8 USD/1000m3', '0.33333333…')
    """

    amount: Fraction
    unit: Unit

    @property
    def base(self) -> Fraction:
        """The figure in base units."""
        return self.amount * self.unit.factor

    def __str__(self) -> str:
        text = amount_text(self.amount)
        return text if self.unit == RATIO else f"{text} {self.unit}"


def amount_text(amount: Fraction) -> str:
    """Return a figure with all its digits, or with eight places and an ellipsis when it has more."""
    scaled = amount * 10**SHOWN_PLACES
    if scaled.denominator == 1:
        return decimal_text(amount)
    shown = Fraction(abs(scaled).__floor__(), 10**SHOWN_PLACES)
    whole, _, places = decimal_text(shown).partition(".")
    return f"{'-' if amount < 0 else ''}{whole}.{places.ljust(SHOWN_PLACES, '0')}…"


def quantity(text: str | int | Decimal | Fraction, where: str = "quantity") -> Value:
    """Return what a text such as `-5 MWh` or `67 %` says.

    Raises:
        BadInput: It is no number with a unit (rule `quantity_text`).

    Example:
        >>> quantity("-67 %").base
        Fraction(-67, 100)
    """
    is_decimal = isinstance(text, Decimal) and text.is_finite() and abs(text.adjusted()) <= MOST_DIGITS
    if is_decimal or isinstance(text, (int, Fraction)):
        return Value(Fraction(text), RATIO)
    found = re.fullmatch(rf"(-?[0-9]{{1,{MOST_DIGITS}}}(?:\.[0-9]{{1,{MOST_DIGITS}}})?)[ \t]*({UNIT_PATTERN})?",
                         str(text).strip())  # fmt: skip
    if not found:
        what = f"{str(text)[:40]!r} is no number with a unit"
        raise BadInput([Mistake(what, where, "quantity_text", "Write digits, a point and a unit: 120.5 EUR/MWh.")])
    return Value(Fraction(found[1]), unit(found[2]) if found[2] else RATIO)
