"""Nominations, permits, force majeure, flexibility and postponement: what is refused by which rule, and what counts."""

from datetime import date, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from tests.contracts.builders import Story, agreement, due, price, quantity, rules, terms

from walras.contracts.calendar import begin_of
from walras.contracts.path import at_source, entering_hops
from walras.contracts.quantities import annual_quantity, daily_range, owed
from walras.errors import BadInput
from walras.formulas.periods import EPOCH

EIGHTY = {"take_or_pay": {"share": "80 %"}}
BANDS = [
    {"level": "low", "minimum": 40, "maximum": 80, "notice_hours": 48},
    {"level": "normal", "minimum": 80, "maximum": 110, "notice_hours": 8},
    {"level": "high", "minimum": 110, "maximum": 130, "notice_hours": 24},
]
PERMITS = [
    {"permit": "P-1", "begin": date(2027, 1, 1), "end": date(2027, 4, 1)},
    {"permit": "P-2", "begin": date(2027, 4, 1), "end": date(2027, 7, 1), "most": 100},
]
NORTH = {"hop": "north", "operator": "S-0001", "loss": "2 %", "permits": PERMITS}


def refused_of(told, kind="nomination", at="", **fields):
    """The rules by which a fact is refused, nothing changed."""
    assert told.course() is not None
    assert told.bank is not None
    events, before = list(told.journal.events), repr(told.journal.standing)
    with pytest.raises(BadInput) as refused:
        told.says(kind, at, **fields)
    assert told.journal.events == events
    assert repr(told.journal.standing) == before
    return rules(refused)


@pytest.mark.parametrize(("day", "amount", "rule"), [
    ("2027-01-05", "130.001", "nomination_daily_maximum"), ("2027-01-05", "39.999", "nomination_daily_minimum"),
    ("2027-01-05", "-1", "nomination_daily_minimum"), ("2026-12-31", 100, "contract_valid"),
    ("2030-01-01", 100, "contract_valid"), ("9999-12-31", 100, "contract_valid"), ("0001-01-01", 100, "contract_valid"),
    ("2027-01-05", "9" * 30, "nomination_daily_maximum"),
])  # fmt: skip
def test_nominations_outside_the_terms_are_refused(day, amount, rule):
    told = Story(agreement(terms(quantity=quantity(annual=10**9)), time_zone="Asia/Yekaterinburg"))
    assert rule in refused_of(told, day=day, quantity=amount)


def test_nominations_at_the_edges_are_taken_and_the_last_one_counts():
    told = Story().says("nomination", day="2027-01-05", quantity=130).says("nomination", day="2027-01-05", quantity=40)
    assert told.course().nominated == {date(2027, 1, 5): 40}
    told.says("nomination", day="2027-01-05", quantity="50000 m3")
    assert told.course().nominated == {date(2027, 1, 5): 50}
    assert refused_of(told, day="2027-01-05", quantity="50 MWh") == {"quantity_unit"}


@pytest.mark.parametrize(("amount", "hours"), [(60, 48), (80, 8), (100, 8), (110, 8), (111, 24), (130, 24)])
def test_a_quantity_needs_the_notice_of_its_band(amount, hours):
    found = agreement(terms(quantity=quantity(swing=BANDS)), day_starts="10:00", time_zone="Europe/Minsk")
    # the contract day of 10 January begins at 7:00 UTC
    minutes = 7 * 60 - hours * 60
    at = [f"2027-01-{10 + (m // 1440):02}T{m % 1440 // 60:02}:{m % 60:02}Z" for m in (minutes, minutes + 1)]
    assert refused_of(Story(found), at=at[1], day="2027-01-10", quantity=amount) == {"nomination_notice"}
    Story(found).says("nomination", at[0], day="2027-01-10", quantity=amount)


def test_a_day_that_is_allocated_is_nominated_no_more():
    told = Story().says("allocation", day="2027-01-05", quantity=90)
    assert refused_of(told, day="2027-01-05", quantity=100) == {"nomination_closed"}


def test_a_year_is_nominated_up_to_its_maximum():
    told = Story(agreement(terms(quantity=quantity(annual=1000, annual_maximum="110 %"))))
    told.all_say([told.row("nomination", day=f"2027-01-{d:02}", quantity=120) for d in range(1, 10)])  # 1,080
    assert refused_of(told, day="2027-02-01", quantity=40) == {"nomination_annual_maximum"}
    told.says("nomination", day="2027-01-01", quantity=100)  # 1,060: the day counts once
    told.says("nomination", day="2027-02-01", quantity=40)
    told.says("nomination", day="2028-01-01", quantity=130)  # another year


