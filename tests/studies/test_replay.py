"""Days are replayed once each, resumed after a kill, and never mixed with another replay."""

import json
import os
import signal
import subprocess
import sys
import time
from datetime import date

import polars as pl
import pytest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "formats"))
from tests.formats.gme_tables import tiny_tables, write_tables

from walras.coupling.clear import clear
from walras.errors import BadInput, NoResult, SolverFailed
from walras.studies import replay_day
from walras.studies.replay import replay, summary

FIRST, LAST = date(2024, 5, 7), date(2024, 5, 9)
DAYS = [date(2024, 5, d) for d in (7, 8, 9)]


@pytest.fixture
def src(tmp_path):
    parts = [tiny_tables(d) for d in DAYS]
    return write_tables(tmp_path / "src", {n: [r for p in parts for r in p[n]] for n in parts[0]})


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def deterministic(table):
    return table.drop("seconds")


def test_every_day_gets_a_row_a_market_and_a_result(tmp_path, src):
    days = replay(src, FIRST, LAST, tmp_path / "out", processes=1)
    assert days["day"].to_list() == ["2024-05-07", "2024-05-08", "2024-05-09"]
    assert days["prices_total"].to_list() == [48] * 3
    assert days["blocks_total"].to_list() == [2] * 3
    assert days["violations"].sum() == 0
    assert pl.read_csv(tmp_path / "out" / "days.csv")["day"].to_list() == days["day"].to_list()
    for d in days["day"]:
        assert (tmp_path / "out" / d / "result" / "summary.json").is_file()
        assert (tmp_path / "out" / d / "market" / "market.toml").is_file()
    assert summary(days)["days"] == 3


def test_a_day_on_which_the_solver_fails_does_not_stop_the_others(tmp_path, src, monkeypatch):
    def failing(book, settings):
        if book.delivery_day == DAYS[1]:
            raise SolverFailed("status unknown")
        return clear(book, settings)

    monkeypatch.setattr(replay_day, "clear", failing)
    with pytest.raises(NoResult, match="2024-05-08: the solver failed: status unknown"):
        replay(src, FIRST, LAST, tmp_path / "out", processes=1)
    assert pl.read_csv(tmp_path / "out" / "days.csv")["day"].to_list() == ["2024-05-07", "2024-05-09"]


def test_workers_find_what_one_process_finds(tmp_path, src):
    alone = replay(src, FIRST, LAST, tmp_path / "alone", processes=1)
    together = replay(src, FIRST, LAST, tmp_path / "together", processes=2)
    assert deterministic(alone).equals(deterministic(together))


def test_a_finished_day_is_not_done_again(tmp_path, src):
    seen = []
    replay(src, FIRST, FIRST, tmp_path / "out", processes=1)
    marker = tmp_path / "out" / "2024-05-07" / "done.json"
    before = marker.stat().st_mtime_ns
    days = replay(src, FIRST, LAST, tmp_path / "out", processes=1, progress=lambda *a: seen.append(a))
    assert marker.stat().st_mtime_ns == before
    assert [s[2] for s in seen] == DAYS[1:]
    assert [s[:2] for s in seen] == [(2, 3), (3, 3)]
    assert len(days) == 3


def test_a_day_without_its_marker_is_done_again(tmp_path, src):
    first = replay(src, FIRST, FIRST, tmp_path / "out", processes=1)
    (tmp_path / "out" / "2024-05-07" / "done.json").unlink()
    (tmp_path / "out" / "2024-05-07" / "result" / "prices.parquet").write_bytes(b"half")
    again = replay(src, FIRST, FIRST, tmp_path / "out", processes=1)
    assert deterministic(first).equals(deterministic(again))


