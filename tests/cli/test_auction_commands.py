"""demo, clear, audit, explain, report: what they write, print, and how they end."""

import json
import re
import shutil
from pathlib import Path

import polars as pl
import pytest

COMMANDS = [
    (), ("demo",), ("clear",), ("audit",), ("explain",), ("report",), ("compare",), ("convert",), ("convert", "gme"),
    ("replay",), ("replay", "gme"), ("generate",),
]  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_help_that_fits_80_columns(run, words):
    outcome = run(*words, "--help")
    assert outcome.exit_code == 0
    assert max(len(line) for line in outcome.stdout.splitlines()) <= 80


@pytest.mark.parametrize("words", [w for w in COMMANDS if w and w not in {("convert",), ("replay",)}])
def test_the_help_of_every_command_has_an_example(run, words):
    assert f"Example: walras {' '.join(words)}" in " ".join(run(*words, "--help").stdout.split())


def test_help_does_not_load_the_engine():
    import subprocess
    import sys

    code = "import sys, walras.cli; print([m for m in ('numpy', 'polars', 'highspy', 'plotly') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_clear_writes_the_result_and_says_what_it_found(run, market, tmp_path):
    outcome = run("clear", market, "--out", tmp_path / "result")
    assert outcome.exit_code == 0
    assert "welfare EUR" in outcome.stdout
    assert "XA-north" in outcome.stdout
    assert max(len(line) for line in outcome.stdout.splitlines() if "result:" not in line) <= 80
    summary = json.loads((tmp_path / "result" / "summary.json").read_text())
    assert {"status", "welfare_eur", "bound_eur", "gap_eur"} <= set(summary)
    assert not (tmp_path / "result" / "prices.csv").exists()


def test_csv_has_prices_with_times_in_utc(result):
    table = pl.read_csv(result / "prices.csv")
    assert table.columns[:3] == ["zone", "mtu_start", "price_eur_per_mwh"]
    assert table["mtu_start"][0].endswith("Z")


def test_run_json_tells_what_the_run_used(result):
    run = json.loads((result / "run.json").read_text())
    assert {"phases", "peak_memory_mb", "threads", "versions", "host", "market"} <= set(run)
    assert (result / run["market"] / "market.toml").is_file()


def test_clear_twice_writes_the_same(run, market, result, tmp_path):
    assert run("clear", market, "--out", tmp_path / "again", "--csv", "--threads", 2).exit_code == 0
    for file in sorted(p.name for p in result.iterdir() if p.name != "run.json"):
        assert (result / file).read_bytes() == (tmp_path / "again" / file).read_bytes(), file


def test_clear_replaces_an_older_result_and_nothing_else(run, market, result, tmp_path):
    assert run("clear", market, "--out", result).exit_code == 0
    assert not (result / "prices.csv").exists()
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "one.txt").write_text("dear")
    assert run("clear", market, "--out", tmp_path / "letters").exit_code == 2
    assert [p.name for p in (tmp_path / "letters").iterdir()] == ["one.txt"]


def test_clear_will_not_write_into_its_market(run, market, tmp_path):
    shutil.copytree(market, tmp_path / "market")
    before = sorted(p.name for p in (tmp_path / "market").iterdir())
    assert run("clear", tmp_path / "market", "--out", tmp_path / "market" / "result").exit_code == 2
    assert sorted(p.name for p in (tmp_path / "market").iterdir()) == before


@pytest.mark.parametrize(
    ("option", "value"),
    [("--time-limit", 0), ("--time-limit", -3), ("--time-limit", "nan"), ("--time-limit", "inf"), ("--gap", -0.01),
     ("--gap", "nan"), ("--threads", 0), ("--threads", "two"), ("--speed", 3)],
)  # fmt: skip
def test_an_option_without_sense_ends_with_2_and_writes_nothing(run, market, tmp_path, option, value):
    outcome = run("clear", market, "--out", tmp_path / "result", option, value)
    assert outcome.exit_code == 2
    assert option in outcome.stderr
    assert not (tmp_path / "result").exists()


