"""walras contract: check, record, issue, explain, statement; what they print, their exit codes, their examples."""

import shlex

import pytest
from tests.contracts.builders import Story, agreement, terms

from walras.cli.contracts import contract
from walras.contracts.folder import EVENTS, write_events

NORTH = {"hop": "north", "operator": "S-0001", "tariff": "2 USD/1000m3 -> USD/1000m3"}
SAID = terms("gas-2027", take_or_pay={"share": "80 %"}, make_up={}, hops=[NORTH], payment={"XB-homes": "BYN"})


@pytest.fixture
def gas(tmp_path, monkeypatch):
    """A contract folder `gas` in the working directory, January 2027 delivered and priced, February nominated."""
    monkeypatch.chdir(tmp_path)
    told = Story(agreement(SAID))
    told.all_say([told.row("nomination", day=f"2027-02-{d:02}", quantity=100) for d in range(1, 29)])
    told.delivers("2027-01").observes("USD/BYN", "2027-02-04", "3.2", "BYN/USD", told.now)
    folder = tmp_path / "gas"
    folder.mkdir()
    (folder / "agreement.toml").write_text(told.journal.agreement.text, encoding="utf-8")
    write_events(folder, told.journal)
    return folder


def issue(run, gas, *more):
    return run("contract", "issue", gas, "final invoice", "gas-2027", "2027-01", "--at", "2027-02-05T09:00Z", *more)


def test_a_folder_is_checked(run, gas):
    outcome = run("contract", "check", gas)
    assert outcome.exit_code == 0
    assert "60 records, every seal holds and every document follows" in outcome.stdout
    assert "gas-2027" in outcome.stdout
    assert "USD/1000m3" in outcome.stdout
    (gas / EVENTS).unlink()
    assert "0 records" in run("contract", "check", gas).stdout


def test_an_invoice_is_issued_and_its_year_shown(run, gas):
    outcome = issue(run, gas)
    assert outcome.exit_code == 0
    # 3,100 x 180 = 558,000; 3,100 x 2 = 6,200; (558,000 + 6,200) x 3.2 = 1,805,440
    assert "member/XB-homes pays member/XA-fields 558,000.00 USD" in outcome.stdout
    assert "member/XB-homes pays operator/S-0001 6,200.00 USD" in outcome.stdout
    assert "member/XB-homes: -1,805,440.00 BYN at 3.2 (USD/BYN)" in outcome.stdout
    assert "record 61 of 61, seal " in outcome.stdout
    shown = run("contract", "statement", gas, "--contract", "gas-2027").stdout
    assert "564,200.00" in shown
    assert "final invoice" in shown
    assert "not stated" in shown
    assert run("contract", "check", gas).exit_code == 0


def test_a_whole_year_fills_the_bank_that_is_shown(run, gas):
    told = Story(agreement(terms("gas-2027", take_or_pay={"share": "80 %"}, make_up={}))).takes(2027, 70)
    (gas / "agreement.toml").write_text(told.journal.agreement.text, encoding="utf-8")
    (gas / EVENTS).unlink(missing_ok=True)
    write_events(gas, told.journal)
    shown = run("contract", "statement", gas).stdout
    for said in ("29200", "25550", "657,000.00", "make-up", "3650", "180"):
        assert said in shown, said
    again = run("contract", "issue", gas, "annual statement", "gas-2027", "2027", "--at", told.now)
    assert (again.exit_code, "statement_once" in again.stderr) == (2, True)


def test_a_month_is_explained_line_by_line(run, gas):
    final = run("contract", "explain", gas, "gas-2027", "2027-01", "--at", "2027-02-05T09:00Z")
    assert final.exit_code == 0
    assert final.stdout.startswith("gas-2027, 2027-01: final, 31 days allocated")
    assert "558,000.00" in final.stdout
    assert "hop north" in final.stdout
    provisional = run(
        "contract", "explain", gas, "gas-2027", "2027-02", "--at", "2027-02-05T09:00Z", "--day", "2027-02-03"
    )
    assert provisional.stdout.startswith("gas-2027, 2027-02: provisional, 0 days allocated")
    assert "504,000.00" in provisional.stdout  # 28 x 100 x 180


