"""Prices of deviations: formulas of the terms, checked when the terms are set, evaluated for each MTU.

Categories have a formula each, in the currency a MWh: what lies `inside` the band, what lies `outside`,
`emergency` assistance, and energy to be returned that `expired`. Without a formula a category is free; of
a category that is returned in kind nothing is paid until it expires. A formula reads series
(the day-ahead price of a zone), parameters of the terms, and what is known of the MTU:

    k           the coefficient of the side that answers for the part, by its direction
    part        the energy of the part, MWh, forward positive
    deviation   that of the whole MTU;  band, planned: its band and plan

A side is `long` where it brings energy that nobody planned or takes less than planned, `short` where
it takes what was not planned or brings less: the side `from` is long where its part is positive, the
side `to` where its part is negative (eq. D11).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from walras.errors import BadInput, Mistake
from walras.formulas import Checked, Context, Signature, Source, Value, declare, parse, quantity
from walras.formulas.context import Given
from walras.formulas.explain import Derivation
from walras.formulas.periods import EPOCH
from walras.formulas.units import unit

CATEGORIES = ("inside", "outside", "emergency", "expired")
"""What has a price; `expired` is energy that was to be returned and was not in time."""
IN_KIND = ("inside", "outside")
DIRECTIONS = ("long", "short")
KNOWN = "param k: 1; param part: MWh; param deviation: MWh; param band: MWh; param planned: MWh;"
"""Parameters that an MTU gives."""
GIVEN = ("k", "part", "deviation", "band", "planned")


@dataclass(frozen=True)
class PriceTexts:
    """What terms say of prices, as text.

    Attributes:
        formulas: A formula for each category that has a price.
        parameters: Constants of the terms by name, such as `"cap": "200 EUR/MWh"`.
        series: Series by name, with the length of their MTU in minutes: day-ahead prices in the currency a MWh.
        coefficients: `k` by side and direction, such as `("from", "long")`; 1 where none is stated.
        in_kind: Categories that are returned, not paid: `inside`, `outside`.
    """

    formulas: Mapping[str, str]
    parameters: Mapping[str, str] = field(default_factory=dict)
    series: Mapping[str, int] = field(default_factory=dict)
    coefficients: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)
    in_kind: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Prices:
    """Formulas that are checked, with all that they read but the MTU and the observations."""

    currency: str
    formulas: Mapping[str, Checked]
    parameters: Mapping[str, Given]
    coefficients: Mapping[tuple[str, str], Fraction]
    in_kind: frozenset[str] = frozenset()
    time_zone: str = "UTC"


@dataclass(frozen=True)
class Part:
    """What one price is asked for: the side that answers for energy (none for emergency), and its MTU; kWh."""

    start: int
    category: str
    side: str
    kwh: int
    deviation_kwh: int
    band_kwh: int
    planned_kwh: int


def checked_prices(texts: PriceTexts, currency: str, minutes: int, where: str, time_zone: str = "UTC") -> Prices:
    """Return the formulas of terms, checked.

    Args:
        texts: What the terms say.
        currency: That every price is in.
        minutes: Length of an MTU of the cross-section.
        where: For messages.
        time_zone: Whose days and months count in windows.

    Raises:
        BadInput: Every mistake of every formula with line and column; a result that is no price in the currency
            (`deviation_price_unit`), a category or coefficient that there is not (`deviation_category`,
            `coefficient_known`), a series that is finer than the cross-section (`price_series_grid`).

    Example:
        >>> texts = PriceTexts({"outside": 'index("day_ahead") * k -> EUR/MWh'}, series={"day_ahead": 60})
        >>> sorted(checked_prices(texts, "EUR", 60, "terms").formulas)
        ['outside']
    """
    wrong = [*_unknown(texts, where), *_too_fine(texts, minutes, where)]
    found: dict[str, Checked] = {}
    try:
        signature = _signature(texts, currency, where)
    except BadInput as error:
        raise BadInput([*wrong, *error.mistakes]) from error
    for category in CATEGORIES:
        if category not in texts.formulas:
            continue
        try:
            found[category] = parse(texts.formulas[category], category).check(signature)
        except BadInput as error:
            wrong += [Mistake(m.what, f"{where}, {m.where}", m.rule, m.fix) for m in error.mistakes]
            continue
        if not found[category].unit.agrees(unit(f"{currency}/MWh")):
            what = f"the price {category} is in {found[category].unit}"
            wrong.append(Mistake(what, where, "deviation_price_unit", f"End the formula in {currency}/MWh."))
    if wrong:
        raise BadInput(wrong)
    return Prices(currency, found, dict(texts.parameters), dict(texts.coefficients), texts.in_kind, time_zone)


def _unknown(texts: PriceTexts, where: str) -> list[Mistake]:
    names = ", ".join(CATEGORIES)
    found = [Mistake(f"there is no category {c!r}", where, "deviation_category", f"Name one of {names}.")
             for c in sorted(set(texts.formulas) - set(CATEGORIES))]  # fmt: skip
    found += [Mistake(f"{c} is priced and returned in kind", where, "deviation_in_kind", "Choose one of the two.")
              for c in sorted(texts.in_kind & set(texts.formulas))]  # fmt: skip
    found += [Mistake(f"{c} cannot be returned in kind", where, "deviation_in_kind", f"Return {' or '.join(IN_KIND)}.")
              for c in sorted(texts.in_kind - set(IN_KIND))]  # fmt: skip
    fix = "Name a side, from or to, and a direction, long or short."
    for side, direction in texts.coefficients:
        if side not in {"from", "to"} or direction not in DIRECTIONS:
            found.append(
                Mistake(f"there is no coefficient of {side} when {direction}", where, "coefficient_known", fix)
            )
    taken = sorted(set(texts.parameters) & set(GIVEN))
    if taken:
        what = f"{', '.join(taken)} is known of every MTU"
        found.append(Mistake(what, where, "deviation_parameter", "Give the parameter another name."))
    return found


def _too_fine(texts: PriceTexts, minutes: int, where: str) -> list[Mistake]:
    fix = f"Name a series of {minutes} minutes or of a multiple."
    return [
        Mistake(f"{name} has a price every {length} minutes, and MTUs have {minutes}", where, "price_series_grid", fix)
        for name, length in sorted(texts.series.items()) if length % minutes
    ]  # fmt: skip


def _signature(texts: PriceTexts, currency: str, where: str) -> Signature:
    """Return what a formula may read."""
    said, wrong = [KNOWN], list[Mistake]()
    for name, text in sorted(texts.parameters.items()):
        if name in GIVEN:
            continue
        try:
            said.append(f"param {name}: {quantity(text, f'{where}, parameter {name}').unit};")
        except BadInput as error:
            wrong += error.mistakes
    if wrong:
        raise BadInput(wrong)
    said += [f'index "{name}": {currency}/MWh mtu {minutes} min;' for name, minutes in sorted(texts.series.items())]
    return declare("\n".join(said))


def direction_of(side: str, kwh: int) -> str:
    """Return whether a side that answers for energy is long or short (eq. D11).

    >>> direction_of("from", 5), direction_of("to", 5), direction_of("to", -5)
    ('long', 'short', 'long')
    """
    return "long" if (kwh > 0) == (side == "from") else "short"


def price(prices: Prices, part: Part, observations: Source) -> Fraction:
    """Return the price of a part, currency a MWh, exactly; zero where its category is free.

    Raises:
        BadInput: An observation is missing, or the formula has no value for this MTU.
    """
    formula = prices.formulas.get(part.category)
    if formula is None:
        return Fraction(0)
    try:
        return formula.evaluate(_context(prices, part, formula, observations)).base
    except BadInput as error:
        at = EPOCH + timedelta(minutes=part.start)
        raise BadInput(
            Mistake(m.what, f"{at:%Y-%m-%dT%H:%MZ}, {m.where}", m.rule, m.fix) for m in error.mistakes
        ) from error


def explained(prices: Prices, part: Part, observations: Source) -> Derivation | None:
    """Return the derivation of a price for people, None where the category is free; raises as `price` does."""
    formula = prices.formulas.get(part.category)
    return None if formula is None else formula.explain(_context(prices, part, formula, observations))


def coefficient(prices: Prices, part: Part) -> Fraction:
    """Return `k` of a part: that of the side and its direction; 1 for emergency and where none is stated."""
    if not part.side:
        return Fraction(1)
    return prices.coefficients.get((part.side, direction_of(part.side, part.kwh)), Fraction(1))


def _context(prices: Prices, part: Part, formula: Checked, observations: Source) -> Context:
    kwh = unit("kWh")
    known: dict[str, Given] = {
        "k": coefficient(prices, part),
        "part": Value(Fraction(part.kwh), kwh),
        "deviation": Value(Fraction(part.deviation_kwh), kwh),
        "band": Value(Fraction(part.band_kwh), kwh),
        "planned": Value(Fraction(part.planned_kwh), kwh),
    }
    used = formula.plan.used_parameters
    parameters = {name: value for name, value in (known | dict(prices.parameters)).items() if name in used}
    at: datetime = EPOCH + timedelta(minutes=part.start)
    return Context(at, observations, parameters, prices.time_zone)
