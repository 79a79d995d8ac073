"""formula check, formula explain: a text is checked, a result derived."""

import pytest

TEXT = 'index "gas": EUR/MWh daily; param volume: MWh;\nround(volume * index("gas", lag=1), 2, half_up) -> EUR\n'
ROWS = "series,period,value,unit,published_at,version,source\ngas,2024-02-29,30.5,EUR/MWh,2024-03-01T08:00Z,1,a hub\n"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "bill.formula").write_text(TEXT, encoding="utf-8")
    (tmp_path / "seen.csv").write_text(ROWS, encoding="utf-8")
    return tmp_path / "bill.formula", tmp_path / "seen.csv"


def test_a_good_formula_says_what_it_takes_and_reads(run, files):
    outcome = run("formula", "check", files[0])
    assert outcome.exit_code == 0
    assert outcome.stdout.splitlines() == [
        "bill.formula is a formula in EUR", "parameters: volume (MWh)", "series: gas (EUR/MWh, daily)"]  # fmt: skip
    assert run("formula", "check", files[0], "--canonical").stdout.startswith('index "gas": EUR/MWh daily;\n')


def test_a_wrong_formula_is_refused_with_line_and_column(run, files):
    files[0].write_text("1 EUR +\n 2 USD -> EUR", encoding="utf-8")
    outcome = run("formula", "check", files[0])
    assert outcome.exit_code == 2
    assert "bill.formula line 1, column 7" in outcome.stderr
    assert "currency_explicit" in outcome.stderr
    files[0].write_bytes(b"\xff\xfe")
    assert "formula_file" in run("formula", "check", files[0]).stderr


def test_a_result_is_derived_line_by_line(run, files):
    outcome = run("formula", "explain", files[0], "--observations", files[1], "--at", "2024-03-01",
                  "--param", "volume=3 MWh", "--time-zone", "Europe/Minsk")  # fmt: skip
    assert outcome.exit_code == 0
    assert "91.5 EUR" in outcome.stdout.splitlines()[0]
    assert "gas: a hub, EUR/MWh" in outcome.stdout
    assert max(len(line) for line in outcome.stdout.splitlines()) <= 80


@pytest.mark.parametrize(("words", "rule"), [
    (("--at", "today"), "moment_given"),
    (("--at", "2024-03-01T10:00"), "moment_given"),
    (("--at", "2024-03-01", "--param", "volume"), "parameter_given"),
    (("--at", "2024-03-01", "--param", "volume=3 MWh", "--known-at", "2024-03-01T07:00Z"), "observation_cut_off"),
])  # fmt: skip
def test_what_a_result_needs_is_said(run, files, words, rule):
    outcome = run("formula", "explain", files[0], "--observations", files[1], *words)
    assert (outcome.exit_code, rule in outcome.stderr) == (2, True)
