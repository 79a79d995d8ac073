"""convert trade-units, convert trade-results: there, cleared, and back again."""

import json
import shutil

import polars as pl
import pytest
from tests.cli.conftest import invoked
from tests.formats.trade_unit_folder import UnitFolder

import walras


@pytest.fixture
def folder(tmp_path):
    return UnitFolder(tmp_path / "folder")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A folder in trade units, the market made of it and the market's result; made once."""
    place = tmp_path_factory.mktemp("trade-units")
    folder = UnitFolder(place / "folder")
    assert invoked("convert", "trade-units", folder.path, "--out", place / "market").exit_code == 0
    assert invoked("clear", place / "market", "--out", place / "result").exit_code == 0
    return place


@pytest.fixture
def cleared(folders, tmp_path):
    """The same, a test's own."""
    return shutil.copytree(folders, tmp_path, dirs_exist_ok=True)


def test_a_folder_in_trade_units_becomes_a_market_and_what_rounding_took_is_said(run, folder, tmp_path):
    outcome = run("convert", "trade-units", folder.path, "--out", tmp_path / "market")
    assert outcome.exit_code == 0
    words = [line.split() for line in outcome.stdout.splitlines()]
    assert ["B", "gas", "1000", "m3", "5", "5", "38.868", "0.0074"] in words
    assert max(len(line) for line in outcome.stdout.splitlines() if "market" not in line) <= 80
    assert walras.read(tmp_path / "market").storages.count == 1
    assert not list((tmp_path / "market").glob("trade_units.*"))


def test_prices_come_back_in_units_and_everything_else_in_tables(run, cleared):
    outcome = run("convert", "trade-results", cleared / "market", cleared / "result", "--units", cleared / "folder",
                  "--out", cleared / "tables")  # fmt: skip
    assert outcome.exit_code == 0
    assert "10.55" in outcome.stdout
    prices = pl.read_csv(cleared / "tables" / "prices.csv")
    stored = pl.read_parquet(cleared / "result" / "prices.parquet")
    per_unit = stored["price_eur_per_mwh"] * prices["mwh_per_unit"]
    assert prices["price_eur_per_unit"].to_list() == pytest.approx(per_unit.to_list())
    assert sorted(p.stem for p in (cleared / "tables").iterdir()) == [
        "accepted_volumes", "border_exchanges", "net_positions", "prices", "scheduled_exchanges",
    ]  # fmt: skip
    again = run("convert", "trade-results", cleared / "market", cleared / "result", "--units", cleared / "folder",
                "--out", cleared / "tables")  # fmt: skip
    assert again.exit_code == 0


def test_tables_are_not_written_over_anything_else(run, cleared):
    for taken in ("result", "market", "folder"):
        outcome = run("convert", "trade-results", cleared / "market", cleared / "result", "--units",
                      cleared / "folder", "--out", cleared / taken)  # fmt: skip
        assert (outcome.exit_code, "place_free" in outcome.stderr) == (2, True)
    assert json.loads((cleared / "result" / "summary.json").read_text())["format"] == "walras-result"


def test_a_result_of_another_market_is_refused(run, cleared, cleared_once):
    outcome = run("convert", "trade-results", cleared / "market", cleared_once, "--units", cleared / "folder")
    assert (outcome.exit_code, "result_market" in outcome.stderr) == (2, True)


def test_a_market_without_units_ends_with_2_and_writes_nothing(run, market, tmp_path):
    outcome = run("convert", "trade-units", market, "--out", tmp_path / "out")
    assert (outcome.exit_code, "rule: table_present" in outcome.stderr) == (2, True)
    assert not (tmp_path / "out").exists()


def test_the_folder_itself_is_not_overwritten(run, folder):
    before = sorted(p.name for p in folder.path.iterdir())
    outcome = run("convert", "trade-units", folder.path, "--out", folder.path)
    assert (outcome.exit_code, "place_free" in outcome.stderr) == (2, True)
    assert sorted(p.name for p in folder.path.iterdir()) == before
