"""compare, convert gme, replay gme, generate: what they write, print, and how they end."""

import sys
from datetime import date
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "formats"))
from tests.formats.gme_tables import tiny_tables, write_tables


@pytest.fixture
def src(tmp_path):
    days = [tiny_tables(date(2024, 5, d)) for d in (7, 8)]
    return write_tables(tmp_path / "src", {n: [r for t in days for r in t[n]] for n in days[0]})


def test_convert_then_clear_then_compare(run, src, tmp_path):
    assert run("convert", "gme", src, "--day", "2024-05-07", "--out", tmp_path / "market").exit_code == 0
    assert run("clear", tmp_path / "market", "--out", tmp_path / "result").exit_code == 0
    published = pl.read_parquet(tmp_path / "result" / "prices.parquet").select("zone", "mtu_start", "price_eur_per_mwh")
    published.write_csv(tmp_path / "published.csv", datetime_format="%Y-%m-%dT%H:%M:%SZ")
    outcome = run("compare", tmp_path / "result", tmp_path / "published.csv")
    assert outcome.exit_code == 0
    assert "48 of 48 prices equal to the cent" in outcome.stdout
    assert "Exchanges" in run("compare", tmp_path / "result", tmp_path / "result").stdout


@pytest.mark.parametrize(
    ("option", "value"),
    [("--day", "2024-5-7"), ("--day", "tomorrow"), ("--day", "2024-02-30"), ("--day", "2023-05-07"),
     ("--borders", "open"), ("--blocks", "some")],
)  # fmt: skip
def test_convert_with_a_wrong_option_writes_nothing(run, src, tmp_path, option, value):
    options = {"--day": "2024-05-07"} | {option: value}
    words = [w for pair in options.items() for w in pair]
    outcome = run("convert", "gme", src, *words, "--out", tmp_path / "market")
    assert outcome.exit_code == 2
    assert outcome.stderr
    assert not (tmp_path / "market").exists()


def test_convert_will_not_write_over_something_else(run, src, tmp_path):
    (tmp_path / "taken").write_text("a file")
    assert run("convert", "gme", src, "--day", "2024-05-07", "--out", tmp_path / "taken").exit_code == 2
    assert (tmp_path / "taken").read_text() == "a file"


def test_replay_sums_up(run, src, tmp_path):
    words = ("--from", "2024-05-07", "--to", "2024-05-08", "--out", tmp_path / "replay", "--processes", 1)
    outcome = run("replay", "gme", src, *words)
    assert outcome.exit_code == 0
    assert "of 96 prices equal to the cent" in outcome.stdout
    assert "of 4 block decisions equal" in outcome.stdout
    assert max(len(line) for line in outcome.stdout.splitlines() if str(tmp_path) not in line) <= 80
    assert run("replay", "gme", src, *words).exit_code == 0
    assert run("replay", "gme", src, *words, "--borders", "exchanges").exit_code == 2


def test_replay_of_a_missing_day_ends_with_2(run, src, tmp_path):
    words = ("--from", "2024-05-07", "--to", "2024-05-09", "--out", tmp_path / "replay")
    outcome = run("replay", "gme", src, *words)
    assert outcome.exit_code == 2
    assert "2024-05-09" in outcome.stderr
    assert not (tmp_path / "replay").exists()


def test_generate_makes_a_market_that_clears(run, tmp_path):
    words = ("--zones", 3, "--mtu", 24, "--steps", 2000, "--blocks", 30, "--seed", 7, "--out", tmp_path / "market")
    assert run("generate", *words).exit_code == 0
    outcome = run("clear", tmp_path / "market", "--out", tmp_path / "result")
    assert outcome.exit_code == 0, outcome.stderr


def test_generate_with_impossible_numbers_ends_with_2(run, tmp_path):
    outcome = run("generate", "--zones", 0, "--mtu", 7, "--out", tmp_path / "market")
    assert outcome.exit_code == 2
    assert outcome.stderr.count("rule: ") == 2
    assert not (tmp_path / "market").exists()


def test_compare_with_nothing_ends_with_2(run, tmp_path):
    assert run("compare", tmp_path, tmp_path / "nothing.csv").exit_code == 2
