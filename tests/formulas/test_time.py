"""Days of 23 and 25 hours, ends of months, leap days: which periods a formula reads."""

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.formulas.observed import observed, rows

from walras.errors import BadInput
from walras.formulas import Context, needs, parse

DA = 'index "da": EUR/MWh mtu 60 min; '


def hours(first, values):
    begin = datetime.fromisoformat(first)
    return {f"{begin + timedelta(hours=i):%Y-%m-%dT%H:%MZ}": v for i, v in enumerate(values)}


def read(text, first, last=None, zone="Europe/Rome"):
    """Return how many periods are read of the one series, the first and the last."""
    (need,) = needs(parse(text).check(), first, last or first, zone)
    return len(need.periods), need.first, need.last


@pytest.mark.parametrize(("day", "count", "first", "last"), [
    (date(2024, 4, 1), 23, "2024-03-30T23:00Z", "2024-03-31T21:00Z"),  # the day before is 31 March
    (date(2024, 10, 28), 25, "2024-10-26T22:00Z", "2024-10-27T22:00Z"),
    (date(2024, 3, 2), 24, "2024-02-29T23:00Z", "2024-03-01T22:00Z"),
])  # fmt: skip
def test_the_average_of_a_day_stands_on_all_its_hours(day, count, first, last):
    assert read(DA + 'mean(index("da"), days=1) -> EUR/MWh', day) == (count, first, last)


def test_a_day_of_25_hours_with_24_observations_is_refused_and_names_the_hour():
    text = DA + 'mean(index("da"), days=1) -> EUR/MWh'
    checked = parse(text).check()
    all_hours = hours("2024-10-26T22:00+00:00", range(25))
    whole = Context(date(2024, 10, 28), observed(rows("da", "EUR/MWh", all_hours)), time_zone="Europe/Rome")
    assert str(checked.evaluate(whole)) == "12 EUR/MWh"
    short = hours("2024-10-26T22:00+00:00", range(24))
    with pytest.raises(BadInput, match="no observation for 2024-10-27T22:00Z"):
        checked.evaluate(Context(date(2024, 10, 28), observed(rows("da", "EUR/MWh", short)), time_zone="Europe/Rome"))


def test_both_hours_called_two_in_autumn_are_told_apart():
    seen = observed(rows("da", "EUR/MWh", hours("2024-10-27T00:00+00:00", [10, 20])))
    checked = parse(DA + 'index("da") -> EUR/MWh').check()
    for hour, price in ((0, "10"), (1, "20")):
        at = datetime(2024, 10, 27, hour, 45, tzinfo=UTC)
        assert str(checked.evaluate(Context(at, seen, time_zone="Europe/Rome"))) == f"{price} EUR/MWh"


def test_hours_of_a_zone_at_half_an_hour_begin_with_its_day():
    text = DA + 'mean(index("da"), days=1) -> EUR/MWh'
    assert read(text, date(2024, 1, 2), zone="Asia/Kolkata") == (24, "2023-12-31T18:30Z", "2024-01-01T17:30Z")


@pytest.mark.parametrize(("month", "days"), [((2024, 3), 29), ((2023, 3), 28), ((2024, 1), 31), ((2024, 5), 30)])
def test_a_month_of_days_has_as_many_as_the_calendar(month, days):
    text = 'index "brent": USD/bbl daily; mean(index("brent"), months=1) -> USD/bbl'
    assert read(text, date(*month, 31 if month[1] != 4 else 30))[0] == days


def test_working_days_leave_weekends_out():
    text = 'index "brent": USD/bbl workdays; mean(index("brent"), months=1) -> USD/bbl'
    assert read(text, date(2024, 3, 15)) == (21, "2024-02-01", "2024-02-29")


def test_an_average_holds_for_its_quarter_and_the_next_one_begins_with_its_first_day():
    text = 'index "g": USD/t monthly; mean(index("g"), months=6, lag=1, every=3) -> USD/t'
    assert read(text, date(2024, 3, 31)) == (6, "2023-06", "2023-11")
    assert read(text, date(2024, 4, 1)) == (6, "2023-09", "2024-02")
    assert read(text, date(2024, 1, 1), date(2024, 12, 31)) == (15, "2023-06", "2024-08")


def test_the_month_of_a_moment_is_that_of_its_time_zone():
    text = 'index "g": USD/t monthly; index("g") -> USD/t'
    seen = observed(rows("g", "USD/t", {"2024-01": 1, "2024-02": 2}))
    at = datetime(2024, 1, 31, 22, tzinfo=UTC)
    found = [str(parse(text).check().evaluate(Context(at, seen, time_zone=z))) for z in ("UTC", "Europe/Minsk")]
    assert found == ["1 USD/t", "2 USD/t"]


def test_a_path_changes_at_local_midnight():
    checked = parse("path(2024-02-29: 1, 2024-03-01: 2) -> 1").check()
    at = datetime(2024, 2, 29, 21, tzinfo=UTC)
    assert checked.evaluate(Context(at, time_zone="Europe/Minsk")).amount == 2
    assert checked.evaluate(Context(at - timedelta(minutes=1), time_zone="Europe/Minsk")).amount == 1


def test_what_is_needed_by_mtu_covers_every_mtu_of_the_days():
    assert read(DA + 'mean(index("da"), mtus=2) -> EUR/MWh', date(2024, 3, 31)) == (
        24, "2024-03-30T21:00Z", "2024-03-31T20:00Z")  # fmt: skip
    assert read(DA + 'index("da") -> EUR/MWh', date(2024, 10, 27))[0] == 25
    assert needs(parse("1 -> 1").check(), date(2024, 1, 1), date(2024, 1, 1)) == []


def test_too_many_days_are_not_asked_about(refused):
    checked = parse("1 -> 1").check()
    assert refused(lambda: needs(checked, date(2024, 1, 1), date(2026, 1, 1)))[0] == "limit_days"
    assert refused(lambda: needs(checked, date(2024, 1, 2), date(2024, 1, 1)))[0] == "limit_days"
