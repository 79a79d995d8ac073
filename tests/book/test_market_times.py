"""Days of 23 and 25 hours, odd offsets, mixed grids, and carriers with days of their own."""

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from tests.builders import one_zone
from tests.folders import Folder

from walras.book.folder import read, write
from walras.book.hashing import same_market
from walras.book.spans import time_text
from walras.errors import BadInput


def utc(hours: float, day: str = "2025-04-01") -> str:
    """A time as files write it, some hours from the beginning of a UTC day."""
    at = datetime.fromisoformat(day).replace(tzinfo=UTC) + timedelta(hours=hours)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Day(NamedTuple):
    """A delivery day: its time zone, when it begins in UTC, and how many hours it has."""

    zone: str
    day: str
    first: str
    hours: int


SPRING = Day("Europe/Rome", "2025-03-30", "2025-03-29T23:00:00+00:00", 23)
AUTUMN = Day("Europe/Rome", "2025-10-26", "2025-10-25T22:00:00+00:00", 25)
NEPAL = Day("Asia/Kathmandu", "2025-04-01", "2025-03-31T18:15:00+00:00", 24)
DAYS = [
    SPRING,
    AUTUMN,
    NEPAL,
    Day("Europe/Rome", "2025-04-01", "2025-03-31T22:00:00+00:00", 24),
    Day("America/St_Johns", "2025-03-09", "2025-03-09T03:30:00+00:00", 23),
    Day("Asia/Beirut", "2025-03-30", "2025-03-29T22:00:00+00:00", 23),
]
HOURLY = {"A": 60, "B": 60}