def test_every_mistake_of_a_market_is_printed_and_nothing_written(run, market, tmp_path):
    shutil.copytree(market, tmp_path / "market")
    for file, old, new in (("zones.csv", "XA-north", "XA-nowhere"), ("grids.csv", "60", "61")):
        path = tmp_path / "market" / file
        path.write_text(path.read_text().replace(old, new, 1))
    outcome = run("clear", tmp_path / "market", "--out", tmp_path / "result")
    assert outcome.exit_code == 2
    assert outcome.stdout == ""
    assert outcome.stderr.count("rule: ") >= 2
    assert outcome.stderr.count("rule: ") == outcome.stderr.count("fix:  ")
    assert "Traceback" not in outcome.stderr
    assert not (tmp_path / "result").exists()


def test_a_market_that_is_not_there_ends_with_2(run, tmp_path):
    assert run("clear", tmp_path / "nowhere", "--out", tmp_path / "result").exit_code == 2
    assert not (tmp_path / "result").exists()


def test_no_result_in_time_ends_with_3_and_writes_nothing(run, market, tmp_path, monkeypatch):
    import walras.coupling.clear as module
    from walras.errors import NoResult

    def out_of_time(*_):
        raise NoResult("the time limit passed")

    monkeypatch.setattr(module, "clear", out_of_time)
    outcome = run("clear", market, "--out", tmp_path / "result")
    assert outcome.exit_code == 3
    assert "--time-limit" in outcome.stderr
    assert not (tmp_path / "result").exists()


def test_a_solver_that_failed_ends_with_3(run, market, tmp_path, monkeypatch):
    import walras.coupling.clear as module
    from walras.errors import SolverFailed

    def failed(*_):
        raise SolverFailed("status unknown")

    monkeypatch.setattr(module, "clear", failed)
    outcome = run("clear", market, "--out", tmp_path / "result")
    assert outcome.exit_code == 3
    assert "the solver failed" in outcome.stderr
    assert not (tmp_path / "result").exists()


@pytest.mark.parametrize("error", [AssertionError("volumes\nfit"), KeyError("zone"), ValueError()])
def test_a_mistake_of_ours_ends_with_70_and_asks_for_a_report(run, market, tmp_path, monkeypatch, error):
    import walras.coupling.clear as module

    def broken(*_):
        raise error

    monkeypatch.setattr(module, "clear", broken)
    outcome = run("clear", market, "--out", tmp_path / "result")
    assert outcome.exit_code == 70
    assert outcome.stdout == ""
    assert "Traceback" in outcome.stderr
    last = outcome.stderr.splitlines()[-1]
    assert last.startswith(f"internal error: {type(error).__name__}: ")
    assert "please report" in last
    assert not (tmp_path / "result").exists()


def test_exit_codes_are_in_the_help(run):
    words = " ".join(run("--help").stdout.split())
    assert "3 no result" in words
    assert "70 an internal error" in words


def test_audit_of_a_clean_result_ends_with_0(run, market, result):
    outcome = run("audit", market, result)
    assert (outcome.exit_code, outcome.stdout.strip()) == (0, "no violations")


def test_audit_of_a_tampered_result_ends_with_1(run, market, result):
    prices = pl.read_parquet(result / "prices.parquet")
    prices.with_columns(pl.col("price_eur_per_mwh") + 5).write_parquet(result / "prices.parquet")
    outcome = run("audit", market, result)
    assert outcome.exit_code == 1
    assert "rule: " in outcome.stderr
    assert "violation" in outcome.stderr


def test_audit_of_something_that_is_no_result_ends_with_2(run, market, tmp_path):
    assert run("audit", market, tmp_path).exit_code == 2


