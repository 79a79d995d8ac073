"""Invoices, credit notes, transit, currencies and nuclear fuel: figures worked out on paper."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from tests.contracts.builders import Story, agreement, booked, days, due, price, quantity, rules, terms
from tests.contracts.ledgers import balances, posted, sums

from walras.contracts.documents import Month
from walras.contracts.events import minute_of
from walras.contracts.explanation import explain_month
from walras.errors import BadInput

BUYER, SELLER = "member/XB-homes", "member/XA-fields"
SIDES = (BUYER, SELLER)
HUB = 'index "hub": USD/1000m3 monthly; index("hub") -> USD/1000m3'
DAILY = 'index "spot": USD/1000m3 daily; index("spot") -> USD/1000m3'


def lines(event):
    return [(line["item"], Fraction(line["quantity"]), Fraction(line["price"]), line["amount_minor"])
            for line in event.body["lines"]]  # fmt: skip


def refused_of(told, kind, of, **more):
    before = list(told.journal.events)
    with pytest.raises(BadInput) as refused:
        told.issues(kind, of, **more)
    assert told.journal.events == before
    return rules(refused)


def test_a_final_invoice_asks_what_the_provisional_one_left():
    told = Story(agreement(terms(prices=[price(HUB, provisional="150 USD/1000m3 -> USD/1000m3")])))
    told.all_say([told.row("nomination", day=f"2027-01-{d:02}", quantity=100) for d in range(1, 32)])
    told.takes_days(days("2027-01-01", 10), 90)
    first = told.issues("provisional invoice", "2027-01")
    assert lines(first) == [("gas", 3000, 150, 45_000_000)]  # 10 x 90 allocated, 21 x 100 nominated
    told.delivers("2027-01", 90).observes("hub", "2027-01", "171.25", "USD/1000m3", "2027-02-10T09:00Z")
    final = told.issues("final invoice", "2027-01")
    assert lines(final) == [("gas", 2790, Fraction("171.25"), 47_778_750)]
    assert final.body["before"] == [[*SIDES, 45_000_000]]
    assert booked(final) == {SIDES: 2_778_750}
    assert balances(told) == {(BUYER, "USD"): -47_778_750, (SELLER, "USD"): 47_778_750}


def test_documents_of_a_month_are_refused_out_of_order():
    told = Story()
    assert refused_of(told, "credit note", "2027-01") == {"credit_of_invoice"}
    assert refused_of(told, "final invoice", "2027-01") == {"days_allocated"}
    told.delivers("2027-01").issues("final invoice", "2027-01")
    assert refused_of(told, "final invoice", "2027-01") == {"invoice_once"}
    assert refused_of(told, "provisional invoice", "2027-01") == {"invoice_once"}
    assert refused_of(told, "credit note", "2027-01") == {"credit_nothing"}
    for month in ("2026-12", "2030-01", "9999-12", "2027-13", "January", "", "0000-00", "20\u0662\u0667-01"):
        for kind in ("provisional invoice", "final invoice", "credit note"):
            assert refused_of(told, kind, month, at=told.now) == {"month_known"}
        assert refused_of(told, "deferral instalment", month, at=told.now) == {"deferral_agreed"}
    assert refused_of(told, "receipt", "2027-01") == {"event_kind"}
    assert refused_of(told, "provisional invoice", "2027-02", at="2026-01-01T00:00Z") == {"event_order"}
    with pytest.raises(BadInput) as refused:
        told.journal.issue("final invoice", "oil", "2027-01", 0)
    assert rules(refused) == {"contract_known"}


def test_a_credit_note_gives_back_what_a_corrected_allocation_leaves():
    told = Story().delivers("2027-01")
    assert due(told.issues("final invoice", "2027-01")) == 55_800_000
    told.takes_days(days("2027-01-05", 1), 60)
    credit = told.issues("credit note", "2027-01")
    assert booked(credit) == {SIDES: -720_000}  # 40 x 180 back
    told.takes_days(days("2027-01-05", 1), 61)
    assert booked(told.issues("credit note", "2027-01")) == {SIDES: 18_000}
    assert balances(told) == {(BUYER, "USD"): -55_098_000, (SELLER, "USD"): 55_098_000}


def test_a_credit_note_follows_a_new_version_of_an_observation():
    told = Story(agreement(terms(prices=[price(HUB)])))
    told.delivers("2027-01").observes("hub", "2027-01", 200, "USD/1000m3", "2027-02-05T09:00Z")
    assert due(told.issues("final invoice", "2027-01")) == 62_000_000
    told.observes("hub", "2027-01", "199.99", "USD/1000m3", "2027-03-01T09:00Z", version=2)
    assert refused_of(told, "credit note", "2027-01", at="2027-02-28T09:00Z") == {"event_order"}
    assert due(told.issues("credit note", "2027-01", at="2027-03-01T09:00Z")) == -3_100  # 3,100 x 0.01


@pytest.mark.parametrize(("changes", "rule"), [
    ({"published_at": "2027-02-05T09:01Z"}, "observation_time"), ({"unit": "EUR/MWh"}, "series_same"),
    ({"period": "2027-01-31"}, "series_same"), ({"version": 1, "period": "2027-01"}, "observation_once"),
    ({"value": "closed", "period": "2027-01"}, "observation_once"), ({"value": "NaN"}, "observation_number"),
    ({"value": "9" * 31}, "observation_number"), ({"unit": "stones"}, "unit_known"),
    ({"period": "9999-12"}, "observation_period"), ({"version": 0}, "observation_version"),
    ({"source": ""}, "event_field_present"), ({"series": ""}, "event_field_present"),
    ({"published_at": "yesterday"}, "published_time"), ({"quantity": 5}, "event_field_known"),
])  # fmt: skip
def test_observations_are_checked(changes, rule):
    told = Story().observes("hub", "2027-01", 200, "USD/1000m3", "2027-02-05T09:00Z")
    said = {"series": "hub", "period": "2027-02", "value": 5, "unit": "USD/1000m3", "version": 1, "source": "a test",
            "published_at": "2027-02-05T09:00Z"}  # fmt: skip
    before = repr(told.journal.standing)
    with pytest.raises(BadInput) as refused:
        told.says("observation", "2027-02-05T09:00Z", **said | changes)
    assert rules(refused) == {rule}
    assert repr(told.journal.standing) == before


def test_a_price_waits_for_its_observations():
    dividing = 'index "hub": USD/1000m3 monthly; 180 USD/1000m3 * (200 USD/1000m3 / index("hub")) -> USD/1000m3'
    for formula in (HUB, dividing):
        told = Story(agreement(terms(prices=[price(formula)]))).delivers("2027-01")
        assert refused_of(told, "final invoice", "2027-01") == {"observation_missing"}
    told.observes("hub", "2027-01", 0, "USD/1000m3", "2027-02-05T09:00Z")
    assert refused_of(told, "final invoice", "2027-01") == {"division_by_zero"}
    told.observes("hub", "2027-02", 0, "USD/1000m3", "2027-02-05T09:00Z")


def test_what_is_observed_after_the_cut_off_does_not_count():
    cut = 'index "hub": USD/1000m3 monthly, published within 3 days; index("hub") -> USD/1000m3'
    told = Story(agreement(terms(prices=[price(cut)]))).delivers("2027-01")
    told.observes("hub", "2027-01", 200, "USD/1000m3", "2027-02-25T09:00Z")
    assert refused_of(told, "final invoice", "2027-01") == {"observation_cut_off"}


def test_what_is_taken_above_the_daily_maximum_has_its_own_price():
    told = Story(agreement(terms(overrun="150 %", take_or_pay=None)))
    told.delivers("2027-01", lambda day: 150 if day.day <= 2 else 100)
    final = told.issues("final invoice", "2027-01")
    assert lines(final) == [("gas", 3160, 180, 56_880_000), ("gas, above maximum", 40, 270, 1_080_000)]
    plain = Story(agreement(terms())).delivers("2027-01", lambda day: 150 if day.day <= 2 else 100)
    assert lines(plain.issues("final invoice", "2027-01")) == [("gas", 3200, 180, 57_600_000)]


def test_a_price_of_days_is_summed_day_by_day():
    told = Story(agreement(terms(begin=date(2027, 1, 30), prices=[price(DAILY, each="day")])))
    told.takes_days(days("2027-01-30", 2), lambda day: 100 if day.day == 30 else 50)
    told.observes("spot", "2027-01-30", "180.01", "USD/1000m3", "2027-02-05T09:00Z")
    assert refused_of(told, "final invoice", "2027-01") == {"observation_missing"}
    told.observes("spot", "2027-01-31", "200.03", "USD/1000m3", "2027-02-05T09:00Z")
    final = told.issues("final invoice", "2027-01")
    # 100 x 180.01 + 50 x 200.03 = 28,002.50; the mean is 186.68 and a third
    assert lines(final) == [("gas", 150, Fraction(2800250, 15000), 2_800_250)]
    assert "200.03" in explain_month(Month(told.journal.standing, told.contract(), "2027-01", minute_of(told.now)),
                                     date(2027, 1, 31))  # fmt: skip


def test_days_without_deliveries_need_no_price_of_the_day():
    told = Story(agreement(terms(begin=date(2027, 1, 30), prices=[price(DAILY, each="day")])))
    told.takes_days(days("2027-01-30", 2), 0)
    assert lines(told.issues("final invoice", "2027-01")) == [("gas", 0, 0, 0)]


NORTH = {"hop": "north", "operator": "S-0001", "loss": "2 %", "distance": "500 km",
         "tariff": "param distance: km; 2.50 USD/1000m3 * (distance / 100 km) -> USD/1000m3"}  # fmt: skip
SOUTH = {"hop": "south", "operator": "S-0002", "loss": "5 %", "tariff": "3 USD/1000m3 -> USD/1000m3"}


def test_each_hop_is_paid_for_what_enters_it():
    told = Story(agreement(terms(hops=[NORTH, SOUTH]))).delivers("2027-01", Fraction(931, 31))
    final = told.issues("final invoice", "2027-01")
    # 931 delivered, 980 enter the south, 1,000 the north, at 2.50 for each of five hundreds of km
    assert lines(final)[1:] == [("north", 1000, Fraction("12.5"), 1_250_000), ("south", 980, 3, 294_000)]
    assert booked(final) == {(BUYER, "operator/S-0001"): 1_250_000, (BUYER, "operator/S-0002"): 294_000,
                             SIDES: 16_758_000}  # fmt: skip
    assert balances(told)["operator/S-0001", "USD"] == 1_250_000
    told.takes_days(days("2027-01-01", 1), 0)
    credit = booked(told.issues("credit note", "2027-01"))
    assert credit[BUYER, "operator/S-0001"] == -40_323  # 1,250,000 / 31 = 40,322.58


PAYS_BYN = {"payment": {"XB-homes": "BYN", "XA-fields": "EUR"}}


def test_a_party_pays_in_its_currency_at_the_last_fixing_that_was_known():
    told = Story(agreement(terms(**PAYS_BYN))).delivers("2027-01")
    told.observes("USD/BYN", "2027-02-03", "3.2", "BYN/USD", "2027-02-05T09:00Z")
    told.observes("EUR/USD", "2027-02-04", "1.25", "USD/EUR", "2027-02-05T09:00Z")
    final = told.issues("final invoice", "2027-01")
    # 558,000.00 USD x 3.2 = 1,785,600.00 BYN; / 1.25 = 446,400.00 EUR
    assert final.body["conversions"] == [
        [SELLER, "EUR", 55_800_000, 44_640_000, "4/5", "EUR/USD"],
        [BUYER, "BYN", -55_800_000, -178_560_000, "16/5", "USD/BYN"]]  # fmt: skip
    found = {k: v for k, v in balances(told).items() if k[0] in (BUYER, SELLER) or k[0].startswith("contract")}
    assert found == {(BUYER, "BYN"): -178_560_000, (SELLER, "EUR"): 44_640_000}
    assert sums(posted(told.journal)) == {"USD": 0, "BYN": 0, "EUR": 0}


@pytest.mark.parametrize(("period", "value", "rule"), [
    ("2027-02-04", "0", "fixing_above_zero"), ("2027-02-04", "-3", "fixing_above_zero"),
    ("2027-01-20", "3.2", "observation_missing"), (None, None, "fixing_missing"),
])  # fmt: skip
def test_an_invoice_waits_for_its_fixing(period, value, rule):
    told = Story(agreement(terms(payment={"XB-homes": "BYN"}))).delivers("2027-01")
    if period:
        told.observes("USD/BYN", period, value, "BYN/USD", "2027-02-05T09:00Z")
    assert refused_of(told, "final invoice", "2027-01") == {rule}


def test_currencies_without_cents_are_rounded_to_whole_units():
    told = Story(agreement(terms(payment={"XB-homes": "JPY"}))).delivers("2027-01")
    told.observes("USD/JPY", "2027-02-04", "150.005", "JPY/USD", "2027-02-05T09:00Z")
    final = told.issues("final invoice", "2027-01")
    assert final.body["conversions"][0][3] == -83_702_790  # 558,000 x 150.005


FUEL = {"product_assay": "4.711 %", "feed_assay": "0.711 %", "tails_assay": "0.211 %", "conversion_loss": "10 %"}
PARTS = [
    price("90 USD/kgU -> USD/kgU", "uranium", measure="natural uranium"),
    price("15 USD/kgU -> USD/kgU", "conversion", measure="conversion"),
    price("100 USD/SWU -> USD/SWU", "enrichment", measure="separative work"),
    price("300 USD/kgU -> USD/kgU", "fabrication"),
]


def fuel(**more):
    said = {"commodity": "nuclear_fuel", "unit": "kgU", "fuel": FUEL, "prices": PARTS, "begin": date(2027, 1, 30),
            "quantity": quantity(daily=0, daily_minimum=0, daily_maximum=5000, annual=10_000)}  # fmt: skip
    return Story(agreement(terms(**said | more)))


def test_nuclear_fuel_is_charged_by_component_and_by_the_assays_of_each_delivery():
    told = fuel()
    told.says("allocation", "2027-02-01T09:00Z", day="2027-01-30", quantity=1000)
    told.says("allocation", day="2027-01-31", quantity=2000, product_assay="3.711 %", tails_assay="0.311 %")
    final = told.issues("final invoice", "2027-01")
    # feed 4.5 / 0.5 = 9 and 3.4 / 0.4 = 8.5 for each kgU: 9,000 + 17,000 kgU, over 0.9 before conversion
    # work 7.967457324944 and 4.634841166636 SWU for each kgU: 17,237.139658216 SWU
    assert lines(final) == [
        ("uranium", Fraction(260_000, 9), 90, 260_000_000),
        ("conversion", 26_000, 15, 39_000_000),
        ("enrichment", Fraction("17237.139658216"), 100, 172_371_397),
        ("fabrication", 3000, 300, 90_000_000),
    ]  # fmt: skip
    assert [line["unit"] for line in final.body["lines"]] == ["kgU", "kgU", "SWU", "kgU"]
    assert due(final) == 561_371_397


def test_take_or_pay_of_fuel_is_paid_at_all_components():
    told = fuel(begin=date(2027, 1, 1), end=date(2028, 1, 1), take_or_pay={"share": "80 %"}, make_up={})
    told.takes(2027, 0)
    statement = told.journal.events[-1].body
    # 10 x 90 + 9 x 15 + 7.967457324944 x 100 + 300 = 2,131.7457324944 for each kgU; 8,000 short
    assert (statement["short"], Fraction(statement["price"])) == ("8000", Fraction("2131.7457324944"))
    assert statement["amount_minor"] == 1_705_396_586


@pytest.mark.parametrize("assays", [
    {"product_assay": "0.7 %"}, {"tails_assay": "0.711 %"}, {"tails_assay": "0 %"}, {"product_assay": "100 %"},
    {"product_assay": "-1 %"},
])  # fmt: skip
def test_assays_follow_each_other(assays):
    with pytest.raises(BadInput) as refused:
        fuel().says("allocation", day="2027-01-31", quantity=1, **assays)
    assert rules(refused) == {"assays_ordered"}


def test_amounts_that_no_ledger_holds_are_refused():
    told = Story(agreement(terms(quantity=quantity(daily=10**13, daily_maximum=10**13))))
    told.takes_days(days("2027-01-01", 31), 10**13)
    assert refused_of(told, "final invoice", "2027-01") == {"amount_size"}


def test_a_month_is_explained_before_and_after_its_invoice():
    told = Story(agreement(terms(hops=[NORTH], payment={"XB-homes": "BYN"}))).delivers("2027-01")
    told.observes("USD/BYN", "2027-02-04", "3.2", "BYN/USD", "2027-02-05T09:00Z")
    month = Month(told.journal.standing, told.contract(), "2027-01", minute_of(told.now))
    text = explain_month(month)
    for said in ("180 USD/1000m3", "hop north", "12.5 USD/1000m3", "558,000.00", "in BYN at 3.2 (USD/BYN)"):
        assert said in text
    total = told.issues("final invoice", "2027-01")
    assert f"{due(total) / 100:,.2f}" in text
    assert f"{due(total) / 100:,.2f}" in explain_month(month)
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(("month", "day"), [
    ("2026-12", None), ("9999-12", None), ("gas", None), ("2027-01", date(2027, 2, 1))])  # fmt: skip
def test_what_is_no_month_of_the_contract_is_not_explained(month, day):
    told = Story()
    with pytest.raises(BadInput) as refused:
        explain_month(Month(told.journal.standing, told.contract(), month, 0), day)
    assert rules(refused) == {"month_known"}


def test_the_operator_of_a_hop_never_pays_a_tariff():
    """Buyer and seller alone agree; a tariff below zero would take money of somebody who did not."""
    story = Story(agreement(terms(hops=[SOUTH | {"tariff": "-3 USD/1000m3 -> USD/1000m3"}], take_or_pay=None)))
    story.says("nomination", "2026-12-01T00:00Z", day="2027-01-01", quantity=100)
    with pytest.raises(BadInput, match="tariff_not_negative"):
        story.issues("provisional invoice", "2027-01", at="2026-12-02T00:00Z")


def test_make_up_has_the_mean_of_prices_by_the_day_not_the_first_of_them():
    """January 2028 at 200 USD but for its first day at 2,000: the mean of 31 equal days is 258.06, and 200 were paid.

    1,000 of make-up at the difference are due with 58.0645... USD each, not with 1,800.
    """
    found = terms(take_or_pay={"share": "80 %"}, make_up={"price": "difference"}, prices=[price(DAILY, each="day")])
    told = Story(agreement(found))
    for month in told.months(2027):
        told.delivers(month, 70)
    seen = [date(2027, 1, 1) + timedelta(days=n) for n in range(396)]
    known = {"series": "spot", "unit": "USD/1000m3", "published_at": "2027-01-01T00:00Z", "version": 1, "source": "a"}
    told.all_say(
        told.row("observation", period=d.isoformat(), value=2000 if d == date(2028, 1, 1) else 200, **known)
        for d in seen
    )
    for month in told.months(2027):
        told.issues("final invoice", month)
    told.issues("annual statement", 2027)
    told.delivers("2028-01", 130)
    told.says("force majeure notice", begin="2028-02-05", end="2029-01-01", share="100 %", cause="a test")
    told.says("make-up draw", month="2028-01", quantity=1000)
    assert lines(told.issues("final invoice", "2028-01"))[-1][3] == 5_806_452


def test_a_younger_fixing_the_other_way_round_counts():
    """0.8 EUR/USD is two months old; 1.25 USD/EUR is of the day before, and means the same."""
    told = Story(agreement(terms(take_or_pay=None, payment={"XB-homes": "EUR"})))
    told.observes("USD/EUR", "2026-12-01", "0.8", "EUR/USD", "2026-12-01T15:00Z")
    told.observes("EUR/USD", "2027-02-03", "1.25", "USD/EUR", "2027-02-03T15:00Z").delivers("2027-01")
    ((_, _, minor, other, rate, series),) = told.issues("final invoice", "2027-01").body["conversions"]
    assert (minor, other, rate, series) == (-55_800_000, -44_640_000, "4/5", "EUR/USD")