def day_market(path, when: Day, minutes: dict[str, int], hours: int) -> Folder:
    """A market whose horizons follow the calendar: two zones and a line with `hours` of capacities."""
    folder = Folder(path)
    for file in path.glob("*.csv"):
        if file.stem not in {"zones", "grids", "lines", "line_capacities"}:
            file.unlink()
    folder.setting("time_zone", f'time_zone = "{when.zone}"')
    folder.setting("delivery_day", f"delivery_day = {when.day}")
    grids = folder.rows("grids")
    rows = [{k: v for k, v in g.items() if k not in {"start", "end"}} for g in grids]
    folder.save("grids", [r | {"mtu_minutes": str(minutes[r["zone"]])} for r in rows])
    start = datetime.fromisoformat(when.first)
    step = max(minutes.values())
    times = [(start + timedelta(minutes=step * i)).strftime("%Y-%m-%dT%H:%M:%SZ") for i in range(hours * 60 // step)]
    row = folder.rows("line_capacities")[0]
    folder.save("line_capacities", [row | {"mtu_start": t} for t in times])
    return folder


@pytest.mark.parametrize("when", DAYS, ids=lambda d: f"{d.zone} {d.hours}")
@pytest.mark.parametrize("minutes", [{"A": 60, "B": 60}, {"A": 15, "B": 30}])
def test_the_delivery_day_has_the_hours_of_its_calendar(tmp_path, when, minutes):
    book = read(day_market(tmp_path / "market", when, minutes, when.hours).path)
    assert [g.cell_count for g in book.cells.grids] == [when.hours * 60 // minutes[z] for z in "AB"]
    assert time_text(int(book.cells.start[0])) == when.first.replace("+00:00", "Z")
    assert len(book.lines.period_start) == when.hours * 60 // max(minutes.values())
    for form in ("parquet", "csv"):
        write(book, tmp_path / form, format=form)
        assert same_market(read(tmp_path / form), book)


def test_24_hours_on_a_25_hour_day_are_counted(tmp_path):
    folder = day_market(tmp_path / "market", AUTUMN, HOURLY, 24)
    mistake = folder.mistake()
    assert (mistake.rule, mistake.what) == ("mtus_complete", "24 of 25 MTUs are given in line_capacities")
    assert "all 25 MTUs" in mistake.fix


def test_24_hours_on_a_23_hour_day_reach_into_the_next_day(tmp_path):
    folder = day_market(tmp_path / "market", SPRING, HOURLY, 24)
    mistake = folder.mistake()
    assert (mistake.rule, mistake.where) == ("inside_horizon", "line_capacities row 24, line 'A-B'")


def test_whole_utc_hours_are_not_on_the_grid_of_kathmandu(tmp_path):
    folder = day_market(tmp_path / "market", NEPAL, HOURLY, 24)
    folder.change("line_capacities", 1, mtu_start="2025-03-31T19:00:00Z")
    assert "mtu_on_grid" in [m.rule for m in folder.mistakes()]


def test_a_line_between_15_and_60_minutes_covers_four_cells_at_one_end(folder):
    lines, cells = read(folder.path).lines, read(folder.path).cells
    assert lines.minutes.tolist() == [60]
    assert lines.from_cell.tolist() == [0, 4, 8]
    assert lines.from_cells.tolist() == [4, 4, 4]
    assert lines.to_cell.tolist() == [12, 13, 14]
    assert lines.to_cells.tolist() == [1, 1, 1]
    assert (cells.start[lines.from_cell] == lines.period_start).all()
    assert (cells.start[lines.to_cell] == lines.period_start).all()


def test_three_grids_in_one_folder(folder):
    folder.add("zones", zone="C")
    folder.add("grids", zone="C", mtu_minutes="30")
    folder.add("lines", line="A-C", from_zone="A", to_zone="C")
    for half in range(6):
        folder.add("line_capacities", line="A-C", mtu_start=utc(half / 2))
    book = read(folder.path)
    assert [g.mtu_minutes for g in book.cells.grids] == [15, 60, 30]
    assert book.lines.name == ("A-B", "A-C")
    assert book.lines.minutes.tolist() == [60, 30]
    assert np.bincount(book.lines.period_line).tolist() == [3, 6]
    write(book, folder.path.with_name("again"))
    assert same_market(read(folder.path.with_name("again")), book)


def test_a_gas_day_straddles_two_power_days(folder):
    folder.setting("time_zone", 'time_zone = "Europe/Rome"')
    gas = {"carrier": "gas", "mtu_minutes": "60", "start": utc(4), "end": utc(28)}
    for zone in "AB":
        folder.add("grids", zone=zone, **gas)
    folder.add("lines", line="pipe", carrier="gas", mtu_minutes="1440")
    folder.add("line_capacities", line="pipe", mtu_start=utc(4))
    book = read(folder.path)
    assert [(g.zone, g.carrier) for g in book.cells.grids] == [
        (0, "electricity"), (0, "gas"), (1, "electricity"), (1, "gas"),
    ]  # fmt: skip
    assert book.cells.grids[1].cell_count == 24
    pipe = book.lines.name.index("pipe")
    period = book.lines.period_line.tolist().index(pipe)
    assert book.lines.from_cells[period] == 24
    assert book.lines.from_grid[pipe] == 1


def test_starts_that_are_not_aligned_share_no_line(folder):
    folder.change("grids", 1, start="2025-04-01T00:05:00Z", end="2025-04-01T03:05:00Z")
    assert "line_horizon" in [m.rule for m in folder.mistakes()]


def test_midnight_that_the_clock_skips_is_where_the_day_begins():
    from walras.book.read_terms import delivery_day_minutes

    start, end = delivery_day_minutes(date(2025, 3, 30), ZoneInfo("Asia/Beirut"))
    assert (time_text(start), time_text(end)) == ("2025-03-29T22:00:00Z", "2025-03-30T21:00:00Z")


@pytest.mark.parametrize(
    ("hours", "stop_at", "rules"), [(25, 24, ["mtus_complete"]), (25, 25, []), (25, 23, []), (24, 23, [])]
)
def test_curves_that_stop_after_24_of_25_hours_are_a_mistake(tmp_path, hours, stop_at, rules):
    said = one_zone(hours=hours)
    for hour in range(stop_at):
        said.sells("A", 10, at=20, hour=hour, order="curve")
    write(said.book(), tmp_path / "market")
    try:
        found = []
        read(tmp_path / "market")
    except BadInput as error:
        found = [m.rule for m in error.mistakes]
    assert found == rules
