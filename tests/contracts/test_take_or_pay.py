"""Take-or-pay years, the bank that they fill, and what is drawn from it: figures worked out on paper.

The contract of `builders` has 36,500 a year; take-or-pay of 80 % is 29,200. A year of 365 days at 70 is 25,550,
3,650 short, 657,000.00 USD at 180; at 110 it is 40,150.
"""

from datetime import date
from fractions import Fraction

import pytest
from tests.contracts.builders import Story, agreement, booked, due, price, quantity, rules, terms

from walras.errors import BadInput

EIGHTY = {"share": "80 %"}
SIDES = ("member/XB-homes", "member/XA-fields")
BY_YEAR = 'index "hub": USD/1000m3 monthly; index("hub") -> USD/1000m3'


def story(make_up=None, years=3, **more):
    more = {"take_or_pay": EIGHTY, **more}
    if make_up is not None:
        more["make_up"] = make_up
    return Story(agreement(terms(end=date(2027 + years, 1, 1), **more)))


def figures(event, *names):
    return [Fraction(event.body[n]) for n in names]


def lots(story):
    return [(lot.year, int(lot.quantity), int(lot.left)) for lot in story.bank.lots]


def last(story, kind="annual statement"):
    return [e for e in story.journal.events if e.kind == kind][-1]


def test_a_year_below_take_or_pay_pays_for_what_was_not_taken():
    told = story({}).takes(2027, 70)
    statement = last(told)
    assert figures(statement, "annual", "owed", "taken", "short", "price") == [36500, 29200, 25550, 3650, 180]
    assert booked(statement) == {SIDES: 65_700_000}
    assert lots(told) == [(2027, 3650, 3650)]
    january = next(e for e in told.journal.events if e.kind == "final invoice")
    assert due(january) == 39_060_000  # 31 x 70 x 180


def test_a_year_at_take_or_pay_pays_nothing_more():
    told = story({}).takes(2027, 80)
    assert figures(last(told), "short", "amount_minor") == [0, 0]
    assert booked(last(told)) == {}
    assert lots(told) == []


def test_take_or_pay_at_a_share_of_the_price_and_without_make_up_fills_no_bank():
    told = story(take_or_pay={"share": "80 %", "price_share": "70 %"}).takes(2027, 70)
    assert figures(last(told), "short", "price", "amount_minor") == [3650, 126, 45_990_000]  # 3,650 x 126
    assert told.bank.lots == []


def test_make_up_that_was_paid_for_is_free_when_it_is_drawn():
    told = story({}).takes(2027, 70)
    for month in told.months(2028)[:11]:
        told.delivers(month, 110).issues("final invoice", month)
    told.delivers("2028-12", 110)
    # 2028 has 366 days: 40,260 taken, 11,060 above take-or-pay; December's 3,410 are all within the maximum of 130
    told.says("make-up draw", month="2028-12", quantity=3000)
    final = told.issues("final invoice", "2028-12")
    assert [(line["item"], line["quantity"], line["amount_minor"]) for line in final.body["lines"]] == [
        ("gas", "410", 7_380_000), ("make-up of 2027", "3000", 0)]  # fmt: skip
    statement = told.issues("annual statement", 2028)
    assert figures(statement, "taken", "drawn", "short") == [40260, 3000, 0]
    assert lots(told) == [(2027, 3650, 650)]


def paid(price, share):
    """A story: 2027 is short by 3,650 at 180, of which a share is paid; in January 2029 the price is another."""
    told = story({"price": price}, prices=[price_of_hub()], take_or_pay={"share": "80 %", "price_share": share})
    for month in told.months(2027):
        told.observes("hub", month, 180, "USD/1000m3", f"{month}-28T09:00Z")
        told.delivers(month, 70).issues("final invoice", month)
    told.issues("annual statement", 2027)
    return told


def price_of_hub():
    return price(BY_YEAR)


