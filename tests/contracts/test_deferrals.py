"""Deferral into instalments whose sum is exact, and set-off against parts of an asset."""

from datetime import date

import pytest
from tests.contracts.builders import Story, agreement, booked, due, price, quantity, rules, terms
from tests.contracts.ledgers import balances, posted

from walras.errors import BadInput

SIDES = ("member/XB-homes", "member/XA-fields")
HUB = 'index "hub": USD/1000m3 monthly; index("hub") -> USD/1000m3'


def deferring(count=3, start="2027-12", first="2028-02", take=1, to="2028-01"):
    """Two months of one unit a day at a provisional 100; what the hub adds is put off."""
    terms_of = {"instalments": count, "first": first, "delivered_from": start, "delivered_to": to}
    return Story(agreement(terms(
        begin=date(2027, 12, 1), deferral=terms_of, quantity=quantity(daily=take, daily_minimum=0),
        prices=[price(HUB, provisional="100 USD/1000m3 -> USD/1000m3")],
    )))  # fmt: skip


def billed(told, month, hub):
    told.delivers(month, 1)
    provisional = told.issues("provisional invoice", month)
    told.observes("hub", month, hub, "USD/1000m3", told.now)
    return provisional, told.issues("final invoice", month)


def instalments(told, months):
    return [due(told.issues("deferral instalment", m)) for m in months]


def test_what_is_put_off_comes_back_in_instalments_that_sum_to_it():
    told = deferring()
    provisional, final = billed(told, "2027-12", "100.01")  # 31 x 0.01 = 0.31
    assert due(provisional) == 310_000
    assert (booked(final), final.body["deferred_minor"]) == ({}, 31)
    assert billed(told, "2028-01", "100.03")[1].body["deferred_minor"] == 93
    # 124 in three: 41.33, then 83 / 2 = 41.5 upwards, then the rest
    assert instalments(told, ["2028-02", "2028-03", "2028-04"]) == [41, 42, 41]
    assert balances(told) == {(SIDES[0], "USD"): -620_124, (SIDES[1], "USD"): 620_124}
    with pytest.raises(BadInput) as refused:
        told.issues("deferral instalment", "2028-05")
    assert rules(refused) == {"deferral_order"}


def test_amounts_smaller_than_the_number_of_instalments_are_paid_too():
    told = deferring(count=12, take=1)
    told.takes_days([date(2027, 12, d) for d in range(1, 32)], lambda day: 5 if day.day == 1 else 0)
    told.issues("provisional invoice", "2027-12")
    told.observes("hub", "2027-12", "100.01", "USD/1000m3", told.now)
    assert told.issues("final invoice", "2027-12").body["deferred_minor"] == 5
    parts = instalments(told, [f"2028-{m:02}" for m in range(2, 13)])  # paid before the last
    assert sum(parts) == 5
    assert set(parts) == {0, 1}
    assert len(posted(told.journal)) == 2 + 2 * 5  # an instalment of nothing books nothing


def test_a_final_invoice_that_comes_after_instalments_began_is_shared_by_those_left():
    told = deferring()
    billed(told, "2027-12", "100.30")  # 9.30 in three: 3.10
    told.delivers("2028-01", 1)
    told.issues("provisional invoice", "2028-01")
    assert instalments(told, ["2028-02"]) == [310]
    told.observes("hub", "2028-01", "100.10", "USD/1000m3", told.now)
    late = told.issues("final invoice", "2028-01", at=told.now)
    assert late.body["deferred_minor"] == 310  # 3.10
    assert instalments(told, ["2028-03", "2028-04"]) == [465, 465]  # 6.20 + 3.10 in two


def test_a_final_invoice_that_comes_after_all_instalments_is_booked_at_once():
    told = deferring(count=1)
    billed(told, "2027-12", "100.30")
    told.delivers("2028-01", 1)
    told.issues("provisional invoice", "2028-01")
    assert instalments(told, ["2028-02"]) == [930]
    told.observes("hub", "2028-01", "100.10", "USD/1000m3", told.now)
    late = told.issues("final invoice", "2028-01", at=told.now)
    assert (late.body["deferred_minor"], due(late)) == (0, 310)


def test_what_a_final_invoice_gives_back_is_booked_at_once():
    told = deferring()
    final = billed(told, "2027-12", "99.90")[1]
    assert (final.body["deferred_minor"], booked(final)) == (0, {SIDES: -310})


