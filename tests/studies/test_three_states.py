"""The three invented states: deterministic, different from day to day, small."""

from datetime import date

import numpy as np
from tests.studies.test_generate import same

from walras.book.folder import read
from walras.studies.three_states import FIRST_DAY, three_states_book, write_three_states
from walras.studies.three_states_weather import draw_weather


def test_what_is_written_reads_as_the_same_book(tmp_path):
    write_three_states(tmp_path / "three", 2, seed=3)
    weather = draw_weather(FIRST_DAY, 2, 3)
    for day in (0, 1):
        name = weather.days[day].isoformat()
        assert same(three_states_book(weather, day, ("XA", "XB")), read(tmp_path / "three" / "market" / name))
        assert same(three_states_book(weather, day, ("XC",)), read(tmp_path / "three" / "new-member" / name))


def test_more_days_and_another_seed():
    short, long, other = (draw_weather(FIRST_DAY, n, seed) for n, seed in ((5, 0), (30, 0), (5, 1)))
    assert np.array_equal(short.wind, long.wind[:5])
    assert not np.array_equal(short.wind, other.wind)
    assert long.days[-1] == date(2026, 4, 30)


def test_weather_stays_inside_what_nature_allows():
    year = draw_weather(FIRST_DAY, 366, 0)
    for part in (year.wind, year.sun):
        assert part.min() >= 0
        assert part.max() <= 1
    assert (year.sun[:, [0, 1, 2, 22, 23]] == 0).all()
    june, december = (next(d for d, day in enumerate(year.days) if day.month == m and day.day == 21) for m in (6, 12))
    assert np.count_nonzero(year.sun[june]) > np.count_nonzero(year.sun[december]) + 4
    sundays = [d.weekday() == 6 for d in year.days]
    assert year.load[sundays].mean() < 0.9 * year.load.mean()


def test_thirty_days_take_little_room(tmp_path):
    write_three_states(tmp_path / "three", 1)
    assert sum(p.stat().st_size for p in (tmp_path / "three").rglob("*") if p.is_file()) < 200_000
