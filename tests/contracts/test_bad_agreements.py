"""Every rule of an agreement is broken once; many mistakes are all listed; hostile documents end in BadInput."""

import os
import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.contracts.builders import PRICE, agreement, document, price, quantity, rules, terms

from walras.contracts import agreement_of, read_agreement
from walras.errors import BadInput, NewerFormat

TARIFF = "param distance: km; 2.5 USD/1000m3 * (distance / 100 km) -> USD/1000m3"
FUEL = {"product_assay": "4.95 %", "feed_assay": "0.711 %", "tails_assay": "0.22 %"}
MASS = {"quantity": {"daily": 0, "daily_maximum": 100}, "commodity": "nuclear_fuel", "unit": "kgU",
        "prices": [price("2000 USD/kgU -> USD/kgU")]}  # fmt: skip
HALF_YEAR = {"begin": date(2027, 1, 1), "end": date(2027, 7, 1)}
AUCTION = {"carrier": "gas", "delivery": "XB", "energy": "10.2 MWh/1000m3"}
DEFERRAL = {"instalments": 3, "first": "2028-01", "delivered_from": "2027-07", "delivered_to": "2027-12"}
TAKE_OR_PAY = {"take_or_pay": {"share": "80 %"}}


def permit(name, begin, end, **more):
    return {"permit": name, "begin": date(*begin), "end": date(*end), **more}


def hop(name="north", **more):
    return {"hop": name, "operator": "S-0001", **more}


