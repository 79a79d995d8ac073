"""How a month of a contract comes to its amount: quantities, every price line by line, hops, what was booked before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

from walras.contracts.agreement import Component
from walras.contracts.documents import Month, final_invoice, lines_of, provisional_invoice
from walras.contracts.pricing import explained, formula_of, ready
from walras.errors import BadInput, Mistake
from walras.formulas.explain import WIDTH
from walras.formulas.values import amount_text
from walras.results.minor_units import decimals_of


def explain_month(m: Month, day: date | None = None) -> str:
    """Return the derivation of a month's final invoice, or of its provisional one where days are not allocated yet.

    Args:
        m: Contract, month, and the minute UTC after which nothing counts.
        day: The day for which prices that change by day are derived; None = the first of the month.

    Raises:
        BadInput: It is no month of the contract, or a price is not known.

    Example:
        >>> from walras.contracts.examples import gas_month
        >>> print(explain_month(gas_month()).partition("line ")[0])
        gas-2027, 2027-01: final, 31 days allocated
        <BLANKLINE>
        gas
        contract gas-2027 gas final -> USD/1000m3                         180 USD/1000m3
        <BLANKLINE>
        <BLANKLINE>
    """
    return "\n".join(_text(m, day))


def _text(m: Month, day: date | None) -> Iterator[str]:
    if not m.days or (day is not None and day not in m.days):
        fix = f"Name a month from {m.contract.begin} to before {m.contract.end}, and a day of it."
        raise BadInput([Mistake("it is no month or day of the contract", m.where[:80], "month_known", fix)])
    course = m.standing.course(m.contract)
    count = sum(d in course.allocated for d in m.days)
    is_final = count == len(m.days)
    yield f"{m.contract.contract}, {m.month}: {'final' if is_final else 'provisional'}, {count} days allocated"
    at = day or m.days[0]
    for component in m.contract.components:
        yield f"\n{component.component}" + (f", {at}" if component.daily else "")
        yield from _price(m, component, at, is_final=is_final)
    for hop in m.contract.hops:
        if hop.tariff is not None:
            yield f"\nhop {hop.hop}"
            known = ready(hop.tariff, m.standing, m.contract, m.days[0], m.at, hop)
            yield str(hop.tariff.explain(known))
    yield from _lines(m, is_final=is_final)


def _price(m: Month, component: Component, at: date, *, is_final: bool) -> Iterator[str]:
    formula = formula_of(component, provisional=not is_final)
    yield str(explained(formula, m.standing, m.contract, at, m.at))


def _lines(m: Month, *, is_final: bool) -> Iterator[str]:
    """Yield the lines of the document, and how they become what is due, or what was booked where it is issued."""
    issued = m.invoiced.is_final if is_final else bool(m.invoiced.documents)
    lines = list(lines_of(m, is_final=is_final))
    yield f"\n{'line':<22}{'quantity':>24}{'price':>16}{m.contract.currency:>18}"
    for line in lines:
        quantity = f"{amount_text(Fraction(line['quantity']))} {line['unit']}"
        each = amount_text(Fraction(line["price"]))
        yield f"{line['item'][:21]:<22}{quantity:>24}{each[:15]:>16}{_money(m, line['amount_minor']):>18}"
    total = sum(line["amount_minor"] for line in lines)
    if issued:
        yield _row("all lines, as they are known now", _money(m, total))
        yield _row(f"booked by {', '.join(m.invoiced.documents)}"[:60], _money(m, sum(m.invoiced.booked.values())))
        return
    body = final_invoice(m) if is_final else provisional_invoice(m)
    before = sum(minor for *_, minor in body["before"])
    for text, minor in (("all lines", total), ("invoiced before", -before), ("put off", -body["deferred_minor"])):
        if minor or text == "all lines":
            yield _row(text, _money(m, minor))
    yield _row("due", _money(m, sum(minor for *_, minor in body["booked"])))
    for account, currency, _, other, rate, series in body["conversions"]:
        yield _row(f"{account} in {currency} at {amount_text(Fraction(rate))} ({series})", _money(m, other, currency))


def _row(text: str, amount: str) -> str:
    return f"{text:<{WIDTH - 20}}{amount:>20}"


def _money(m: Month, minor: int, currency: str = "") -> str:
    decimals = decimals_of(currency or m.contract.currency)
    return f"{minor / 10**decimals:,.{decimals}f}"
