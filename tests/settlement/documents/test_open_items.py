"""Due days, netting, matching and late interest, by hand."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.settlement.documents.papers import billing

from walras.errors import BadInput
from walras.formulas import Context, parse
from walras.service.timetable.business_days import is_business_day
from walras.settlement.documents.bookings import document_entries
from walras.settlement.documents.document import body_of
from walras.settlement.documents.due_days import DueTerms, due_day
from walras.settlement.documents.interest import Span, formula_rate, late_interest, overdue
from walras.settlement.documents.interest_note import interest_note
from walras.settlement.documents.open_items import OpenItem, match_payment, set_off

DUE = date(2026, 3, 9)


def item(count, minor, due=DUE, series="INV", currency="EUR"):
    return OpenItem(f"XA-{series}-2026-{count:06d}", "M-0001", currency, due, minor)


def rules_of(call):
    with pytest.raises(BadInput) as e:
        call()
    return [m.rule for m in e.value.mistakes]


def belarus(day):
    return is_business_day(day, ("BY",), (5, 6))


def test_due_days_keep_holidays_and_weekends():
    # 30 April 2025 + 1 day is 1 May, a holiday in Belarus; Friday 2 May is a working day there.
    assert due_day(date(2025, 4, 30), DueTerms(1), belarus) == date(2025, 5, 2)
    assert due_day(date(2025, 4, 30), DueTerms(2, only_business_days=True), belarus) == date(2025, 5, 5)
    assert due_day(date(2025, 5, 1), DueTerms(0), belarus) == date(2025, 5, 2)


def test_terms_that_are_not_possible_are_refused():
    assert rules_of(lambda: DueTerms(-1)) == rules_of(lambda: DueTerms(366)) == ["due_terms_days"]
    assert rules_of(lambda: due_day(DUE, DueTerms(1), lambda day: False)) == ["due_terms_calendar"]


def test_items_of_one_due_day_are_netted_and_others_are_not():
    later = item(3, 500, DUE + timedelta(days=1), "SB")
    first, second = set_off([item(1, -10000), item(2, 3000, series="SB"), later])
    assert (first.net_minor, [p.minor for p in first.parts]) == (-7000, [-3000, 3000])
    assert (second.net_minor, second.parts) == (500, ())


def test_a_payment_goes_to_what_it_names_then_to_the_oldest():
    items = [item(2, -6000), item(1, -6000), item(3, -6000, DUE - timedelta(days=9)), item(4, 900, series="SB")]
    matched = match_payment(20000, "EUR", items, ["XA-INV-2026-000002"])
    assert [(p.number[-1], p.minor) for p in matched.parts] == [("2", -6000), ("3", -6000), ("1", -6000)]
    assert matched.credit_minor == 2000
    assert match_payment(-500, "EUR", items).parts[0].minor == 500


def test_payments_that_fit_nothing_are_refused():
    items = [item(1, -100), item(2, -100, currency="USD")]
    assert rules_of(lambda: match_payment(0, "EUR", items)) == ["payment_amount"]
    named = ["XA-INV-2026-000009", "XA-INV-2026-000002"]
    assert rules_of(lambda: match_payment(5, "EUR", items, named)) == ["document_known", "payment_currency"]


open_amounts = st.lists(st.tuples(st.integers(-999, 999), st.integers(0, 3)), max_size=8)


@given(open_amounts, st.integers(-5000, 5000).filter(bool))
def test_matching_and_netting_lose_nothing(rows, paid):
    items = [item(i, minor, DUE + timedelta(days=d)) for i, (minor, d) in enumerate(rows, 1)]
    matched = match_payment(paid, "EUR", items)
    assert matched.credit_minor - sum(p.minor for p in matched.parts) == paid
    by_number = {i.number: i.open_minor for i in items}
    assert all(0 < p.minor / by_number[p.number] <= 1 for p in matched.parts)
    for found in set_off(items):
        here = [i for i in items if i.due == found.due]
        left = {i.number: i.open_minor for i in here}
        for p in found.parts:
            left[p.number] -= p.minor
        assert sum(left.values()) == found.net_minor == sum(i.open_minor for i in here)
        assert len({v > 0 for v in left.values() if v}) <= 1  # nothing is left of one of the two signs


def test_interest_runs_from_the_day_after_the_due_day_to_the_day_of_payment():
    paid, last = [(date(2026, 3, 12), 4000), (date(2026, 3, 20), 6000)], date(2026, 3, 31)
    spans = overdue("N", 10000, DUE, paid, date(2026, 1, 1), last)
    # 3 days of 100.00 and 8 days of 60.00: 780.00 day-euros x 8 % / 365 = 0.1709...
    assert [((s.last - s.first).days + 1, s.open_minor) for s in spans] == [(3, 10000), (8, 6000)]
    found = late_interest(spans, lambda day: Fraction(8, 100), "actual/365")
    assert (found.exact, found.minor) == (Fraction(78000 * 8, 36500), 17)
    assert overdue("N", 10000, DUE, [(DUE, 10000)], date(2026, 1, 1), last) == []
    assert overdue("N", 10000, DUE, [], date(2026, 4, 1), last) == []


def test_interest_charged_in_two_notes_covers_every_day_once():
    whole = overdue("N", 10000, DUE, [(date(2026, 3, 12), 4000)], date(2026, 1, 1), date(2026, 3, 31))
    cut = date(2026, 3, 12)
    parts = overdue("N", 10000, DUE, [(cut, 4000)], date(2026, 1, 1), cut)
    parts += overdue("N", 10000, DUE, [(cut, 4000)], cut + timedelta(days=1), date(2026, 3, 31))
    assert parts == whole


def test_a_leap_year_counts_its_days():
    span = Span("N", date(2028, 2, 29), date(2028, 2, 29), 36600)
    assert late_interest([span], lambda day: Fraction(1), "actual/actual").exact == 100
    assert rules_of(lambda: late_interest([span], lambda day: Fraction(1), "30/360")) == ["day_count"]


def test_a_rate_may_be_a_formula():
    rate = formula_rate(parse("2 % + 8 % -> %").check(), Context)
    assert rate(DUE) == Fraction(1, 10)
    assert rules_of(lambda: formula_rate(parse("8 EUR/MWh -> EUR/MWh").check(), Context)) == ["interest_rate_unit"]


def test_an_interest_note_books_interest_and_no_tax():
    spans = overdue("XA-INV-2026-000001", 1000000, DUE, [], date(2026, 1, 1), date(2026, 4, 8))
    found = late_interest(spans, lambda day: Fraction(8, 100), "actual/365")
    note = interest_note(found, "member/M-0001", "EUR", billing(), date(2026, 4, 8))
    # 10,000.00 x 8 % x 30 / 365 = 65.753
    assert (note.total_minor, note.vat_minor, note.first_day) == (6575, 0, date(2026, 3, 10))
    [entry] = document_entries(body_of(note))
    assert [(p.account, p.amount_minor) for p in entry.postings] == [
        ("member/M-0001", -6575),
        ("interest/market", 6575),
    ]
    assert (
        interest_note(late_interest([], lambda day: Fraction(1), "actual/365"), "member/M-0001", "EUR", billing(), DUE)
        is None
    )
    assert rules_of(lambda: interest_note(found, "member/M-0404", "EUR", billing(), DUE)) == ["party_known"]
