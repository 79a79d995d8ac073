"""VAT by a table: one rule fits, neither none nor two."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from tests.settlement.documents.papers import DAY, DEALER, MILL, OPERATOR, RATE, TABLE

from walras.errors import BadInput
from walras.settlement.documents.eu_vat import MEMBERS, eu_table, outside_eu
from walras.settlement.documents.vat import Supply, Taxpayer, Treatment, VatRule, VatTable

ABROAD = Taxpayer("M-0009", "Buyer without number", "AT", used_in="SK")


def tax(kind, customer, supplier=OPERATOR, day=DAY, table=TABLE, carrier="electricity"):
    return table.tax(Supply(kind, carrier, day, supplier, customer))


def rule(name="r", first=date(2025, 1, 1), last=None, treatment=Treatment.RATE, rate=RATE, **other):
    return VatRule(name, first, treatment, "VAT", "law", "K", valid_to=last, rate=rate, **other)


def refused(*rules):
    with pytest.raises(BadInput) as e:
        VatTable(rules)
    return {m.rule for m in e.value.mistakes}


def test_energy_to_a_dealer_abroad_is_reverse_charged_where_the_dealer_is():
    found = tax("energy", DEALER)
    assert (found.treatment, found.rate, found.country) == (Treatment.REVERSE_CHARGE, 0, "AT")
    assert "Art. 195" in found.text


def test_energy_to_anybody_else_is_taxed_where_it_is_used():
    found = tax("energy", ABROAD)
    assert (found.treatment, found.rate, found.country) == (Treatment.RATE, RATE, "SK")


def test_a_service_is_taxed_where_the_customer_is_even_if_energy_is_used_elsewhere():
    with pytest.raises(BadInput, match="no rule fits"):  # Austria's rate is not in the table
        tax("fee", ABROAD)
    assert tax("fee", MILL).rate == RATE


def test_a_seller_abroad_supplies_an_operator_that_owes_the_tax():
    assert tax("energy", OPERATOR, supplier=DEALER).treatment is Treatment.REVERSE_CHARGE


def test_a_rate_changes_on_its_day():
    old = rule(last=date(2026, 6, 30), rate=Fraction(20, 100))
    table = VatTable((old, rule(first=date(2026, 7, 1), rate=Fraction(23, 100))))
    assert [tax("energy", MILL, day=date(2026, m, d), table=table).rate for m, d in ((6, 30), (7, 1))] == [
        Fraction(20, 100),
        Fraction(23, 100),
    ]


def test_third_countries_are_rules_of_the_operator():
    customer = Taxpayer("M-7", "Dealer", "KZ", is_dealer=True)
    groups = {"EAEU": ("AM", "BY", "KG", "KZ", "RU")}
    more = outside_eu(groups, "Not taxable in the Union.", date(2025, 1, 1))
    table = VatTable((*TABLE.rules, *more), {**TABLE.groups, **groups})
    assert tax("energy", customer, table=table).treatment is Treatment.OUTSIDE_SCOPE
    with pytest.raises(BadInput) as e:
        tax("energy", customer)
    assert (e.value.mistakes[0].rule, "from SK to KZ" in e.value.mistakes[0].where) == ("vat_table_gap", True)


@pytest.mark.parametrize(
    ("change", "meets"),
    [
        ({}, True),
        ({"kinds": ("fee",)}, False),
        ({"carriers": ("gas",)}, False),
        ({"customer_in": ("AT",)}, False),
        ({"customer_in": ("SK", "AT")}, True),
        ({"relation": "other"}, False),
        ({"is_dealer": False}, False),
        ({"has_vat_number": True}, True),
        ({"first": date(2027, 1, 1)}, False),
    ],
)
def test_rules_that_both_fit_something_are_refused(change, meets):
    facts = {
        "kinds": ("energy",),
        "carriers": ("electricity",),
        "customer_in": ("SK",),
        "relation": "same",
        "is_dealer": True,
        "last": date(2026, 12, 31),
    }
    a, b = rule("a", **facts), rule("b", **{**facts, **change, "last": None})
    if meets:
        assert refused(a, b) == {"vat_table_overlap"}
    else:
        VatTable((a, b))


def test_a_state_of_a_group_overlaps_with_the_group():
    with pytest.raises(BadInput, match="vat_table_overlap"):
        VatTable((rule("a", customer_in=("EU",)), rule("b", customer_in=("SK",))), {"EU": MEMBERS})


def test_versions_that_leave_days_out_are_refused():
    late = rule(first=date(2026, 7, 2))
    assert refused(rule(last=date(2026, 6, 30)), late) == {"vat_table_gap"}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"rate": Fraction(0)}, "vat_rule_rate"),
        ({"rate": Fraction(1)}, "vat_rule_rate"),
        ({"treatment": Treatment.EXEMPT}, "vat_rule_rate"),
        ({"text": " "}, "vat_rule_text"),
        ({"evidence": "heard"}, "vat_rule_source"),
        ({"source": ""}, "vat_rule_source"),
        ({"kinds": ("apples",)}, "vat_rule_words"),
        ({"relation": "near"}, "vat_rule_words"),
        ({"valid_to": date(2024, 1, 1)}, "vat_rule_validity"),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(change, name):
    assert refused(replace(rule(), **change)) == {name}


def test_the_table_to_begin_with_holds_for_every_state():
    eu_table(dict.fromkeys(MEMBERS, RATE), date(2025, 1, 1))
