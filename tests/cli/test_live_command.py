"""live: a day of a pair as a folder that other commands read, and what it refuses."""

import json

import polars as pl
import pytest


@pytest.fixture
def year(run, tmp_path):
    """One day of two states."""
    outcome = run("live", "two-states", "--out", tmp_path / "year", "--first", "2026-01-05", "--days", 1)
    assert outcome.exit_code == 0, outcome.stderr
    return tmp_path / "year", outcome


def test_a_year_is_a_folder_that_contract_commands_read(run, year):
    folder, outcome = year
    assert "1 auctions, each audited: 0 violations" in outcome.stdout
    summary = json.loads((folder / "summary.json").read_text())
    assert (summary["first"], summary["auctions"]) == ("2026-01-05", 1)
    assert set(summary["ledger"]["sums"].values()) == {0}
    assert pl.read_csv(folder / "tables" / "prices.csv").height == 7
    assert pl.read_parquet(folder / "ledger.parquet")["hash"][-1] == summary["ledger"]["head"]
    for name in ("gas", "nuclear-fuel", "oil-products", "power"):
        checked = run("contract", "check", folder / "contracts" / name)
        assert checked.exit_code == 0
        assert summary["journals"][name]["head"][:20] in checked.stdout
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "<!--" not in page.split('id="data"')[0]
    assert "gas-2026" in page
    assert {"seconds", "peak_memory_mb"} <= set(json.loads((folder / "run.json").read_text()))


def test_an_older_year_is_replaced_and_nothing_else(run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    outcome = run("live", "two-states", "--out", tmp_path / "mine", "--days", 1)
    assert (outcome.exit_code, "rule: place_free" in outcome.stderr) == (2, True)
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"


@pytest.mark.parametrize(
    ("words", "rule"), [(["two-states", "--first", "2026-02-30"], "option_day"), (["no-such-pair"], "pair_file")]
)
def test_what_cannot_be_lived_is_refused(run, tmp_path, words, rule):
    outcome = run("live", *words, "--out", tmp_path / "year", "--days", 1)
    assert outcome.exit_code == 2
    assert f"rule: {rule}" in outcome.stderr
    assert not (tmp_path / "year").exists()
