"""convert omie, convert minimum-profit: what they write and say, and how they end."""

from datetime import date

import pytest
from tests.formats.minimum_profit_tables import tiny_auction, write_auction
from tests.formats.omie_day_files import row, tiny_day, write_day

import walras


@pytest.fixture
def day(tmp_path):
    tiny = tiny_day()
    tiny["rows"] += [row(14, t, 29.0 + k, 1.0, step=2 + k) for t in range(1, 25) for k in range(5)]
    tiny["rows"].append(row(14, 25, 29.0, 1.0))
    return write_day(tmp_path / "day", tiny)


def test_an_iberian_day_becomes_a_market_and_what_was_dropped_is_said(run, day, tmp_path):
    outcome = run("convert", "omie", day, "--out", tmp_path / "market")
    assert outcome.exit_code == 0
    assert "note: rows of period 25, which 2024-05-07 does not have, dropped: 1" in outcome.stdout
    book = walras.read(tmp_path / "market")
    assert (book.name, book.blocks.count, book.scalables.count) == ("Iberia 2024-05-07", 3, 1)


def test_the_day_of_several_is_chosen(run, day, tmp_path):
    write_day(day, tiny_day(date(2024, 5, 8)))
    assert run("convert", "omie", day, "--out", tmp_path / "market").exit_code == 2
    assert run("convert", "omie", day, "--day", "2024-05-08", "--out", tmp_path / "market").exit_code == 0
    assert walras.read(tmp_path / "market").delivery_day == date(2024, 5, 8)


def test_a_minimum_profit_auction_becomes_a_market(run, tmp_path):
    src = write_auction(tmp_path / "src", tiny_auction())
    assert run("convert", "minimum-profit", src, "--out", tmp_path / "market").exit_code == 0
    assert walras.read(tmp_path / "market").scalables.count == 2


@pytest.mark.parametrize("command", ["omie", "minimum-profit"])
def test_a_folder_of_something_else_ends_with_2_and_writes_nothing(run, tmp_path, command):
    (tmp_path / "src").mkdir()
    outcome = run("convert", command, tmp_path / "src", "--out", tmp_path / "market")
    assert outcome.exit_code == 2
    assert "fix: " in outcome.stderr
    assert not (tmp_path / "market").exists()


@pytest.mark.parametrize("command", ["omie", "minimum-profit"])
def test_nothing_else_is_written_over(run, tmp_path, command):
    (tmp_path / "taken").write_text("a file")
    assert run("convert", command, tmp_path, "--out", tmp_path / "taken").exit_code == 2
    assert (tmp_path / "taken").read_text() == "a file"
