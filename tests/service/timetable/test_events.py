"""Events in UTC: daylight saving, odd offsets, holidays, and an order that holds on every day."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.service.timetable.pages import rules, timetable

from walras.service.timetable.business_days import days_back, is_business_day
from walras.service.timetable.events import events, sessions_due
from walras.service.timetable.local_time import local_text, to_utc
from walras.service.timetable.mtus import mtus

ZONES = ("UTC", "Europe/Rome", "Europe/Minsk", "Europe/Moscow", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Almaty",
         "Europe/Istanbul", "Europe/Lisbon", "America/Havana", "Australia/Lord_Howe", "Africa/Casablanca")  # fmt: skip
NIGHT = {"open": "D-3 01:30", "gate": "D-1 02:30", "results_due": "D-1 03:30", "objection_until": "D-1 23:59",
         "final": "D 00:30"}  # fmt: skip
ROME = ZoneInfo("Europe/Rome")


def gate_utc(day, **settings):
    return events(timetable(**settings), day)[1].utc


@pytest.mark.parametrize(
    ("zone", "hour", "minute"),
    [("Europe/Rome", 10, 0), ("Europe/Minsk", 9, 0), ("Asia/Kolkata", 6, 30), ("Asia/Kathmandu", 6, 15),
     ("Asia/Almaty", 7, 0), ("Europe/Istanbul", 9, 0)],
)  # fmt: skip
def test_noon_of_the_market_in_utc(zone, hour, minute):
    at = gate_utc(date(2025, 4, 2), time_zone=zone, mtu_minutes=15)
    assert at == datetime(2025, 4, 1, hour, minute, tzinfo=UTC)


def test_noon_moves_in_utc_when_the_clocks_change_in_between():
    assert [gate_utc(date(2025, 3, d)).hour for d in (30, 31)] == [11, 10]


@pytest.mark.parametrize(
    ("day", "at", "utc"),
    [
        (date(2025, 3, 30), time(1, 59), "2025-03-30T00:59:00+00:00"),
        (date(2025, 3, 30), time(2, 0), "2025-03-30T01:00:00+00:00"),
        (date(2025, 3, 30), time(2, 59), "2025-03-30T01:00:00+00:00"),
        (date(2025, 3, 30), time(3, 0), "2025-03-30T01:00:00+00:00"),
        (date(2025, 10, 26), time(2, 0), "2025-10-26T00:00:00+00:00"),
        (date(2025, 10, 26), time(2, 59), "2025-10-26T00:59:00+00:00"),
        (date(2025, 10, 26), time(3, 0), "2025-10-26T02:00:00+00:00"),
    ],
)
def test_skipped_times_are_the_change_and_doubled_times_count_first(day, at, utc):
    assert to_utc(day, at, ROME).isoformat() == utc


def test_a_gate_in_the_skipped_hour_closes_at_the_change():
    at = gate_utc(date(2025, 3, 31), events={"gate": "D-1 02:30"})
    assert at == datetime(2025, 3, 30, 1, tzinfo=UTC)
    assert local_text(at, ROME) == "2025-03-30 03:00 UTC+02:00 (Europe/Rome)"


@given(
    st.sampled_from(ZONES), st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.times(), st.times()
)  # fmt: skip
def test_wall_times_keep_their_order(zone, day, a, b):
    first, second = sorted(t.replace(second=0, microsecond=0) for t in (a, b))
    assert to_utc(day, first, ZoneInfo(zone)) <= to_utc(day, second, ZoneInfo(zone))


EVERY_DAY = [date(2020, 1, 1) + timedelta(days=n) for n in range(16 * 365 + 4)]


def check_events(zone, moments, days):
    table = timetable(moments, time_zone=zone, mtu_minutes=5)
    for day in days:
        times = [e.utc for e in events(table, day)]
        assert all(a < b for a, b in pairwise(times)), day
        assert times[1] < to_utc(day, time(0), table.zone)


def days_at_changes(zone):
    """Every day of 2020 to 2035 with a change of the clock less than five days away, and every day of 2025."""
    offsets = [datetime.combine(day, time(12), ZoneInfo(zone)).utcoffset() for day in EVERY_DAY]
    changes = [n for n, (a, b) in enumerate(pairwise(offsets)) if a != b]
    near = {m for n in changes for m in range(max(n - 4, 0), n + 6)}
    return [day for n, day in enumerate(EVERY_DAY) if n in near or day.year == 2025]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("moments", [None, NIGHT], ids=["noon", "night"])
def test_events_increase_around_every_change_of_the_clock_from_2020_to_2035(zone, moments):
    check_events(zone, moments, days_at_changes(zone))


@pytest.mark.drill
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("moments", [None, NIGHT], ids=["noon", "night"])
def test_events_increase_on_every_day_from_2020_to_2035(zone, moments):
    assert EVERY_DAY[-1] == date(2035, 12, 31)
    check_events(zone, moments, EVERY_DAY)


@pytest.mark.parametrize("countries", [["BY", "RU", "KZ"], ["NP"], ["DE-BY", "IT"], ["TR"]])
def test_events_increase_and_gates_are_business_days_with_holidays(countries):
    table = timetable(business_days={"only": True, "holidays_of": countries})
    day, last = date(2024, 1, 1), None
    while day <= date(2026, 12, 31):
        gate = events(table, day)[1]
        local = gate.utc.astimezone(ROME)
        assert is_business_day(local.date(), tuple(countries), (5, 6))
        assert local.time() == time(12)
        assert local.date() < day
        assert last is None or last <= gate.utc
        last, day = gate.utc, day + timedelta(days=1)


def test_a_session_moves_back_as_a_whole():
    only = {"only": True, "holidays_of": ["BY"]}
    plain, moved = timetable(), timetable(business_days=only)
    day = date(2025, 5, 2)
    by = {a.utc - b.utc for a, b in zip(events(plain, day), events(moved, day), strict=True)}
    assert by == {timedelta(days=1)}
    monday = date(2025, 6, 16)
    assert events(moved, monday)[1].utc.date() == date(2025, 6, 13)
    assert days_back(date(2025, 6, 15), (), (4, 5)) == 0


def test_zones_stand_side_by_side():
    table = timetable(also_shown=["Asia/Kathmandu", "Europe/Moscow"])
    assert events(table, date(2025, 4, 2))[1].elsewhere == (
        "2025-04-01 15:45 UTC+05:45 (Asia/Kathmandu)",
        "2025-04-01 13:00 UTC+03:00 (Europe/Moscow)",
    )


@pytest.mark.parametrize(
    ("zone", "day", "minutes", "count"),
    [
        ("Europe/Rome", date(2025, 3, 30), 60, 23),
        ("Europe/Rome", date(2025, 3, 30), 15, 92),
        ("Europe/Rome", date(2025, 10, 26), 60, 25),
        ("Europe/Rome", date(2025, 10, 26), 15, 100),
        ("Europe/Minsk", date(2025, 3, 30), 60, 24),
        ("Asia/Kathmandu", date(2025, 4, 1), 15, 96),
        ("Asia/Kolkata", date(2025, 4, 1), 30, 48),
        ("Australia/Lord_Howe", date(2025, 4, 6), 30, 49),
    ],
)
def test_mtus_of_a_delivery_day(zone, day, minutes, count):
    found = mtus(day, ZoneInfo(zone), minutes)
    assert len(found) == count == len({m.local for m in found}) == found[-1].number
    assert all(b.utc - a.utc == timedelta(minutes=minutes) for a, b in pairwise(found))
    assert found[0].utc == to_utc(day, time(0), ZoneInfo(zone))


def test_mtus_off_the_grid_are_refused():
    assert rules(mtus, date(2025, 4, 1), ZoneInfo("Asia/Kathmandu"), 60) == ["mtu_aligned"]
    assert rules(mtus, date(2025, 4, 6), ZoneInfo("Australia/Lord_Howe"), 60) == ["mtu_aligned"]
    assert rules(mtus, date(2025, 4, 1), ROME, 7) == ["mtu_length"]


def test_sessions_due_name_what_comes_next():
    table = timetable({"open": "D-2 09:00"})
    now = datetime(2025, 4, 1, 10, 0, tzinfo=UTC)
    due = sessions_due(table, now, timedelta(0))
    assert [(s.delivery_day.day, s.coming.name) for s in due] == [(2, "results_due"), (3, "gate")]
    before = sessions_due(table, now - timedelta(minutes=1), timedelta(0))
    assert [(s.delivery_day.day, s.coming.name) for s in before] == [(2, "gate"), (3, "gate")]
    later = sessions_due(table, now, timedelta(days=1))
    assert [s.delivery_day.day for s in later] == [2, 3, 4]
    assert later[-1].coming.name == "open"


@settings(max_examples=20, deadline=None)
@given(st.datetimes(datetime(2020, 1, 1), datetime(2034, 1, 1)), st.integers(0, 5), st.booleans())
def test_sessions_due_leave_none_out(now, days, only):
    table = timetable(business_days={"only": only, "holidays_of": ["BY", "KZ"]})
    now, horizon = now.replace(tzinfo=UTC), timedelta(days=days)
    found = [s.delivery_day for s in sessions_due(table, now, horizon)]
    span = (now.date() + timedelta(days=k) for k in range(-5, 60))
    slow = [d for d in span if (e := events(table, d))[-1].utc > now and e[0].utc < now + horizon]
    assert found == slow


def test_questions_without_sense_are_refused():
    now = datetime(2025, 4, 1, tzinfo=UTC)
    assert rules(sessions_due, timetable(), datetime(2025, 4, 1), timedelta(0)) == ["now_time_zone"]
    assert rules(sessions_due, timetable(), now, timedelta(days=-1)) == ["horizon"]
    assert rules(sessions_due, timetable(), now, timedelta(days=401)) == ["horizon"]
    assert rules(events, timetable(), date(1999, 12, 31)) == ["delivery_day"]
    assert rules(events, timetable(), date(2100, 1, 1)) == ["delivery_day"]