BROKEN_TERMS = {
    "contract_validity: ends before it begins": {"end": date(2026, 1, 1)},
    "contract_validity: too far away": {"end": date(2101, 1, 1)},
    "contract_validity: before all": {"begin": date(1, 1, 1)},
    "contract_parties": {"buyer": "XA-fields"},
    "party_named": {"seller": "somebody\u0000"},
    "party_named: role": {"seller": "king/XA"},
    "commodity_known": {"commodity": "hope"},
    "contract_named": {"contract": "gas:2027"},
    "contract_named: ends in a space": {"contract": "gas "},
    "contract_unit": {"unit": "a lot"},
    "currency_code": {"currency": "usd"},
    "minor_unit": {"currency": "XAU", "prices": [price("1 XAU/1000m3 -> XAU/1000m3")]},
    "minor_unit: of payment": {"payment": {"XB-homes": "XAU"}},
    "currency_code: of payment": {"payment": {"XB-homes": "ÄÖÜ"}},
    "payment_party": {"payment": {"XB-hmes": "BYN"}},
    "fuel_terms": {"fuel": FUEL},
    "fuel_terms: missing": MASS,
    "assays_ordered": {**MASS, "fuel": {**FUEL, "tails_assay": "0.8 %"}},
    "quantity_not_negative: annual": {"quantity": quantity(annual=-1)},
    "quantity_not_negative: one year": {"quantity": quantity(annual={"2027": "-5"})},
    "quantity_not_negative: permit": {"hops": [hop(permits=[permit("P", (2027, 1, 1), (2028, 1, 1), most=-1)])]},
    "daily_ordered": {"quantity": quantity(daily_minimum=101)},
    "annual_maximum": {"quantity": quantity(annual_maximum="99 %")},
    "swing_ordered": {"quantity": quantity(swing=[
        {"level": "all", "minimum": 0, "maximum": 130, "notice_hours": 8},
        {"level": "none", "minimum": 60, "maximum": 50, "notice_hours": 8}])},
    "swing_covers": {"quantity": quantity(swing=[
        {"level": "low", "minimum": 40, "maximum": 80, "notice_hours": 8},
        {"level": "high", "minimum": 81, "maximum": 130, "notice_hours": 24}])},
    "notice_hours": {"quantity": quantity(notice_hours=-1)},
    "notice_hours: relief": {"relief_hours": -1},
    "notice_hours: flexibility": {"flexibility": {"share": "5 %", "notice_days": -40}},
    "share_range: take or pay": {"take_or_pay": {"share": "101 %"}},
    "share_range: enormous": {"take_or_pay": {"share": "9" * 30}},
    "share_range: loss of all": {"hops": [hop(loss="100 %")]},
    "share_range: overrun": {"overrun": "-1 %"},
    "share_range: flexibility of more than all": {"flexibility": {"share": "60 %", "postponable": "50 %"}},
    "share_expected": {"overrun": "5 MWh"},
    "annual_needed": {**TAKE_OR_PAY, "quantity": {"daily": 100}},
    "annual_needed: of a year": {**TAKE_OR_PAY, "quantity": quantity(annual={"2027": 36500})},
    "take_or_pay_needed": {"make_up": {}},
    "take_or_pay_needed: carry": {"carry_forward": {"cap": "5 %"}},
    "expiry_years": {**TAKE_OR_PAY, "make_up": {"years": 0}},
    "take_or_pay_years": {**TAKE_OR_PAY, **HALF_YEAR},
    "term_known": {**TAKE_OR_PAY, "make_up": {"order": "oldest"}},
    "component_once": {"prices": [price(), price()]},
    "price_present": {"prices": []},
    "measure_fits": {"prices": [price("3 USD/kgU -> USD/kgU", measure="conversion")]},
    "price_unit": {"prices": [price("60 USD/MWh -> USD/MWh")]},
    "price_unit: of a tariff": {"hops": [hop(tariff="2 USD/MWh -> USD/MWh")]},
    "result_unit": {"unit": "MWh", "currency": "EUR", "prices": [price("60 USD/bbl -> EUR/MWh")]},
    "parameter_given": {"prices": [price("param base: USD/1000m3; base -> USD/1000m3")]},
    "parameter_given: tariff": {"hops": [hop(tariff="param base: USD/1000m3; base -> USD/1000m3")]},
    "parameter_given: distance": {"hops": [hop(tariff=TARIFF)]},
    "parameter_given: assay of gas": {
        "prices": [price("param feed_assay: 1; 1 USD/1000m3 * feed_assay -> USD/1000m3")]},
    "parameter_unit": {"prices": [price("param base: USD/1000m3; base -> USD/1000m3")],
                       "parameters": {"base": "60 USD/MWh"}},
    "parameter_unit: taken": {"prices": [price("param taken: MWh; 1 USD/1000m3 * (taken / 1 MWh) -> USD/1000m3")]},
    "parameter_implied": {"parameters": {"taken": "5 1000m3"}},
    "quantity_unit": {"quantity": quantity(daily="100 MWh")},
    "quantity_text": {"quantity": quantity(daily="many")},
    "quantity_text: digits": {"quantity": quantity(daily="1" + "0" * 31)},
    "hop_distance": {"hops": [hop(distance="3 MWh")]},
    "hop_distance: negative": {"hops": [hop(distance="-3 km")]},
    "permit_overlaps": {"hops": [hop(permits=[permit("P", (2027, 1, 1), (2028, 1, 1)),
                                              permit("Q", (2027, 12, 31), (2029, 1, 1))])]},
    "permit_validity": {"hops": [hop(permits=[permit("P", (2028, 1, 1), (2028, 1, 1))])]},
    "deferral_months": {"deferral": {**DEFERRAL, "first": "2027-12"}},
    "deferral_months: none": {"deferral": {**DEFERRAL, "first": "20\u0662\u0668-01"}},
    "deferral_months: end": {"deferral": {**DEFERRAL, "first": "2099-11"}},
    "deferral_instalments": {"deferral": {**DEFERRAL, "instalments": 121}},
    "money_amount: currency": {"set_off": {"asset": "a", "parts": [{"due": date(2027, 5, 1), "amount": "5 EUR"}]}},
    "money_amount: parts of a cent": {
        "set_off": {"asset": "a", "parts": [{"due": date(2027, 5, 1), "amount": "5.005"}]}},
    "set_off_amount": {"set_off": {"asset": "a", "parts": [{"due": date(2027, 5, 1), "amount": 0}]}},
    "set_off_part": {"set_off": {"asset": "a", "parts": [{"due": date(2027, 5, 1), "amount": 5}] * 2}},
    "set_off_part: none": {"set_off": {"asset": "a", "parts": []}},
    "carrier_known": {"auction": {**AUCTION, "carrier": "hope"}},
    "energy_unit": {"auction": {**AUCTION, "energy": "10 MWh/t"}},
    "flexible_steps": {"auction": {**AUCTION, "flexible_steps": 21}},
    "destination": {"auction": AUCTION, "destinations": ["XC"]},
    "agreement_field_known": {"take_and_pay": {"share": "80 %"}},
    "agreement_field_present": {"take_or_pay": {"price_share": "80 %"}},
    "agreement_field_type": {"begin": "2027-01-01"},
    "contract_year": {"quantity": quantity(annual={"27": 5})},
    "syntax": {"prices": [price("180 USD/1000m3 ->")]},
    "quantity_text: unit": {"hops": [hop(distance="5 leagues")]},
}  # fmt: skip