@pytest.mark.parametrize(("terms_of", "hub", "each"), [
    ("paid", 100, 0), ("top_up", 100, 0), ("difference", 100, -26),
    ("paid", 190, 0), ("top_up", 190, 64), ("difference", 190, 64),
])  # fmt: skip
def test_make_up_is_priced_as_the_contract_says(terms_of, hub, each):
    told = paid(terms_of, "70 %")  # paid at 180 x 70 % = 126
    for month in told.months(2028):
        told.observes("hub", month, hub, "USD/1000m3", f"{month}-28T09:00Z")
        told.delivers(month, 110)
    told.says("make-up draw", month="2028-12", quantity=1000)
    line = told.issues("final invoice", "2028-12").body["lines"][1]
    assert (line["quantity"], line["price"], line["amount_minor"]) == ("1000", str(each), each * 1000 * 100)


def test_a_provisional_invoice_of_make_up_uses_the_provisional_price():
    hub = price(BY_YEAR, provisional="150 USD/1000m3 -> USD/1000m3")
    told = story({"price": "top_up"}, prices=[hub])
    for month in told.months(2027):
        told.observes("hub", month, 120, "USD/1000m3", f"{month}-28T09:00Z")
        told.delivers(month, 70).issues("final invoice", month)
    told.issues("annual statement", 2027)
    for month in told.months(2028):
        told.delivers(month, 110)
    told.says("make-up draw", month="2028-12", quantity=1000)
    lines = told.issues("provisional invoice", "2028-12").body["lines"]
    assert [line["amount_minor"] for line in lines] == [2410 * 15_000, 1000 * 3_000]


@pytest.mark.parametrize(("order", "drawn", "left"), [
    ("oldest_first", [(2027, 3650), (2028, 350)], [(2027, 3650, 0), (2028, 3580, 3230)]),
    ("newest_first", [(2028, 3580), (2027, 420)], [(2027, 3650, 3230), (2028, 3580, 0)]),
])  # fmt: skip
def test_lots_are_drawn_in_the_order_of_the_contract(order, drawn, left):
    told = story({"order": order}).takes(2027, 70).takes(2028, 70)  # 366 x 70 = 25,620, 3,580 short
    for month in told.months(2029):
        told.delivers(month, 130)
    told.says("make-up draw", month="2029-12", quantity=4000)
    assert [(d.year, int(d.quantity)) for d in told.course().draws["2029-12"]] == drawn
    assert lots(told) == left


def test_make_up_expires_after_its_years():
    told = story({"years": 1}, years=4).takes(2027, 70)
    told.takes(2028, 80)
    assert last(told).body["expired"] == [["make-up", 2027, "3650"]]
    assert lots(told) == [(2027, 3650, 0)]
    for month in told.months(2029):
        told.delivers(month, 130)
    with pytest.raises(BadInput) as refused:
        told.says("make-up draw", month="2029-12", quantity=1)
    assert rules(refused) == {"make_up_bank"}


def test_make_up_without_years_lasts_as_long_as_its_subject():
    told = story({}, years=6).takes(2027, 70)
    for year in range(2028, 2032):
        told.takes(year, 80)
        assert last(told).body["expired"] == []
    assert lots(told) == [(2027, 3650, 3650)]


def test_make_up_of_one_contract_is_drawn_under_the_next_of_its_subject():
    later = {"begin": date(2028, 1, 1), "end": date(2029, 1, 1)}
    both = [terms("one", end=date(2028, 1, 1), take_or_pay=EIGHTY, make_up={}),
            terms("two", take_or_pay=EIGHTY, make_up={}, **later)]  # fmt: skip
    told = Story(agreement(*both)).takes(2027, 70, "one")
    for month in told.months(2028, "two"):
        told.delivers(month, 110, "two")
    told.says("make-up draw", contract="two", month="2028-12", quantity=3410)
    assert lots(told) == [(2027, 3650, 240)]


def test_years_of_a_subject_are_stated_in_order():
    later = {"begin": date(2028, 1, 1), "end": date(2029, 1, 1)}
    both = [terms("one", end=date(2028, 1, 1), take_or_pay=EIGHTY, make_up={}),
            terms("two", take_or_pay=EIGHTY, make_up={}, **later)]  # fmt: skip
    with pytest.raises(BadInput) as refused:
        Story(agreement(*both)).takes(2028, 70, "two")
    assert rules(refused) == {"statement_order"}
    with pytest.raises(BadInput) as refused:
        story({}).takes(2028, 80)
    assert rules(refused) == {"statement_order"}


