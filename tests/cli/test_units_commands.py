"""units compile and units check: orders into a copy of the market, a schedule proven, the state handed on."""

import shutil
from pathlib import Path

import pytest
from tests.cli.conftest import BUNDLED, invoked

from walras.book.folder import read
from walras.units.examples import example_path


@pytest.fixture(scope="module")
def sold_once(tmp_path_factory):
    """The bundled market with the nuclear unit's orders, and its result; made once."""
    place = tmp_path_factory.mktemp("sold")
    words = ("units", "compile", example_path("nuclear"), "--market", BUNDLED, "--price-taking")
    outcome = invoked(*words, "--form", "profiles", "--out", place / "sold")
    assert outcome.exit_code == 0, outcome.stderr
    assert invoked("clear", place / "sold", "--out", place / "result").exit_code == 0
    return place


@pytest.fixture
def sold(sold_once, tmp_path):
    """The same, a test's own."""
    return tuple(shutil.copytree(sold_once / name, tmp_path / name) for name in ("sold", "result"))


def test_what_an_auction_accepts_is_proven_and_the_state_handed_on(run, sold, tmp_path):
    folder, result = sold
    state = tmp_path / "state.toml"
    words = ("units", "check", example_path("nuclear"), "--market", folder, "--result", result)
    outcome = run(*words, "--state-out", state)
    assert outcome.exit_code == 0
    assert "the unit can run this schedule" in outcome.stdout
    assert 'unit = "NPP-1"' in state.read_text(encoding="utf-8")
    assert run(*words, "--state-out", state).exit_code == 2
    again = run(*words, "--state", state)
    assert "Broken" in again.stdout or "can run" in again.stdout


def test_the_market_gets_the_orders_and_keeps_its_own(sold, market):
    old, new = read(market), read(sold[0])
    assert new.curves.count == old.curves.count + 1
    assert set(old.blocks.name) < set(new.blocks.name)
    assert all(n.startswith("NPP-1:") for n in set(new.blocks.name) - set(old.blocks.name))


def test_a_unit_that_must_run_asks_for_consent(run, market, tmp_path):
    words = ("units", "compile", example_path("nuclear"), "--market", market, "--out", tmp_path / "sold")
    outcome = run(*words)
    assert outcome.exit_code == 2
    assert "rule: unit_may_stand" in outcome.stderr
    assert "--price-taking" in outcome.stderr
    assert not (tmp_path / "sold").exists()


def test_nothing_is_written_over(run, market, sold):
    words = ("units", "compile", example_path("gas"), "--market", market, "--out", sold[0])
    outcome = run(*words)
    assert outcome.exit_code == 2
    assert "rule: place_free" in outcome.stderr


def test_a_market_that_has_the_units_orders_already_is_refused(run, sold, tmp_path):
    words = ("units", "compile", example_path("nuclear"), "--market", sold[0], "--price-taking")
    outcome = run(*words, "--out", tmp_path / "twice")
    assert outcome.exit_code == 2
    assert "rule: unit_orders_new" in outcome.stderr


def test_a_schedule_that_the_unit_cannot_run_is_told_limit_by_limit(run, market, tmp_path):
    schedule = tmp_path / "schedule.csv"
    schedule.write_text("power_mw\n" + "\n".join(["1150"] * 12 + ["100"] * 12) + "\n", encoding="utf-8")
    outcome = run("units", "check", example_path("nuclear"), "--market", market, "--schedule", schedule)
    assert outcome.exit_code == 1
    assert "minimum_power" in outcome.stdout
    assert "ramp_down" in outcome.stdout
    assert max(len(line) for line in outcome.stdout.splitlines()) <= 80


def test_expected_prices_steer_what_is_offered(run, market, tmp_path):
    prices = tmp_path / "prices.csv"
    rows = [f"{h},{90 if 8 <= h < 20 else 5},{30}" for h in range(24)]
    prices.write_text("\n".join(["hour,high,low", *rows]) + "\n", encoding="utf-8")
    words = ("units", "compile", example_path("gas"), "--market", market, "--prices", prices)
    outcome = run(*words, "--profiles", 3, "--out", tmp_path / "sold")
    assert outcome.exit_code == 0, outcome.stderr
    assert len([n for n in read(tmp_path / "sold").blocks.name if n.startswith("CCGT-1:")]) <= 3


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ((), "option_range"),
        (("--schedule", "nowhere.csv"), "unit_numbers"),
        (("--result", "nowhere"), "result_summary_readable"),
    ],
)
def test_check_says_what_it_lacks(run, market, more, rule):
    outcome = run("units", "check", example_path("gas"), "--market", market, *more)
    assert outcome.exit_code == 2
    assert f"rule: {rule}" in outcome.stderr


def test_help_shows_an_example(run):
    assert "walras units compile UNIT.toml --market" in run("units", "compile", "--help").stdout
    assert "walras units check UNIT.toml" in run("units", "check", "--help").stdout


def test_a_market_without_the_units_orders_has_no_schedule_of_it(run, market, result):
    outcome = run("units", "check", example_path("gas"), "--market", market, "--result", result)
    assert outcome.exit_code == 2
    assert "rule: unit_orders_present" in outcome.stderr
    assert Path(result).is_dir()