def test_permits_hold_for_what_enters_their_hop():
    told = Story(agreement(terms(hops=[NORTH])))
    told.says("nomination", day="2027-03-31", quantity=130)
    told.says("nomination", day="2027-04-01", quantity=98)  # 100 enter
    assert refused_of(told, day="2027-04-01", quantity="98.01") == {"permit_covers"}
    assert refused_of(told, day="2027-07-01", quantity=40) == {"permit_valid"}
    assert told.contract().permit_on(told.contract().hops[0], date(2027, 4, 1)).permit == "P-2"


def test_a_destination_is_one_of_the_contract():
    told = Story(agreement(terms(destinations=["XB"])))
    told.says("nomination", day="2027-03-31", quantity=130, destination="XB")
    assert refused_of(told, day="2027-03-31", quantity=130, destination="XC") == {"destination"}


def test_what_enters_each_hop_leaves_the_rest_for_delivery():
    hops = [NORTH, {"hop": "south", "operator": "S-0002", "loss": "5 %"}, {"hop": "last", "operator": "S-0002"}]
    contract = agreement(terms(hops=hops)).contracts[0]
    entering = [amount for _, amount in entering_hops(contract, Fraction(931))]
    assert entering == [1000, 980, 931]  # 1,000 less 2 % is 980, less 5 % is 931
    assert at_source(contract, Fraction(931)) == 1000
    assert at_source(agreement().contracts[0], Fraction(931)) == 931


FORCE = {"share": "50 %", "cause": "a storm", "begin": "2027-03-10", "end": "2027-03-20"}


def test_force_majeure_relieves_of_a_share_of_days():
    told = Story(agreement(terms(**EIGHTY))).says("force majeure notice", "2027-03-01T00:00Z", **FORCE)
    # ten days of 50 % of 100 = 500: 80 % of 36,000
    assert owed(told.journal.agreement, told.contract(), told.course(), 2027) == 28800
    assert daily_range(told.contract(), told.course(), date(2027, 3, 19)) == (20, 65)
    assert daily_range(told.contract(), told.course(), date(2027, 3, 20)) == (40, 130)
    told.takes(2027, 70)
    assert due(told.journal.events[-1]) == 3250 * 18_000  # 28,800 less 25,550


@pytest.mark.parametrize(("at", "days"), [
    ("2027-03-12T00:00Z", 10), ("2027-03-12T00:01Z", 9), ("2027-03-15T12:00Z", 6), ("2027-03-21T23:00Z", 0),
    ("2027-03-23T00:00Z", 0),
])  # fmt: skip
def test_a_late_notice_relieves_from_some_hours_before_it(at, days):
    # 48 hours: what began before them counts no more
    told = Story(agreement(terms(**EIGHTY))).says("force majeure notice", at, **FORCE)
    assert owed(told.journal.agreement, told.contract(), told.course(), 2027) == (36500 - 50 * days) * Fraction(4, 5)


def test_two_notices_of_one_day_do_not_add_up():
    told = Story(agreement(terms(**EIGHTY))).says("force majeure notice", "2027-03-01T00:00Z", **FORCE)
    told.says("force majeure notice", "2027-03-01T00:00Z", **FORCE | {"share": "80 %", "begin": "2027-03-19"})
    assert owed(told.journal.agreement, told.contract(), told.course(), 2027) == (36500 - 9 * 50 - 80) * Fraction(4, 5)


@pytest.mark.parametrize(("changes", "rule"), [
    ({"share": "0 %"}, "share_range"), ({"share": "101 %"}, "share_range"), ({"share": "5 MWh"}, "event_field_type"),
    ({"end": "2027-03-10"}, "relief_days"), ({"end": "2031-01-01"}, "relief_days"),
    ({"begin": "2026-12-31"}, "contract_valid"), ({"cause": ""}, "event_field_present"),
    ({"cause": "a\u2028b"}, "event_field_type"), ({"cause": "\ud800"}, "event_field_type"),
    ({"cause": "a" * 501}, "event_field_type"), ({"end": "2027-3-20"}, "event_field_type"),
    ({"end": "2027-W12-6"}, "event_field_type"), ({"end": "\u0662027-03-20"}, "event_field_type"),
])  # fmt: skip
def test_notices_of_force_majeure_are_checked(changes, rule):
    assert refused_of(Story(), "force majeure notice", **FORCE | changes) == {rule}


def test_what_the_seller_failed_to_deliver_lowers_take_or_pay():
    told = Story(agreement(terms(**EIGHTY)))
    told.says("allocation", "2027-03-01T00:00Z", day="2027-02-01", quantity=30, undelivered=70)
    assert owed(told.journal.agreement, told.contract(), told.course(), 2027) == 29144  # 80 % of 36,430
    assert refused_of(told, "allocation", day="2027-02-02", quantity=30, undelivered="100.5") == {"undelivered_most"}
    assert refused_of(told, "allocation", day="2027-02-02", quantity=-1) == {"quantity_not_negative"}
    assert "quantity_not_negative" in refused_of(told, "allocation", day="2027-02-02", quantity=1, undelivered=-1)
    assert refused_of(told, "allocation", day="2027-02-02", quantity=1, tails_assay="0.2 %") == {"assays_ordered"}
    assert refused_of(told, "allocation", day="9999-12-31", quantity=1) == {"contract_valid"}


