"""Prices of a contract: its formulas, evaluated for a month or day with what was known at a moment.

A price is money for one unit of what its component is charged on. Parameters come from the contract;
`distance` (of a hop), `taken` and `taken_year` (quantities of the month, and of the contract year until its end),
`product_assay`, `feed_assay` and `tails_assay` are given by what they are.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache

from walras.contracts.agreement import Component, Contract, Hop
from walras.contracts.calendar import year_days, year_of
from walras.contracts.standing import Standing
from walras.errors import BadInput, Mistake
from walras.formulas import Checked, Context, parse, unit
from walras.formulas.context import Given
from walras.formulas.enrichment import feed_factor, swu_factor
from walras.formulas.explain import Derivation
from walras.formulas.periods import EPOCH, first_of, month_of
from walras.formulas.values import Value


def per_unit(contract: Contract, measure: str) -> str:
    """Return the unit of what a measure counts."""
    return {"delivered": str(contract.unit), "separative work": "SWU"}.get(measure, "kgU")


def ready(
    formula: Checked, standing: Standing, contract: Contract, at: date, known_at: int, hop: Hop | None = None
) -> Context:
    """Return what a formula of a contract is evaluated for: a day, and a minute UTC after which nothing counts."""
    given = {n: _parameter(n, standing, contract, at, hop) for n in formula.plan.parameters}
    known = {n: value for n, value in given.items() if value is not None}
    zone = standing.agreement.time_zone
    return Context(at, standing.observations, known, zone, EPOCH + timedelta(minutes=known_at))


def _parameter(name: str, standing: Standing, contract: Contract, at: date, hop: Hop | None) -> Given | None:
    """Return what a parameter is: one of the contract, or what the contract implies; None where it is neither."""
    fuel = contract.fuel
    match name:
        case "taken" | "taken_year":
            return Value(_taken_until(standing, contract, at, of_year=name == "taken_year"), contract.unit)
        case "product_assay" | "feed_assay" | "tails_assay" if fuel is not None:
            return {
                "product_assay": fuel.product_assay,
                "feed_assay": fuel.feed_assay,
                "tails_assay": fuel.tails_assay,
            }[name]
        case "distance" if hop is not None:
            return hop.distance
    return contract.parameters.get(name)


def _taken_until(standing: Standing, contract: Contract, at: date, *, of_year: bool) -> Fraction:
    """Return what was taken in the month of a day, or in its contract year until the end of that month."""
    end = first_of(month_of(at) + 1)
    first = (
        year_days(standing.agreement, contract, year_of(standing.agreement, at))[0] if of_year else at.replace(day=1)
    )
    allocated = standing.course(contract).allocated
    return sum((a.quantity for day, a in allocated.items() if first <= day < end), Fraction(0))


def price(formula: Checked, known: Context, expected: str) -> Fraction:
    """Return a price in whole units of currency for one unit.

    Raises:
        BadInput: Observations are missing, or the figure has no value.
    """
    return formula.evaluate(known).base / unit(expected).factor


def component_price(
    standing: Standing, contract: Contract, component: Component, at: date, known_at: int, *, provisional: bool = False
) -> Fraction:
    """Return the price of a component on a day, by its provisional or final formula."""
    formula = formula_of(component, provisional=provisional)
    expected = f"{contract.currency}/{per_unit(contract, component.measure)}"
    return price(formula, ready(formula, standing, contract, at, known_at), expected)


def formula_of(component: Component, *, provisional: bool) -> Checked:
    """Return the formula that a document uses."""
    return component.provisional if provisional and component.provisional is not None else component.final


def explained(formula: Checked, standing: Standing, contract: Contract, at: date, known_at: int) -> Derivation:
    """Return the derivation of a price on a day; raises as `price`."""
    return formula.explain(ready(formula, standing, contract, at, known_at))


_swu_factor = lru_cache(maxsize=1024)(swu_factor)
"""Its logarithms are the dear part of a fuel contract's year."""


def measured(contract: Contract, measure: str, quantity: Fraction, product: Fraction, tails: Fraction) -> Fraction:
    """Return what a component is charged on for a delivered quantity (docs/contracts.md, C.9 to C.11)."""
    fuel = contract.fuel
    if measure == "delivered" or fuel is None:
        return quantity
    if measure == "separative work":
        return quantity * _swu_factor(product, fuel.feed_assay, tails)
    feed = quantity * feed_factor(product, fuel.feed_assay, tails)
    return feed / (1 - fuel.conversion_loss) if measure == "natural uranium" else feed


def unit_price(
    standing: Standing, contract: Contract, at: date, known_at: int, *, provisional: bool = False
) -> Fraction:
    """Return the price of one delivered unit, all components together; raises as `price`."""
    fuel = contract.fuel
    assays = (fuel.product_assay, fuel.tails_assay) if fuel else (Fraction(0), Fraction(0))
    return sum(
        (
            component_price(standing, contract, c, at, known_at, provisional=provisional)
            * measured(contract, c.measure, Fraction(1), *assays)
            for c in contract.components
        ),
        Fraction(0),
    )


def fixing(standing: Standing, base: str, quote: str, at: int) -> tuple[Fraction, str]:
    """Return the last fixing that was known at a minute UTC, of at most ten days before, and the formula that gave it.

    Raises:
        BadInput: There is none, in either direction (rule `fixing_missing`), or none above zero (rule
            `fixing_above_zero`).
    """
    day, missing = (EPOCH + timedelta(minutes=at)).date(), list[Mistake]()
    for one, other in ((base, quote), (quote, base)):
        if standing.observations.facts(f"{one}/{other}") is None:
            continue
        text = f'fx "{one}" "{other}": daily; fx("{one}", "{other}", last_known=10) -> {other}/{one}'
        ready = Context(day, standing.observations, {}, standing.agreement.time_zone, EPOCH + timedelta(minutes=at))
        try:
            rate = parse(text).check().evaluate(ready).amount
        except BadInput as error:  # the other direction may be younger
            missing += error.mistakes
            continue
        if rate <= 0:
            what, fix = f"the fixing {one}/{other} is {rate}", "Record its next version."
            raise BadInput([Mistake(what, "payment", "fixing_above_zero", fix)])
        return (rate, f"{one}/{other}") if one == base else (1 / rate, f"{one}/{other}")
    if missing:
        raise BadInput(missing)
    fix = f"Record observations of {base}/{quote}."
    raise BadInput([Mistake(f"no fixing of {base}/{quote} is known", "payment", "fixing_missing", fix)])
