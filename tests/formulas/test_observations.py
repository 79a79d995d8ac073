"""What counts of a series: versions, cut-offs, closed days, missing ones; and the file that holds them."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from tests.formulas.observed import observed, row, rows

from walras.errors import BadInput
from walras.formulas import Context, Observation, SeriesFacts, Table, parse, read_observations, unit

BRENT = 'index "brent": USD/bbl daily; '


def value(text, at, seen, **more):
    return str(parse(text).check().evaluate(Context(at, seen, **more)))


@pytest.fixture
def three_days():
    return observed(rows("brent", "USD/bbl", {"2024-03-01": 80, "2024-03-02": 82, "2024-03-04": 90}))


def test_an_average_over_a_missing_day_says_which_one(three_days):
    text = BRENT + 'mean(index("brent"), days=6) -> USD/bbl'
    with pytest.raises(BadInput) as caught:
        value(text, date(2024, 3, 5), three_days)
    (mistake,) = caught.value.mistakes
    assert mistake.what == "brent has no observation for 2024-02-28, 2024-02-29, 2024-03-03"
    assert (mistake.rule, mistake.where) == ("observation_missing", "formula line 1, column 31")


def test_many_missing_days_are_counted(three_days):
    with pytest.raises(BadInput, match="2023-03-16 and 351 more"):  # 366 days less 3 observed less 12 named
        value(BRENT + 'mean(index("brent"), days=366) -> USD/bbl', date(2024, 3, 5), three_days)


def test_the_last_known_observation_counts_only_as_far_back_as_said(refused, three_days):
    text = BRENT + 'mean(index("brent", last_known={}), days=4) -> USD/bbl'
    assert value(text.format(1), date(2024, 3, 5), three_days) == "83.5 USD/bbl"  # (80 + 82 + 82 + 90) / 4
    text = BRENT + 'index("brent", last_known={}) -> USD/bbl'
    assert value(text.format(2), date(2024, 3, 6), three_days) == "90 USD/bbl"
    assert refused(lambda: value(text.format(1), date(2024, 3, 6), three_days))[0] == "observation_missing"


def test_a_division_by_a_series_with_a_missing_observation_has_no_result(refused, three_days):
    text = BRENT + '1 USD/bbl / index("brent") -> 1'
    assert refused(lambda: value(text, date(2024, 3, 3), three_days)) == (
        "observation_missing", "formula line 1, column 43")  # fmt: skip


def test_all_parts_that_miss_something_say_so_together(three_days):
    text = BRENT + 'index "cpi": 1 monthly; index("brent") * index("cpi") + 1 USD/bbl / 0 -> USD/bbl'
    with pytest.raises(BadInput) as caught:
        value(text, date(2024, 3, 3), three_days)
    assert [m.rule for m in caught.value.mistakes] == ["observation_missing", "observation_missing", "division_by_zero"]


def test_the_highest_version_published_in_time_counts(refused):
    seen = observed([
        row("brent", "USD/bbl", "2024-03-01", 80, "2024-03-02T10:00Z", 1),
        row("brent", "USD/bbl", "2024-03-01", 81, "2024-03-05T10:00Z", 2),
        row("brent", "USD/bbl", "2024-03-01", 99, "2024-03-20T10:00Z", 3),
    ])  # fmt: skip
    plain = BRENT + 'index("brent") -> USD/bbl'
    cut = plain.replace("daily;", "daily, published within {} days;")
    day = date(2024, 3, 1)
    assert value(plain, day, seen) == "99 USD/bbl"
    assert value(plain, day, seen, known_at=datetime(2024, 3, 5, 10, tzinfo=UTC)) == "81 USD/bbl"
    assert value(plain, day, seen, known_at=datetime(2024, 3, 5, 9, 59, tzinfo=UTC)) == "80 USD/bbl"
    assert value(cut.format(10), day, seen) == "81 USD/bbl"
    assert value(cut.format(1), day, seen) == "80 USD/bbl"
    late = lambda: value(cut.format(0), day, seen)  # noqa: E731
    assert refused(late) == ("observation_cut_off", "formula line 1, column 56")


@pytest.mark.parametrize(("declared", "period", "at", "last"), [
    ("mtu 60 min", "2024-03-01T08:00Z", datetime(2024, 3, 1, 8, tzinfo=UTC), "2024-03-02T09:00Z"),
    ("monthly", "2024-02", date(2024, 2, 10), "2024-03-02T00:00Z"),
    ("daily", "2024-02-29", date(2024, 2, 29), "2024-03-02T00:00Z"),
])  # fmt: skip
def test_a_cut_off_counts_from_the_end_of_the_period(refused, declared, period, at, last):
    text = f'index "x": EUR {declared}, published within 1 days; index("x") -> EUR'
    assert value(text, at, observed([row("x", "EUR", period, 5, last)])) == "5 EUR"
    late = observed([row("x", "EUR", period, 5, last.replace(":00Z", ":01Z"))])
    assert refused(lambda: value(text, at, late))[0] == "observation_cut_off"


def test_a_cut_off_ends_with_the_minute():
    seen = observed([row("brent", "USD/bbl", "2024-03-01", 80, "2024-03-03T00:00Z"),
                     row("brent", "USD/bbl", "2024-03-01", 99, "2024-03-03T00:00:01Z", 2)])  # fmt: skip
    text = 'index "brent": USD/bbl daily, published within 1 days; index("brent") -> USD/bbl'
    assert value(text, date(2024, 3, 1), seen) == "80 USD/bbl"


def test_closed_days_are_left_out_and_a_window_of_them_alone_is_refused(refused):
    seen = observed(rows("brent", "USD/bbl", {"2024-03-01": 80, "2024-03-02": "closed", "2024-03-03": 90}))
    text = BRENT + 'mean(index("brent"), days={}) -> USD/bbl'
    assert value(text.format(3), date(2024, 3, 4), seen) == "85 USD/bbl"
    assert refused(lambda: value(text.format(1), date(2024, 3, 3), seen))[0] == "observation_missing"
    one = BRENT + 'index("brent", last_known=1) -> USD/bbl'
    assert value(one, date(2024, 3, 2), seen) == "80 USD/bbl"


def test_a_fixing_on_a_weekend_is_missing_unless_the_last_known_may_count(refused):
    seen = observed(rows("USD/EUR", "EUR/USD", {"2024-03-01": "0.92"}))
    text = 'fx "USD" "EUR": workdays; fx("USD", "EUR"{}) -> EUR/USD'
    assert value(text.format(", last_known=3"), date(2024, 3, 3), seen) == "0.92 EUR/USD"
    with pytest.raises(BadInput, match="2024-03-03 \\(a weekend\\)"):
        value(text.format(""), date(2024, 3, 3), seen)


@pytest.mark.parametrize(("facts", "rule"), [
    (SeriesFacts(unit("EUR/bbl"), "day"), "series_unit"),
    (SeriesFacts(unit("USD/bbl"), "month"), "series_grid"),
])  # fmt: skip
def test_observations_fit_the_declaration(refused, facts, rule):
    table = Table()
    table.add("brent", facts, [Observation(1, Fraction(1), 0)])
    assert refused(lambda: value(BRENT + 'index("brent") -> USD/bbl', date(2024, 3, 1), table))[0] == rule


def test_observations_in_another_unit_of_the_dimension_are_scaled():
    seen = observed(rows("da", "EUR/kWh", {"2024-03-01": "0.05"}))
    text = 'index "da": EUR/MWh daily; index("da") -> EUR/MWh'
    assert value(text, date(2024, 3, 1), seen) == "50 EUR/MWh"
    (found,) = parse(text).check().explain(Context(date(2024, 3, 1), seen)).observations
    assert str(found.value) == "0.05 EUR/kWh"


GOOD = row("brent", "USD/bbl", "2024-03-01", "80.5", "2024-03-02T10:00+03:00")


@pytest.mark.parametrize(("change", "rule"), [
    ({"value": "NaN"}, "observation_number"),
    ({"value": "1e5"}, "observation_number"),
    ({"value": ""}, "observation_number"),
    ({"period": "2023-02-29"}, "observation_period"),
    ({"period": "1.3.2024"}, "observation_period"),
    ({"period": "2024-03-01T10:00"}, "observation_period"),
    ({"unit": "dollars"}, "unit_known"),
    ({"published_at": "2024-03-02T10:00"}, "published_time"),
    ({"version": "0"}, "observation_version"),
    ({"series": ""}, "observation_named"),
    ({"source": ""}, "observation_named"),
])  # fmt: skip
def test_a_wrong_row_is_refused(refused, change, rule):
    assert refused(lambda: observed([GOOD | change])) == (rule, "observations row 1")


@pytest.mark.parametrize(("second", "rule"), [
    ({}, "observation_once"),
    ({"value": "closed", "version": "2"}, "observation_once"),
    ({"unit": "EUR/bbl", "version": "2"}, "series_same"),
    ({"period": "2024-04", "version": "2"}, "series_same"),
])  # fmt: skip
def test_rows_do_not_contradict_each_other(refused, second, rule):
    assert refused(lambda: observed([GOOD, GOOD | second])) == (rule, "observations row 2")


def test_a_file_is_read_and_every_mistake_of_it_listed(tmp_path, refused):
    path = tmp_path / "observations.csv"
    head = "series,period,value,unit,published_at,version,source\n"
    path.write_text(head + "brent,2024-03-01,80.5,USD/bbl,2024-03-02T10:00Z,1,an exchange\n", encoding="utf-8")
    assert value(BRENT + 'index("brent") -> USD/bbl', date(2024, 3, 1), read_observations(path)) == "80.5 USD/bbl"
    path.write_text(head + "brent,x,y,z,w,v,\n", encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_observations(path)
    assert len(caught.value.mistakes) == 6
    path.write_text("series,value\n", encoding="utf-8")
    assert refused(lambda: read_observations(path)) == ("observation_columns", "observations.csv")
    path.write_bytes(b"\xff\xfe\x00")
    assert refused(lambda: read_observations(path))[0] == "observation_file"