DRAWS_REFUSED = {
    "make_up_bank": ("2028-12", 3651),
    "make_up_amount": ("2028-12", 0),
    "make_up_agreed": ("2031-01", 1),
    "make_up_taken": ("2028-11", 1),
    "month_invoiced": ("2028-01", 1),
}


@pytest.mark.parametrize("rule", DRAWS_REFUSED)
def test_draws_are_refused_by_rule_and_nothing_is_recorded(rule):
    told = story({}).takes(2027, 70)
    for month in told.months(2028):
        told.delivers(month, 0 if month == "2028-11" else 110)
    told.issues("final invoice", "2028-01")
    before = list(told.journal.events), lots(told)
    month, amount = DRAWS_REFUSED[rule]
    with pytest.raises(BadInput) as refused:
        told.says("make-up draw", month=month, quantity=amount)
    assert rule in rules(refused)
    assert (told.journal.events, lots(told)) == before


def test_make_up_comes_after_the_take_or_pay_of_its_own_year():
    told = story({}).takes(2027, 70)
    for month in told.months(2028)[:9]:  # 274 days at 106 = 29,044 of 29,200
        told.delivers(month, 106)
    with pytest.raises(BadInput) as refused:
        told.says("make-up draw", month="2028-09", quantity=1)
    assert rules(refused) == {"make_up_after_take_or_pay"}
    told.delivers("2028-10", lambda day: 100 if day.day < 3 else 0)  # 29,244: 44 above it
    with pytest.raises(BadInput) as refused:
        told.says("make-up draw", month="2028-10", quantity=45)
    assert rules(refused) == {"make_up_after_take_or_pay"}
    told.says("make-up draw", month="2028-10", quantity=44)
    with pytest.raises(BadInput):
        told.says("make-up draw", month="2028-10", quantity="0.000001")


def test_make_up_is_of_what_lies_within_the_daily_maximum():
    told = story({}).takes(2027, 70)
    for month in told.months(2028)[:11]:
        told.delivers(month, 130)
    told.delivers("2028-12", lambda day: 500 if day.day == 1 else 0)  # 130 of it within the maximum
    with pytest.raises(BadInput) as refused:
        told.says("make-up draw", month="2028-12", quantity=131)
    assert rules(refused) == {"make_up_taken"}
    told.says("make-up draw", month="2028-12", quantity=130)


def drawn_of_december(**more):
    told = story({}, **more).takes(2027, 70)
    for month in told.months(2028)[:11]:
        told.delivers(month, 80 if month < "2028-11" else 0)
    # 305 days at 80 = 24,400; December brings 4,030 at 130 and is not enough, so November runs at 130: 3,900
    told.delivers("2028-11", 130).delivers("2028-12", 130)  # 32,330: 3,130 above take-or-pay
    return told.says("make-up draw", month="2028-12", quantity=3000)


def test_what_is_missing_after_a_correction_downwards_is_paid_for_once_more():
    told = drawn_of_december()
    told.takes_days([date(2028, 11, d) for d in range(1, 31)], 90)  # 1,200 less: 31,130 taken, 3,000 of it drawn
    for month in told.months(2028):
        told.issues("final invoice", month)
    statement = told.issues("annual statement", 2028)
    assert figures(statement, "taken", "drawn", "owed", "short") == [31130, 3000, 29200, 1070]
    assert due(statement) == 1070 * 18_000
    assert lots(told) == [(2027, 3650, 650), (2028, 1070, 1070)]


def test_allocations_do_not_fall_below_what_was_drawn_of_them():
    told = drawn_of_december(overrun="120 %")
    with pytest.raises(BadInput) as refused:
        told.takes_days([date(2028, 12, d) for d in range(1, 10)], 0)  # 22 days at 130 = 2,860
    assert rules(refused) == {"make_up_taken"}
    told.takes_days([date(2028, 12, 1)], 9999)
    with pytest.raises(BadInput) as refused:  # 9,999 on one day is 130 within the maximum
        told.takes_days([date(2028, 12, d) for d in range(2, 11)], 0)
    assert rules(refused) == {"make_up_taken"}