FLEXIBLE = {"flexibility": {"share": "5 %", "postponable": "10 %", "notice_days": 90}, **EIGHTY}


def test_annual_quantities_change_by_notice_within_their_share():
    told = Story(agreement(terms(**FLEXIBLE)))
    told.says("flexibility notice", "2026-10-03T00:00Z", year=2027, change=1825)  # 90 days before, 5 % of 36,500
    assert refused_of(told, "flexibility notice", year=2027, change=1) == {"flexibility_share"}
    assert refused_of(told, "flexibility notice", "2026-10-03T00:01Z", year=2027, change=-1) == {"flexibility_notice"}
    told.says("flexibility notice", year=2028, change="-1825")
    assert refused_of(told, "flexibility notice", year=2028, change=-1) == {"flexibility_share"}
    assert [annual_quantity(told.contract(), told.course(), y) for y in (2027, 2028, 2029)] == [38325, 34675, 36500]
    assert owed(told.journal.agreement, told.contract(), told.course(), 2027) == 30660


def test_quantities_are_put_off_to_a_later_year():
    told = Story(agreement(terms(**FLEXIBLE)))
    told.says("postponement", "2026-10-03T00:00Z", year=2027, to_year=2029, quantity=3000)
    assert refused_of(told, "postponement", year=2027, to_year=2028, quantity=651) == {"postponable_share"}
    told.says("postponement", year=2027, to_year=2028, quantity=650)
    assert [annual_quantity(told.contract(), told.course(), y) for y in (2027, 2028, 2029)] == [32850, 37150, 39500]
    for to in (2027, 2026, 2030, 9999):
        assert refused_of(told, "postponement", year=2028, to_year=to, quantity=1) == {"contract_year"}
    assert refused_of(told, "postponement", year=2028, to_year=2029, quantity=0) == {"postponable_share"}


@pytest.mark.parametrize("kind", ["flexibility notice", "postponement"])
def test_changes_of_years_need_terms_and_a_year_of_the_contract(kind):
    more = {"change": 1} if kind == "flexibility notice" else {"quantity": 1, "to_year": 2029}
    assert refused_of(Story(), kind, year=2028, **more) == {"flexibility_agreed"}
    for year in ("2026", "9999", "0001"):
        assert refused_of(Story(agreement(terms(**FLEXIBLE))), kind, year=year, **more) == {"contract_year"}
    for year in ("27", "0000", "-2027", "20\u0662\u0667"):
        assert refused_of(Story(), kind, year=year, **more) == {"event_field_type"}


def test_nuclear_fuel_is_flexible_and_put_off_like_gas():
    fuel = {"product_assay": "4.95 %", "feed_assay": "0.711 %", "tails_assay": "0.22 %"}
    kilograms = quantity(annual=20000, daily=0, daily_minimum=0, daily_maximum=30000)
    told = Story(agreement(terms(commodity="nuclear_fuel", unit="kgU", fuel=fuel, quantity=kilograms,
                                 prices=[price("2000 USD/kgU -> USD/kgU")], **FLEXIBLE)))  # fmt: skip
    told.says("flexibility notice", "2026-10-01T00:00Z", year=2027, change="-1000 kgU")
    told.says("postponement", year=2027, to_year=2028, quantity="2000 kgU")
    assert [annual_quantity(told.contract(), told.course(), y) for y in (2027, 2028)] == [17000, 22000]


@pytest.mark.parametrize(("day", "hours"), [
    (date(2027, 3, 26), 24), (date(2027, 3, 27), 23), (date(2027, 3, 28), 24),
    (date(2027, 10, 29), 24), (date(2027, 10, 30), 25), (date(2027, 10, 31), 24),
])  # fmt: skip
def test_a_gas_day_begins_at_six_also_where_clocks_change_before(day, hours):
    """Rome changes at 01:00 UTC of a Sunday: the gas day that began on Saturday at 06:00 is the short or long one."""
    found = agreement(time_zone="Europe/Rome", day_starts="06:00")
    begin, end = (begin_of(found, d) for d in (day, day + timedelta(days=1)))
    local = (EPOCH + timedelta(minutes=begin)).astimezone(ZoneInfo("Europe/Rome"))
    assert (local.hour, local.date(), (end - begin) / 60) == (6, day, hours)