def test_a_killed_replay_goes_on(tmp_path, src):
    code = f"""
import time, pathlib, datetime
from walras.studies.replay import replay
src, out = pathlib.Path({str(src)!r}), pathlib.Path({str(tmp_path / "out")!r})
replay(src, datetime.date(2024, 5, 7), datetime.date(2024, 5, 9), out,
       processes=1, progress=lambda *a: time.sleep(60))
"""
    child = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60
    while not (tmp_path / "out" / "2024-05-07" / "done.json").is_file():
        assert time.monotonic() < deadline
        assert child.poll() is None
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    (tmp_path / "out" / ".2024-05-08.123.part").mkdir()
    days = replay(src, FIRST, LAST, tmp_path / "out", processes=1)
    whole = replay(src, FIRST, LAST, tmp_path / "whole", processes=1)
    assert deterministic(days).equals(deterministic(whole))
    assert not list((tmp_path / "out").glob(".*"))


@pytest.mark.skipif(not os.path.isdir("/proc"), reason="looks at processes under /proc")
def test_workers_end_when_their_parent_is_killed(tmp_path, src):
    out = tmp_path / "out"
    code = f"""
import os, sys, time, pathlib, datetime
from walras.studies import replay as study
def told(*_):
    workers = [p for p in pathlib.Path("/proc").glob("[0-9]*") if (p / "stat").is_file()
               and (p / "stat").read_text().rsplit(")", 1)[1].split()[1] == str(os.getpid())]
    pathlib.Path({str(tmp_path / "workers")!r}).write_text(" ".join(p.name for p in workers))
    time.sleep(60)
if __name__ == "__main__":
    study.replay(pathlib.Path({str(src)!r}), datetime.date(2024, 5, 7), datetime.date(2024, 5, 9),
                 pathlib.Path({str(out)!r}), processes=2, progress=told)
"""
    (tmp_path / "run.py").write_text(code)
    child = subprocess.Popen([sys.executable, tmp_path / "run.py"])
    told, deadline = tmp_path / "workers", time.monotonic() + 60
    while not (told.is_file() and told.read_text()):
        assert time.monotonic() < deadline
        assert child.poll() is None
        time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    while any(is_running(pid) for pid in told.read_text().split()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_misses_name_what_differs(tmp_path, src):
    replay(src, FIRST, FIRST, tmp_path / "out", processes=1)
    misses = pl.read_csv(tmp_path / "out" / "2024-05-07" / "misses.csv", infer_schema=False)
    row = json.loads((tmp_path / "out" / "2024-05-07" / "done.json").read_text())
    assert (misses["kind"] == "price").sum() == row["prices_total"] - row["prices_equal"]
    assert (misses["kind"] == "block").sum() == row["blocks_total"] - row["blocks_equal"]


def test_a_folder_belongs_to_one_way_of_clearing(tmp_path, src):
    replay(src, FIRST, FIRST, tmp_path / "out", processes=1)
    with pytest.raises(BadInput, match="other options"):
        replay(src, FIRST, FIRST, tmp_path / "out", blocks="published", processes=1)


def test_a_folder_with_something_else_is_left_alone(tmp_path, src):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "diary.txt").write_text("dear")
    with pytest.raises(BadInput, match="not a replay"):
        replay(src, FIRST, FIRST, tmp_path / "out", processes=1)


def test_nothing_is_written_when_a_day_is_missing(tmp_path, src):
    with pytest.raises(BadInput, match="no rows for 2024-05-10"):
        replay(src, FIRST, date(2024, 5, 10), tmp_path / "out", processes=1)
    assert not (tmp_path / "out").exists()


def test_days_in_the_wrong_order_are_a_mistake(tmp_path, src):
    with pytest.raises(BadInput, match="before the first"):
        replay(src, LAST, FIRST, tmp_path / "out", processes=1)


@pytest.mark.parametrize("processes", [1, 2])
def test_mistakes_of_every_day_come_back_after_the_good_days(tmp_path, processes):
    parts = [tiny_tables(d) for d in DAYS]
    for part in parts[:2]:
        part["simple-bid-curves"][0]["side"] = "both"
    src = write_tables(tmp_path / "src", {n: [r for p in parts for r in p[n]] for n in parts[0]})
    with pytest.raises(BadInput) as caught:
        replay(src, FIRST, LAST, tmp_path / "out", processes=processes)
    assert [m.rule for m in caught.value.mistakes] == ["side_known"] * 2
    assert (tmp_path / "out" / "2024-05-09" / "done.json").is_file()
    assert not (tmp_path / "out" / "2024-05-07").exists()