def test_what_was_taken_beyond_the_annual_quantity_lowers_later_take_or_pay_up_to_its_cap():
    told = story({}, carry_forward={"cap": "10 %"}).takes(2027, 110)  # 40,150: 3,650 beyond
    assert figures(last(told), "carried", "short") == [3650, 0]
    told.takes(2028, 70)  # 25,620: 3,580 short, the cap is 2,920
    assert last(told).body["carried_used"] == [[2027, "2920"]]
    assert figures(last(told), "owed", "short", "amount_minor") == [29200, 660, 11_880_000]  # 660 x 180
    assert lots(told) == [(2028, 660, 660)]
    told.takes(2029, 79)  # 28,835: 365 short, 730 are left
    assert last(told).body["carried_used"] == [[2027, "365"]]
    assert [int(c.left) for c in told.bank.carried] == [365]


def test_carry_forward_expires_and_is_used_oldest_first():
    told = story({}, years=4, carry_forward={"cap": "100 %", "years": 1})
    told.takes(2027, 110).takes(2028, 110)  # 3,650 and 366 x 110 - 36,500 = 3,760
    assert last(told).body["expired"] == [["carry-forward", 2027, "3650"]]
    told.takes(2029, 79)
    assert last(told).body["carried_used"] == [[2028, "365"]]
    assert last(told).body["expired"] == [["carry-forward", 2028, "3395"]]
    told.takes(2030, 79)
    assert last(told).body["carried_used"] == []
    assert figures(last(told), "short") == [365]
    unlimited = story({}, years=4, carry_forward={"cap": "100 %"}).takes(2027, 101).takes(2028, 110)
    unlimited.takes(2029, 78)  # 28,470: 730 short; 365 of 2027 and 365 of 2028
    assert last(unlimited).body["carried_used"] == [[2027, "365"], [2028, "365"]]


def test_what_is_drawn_is_not_carried_forward():
    told = story({}, carry_forward={"cap": "10 %"}).takes(2027, 70)
    for month in told.months(2028)[:11]:
        told.delivers(month, 110).issues("final invoice", month)
    told.delivers("2028-12", 110).says("make-up draw", month="2028-12", quantity=3000)
    told.issues("final invoice", "2028-12")
    statement = told.issues("annual statement", 2028)
    assert figures(statement, "carried") == [760]  # 40,260 - 3,000 - 36,500


def test_a_contract_year_may_begin_in_october_and_has_a_leap_day():
    october = {"begin": date(2027, 10, 1), "end": date(2028, 10, 1)}
    told = Story(agreement(terms(take_or_pay=EIGHTY, make_up={}, **october), year_starts="10-01"))
    told.takes(2027, 70)  # 366 days: 25,620
    statement = last(told)
    assert figures(statement, "year", "taken", "short") == [2027, 25620, 3580]
    assert told.months(2027)[0] == "2027-10"
    leap = next(e for e in told.journal.events if e.kind == "final invoice" and e.body["month"] == "2028-02")
    assert leap.body["lines"][0]["quantity"] == "2030"  # 29 x 70


def test_statements_wait_for_all_invoices_and_come_once():
    told = story({})
    told.delivers("2027-01").issues("final invoice", "2027-01")
    with pytest.raises(BadInput) as refused:
        told.issues("annual statement", 2027)
    assert rules(refused) == {"statement_invoices"}
    told = story({}).takes(2027, 80)
    with pytest.raises(BadInput) as refused:
        told.issues("annual statement", 2027)
    assert rules(refused) == {"statement_once"}
    with pytest.raises(BadInput) as refused:
        told.takes_days([date(2027, 5, 5)], 70)
    assert rules(refused) == {"year_closed"}


@pytest.mark.parametrize("of", [2026, 2030, 1, 9999, 10**30, "2027-01", "", "-1", "20\u0662\u0667"])
def test_statements_of_other_years_are_refused(of):
    with pytest.raises(BadInput) as refused:
        story({}).journal.issue("annual statement", "gas", of, 0)
    assert "contract_year" in rules(refused)


def test_annual_quantities_may_differ_by_year():
    told = Story(agreement(terms(end=date(2029, 1, 1), take_or_pay=EIGHTY,
                                 quantity=quantity(annual={"2027": 36500, "2028": "20000 1000m3"}))))  # fmt: skip
    told.takes(2027, 80).takes(2028, 40)  # 366 x 40 = 14,640 of 16,000
    assert figures(last(told), "owed", "short") == [16000, 1360]
