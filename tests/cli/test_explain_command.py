"""explain --what-if: the verdict in words, within 80 columns; and settings that `clear` refuses by their option."""

import pytest


def wide(text):
    return max(len(line) for line in text.splitlines())


def test_what_if_tells_what_accepting_a_rejected_block_would_do(run, market, result):
    outcome = run("explain", market, result, "XA-gas-B2-evening", "--what-if")
    assert outcome.exit_code == 0
    for words in ("if accepted", "not legal", "would lose", "welfare would fall by", "Prices of XA-south", "moves by"):
        assert words in outcome.stdout, words
    assert wide(outcome.stdout) <= 80


def test_what_if_names_who_makes_room(run, market, result):
    outcome = run("explain", market, result, "XA-smelter-B9-late", "--what-if")
    assert "left out, to make room: XA-smelter-B7-night" in outcome.stdout


def test_the_overview_shows_the_distance_of_rejected_orders_in_brackets(run, market, result):
    rows = run("explain", market, result).stdout.splitlines()
    rejected = [row for row in rows if row.split()[1:2] == ["rejected"]]
    assert rejected
    assert all("(" in row and ")" in row for row in rejected)
    assert not any("(" in row for row in rows if " accepted " in row)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--what-if",), "asks about one order"),
        (("XB-chp-B4-start", "--what-if"), "accepted already"),
        (("XB-gas-sell", "--what-if"), "curve order"),
        (("XA-gas-B2-evening", "--what-if", "--out", "why.csv"), "asks about one order"),
    ],
)
def test_what_if_needs_one_rejected_order(run, market, result, words, why):
    outcome = run("explain", market, result, *words)
    assert outcome.exit_code == 2
    assert why in outcome.stderr
    assert outcome.stderr.count("rule: ") == 1


@pytest.mark.parametrize(
    ("option", "value", "rule"),
    [
        ("--gap", 0, "gap_provable"),
        ("--gap", 0.001, "gap_provable"),
        ("--time-limit", 0, "time_limit_positive"),
        ("--iteration-limit", 0, "iteration_limit_positive"),
        ("--threads", 100_000, "threads_within_cores"),
    ],
)
def test_clear_refuses_settings_without_sense_before_it_reads_a_market(run, tmp_path, option, value, rule):
    outcome = run("clear", tmp_path / "nowhere", "--out", tmp_path / "result", option, value)
    assert outcome.exit_code == 2
    assert outcome.stderr.startswith(f"{option}: ")
    assert f"rule: {rule}" in outcome.stderr
    assert outcome.stderr.count("rule: ") == 1