def test_report_finds_its_market_and_writes_one_page(run, result):
    assert run("report", result).exit_code == 0
    page = (result / "report.html").read_text(encoding="utf-8")
    assert "Two neighbours" in page


def test_report_without_its_market_asks_for_it(run, market, result, tmp_path):
    (result / "run.json").unlink()
    outcome = run("report", result, "--out", tmp_path / "page.html")
    assert outcome.exit_code == 2
    assert "--market" in outcome.stderr
    assert not (tmp_path / "page.html").exists()
    assert run("report", result, "--out", tmp_path / "page.html", "--market", market).exit_code == 0
    assert (tmp_path / "page.html").is_file()


def test_explain_tells_every_order_and_one_order(run, market, result):
    everything = run("explain", market, result)
    one = run("explain", market, result, "XB-gas-S1")
    assert everything.exit_code == one.exit_code == 0
    assert "XB-gas-S1" in "".join(one.stdout.split())
    assert max(len(line) for line in everything.stdout.splitlines()) <= 80
    assert run("explain", market, result, "no-such-order").exit_code == 2


def test_no_number_of_the_overview_wraps(monkeypatch, capsys):
    from walras.cli.explaining import print_orders

    monkeypatch.setenv("COLUMNS", "80")
    row = {"order": "a-long-name-of-an-order-of-somebody", "kind": "block", "accepted_mwh": 1_246_795.4,
           "offered_mwh": 12_467_959.0, "surplus": 0.0, "if_accepted": -1_246_795_901.63, "accepted_at": -1234.56,
           "outcome": "paradoxically_rejected"}  # fmt: skip
    print_orders(pl.DataFrame([row, row | {"order": "b"}]), "EUR")
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert all("(-1,246,795,902)" in line and "-1,234.56" in line for line in lines if "paradoxically" in line)
    assert sum("paradoxically rejected" in line for line in lines) == 2
    assert sum("surplus EUR" in line for line in lines) == 1


def test_explain_writes_every_row_as_a_file(run, market, result, tmp_path):
    assert run("explain", market, result, "--out", tmp_path / "why.csv").exit_code == 0
    rows = pl.read_csv(tmp_path / "why.csv", infer_schema=False)
    assert {"order", "surplus", "accepted_at", "outcome", "remark"} <= set(rows.columns)
    assert "XB-gas-S1" in rows["order"]


def test_demo_ends_with_who_owes_whom(run, tmp_path):
    outcome = run("demo", "--out", tmp_path / "demo")
    assert outcome.exit_code == 0
    for file in ("market/market.toml", "result/prices.csv", "result/summary.json", "report.html"):
        assert (tmp_path / "demo" / file).is_file(), file
    assert "Who owes whom" in outcome.stdout
    assert "sum of all nets: 0.00 EUR" in outcome.stdout
    assert "report.html" in outcome.stdout
    assert run("demo", "--out", tmp_path / "demo").exit_code == 0
    assert run("report", tmp_path / "demo" / "result").exit_code == 0


def test_demo_of_carriers_takes_the_market_by_its_name(run, tmp_path):
    outcome = run("demo", "carriers", "--out", tmp_path / "demo")
    assert outcome.exit_code == 0
    assert "pipe-operator" in outcome.stdout
    assert (tmp_path / "demo" / "market" / "conversions.csv").is_file()
    assert run("demo", "no-such-market", "--out", tmp_path / "other").exit_code == 2


def test_commands_of_the_examples_page_run(run, tmp_path, monkeypatch):
    root = Path(__file__).parents[2]
    page = (root / "examples" / "README.md").read_text(encoding="utf-8")
    commands = [
        line.split()[1:] for block in re.findall(r"```\n(.*?)```", page, re.DOTALL) for line in block.splitlines()
    ]
    monkeypatch.chdir(tmp_path)
    for words in commands:
        outcome = run(*(str(root / w) if w.startswith("src/") else w for w in words))
        assert outcome.exit_code == 0, (words, outcome.stderr)
    assert len(commands) == 7
    assert (tmp_path / "state.toml").is_file()


