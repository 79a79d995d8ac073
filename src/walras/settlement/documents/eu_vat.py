"""A VAT table to begin with for a market operator in the European Union.

Place of supply of energy through a network: to a taxable dealer where it is established, to anybody else
where it effectively uses the energy (Directive 2006/112/EC, Art. 38 and 39). Rates, national reverse charge
and what third countries do are the operator's to fill in: this page is a beginning, not advice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from walras.settlement.documents.vat import GOODS, SERVICES, Treatment, VatRule, VatTable

MEMBERS = tuple(
    "AT BE BG CY CZ DE DK EE EL ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905 - a line of codes
)
NETWORK = ("electricity", "gas", "heat", "")
"""Carriers that come through a network, and lines that have no carrier: parts of their price."""
PLACE = "Directive 2006/112/EC"
REVERSE = "Reverse charge: the customer owes the tax (Directive 2006/112/EC, Art. 195)."
REVERSE_SERVICE = "Reverse charge: the customer owes the tax (Directive 2006/112/EC, Art. 196)."


def eu_table(rates: Mapping[str, Fraction], valid_from: date) -> VatTable:
    """Return rules of the Union for energy in networks and services, with the rates of some of its states.

    What is not covered is refused when it is met: oil products, states without a rate, buyers without a
    VAT number abroad.

    Example:
        >>> table = eu_table({"SK": Fraction(23, 100)}, date(2025, 1, 1))
        >>> [r.name for r in table.rules if r.rate]
        ['energy at home, SK', 'service at home, SK', 'energy used abroad, SK']
    """
    rules = []
    for state, rate in rates.items():
        share = f"{float(100 * rate):g} %"
        rules += [
            _rule(f"energy at home, {state}", valid_from, GOODS, Treatment.RATE, f"VAT {share} ({state}).", "K",
                  customer_in=(state,), relation="same", carriers=NETWORK, rate=rate),
            _rule(f"service at home, {state}", valid_from, SERVICES, Treatment.RATE, f"VAT {share} ({state}).", "K",
                  customer_in=(state,), relation="same", rate=rate),
            _rule(f"energy used abroad, {state}", valid_from, GOODS, Treatment.RATE,
                  f"VAT {share} ({state}), taxed where the energy is used (Directive 2006/112/EC, Art. 39).", "V",
                  customer_in=(state,), relation="other", carriers=NETWORK, is_dealer=False, rate=rate),
        ]  # fmt: skip
    rules += [
        _rule("energy to a dealer in another state", valid_from, GOODS, Treatment.REVERSE_CHARGE, REVERSE, "V",
              customer_in=("EU",), relation="other", carriers=NETWORK, is_dealer=True, has_vat_number=True),
        _rule("service to another state", valid_from, SERVICES, Treatment.REVERSE_CHARGE, REVERSE_SERVICE, "K",
              customer_in=("EU",), relation="other", has_vat_number=True),
        _rule("late interest", valid_from, ("interest",), Treatment.OUTSIDE_SCOPE,
              "Interest for late payment: outside the scope of VAT.", "K"),
    ]  # fmt: skip
    return VatTable(tuple(rules), {"EU": MEMBERS})


def _rule(
    name: str, valid_from: date, kinds: tuple[str, ...], treatment: Treatment, text: str, evidence: str, **more: object
) -> VatRule:
    return VatRule(name, valid_from, treatment, text, PLACE, evidence, kinds=kinds, **more)  # type: ignore[arg-type]


def outside_eu(
    groups: Mapping[str, tuple[str, ...]], text: str, valid_from: date, evidence: str = "K"
) -> list[VatRule]:
    """Return a rule a group of countries for dealers outside the Union: taxed where they are, so outside its scope.

    What customs union or treaty asks instead (the EAEU: import VAT on metered energy) is a parameter of the operator.
    """
    return [
        _rule(f"energy to a dealer in {name}", valid_from, GOODS, Treatment.OUTSIDE_SCOPE, text, evidence,
              customer_in=(name,), relation="other", carriers=NETWORK, is_dealer=True)
        for name in groups
    ]  # fmt: skip