@pytest.mark.parametrize("said", BROKEN_TERMS)
def test_a_term_that_is_wrong_is_refused_by_its_rule_alone(said):
    with pytest.raises(BadInput) as refused:
        agreement(terms(**BROKEN_TERMS[said]))
    assert rules(refused) == {said.partition(":")[0]}
    assert all(m.what and m.fix and m.where.startswith("agreement") for m in refused.value.mistakes)


BROKEN_TOPS = {
    "time_zone_known": {"time_zone": "Atlantis/Nowhere"},
    "day_starts": {"day_starts": "24:00"},
    "year_starts": {"year_starts": "02-30"},
    "year_starts: a week": {"year_starts": "W01-1"},
    "year_starts: a day of 2027": {"year_starts": "2027-10-01"},
    "agreement_format": {"format": "walras-market"},
    "agreement_field_type": {"formulas": {"a": 1}},
    "syntax": {"declarations": "param"},
    "no_circle": {"formulas": {"one": "two -> USD/1000m3", "two": "one -> USD/1000m3"}},
}


@pytest.mark.parametrize("said", BROKEN_TOPS)
def test_what_is_wrong_with_the_whole_is_refused_by_its_rule(said):
    with pytest.raises(BadInput) as refused:
        agreement(terms(), **BROKEN_TOPS[said])
    assert rules(refused) == {said.partition(":")[0]}


def test_a_later_version_is_told_from_a_wrong_one():
    with pytest.raises(NewerFormat):
        agreement(terms(), version=2)


def test_contracts_are_held_against_each_other():
    with pytest.raises(BadInput) as refused:
        agreement_of(document())
    assert rules(refused) == {"contract_present"}
    with pytest.raises(BadInput) as refused:
        agreement(terms("a"), terms("b", begin=date(2029, 12, 31), end=date(2031, 1, 1)))
    assert [(m.rule, m.where) for m in refused.value.mistakes] == [("contract_overlaps", "agreement contract b")]
    with pytest.raises(BadInput) as refused:
        agreement(terms("a"), terms("a", subject="another"))
    assert rules(refused) == {"contract_once"}
    later = {"begin": date(2030, 1, 1), "end": date(2031, 1, 1)}
    with pytest.raises(BadInput) as refused:
        agreement(terms("a"), terms("b", unit="t", prices=[price("1 USD/t -> USD/t")], **later))
    assert rules(refused) == {"subject_same"}
    assert len(agreement(terms("b", **later), terms("a")).contracts) == 2
    assert [c.contract for c in agreement(terms("b", **later), terms("a")).contracts] == ["a", "b"]


def test_contract_years_with_take_or_pay_begin_with_a_month():
    november = {"begin": date(2027, 11, 15), "end": date(2029, 11, 15)}
    with pytest.raises(BadInput) as refused:
        agreement(terms(**november, **TAKE_OR_PAY), year_starts="11-15")
    assert rules(refused) == {"take_or_pay_years"}
    assert agreement(terms(**november), year_starts="11-15").year_starts == (11, 15)


