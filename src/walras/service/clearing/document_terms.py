"""Terms of documents: who issues them, when they are due, the VAT table, late interest.

A part of the terms of settlement; checked by `document_mistakes` before they are stored, turned into what
`settlement.documents` reads by the functions below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Annotated, Literal

from pydantic import Field

from walras.errors import BadInput, Mistake
from walras.formulas import Context, needs, parse
from walras.service.clearing.exact import Exact
from walras.service.definition import Part
from walras.service.timetable.business_days import is_business_day, is_country
from walras.settlement.documents.due_days import DueTerms, due_day
from walras.settlement.documents.interest import DAY_COUNTS, Rate, formula_rate
from walras.settlement.documents.vat import Taxpayer, Treatment, VatRule, VatTable

Text = Annotated[str, Field(min_length=1, max_length=400, pattern=r"^[^\x00-\x1f\x7f]+$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Places = Annotated[tuple[Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9 -]{1,19}$")], ...], Field(max_length=60)]
Word = Annotated[str, Field(max_length=20, pattern=r"^[a-z_]*$")]
VatNumber = Annotated[str, Field(max_length=20, pattern=r"^([A-Z]{2}[A-Z0-9+*]{2,18})?$")]


class IssuerTerms(Part):
    """The market operator as it stands on documents."""

    name: Text
    country: Country
    vat_number: VatNumber = ""
    address: Annotated[str, Field(max_length=400, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""


class DueDayTerms(Part):
    """When documents are due; countries whose holidays count, weekend as days from Monday = 0."""

    days: int = 14
    only_business_days: bool = False
    countries: Annotated[tuple[Annotated[str, Field(max_length=12)], ...], Field(max_length=20)] = ()
    weekend: Annotated[tuple[Annotated[int, Field(ge=0, le=6)], ...], Field(max_length=7)] = (5, 6)


class VatRuleTerms(Part):
    """One row of the VAT table (see `settlement.documents.vat.VatRule`)."""

    name: Text
    valid_from: date
    valid_to: date | None = None
    kinds: Annotated[tuple[Word, ...], Field(max_length=20)] = ()
    carriers: Annotated[tuple[Word, ...], Field(max_length=20)] = ()
    supplier_in: Places = ()
    customer_in: Places = ()
    relation: Literal["any", "same", "other"] = "any"
    is_dealer: bool | None = None
    has_vat_number: bool | None = None
    treatment: Treatment
    rate: Exact = "0"
    taxed_in: Literal["customer", "supplier"] = "customer"
    text: Text
    source: Text
    evidence: Literal["V", "C", "K", "I"]


class VatTerms(Part):
    """The VAT table of a market, and groups of countries that its rules name."""

    rules: Annotated[tuple[VatRuleTerms, ...], Field(max_length=500)]
    groups: Annotated[
        dict[Annotated[str, Field(max_length=20)], tuple[Country, ...]], Field(default_factory=dict, max_length=20)
    ]


class InterestTerms(Part):
    """Late interest: a formula of a yearly rate without series, such as `8 % -> %`, and the days of a year."""

    formula: Annotated[str, Field(min_length=1, max_length=400)]
    day_count: Literal["actual/360", "actual/365", "actual/actual"] = "actual/365"


class DocumentTerms(Part):
    """Everything about documents; without them a market writes none."""

    issuer: IssuerTerms
    parties: Annotated[tuple[Literal["member", "operator"], ...], Field(min_length=1, max_length=2)] = ("member",)
    """Roles of accounts that get documents; they must be companies of the register."""
    due: DueDayTerms = DueDayTerms()
    is_netted: bool = True
    """Whether documents of a party that are due on one day are set off against each other."""
    vat: VatTerms
    interest: InterestTerms | None = None


def document_mistakes(terms: DocumentTerms) -> Iterator[Mistake]:
    """Yield everything that is wrong with terms of documents."""
    for make in (vat_table, _due_mistakes_of, _interest_of):
        try:
            make(terms)
        except BadInput as error:
            yield from error.mistakes


def issuer_of(terms: DocumentTerms) -> Taxpayer:
    """Return the market operator; it trades energy on, so it is a taxable dealer."""
    i = terms.issuer
    return Taxpayer("operator", i.name, i.country, i.vat_number, is_dealer=True, address=i.address)


def vat_table(terms: DocumentTerms) -> VatTable:
    """Return the VAT table.

    Raises:
        BadInput: As `settlement.documents.vat.VatTable`.
    """
    rules = (VatRule(**{**r.model_dump(), "rate": Fraction(r.rate)}) for r in terms.vat.rules)
    return VatTable(tuple(rules), terms.vat.groups)


def due_of(terms: DocumentTerms) -> Callable[[date], date]:
    """Return the function from the day of issue to the due day; raises BadInput as `DueTerms` does."""
    due = terms.due
    open_days = partial(is_business_day, countries=due.countries, weekend=due.weekend)
    core = DueTerms(due.days, due.only_business_days)
    return lambda issued: due_day(issued, core, open_days)


def _due_mistakes_of(terms: DocumentTerms) -> None:
    unknown = [c for c in terms.due.countries if not is_country(c)]
    if unknown:
        fix = "Write ISO codes, of a part as DE-BY."
        raise BadInput(
            Mistake(f"holidays of {c!r} are not known", "due terms", "due_terms_country", fix) for c in unknown
        )
    due_of(terms)(date(2026, 1, 1))


def rate_of(terms: InterestTerms) -> Rate:
    """Return the rate of a day.

    Raises:
        BadInput: The formula is none, has a unit, or reads a series.
    """
    checked = parse(terms.formula, "interest").check()
    if needs(checked, date(2026, 1, 1), date(2026, 1, 1)):
        fix = "State the rate itself, such as `10.15 % -> %`; set new terms when it changes."
        raise BadInput([Mistake("the rate reads a series", "interest terms", "interest_rate_series", fix)])
    return formula_rate(checked, Context)


def _interest_of(terms: DocumentTerms) -> None:
    if terms.interest is not None:
        assert terms.interest.day_count in DAY_COUNTS
        rate_of(terms.interest)(date(2026, 1, 1))
