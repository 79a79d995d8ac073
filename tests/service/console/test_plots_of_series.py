"""Series as plots show them: broken where nothing is known, bars at their categories, zero without a sign."""

from zoneinfo import ZoneInfo

import pytest

from walras.service.console import plots, shown
from walras.service.console.pages.contracts.contract import drawn
from walras.service.console.pages.results.drawn import _lines

BERLIN = ZoneInfo("Europe/Berlin")
UTC = ZoneInfo("UTC")


class Sitting:
    """As much of a desk as a series needs."""

    zone = UTC

    @staticmethod
    def t(text):
        return text


def test_a_line_is_broken_where_the_next_mtu_does_not_begin_at_the_end_of_the_last():
    morning, evening = ("2026-01-24T06:00Z", 60, 20.0), ("2026-01-24T18:00Z", 60, 20.0)
    assert shown.steps([morning, evening], UTC) == [
        ("2026-01-24T06:00:00", 20.0), ("2026-01-24T07:00:00", 20.0), ("2026-01-24T07:00:00", None),
        ("2026-01-24T18:00:00", 20.0), ("2026-01-24T19:00:00", 20.0),
    ]  # fmt: skip
    assert all(s["connectNulls"] is False for s in plots.lines({"MW": shown.steps([morning], UTC)}, "MW")["series"])


def test_the_doubled_hour_is_no_gap_and_neither_is_the_missing_one():
    for first in ("2026-10-24T22:00Z", "2026-03-28T23:00Z"):
        begin = shown.moment_of(first).timestamp()
        starts = [shown.datetime.fromtimestamp(begin + 3600 * n, tz=UTC).isoformat() for n in range(5)]
        points = shown.steps([(s, 60, 1.0) for s in starts], BERLIN)
        assert [v for _, v in points] == [1.0] * 6


def test_powers_of_orders_and_contracts_are_broken_the_same_way():
    rows = [{"mtu_start": s, "minutes": 60, "side": "supply", "offered_mw": 20.0, "accepted_mw": 5.0}
            for s in ("2026-01-24T06:00Z", "2026-01-24T18:00Z")]  # fmt: skip
    found = _lines(Sitting, rows)
    assert [v for _, v in found["supply accepted"]] == [5.0, 5.0, None, 5.0, 5.0]
    starts = [r["mtu_start"] for r in rows]
    assert [v for _, v in drawn(Sitting, starts, [7.0, 7.0], 60)] == [7.0, 7.0, None, 7.0, 7.0]


def test_bars_stand_at_their_category_also_where_a_series_lacks_some():
    options = plots.bars({"A": [("Jan", 1), ("Feb", 2), ("Mar", 3)], "B": [("Mar", 30)]}, "EUR")
    assert [s["data"] for s in options["series"]] == [[1, 2, 3], [None, None, 30]]
    late = plots.bars({"A": [("Jan", 1), ("Mar", 3)], "B": [("Feb", 20)]}, "EUR", names=("Jan", "Feb", "Mar"))
    assert late["xAxis"]["data"] == ["Jan", "Feb", "Mar"]
    assert [s["data"] for s in late["series"]] == [[1, None, 3], [None, 20, None]]


@pytest.mark.parametrize(("language", "zero"), [("en", "0.00"), ("de", "0,00"), ("ru", "0,00")])
def test_zero_has_no_sign(language, zero):
    assert {shown.number(v, 2, language) for v in (-0.0, -1e-9, -0.004, -0.005, "-0.0001")} == {zero}
    assert shown.plain(-0.0001, language) == "0"
    assert shown.number(-0.0051, 2) == "\N{MINUS SIGN}0.01"


def test_a_whole_number_of_an_address_is_read_or_none_comes_back():
    assert shown.whole_of("12") == 12
    assert [shown.whole_of(t) for t in ("", "x", "-1", "\N{SUPERSCRIPT TWO}", "9" * 5000, None)] == [None] * 6