def test_many_mistakes_of_one_document_are_all_listed():
    first = terms("one", seller="", quantity=quantity(daily="5 MWh", annual_maximum="x %"), currency="dollar")
    second = terms("two", prices=[price("1 +")], overrun="1 MWh", hops=[hop(loss="5 km", distance="far")])
    with pytest.raises(BadInput) as refused:
        agreement(first, second, time_zone="Nowhere", day_starts="noon")
    found = [(m.where.removeprefix("agreement "), m.rule) for m in refused.value.mistakes]
    assert found[:3] == [("day_starts", "day_starts"), ("time_zone", "time_zone_known"),
                         ("contract one.currency", "currency_code")]  # fmt: skip
    assert ("contract one.seller", "party_named") in found
    assert ("contract one.quantity.daily", "quantity_unit") in found
    assert ("contract one.quantity.annual_maximum", "quantity_text") in found
    assert ("contract two.overrun", "share_expected") in found
    assert ("contract two hop north.loss", "share_expected") in found
    assert ("contract two hop north.distance", "quantity_text") in found
    assert "syntax" in {rule for _, rule in found}


@pytest.mark.parametrize("text", [
    "", "format", "a = \0", "a = " + "[" * 100_000, "a = " + "{x = " * 50_000, "a" + ".a" * 50_000 + " = 1",
    "a = 1e999\n", "a = " + "9" * 5_000, "x = " + '"' + "a" * 400_000 + '"', "a = 99999-01-01",
])  # fmt: skip
def test_hostile_documents_are_refused(text):
    with pytest.raises(BadInput):
        agreement_of(text)


@pytest.mark.parametrize("text", ["\ud800", 'name = "\ud800"'])
def test_halves_of_characters_are_refused(text):
    with pytest.raises(BadInput):
        agreement_of(text)


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    for content in (None, b"\xff\xfe\x00"):
        path = tmp_path / "agreement.toml"
        if content is not None:
            path.write_bytes(content)
        with pytest.raises(BadInput) as refused:
            read_agreement(path)
        assert rules(refused) == {"agreement_file"}


ALL = terms(
    hops=[hop(tariff=TARIFF, distance="500 km", loss="1 %", line="A-B",
              permits=[permit("P", (2027, 1, 1), (2028, 1, 1), most=5)])],
    **TAKE_OR_PAY, make_up={"order": "oldest_first", "price": "paid", "years": 2}, carry_forward={"cap": "5 %"},
    flexibility={"share": "5 %", "postponable": "5 %", "notice_days": 60}, deferral=DEFERRAL, auction=AUCTION,
    set_off={"asset": "a", "parts": [{"due": date(2027, 5, 1), "amount": 5}]}, payment={"XB-homes": "BYN"},
    overrun="110 %", destinations=["XB"], relief_hours=24, parameters={"base": "5 USD/1000m3"},
)  # fmt: skip
WRONG = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**31), 10**31), st.floats(), st.text(max_size=8), st.dates(),
    st.sampled_from([[], {}, [[]], [{}], {"": {}}, "\0", "9" * 31, "9999-12", "0000-00", "%", "5 %", -0.0, PRICE, "USD",
                     date(1, 1, 1), date(9999, 12, 31), "2027-01", "-1", "1000m3", "MWh", 2**63]),
)  # fmt: skip
EXAMPLES = int(os.environ.get("WALRAS_DRILL_AUCTIONS", "250"))


def places(value, path=()):
    """Every place in nested tables and lists."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(inner, dict | list):
            yield from places(inner, (*path, key))


def changed(value, path, new):
    """Nested tables with another value at a place; None takes it out."""
    key, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = changed(copy[key], rest, new) if rest else new
    if copy[key] is None:
        del copy[key]
    return copy


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 2**32), st.lists(WRONG, min_size=1, max_size=3))
def test_documents_with_anything_anywhere_are_agreements_or_bad_input(seed, values):
    found = ALL
    for value in values:
        where = random.Random(seed).choice(list(places(found)))
        found = changed(found, where, value)
    try:
        text = document(found)
    except TypeError:
        return
    try:
        assert agreement_of(text).contracts
    except BadInput as refused:
        assert refused.mistakes  # noqa: PT017 - either is right


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data())
def test_documents_with_any_letters_changed_are_agreements_or_bad_input(data):
    text = document(ALL)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(st.text(max_size=3)) + text[at + data.draw(st.integers(0, 6)) :]
    try:
        assert agreement_of(text).contracts
    except BadInput as refused:
        assert refused.mistakes  # noqa: PT017
