"""accede and generate-three-states: what they write, print, and how they end."""

import json

import pytest


@pytest.fixture
def three(run, tmp_path):
    """Two days of the three invented states."""
    assert run("generate-three-states", "--out", tmp_path / "three", "--days", 2).exit_code == 0
    return tmp_path / "three"


def test_three_states_join_in_two_commands(run, three, tmp_path):
    words = ("accede", three / "market", three / "new-member", "--out", tmp_path / "report", "--processes", 1)
    outcome = run(*words)
    assert outcome.exit_code == 0
    summary = json.loads((tmp_path / "report" / "summary.json").read_text())
    assert summary["days"] == {"first": "2026-04-01", "last": "2026-04-02", "count": 2}
    assert summary["welfare"]["change_eur"] > 0
    assert "XC joins XA and XB: together they gain" in outcome.stdout
    assert "each audited without a violation" in outcome.stdout
    page = tmp_path / "report" / "report.html"
    assert page.stat().st_size > 1_000_000
    again = run(*words)
    assert again.exit_code == 2
    assert "rule: place_free" in again.stderr


def test_a_day_of_the_new_member_is_a_market_of_its_own(run, three, tmp_path):
    assert run("clear", three / "new-member" / "2026-04-01", "--out", tmp_path / "result").exit_code == 0


def test_every_mistake_is_printed_and_nothing_is_written(run, three, tmp_path):
    outcome = run("accede", three / "market", three / "market", "--out", tmp_path / "report")
    assert outcome.exit_code == 2
    for rule in ("member_zone_new", "member_country_new", "name_once"):
        assert f"rule: {rule}" in outcome.stderr
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(("option", "value"), [("--days", 0), ("--days", 367), ("--seed", -1)])
def test_a_number_that_makes_no_sense(run, tmp_path, option, value):
    outcome = run("generate-three-states", "--out", tmp_path / "three", option, value)
    assert outcome.exit_code == 2
    assert "rule: size" in outcome.stderr
    assert not (tmp_path / "three").exists()


def test_three_states_are_not_written_over_something(run, three):
    assert run("generate-three-states", "--out", three, "--days", 1).exit_code == 2
    assert (three / "market" / "2026-04-02").is_dir()


def test_a_limit_that_leaves_no_result_says_so(run, three, tmp_path, monkeypatch):
    from walras.errors import NoResult

    def none(*_):
        raise NoResult("not in time")

    monkeypatch.setattr("walras.studies.accession.day.clear", none)
    outcome = run("accede", three / "market", three / "new-member", "--out", tmp_path / "report", "--processes", 1)
    assert outcome.exit_code == 3
    assert "2026-04-01: not in time; 2026-04-02: not in time" in outcome.stderr
    assert not (tmp_path / "report").exists()