def test_months_outside_the_deferral_and_without_provisional_invoice_are_booked_at_once():
    told = deferring(to="2027-12", first="2028-01")
    told.delivers("2027-12", 1).observes("hub", "2027-12", "100.01", "USD/1000m3", told.now)
    assert due(told.issues("final invoice", "2027-12")) == 310_031
    assert billed(told, "2028-01", "100.01")[1].body["deferred_minor"] == 0


def test_a_credit_note_of_a_month_that_was_put_off_counts_what_is_put_off():
    told = deferring()
    billed(told, "2027-12", "100.30")
    told.observes("hub", "2027-12", "100.10", "USD/1000m3", told.now, version=2)
    assert due(told.issues("credit note", "2027-12")) == -620  # 31 x 0.20, though 9.30 are put off in full
    assert instalments(told, ["2028-02", "2028-03", "2028-04"]) == [310, 310, 310]
    assert balances(told)[SIDES[1], "USD"] == 310_310


@pytest.mark.parametrize(
    ("months", "rule"),
    [
        (["2028-03"], "deferral_order"),
        (["2028-02", "2028-02"], "deferral_order"),
        (["2028-02", "2028-04"], "deferral_order"),
        (["2027-12"], "deferral_order"),
        (["9999-12"], "deferral_agreed"),
        (["x"], "deferral_agreed"),
    ],
)
def test_instalments_come_month_by_month(months, rule):
    told = deferring()
    billed(told, "2027-12", "100.30")
    with pytest.raises(BadInput) as refused:
        [told.issues("deferral instalment", month, at=told.now) for month in months]
    assert rules(refused) == {rule}


def test_instalments_of_nothing_wait():
    with pytest.raises(BadInput) as refused:
        deferring().issues("deferral instalment", "2028-02")
    assert rules(refused) == {"deferral_nothing"}


PARTS = [{"due": date(2027, 2, 1), "amount": "300000.50"}, {"due": date(2028, 2, 1), "amount": "300000 USD"}]


def owing():
    told = Story(agreement(terms(set_off={"asset": "half of a pipe", "parts": PARTS}))).delivers("2027-01")
    told.issues("final invoice", "2027-01")
    return told


def test_an_invoice_is_paid_by_a_part_that_is_due():
    told = owing()
    told.says("set-off", month="2027-01", due="2027-02-01", amount="200000")
    told.says("set-off", month="2027-01", due="2027-02-01", amount="100000.50 USD")
    assert told.course().set_off == {date(2027, 2, 1): 30_000_050}
    # 558,000.00 less 300,000.50
    assert balances(told) == {(SIDES[0], "USD"): -25_799_950, (SIDES[1], "USD"): 25_799_950}


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"amount": "300000.51"}, "set_off_amount"),
        ({"amount": 0}, "set_off_amount"),
        ({"amount": -5}, "set_off_amount"),
        ({"due": "2027-03-01"}, "set_off_part"),
        ({"due": "2028-02-01"}, "set_off_due"),
        ({"month": "2027-02"}, "set_off_amount"),
        ({"amount": "5 EUR"}, "quantity_unit"),
        ({"amount": "0.001"}, "event_field_type"),
        ({"amount": "all"}, "quantity_text"),
        ({"month": "2027-1"}, "event_field_type"),
        ({"month": "9999-12"}, "event_field_type"),
        ({"due": "9999-12-31"}, "set_off_part"),
    ],
)
def test_set_offs_are_refused_by_rule_and_nothing_is_recorded(changes, rule):
    told = owing()
    before = repr(told.journal.standing)
    with pytest.raises(BadInput) as refused:
        told.says("set-off", **{"month": "2027-01", "due": "2027-02-01", "amount": 5} | changes)
    assert rules(refused) == {rule}
    assert repr(told.journal.standing) == before


def test_more_than_is_open_of_an_invoice_is_not_set_off():
    told = owing()
    told.takes_days([date(2027, 1, d) for d in range(1, 31)], 0).issues("credit note", "2027-01")  # 100 x 180 stay
    with pytest.raises(BadInput) as refused:
        told.says("set-off", month="2027-01", due="2027-02-01", amount="18000.01")
    assert rules(refused) == {"set_off_amount"}
    told.says("set-off", month="2027-01", due="2027-02-01", amount="18000")


def test_contracts_without_set_off_refuse_it():
    told = Story().delivers("2027-01")
    told.issues("final invoice", "2027-01")
    with pytest.raises(BadInput) as refused:
        told.says("set-off", month="2027-01", due="2027-02-01", amount=5)
    assert rules(refused) == {"set_off_part"}
