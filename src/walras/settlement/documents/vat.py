"""Value added tax by a table of rules with validity: one rule must fit each supply, neither none nor two.

A rule matches on what is supplied (kind of statement line, carrier), where supplier and customer are, whether the
customer is a taxable dealer in energy, and whether it has a VAT number. Its answer is a rate,
reverse charge, exempt, or outside the scope, with the text that the document has to carry and the
source that says so. Countries are ISO 3166 codes; a group of the table (such as `EU`) stands for its members;
an empty tuple means any.

Place of the customer: where it is established; of energy that goes to somebody who is no taxable dealer, where it
effectively uses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import combinations, pairwise

from walras.errors import BadInput, Mistake
from walras.settlement.documents.lines import KINDS
from walras.vocabulary import CARRIERS

GOODS = ("energy", "trade", "contract", "deviation", "compensation", "difference", "conversion")
"""Kinds of lines that are the price of energy, or part of it."""
SERVICES = ("fee", "tariff", "loss", "congestion")
EVIDENCE = ("V", "C", "K", "I")
ANY = "any"


class Treatment(StrEnum):
    """What a rule says of the tax."""

    RATE = "rate"
    REVERSE_CHARGE = "reverse_charge"
    EXEMPT = "exempt"
    OUTSIDE_SCOPE = "outside_scope"


@dataclass(frozen=True)
class Taxpayer:
    """Tax facts of a party.

    Attributes:
        country: Where it is established.
        vat_number: With its country's prefix; empty where it has none.
        is_dealer: Whether it buys energy mainly to sell it on (a taxable dealer).
        used_in: Where it effectively uses energy; empty: where it is established.
    """

    code: str
    name: str
    country: str
    vat_number: str = ""
    is_dealer: bool = False
    used_in: str = ""
    address: str = ""


@dataclass(frozen=True)
class Supply:
    """What is supplied by whom to whom on which day."""

    kind: str
    carrier: str
    day: date
    supplier: Taxpayer
    customer: Taxpayer

    @property
    def customer_place(self) -> str:
        """Country of the customer that counts for this supply."""
        other = self.kind in GOODS and not self.customer.is_dealer and self.customer.used_in
        return other or self.customer.country

    def __str__(self) -> str:
        dealer = "a taxable dealer" if self.customer.is_dealer else "no taxable dealer"
        number = "with" if self.customer.vat_number else "without"
        what = f"{self.kind} {self.carrier}".strip()
        places = f"from {self.supplier.country} to {self.customer_place}"
        return f"{what} {places} on {self.day}, customer {self.customer.code}: {dealer}, {number} VAT number"


@dataclass(frozen=True)
class VatRule:
    """One row of the table.

    Attributes:
        name: Versions of one rule share it; their validity must not leave a gap.
        valid_to: Last day; None: still valid.
        relation: `same`, `other` or `any`: whether supplier and customer are in one country.
        is_dealer, has_vat_number: Of the customer; None: either.
        rate: Of `Treatment.RATE`, such as 1/5.
        taxed_in: Whose country takes the tax of a rate: `customer` (its place) or `supplier`.
        text: What the document has to say.
        source, evidence: Where the rule comes from, and whether that was read (V), is known (K) or inferred (I).
    """

    name: str
    valid_from: date
    treatment: Treatment
    text: str
    source: str
    evidence: str
    valid_to: date | None = None
    kinds: tuple[str, ...] = ()
    carriers: tuple[str, ...] = ()
    supplier_in: tuple[str, ...] = ()
    customer_in: tuple[str, ...] = ()
    relation: str = ANY
    is_dealer: bool | None = None
    has_vat_number: bool | None = None
    rate: Fraction = Fraction(0)
    taxed_in: str = "customer"

    @property
    def last(self) -> date:
        """Last day of its validity."""
        return self.valid_to or date.max


@dataclass(frozen=True)
class Tax:
    """What a rule makes of a supply: its treatment, rate, and the country that takes the tax."""

    treatment: Treatment
    rate: Fraction
    country: str
    rule: str
    text: str


@dataclass(frozen=True)
class VatTable:
    """Rules, and the groups of countries that they name.

    Raises:
        BadInput: Every rule that contradicts itself or another one, and every gap between versions of one rule.
    """

    rules: tuple[VatRule, ...]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        mistakes = [m for r in self.rules for m in _contradictions(r)]
        mistakes += _gaps(self.rules) if not mistakes else []
        mistakes += [_overlap(a, b) for a, b in combinations(self.rules, 2) if not mistakes and self._meet(a, b)]
        if mistakes:
            raise BadInput(mistakes)

    def tax(self, supply: Supply) -> Tax:
        """Return what the table says of a supply.

        Raises:
            BadInput: No rule fits.
        """
        found = [r for r in self.rules if self._fits(r, supply)]
        if not found:
            fix = "Add a rule for this case to the VAT table, or correct the tax facts of the party."
            raise BadInput([Mistake("no rule fits", f"VAT table, {supply}", "vat_table_gap", fix)])
        assert len(found) == 1, "rules that overlap are refused when the table is made"
        rule = found[0]
        country = supply.customer_place if rule.taxed_in == "customer" else supply.supplier.country
        return Tax(rule.treatment, rule.rate, country, rule.name, rule.text)

    def _fits(self, rule: VatRule, supply: Supply) -> bool:
        here, there = supply.supplier.country, supply.customer_place
        return (
            rule.valid_from <= supply.day <= rule.last
            and (not rule.kinds or supply.kind in rule.kinds)
            and (not rule.carriers or supply.carrier in rule.carriers)
            and (not rule.supplier_in or here in self._places(rule.supplier_in))
            and (not rule.customer_in or there in self._places(rule.customer_in))
            and rule.relation in (ANY, "same" if here == there else "other")
            and rule.is_dealer in (None, supply.customer.is_dealer)
            and rule.has_vat_number in (None, bool(supply.customer.vat_number))
        )

    def _places(self, names: tuple[str, ...]) -> set[str]:
        return {c for n in names for c in self.groups.get(n, (n,))}

    def _meet(self, a: VatRule, b: VatRule) -> bool:
        """Return whether some supply fits both rules."""
        flags = ((a.is_dealer, b.is_dealer), (a.has_vat_number, b.has_vat_number))
        return (
            a.valid_from <= b.last
            and b.valid_from <= a.last
            and _share(a.kinds, b.kinds)
            and _share(a.carriers, b.carriers)
            and all(None in pair or pair[0] == pair[1] for pair in flags)
            and self._places_meet(a, b)
        )

    def _places_meet(self, a: VatRule, b: VatRule) -> bool:
        relations = {a.relation, b.relation} - {ANY}
        if len(relations) == 2:
            return False
        named = {c for r in (a, b) for c in self._places(r.supplier_in) | self._places(r.customer_in)}
        world = named | {"elsewhere", "further"}  # two countries that no rule names
        here = self._both(a.supplier_in, b.supplier_in, world)
        there = self._both(a.customer_in, b.customer_in, world)
        if relations == {"same"}:
            return bool(here & there)
        return any(h != t for h in here for t in there) if relations else bool(here and there)

    def _both(self, a: tuple[str, ...], b: tuple[str, ...], world: set[str]) -> set[str]:
        return (self._places(a) if a else world) & (self._places(b) if b else world)


def _share(a: tuple[str, ...], b: tuple[str, ...]) -> bool:
    return not a or not b or bool(set(a) & set(b))


def _contradictions(rule: VatRule) -> Iterator[Mistake]:
    where = f"VAT rule {rule.name!r} from {rule.valid_from}"
    checks = (
        (
            rule.valid_from > rule.last,
            "it ends before it begins",
            "vat_rule_validity",
            "Give a last day after the first.",
        ),
        (
            (rule.treatment is Treatment.RATE) != (0 < rule.rate < 1),
            f"treatment {rule.treatment} with rate {rule.rate}",
            "vat_rule_rate",
            "Give a rate between 0 and 1 to a rule of treatment rate, and to no other.",
        ),
        (not rule.text.strip(), "it has no text", "vat_rule_text", "Write what the document has to say."),
        (
            rule.evidence not in EVIDENCE or not rule.source.strip(),
            "its source or evidence is missing",
            "vat_rule_source",
            f"Name the source, and its evidence as one of {', '.join(EVIDENCE)}.",
        ),
        (
            bool(set(rule.kinds) - set(KINDS) or set(rule.carriers) - {*CARRIERS, ""}),
            "it names a kind or carrier that is not known",
            "vat_rule_words",
            f"Use kinds {', '.join(KINDS)} and carriers {', '.join(CARRIERS)}.",
        ),
        (
            rule.relation not in (ANY, "same", "other") or rule.taxed_in not in ("customer", "supplier"),
            "its relation or place of taxation is not known",
            "vat_rule_words",
            "Use relation any, same or other, and taxed_in customer or supplier.",
        ),
    )
    return (Mistake(what, where, name, fix) for is_wrong, what, name, fix in checks if is_wrong)


def _gaps(rules: tuple[VatRule, ...]) -> list[Mistake]:
    versions: dict[str, list[VatRule]] = {}
    for rule in sorted(rules, key=lambda r: (r.name, r.valid_from)):
        versions.setdefault(rule.name, []).append(rule)
    return [
        Mistake(
            f"nothing is valid between {a.last} and {b.valid_from}",
            f"VAT rule {name!r}",
            "vat_table_gap",
            f"Let the version after it begin on {a.last + timedelta(days=1)}, or give it another name.",
        )
        for name, found in versions.items()
        for a, b in pairwise(found)
        if a.last != date.max and b.valid_from > a.last + timedelta(days=1)
    ]


def _overlap(a: VatRule, b: VatRule) -> Mistake:
    return Mistake(
        f"some supply fits both it and rule {b.name!r} from {b.valid_from}",
        f"VAT rule {a.name!r} from {a.valid_from}",
        "vat_table_overlap",
        "Narrow one of them by kinds, carriers, places, dealer, VAT number or validity.",
    )