def test_facts_are_recorded_from_a_table(run, gas, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("kind,at,contract,day,quantity\nnomination,2027-02-20T00:00Z,gas-2027,2027-03-01,120\n"
                    "nomination,2027-02-20T00:00Z,gas-2027,2027-03-02,130 1000m3\n")  # fmt: skip
    assert run("contract", "record", gas, rows).stdout.strip() == "recorded: 2, now 62"
    before = (gas / EVENTS).read_bytes()
    rows.write_text("kind,at,contract,day,quantity\nnomination,2027-02-20T00:00Z,gas-2027,2027-03-01,131\n"
                    "nomination,2027-02-20T00:00Z,oil,2027-03-02,130\n")  # fmt: skip
    outcome = run("contract", "record", gas, rows)
    assert outcome.exit_code == 2
    assert "nomination_daily_maximum" in outcome.stderr
    assert "contract_known" in outcome.stderr
    assert (gas / EVENTS).read_bytes() == before


REFUSED = {
    "agreement_file": ("check", "nowhere"),
    "contract_known": ("statement", "gas", "--contract", "oil"),
    "day_given": ("explain", "gas", "gas-2027", "2027-01", "--day", "noon"),
    "event_time": ("explain", "gas", "gas-2027", "2027-01", "--at", "noon"),
    "month_known": ("explain", "gas", "gas-2027", "January"),
    "contract_year": ("issue", "gas", "annual statement", "gas-2027", "2027-01", "--at", "2027-02-05T09:00Z"),
    "event_kind": ("issue", "gas", "receipt", "gas-2027", "2027-01", "--at", "2027-02-05T09:00Z"),
    "invoice_once": ("issue", "gas", "final invoice", "gas-2027", "2027-01", "--at", "2027-02-05T09:00Z"),
    "days_allocated": ("issue", "gas", "final invoice", "gas-2027", "2027-03", "--at", "2027-02-05T09:00Z"),
    "event_table": ("record", "gas", "nowhere.csv"),
}


@pytest.mark.parametrize("rule", REFUSED)
def test_what_cannot_be_done_is_said_by_its_rule_and_changes_nothing(run, gas, rule):
    issue(run, gas)
    before = (gas / EVENTS).read_bytes()
    outcome = run("contract", *REFUSED[rule])
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    assert f"rule: {rule}" in outcome.stderr
    assert "fix:" in outcome.stderr
    assert (gas / EVENTS).read_bytes() == before


def test_a_changed_record_is_found_when_a_folder_is_checked(run, gas):
    text = (gas / EVENTS).read_text(encoding="utf-8")
    (gas / EVENTS).write_text(text.replace('"quantity": "100"', '"quantity": "101"', 1), encoding="utf-8")
    outcome = run("contract", "check", gas)
    assert (outcome.exit_code, "event_seal" in outcome.stderr) == (2, True)


def examples():
    return [c.epilog.removeprefix("Example: walras ") for c in contract.registered_commands]


def test_every_command_has_an_example_in_its_help(run):
    assert len(examples()) == len(contract.registered_commands) == 5
    for example in examples():
        assert f"walras {example.split()[0]}" in run(*example.split()[:2], "--help").stdout


@pytest.mark.parametrize("example", examples())
def test_examples_of_help_run(run, gas, example):
    told = Story(agreement(SAID)).delivers("2027-03")
    (gas / "agreement.toml").write_text(told.journal.agreement.text, encoding="utf-8")
    told.observes("USD/BYN", "2027-04-04", "3.2", "BYN/USD", told.now)
    (gas / EVENTS).unlink(missing_ok=True)
    write_events(gas, told.journal)
    rows = "kind,at,contract,day,quantity\nnomination,2027-04-06T00:00Z,gas-2027,2027-05-01,100\n"
    (gas.parent / "nominations.csv").write_text(rows)
    words = shlex.split(example)
    if words[1] in ("issue", "explain"):  # their `--at` is now unless it is said
        words += ["--at", told.now]
    outcome = run(*words)
    assert outcome.exit_code == 0, outcome.stderr
    assert outcome.stdout