def test_version_is_printed(run):
    import walras

    assert run("--version").stdout.strip() == walras.__version__


def test_nobody_loses_a_file_that_stands_beside_ours(run, market, tmp_path):
    """A folder with a summary.json and a thesis in it is not a result folder."""
    place = tmp_path / "place"
    place.mkdir()
    (place / "summary.json").write_text('{"format": "walras-result"}', encoding="utf-8")
    (place / "thesis.txt").write_text("precious", encoding="utf-8")
    outcome = run("clear", market, "--out", place)
    assert outcome.exit_code == 2
    assert "place_free" in outcome.stderr
    assert "thesis.txt" in outcome.stderr
    assert (place / "thesis.txt").read_text(encoding="utf-8") == "precious"
    (place / "report.html").write_text("", encoding="utf-8")
    assert run("demo", "--out", place).exit_code == 2
    assert (place / "thesis.txt").is_file()


def test_clear_says_whose_gain_the_welfare_is(run, market, result, tmp_path):
    shown = run("clear", market, "--out", tmp_path / "result").stdout
    part = shown[shown.index("Who gains") :].splitlines()
    assert part[1].split() == ["state", "demand", "supply", "congestion", "sum"]
    assert [line.split()[0] for line in part[2:6]] == ["XA", "XB", "outside", "all"]
    published = json.loads((result / "summary.json").read_text())["welfare_published_eur"]
    assert float(part[5].split()[-1].replace(",", "")) == pytest.approx(published, abs=0.01)


def test_one_state_with_one_carrier_has_nobody_to_share_with(run, tmp_path):
    from tests.builders import one_zone

    from walras.book.folder import write

    write(one_zone().sells("A", 40, at=10).buys("A", 20, at=90).book(), tmp_path / "market")
    assert "Who gains" not in run("clear", tmp_path / "market", "--out", tmp_path / "result").stdout


def test_large_gains_of_two_carriers_fit_80_columns(run, tmp_path):
    """A plant, a store and a full line, 80,000 MW: shown in millions, all columns whole."""
    from tests.builders import market

    from walras.book.folder import write

    said = market(("A", "B", "G"), carriers={"G": "gas"}).line("A", "B", 4e4).sells("A", 9e4, at=10)
    said.sells("B", 9e4, at=60).buys("B", 8e4, at=4000).sells("G", 9e4, at=20).buys("G", 1e4, at=4000)
    said.scalable("plant", "B", "supply", 100, [(0, 3, 3e4)]).converts("plant", "G", 0.5).storage("s", "A", 5, 10)
    write(said.book(), tmp_path / "market")
    part = run("clear", tmp_path / "market", "--out", tmp_path / "result").stdout
    part = part[part.index("Who gains") :].splitlines()
    assert part[0].strip() == "Who gains the welfare of published volumes, million EUR"
    assert part[1].split() == ["state", "carrier", "demand", "supply", "conversion", "storage", "congestion", "sum"]
    assert max(len(line) for line in part if not line.startswith("result:")) <= 80
    assert part[2].split() == ["IT", "electricity", "315.20", "0.00", "0.51", "0.00", "2.00", "317.71"]


def test_a_folder_of_an_earlier_release_is_audited_and_says_what_it_lacks(run, market, result):
    (result / "surpluses.parquet").unlink()
    (result / "surpluses.csv").unlink()
    from walras.results.folder import read_folder
    from walras.results.hashing import result_hash

    tables, summary = read_folder(result)
    (result / "summary.json").write_text(json.dumps(summary | {"result_hash": result_hash(tables)}))
    outcome = run("audit", market, result)
    assert outcome.exit_code == 0
    assert "no violations" in outcome.stdout
    assert "not checked: the folder has no table of surpluses" in outcome.stdout
    assert run("report", result, "--market", market).exit_code == 0
