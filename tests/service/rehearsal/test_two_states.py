"""The day of two states: what it claims of itself, and that docs/tutorial-two-states.md says what it did.

`pytest tests/service/rehearsal/test_two_states.py --update-golden` writes the page's outputs, tables and pictures anew.
"""

import json
import re
import shlex
import shutil
import tomllib
from collections import defaultdict
from fractions import Fraction
from importlib import resources
from pathlib import Path

import pytest
from tests.service.rehearsal.conftest import DEMO
from typer.testing import CliRunner

import walras
from walras.cli import app
from walras.contracts.folder import read_folder
from walras.results.folder import read_results

DOCS = Path(__file__).parents[3] / "docs"
PAGE = DOCS / "tutorial-two-states.md"
BLOCK = re.compile(r"```\n\$ (.*)\n((?:.*\n)*?)```\n")
AGREEMENTS = {"gas": "gas-2026", "nuclear-fuel": "fuel-2026", "oil-products": "products-2026", "power": "band-2026"}
SCRIPT = resources.files("walras.examples") / "two-states"


@pytest.fixture(scope="session")
def made():
    """What draws the pictures and fills the tables of the page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DOCS))
        import make_two_states_pictures

        yield make_two_states_pictures


@pytest.fixture(scope="session")
def day(played, made):
    return made.Day(played / "walras-demo")


@pytest.fixture(scope="session")
def invoices(played):
    """The final invoice of each contract, as its folder gives it when everything in it is computed anew."""
    found = {}
    for name, contract in AGREEMENTS.items():
        events = read_folder(played / "walras-demo" / "contracts" / name).events
        (found[contract],) = (e.body for e in events if e.kind == "final invoice")
    return found


def test_the_check_of_the_store_finds_nothing(played):
    assert (played / "walras-demo/checks.txt").read_text("utf-8").startswith("no flaws")


def test_the_result_is_proven_and_its_audit_finds_nothing(day):
    book = walras.read(day.place / "market")
    results = read_results(book, day.place / "result")
    assert results.status.value == "optimal"
    assert walras.audit(book, results) == []


def test_every_account_ends_at_zero_but_rounding_and_what_pays_for_it(day):
    left = {row["account"]: int(row["amount_minor"]) for row in day.rows("balances") if int(row["amount_minor"])}
    assert set(left) <= {"fee/trading", "rounding/market", "bank/rub"}, "what rounding left over lies in the bank"
    assert sum(left.values()) == 0
    assert max(map(abs, left.values()), default=0) < 100, "less than a rouble"


def test_every_entry_of_the_ledger_sums_to_zero_in_every_currency(day):
    sums = defaultdict(int)
    for row in day.rows("ledger"):
        sums[row["entry"], row["currency"]] += int(row["amount_minor"])
    assert len(sums) > 200
    assert [entry for entry, minor in sums.items() if minor] == []


def test_whoever_is_billed_pays_or_is_paid_that(day):
    billed = defaultdict(int)
    for bill in day.rows("bills"):
        billed[bill["account"], bill["currency"]] += int(bill["receives_minor"])
    moved = {a: m for a, m in day.money("payment ").items() if a[0].startswith("member/")}
    assert len(billed) == 18
    assert moved == {account: -minor for account, minor in billed.items()}


def test_all_four_contracts_are_invoiced_and_the_ledger_moved_what_their_folders_say(day, invoices):
    for contract, body in invoices.items():
        said = defaultdict(int)
        for payer, payee, minor in body["booked"]:
            said[payer] -= minor
            said[payee] += minor
        moved = day.money(f"contract/{contract} 2026-01, final invoice")
        converted = {account for account, *_ in body["conversions"]}
        assert body["month"] == "2026-01"
        assert sum(line["amount_minor"] for line in body["lines"]) == sum(m for *_, m in body["booked"]) > 0
        assert {a: moved[a, body["currency"]] for a in said if a not in converted} == {
            a: m for a, m in said.items() if a not in converted
        }


def test_two_currencies_reconcile_by_the_fixings_of_the_journals(day, invoices):
    """What a party pays in its currency is its net amount at the stored fixing, rounded once, halves away from zero."""
    seen = set()
    for contract, body in invoices.items():
        moved = day.money(f"contract/{contract} 2026-01, final invoice")
        for account, currency, minor, other, rate, series in body["conversions"]:
            exact = Fraction(minor) * Fraction(rate)
            assert other == (1 if exact > 0 else -1) * int(abs(exact) + Fraction(1, 2)), (contract, account)
            assert moved[account, currency] == other
            assert moved[account, body["currency"]] == 0, "what was booked is converted whole"
            seen.add(series)
    assert seen == {"RUB/BYN", "USD/BYN", "USD/RUB"}


def test_firm_volumes_enter_the_auction_and_come_back_as_allocations(day):
    for name, contract in (("gas", "gas-2026"), ("oil-products", "products-2026")):
        events = [e for e in read_folder(day.folder / "contracts" / name).events if e.body.get("day") == "2026-01-24"]
        nominated, allocated = ([Fraction(e.body["quantity"]) for e in events if e.kind == kind]
                                for kind in ("nomination", "allocation"))  # fmt: skip
        energy = Fraction(day.terms(name)["auction"]["energy"].split()[0])
        carrier = day.terms(name)["auction"]["carrier"]
        hours = 24 if carrier == "oil_products" else 1
        sold = sum(day.power(f"{contract}:firm", f"{contract}:flexible", carrier=carrier)) * hours
        assert day.power(f"{contract}:firm", carrier=carrier)[0] * 24 == pytest.approx(
            float(nominated[-1] * energy), rel=1e-4
        )
        assert sold == pytest.approx(float(allocated[-1] * energy), rel=1e-4)


def test_a_contract_holds_capacity_before_the_auction(day, made):
    """The band is 50 MW; the gas enters the pipeline with its loss of 0.6 %."""
    assert set(day.reserved(*made.SECTION)) == {50.0}
    firm = day.power("gas-2026:firm", carrier="gas")[0]
    assert day.reserved("RU-BY-pipe-in")[0] >= round(firm / (1 - 0.006), 1) - 0.2
    assert day.reserved("RU-BY-pipe-out")[0] >= firm - 0.1


def test_deviations_are_what_was_metered_less_the_plan_and_one_side_pays_the_other(day):
    mtus = [{k: v if k in ("element", "mtu_start", "currency") else int(v) for k, v in row.items()}
            for row in day.rows("deviations")]  # fmt: skip
    assert len(mtus) == 24
    assert all(m["deviation_kwh"] == m["actual_kwh"] - m["planned_kwh"] for m in mtus)
    assert all((abs(m["deviation_kwh"]) > m["band_kwh"]) == bool(m["outside_kwh"]) for m in mtus)
    moved = day.money("BY-RU ")
    owed = sum(m["to_owes_from_minor"] for m in mtus)
    assert moved[f"operator/{day.names['BY-grid']}", "RUB"] == owed
    assert moved[f"operator/{day.names['RU-grid']}", "RUB"] == -owed
    assert moved["deviation/BY-RU", "RUB"] == 0


def test_figures_that_stand_in_the_text_are_those_of_the_day(day, made):
    text = re.sub(r"\s+", " ", PAGE.read_text("utf-8"))
    definition, terms = (json.loads((SCRIPT / "day" / f"{n}.json").read_text("utf-8")) for n in ("definition", "terms"))
    lines, (section,) = {x["line"]: x for x in definition["lines"]}, terms["deviations"]["sections"]
    sides = section["from_side"], section["to_side"]
    (unit,) = {
        tomllib.loads((SCRIPT / "units" / f"{u}.toml").read_text("utf-8"))["maximum_mw"]
        for u in ("BY-npp-1", "BY-npp-2")
    }
    codes = [row["code"] for row in day.rows("names") if row["company"]]
    assert len(codes) == 22 == 18 + 4
    for figure in (
        "Eighteen members and four system operators",
        f"a fee of {terms['fees'][0]['per_mwh']} RUB/MWh",
        f"take-or-pay of {day.terms('gas')['take_or_pay']['share']},",
        f"contract of {day.reserved(*made.SECTION)[0]:.0f} MW",
        f"band of {section['band']['mw']} MW",
        f"{sides[0]['k_long']} times that price where a side is long",
        f"{sides[1]['k_short']} times where it is short",
        f"tariff, {lines['BY-RU-750kV']['tariff_per_mwh']:.0f} RUB/MWh",
        f"{unit:,} MW net",
        "VAT of 20 %",
    ):  # fmt: skip
        assert figure in text


def test_what_the_text_says_of_the_auction_is_so(day, made):
    """Where the cross-section is not full, prices are a tariff apart; by night heat and boilers set that of BY."""
    by, ru = day.price("BY", "electricity"), day.price("RU-west", "electricity")
    sent, held = day.exchange(*made.SECTION), day.reserved(*made.SECTION)
    free = [h for h in range(24) if sent[h] + held[h] < day.capacity(*made.SECTION) - 0.1]
    assert 1 <= len(free) <= 6
    assert [round(ru[h] - by[h], 2) for h in free] == [25.0] * len(free)
    steps = day.market("scalable_steps").filter(order=f"{day.names['BY-power']}.BY-chp-heat")
    boilers = day.market("curve_steps").filter(order=f"{day.names['BY-supply']}.BY-boilers")
    set_by = set(steps["price_rub_per_mwh"]) | set(boilers["price_start_rub_per_mwh"])
    assert set(by[:6]) <= set_by
    assert sum(day.power(*made.KINDS["heat-led gas"])) > sum(day.power(*made.KINDS["other gas"]))
    power = [day.power(unit) for unit in made.KINDS["nuclear"]]
    lowered = [[h for h, mw in enumerate(of_unit) if mw < max(of_unit) - 0.1] for of_unit in power]
    assert any(lowered)
    assert all(h < 7 for hours in lowered for h in hours), "by night"


def test_the_page_runs_and_its_tables_and_pictures_are_those_of_the_day(played, day, made, monkeypatch, request):
    monkeypatch.chdir(played)
    drawn = {DOCS / "images" / f"two-states-{name}.svg": draw(day) for name, draw in made.PICTURES.items()}
    old = PAGE.read_text("utf-8")
    new = made.with_figures(BLOCK.sub(lambda found: f"```\n$ {found[1]}\n{printed(found[1], played)}```\n", old), day)
    if request.config.getoption("--update-golden"):
        for path, text in drawn.items():
            path.write_text(text, "utf-8")
        PAGE.write_text(new, "utf-8")
        old = new
    assert len(BLOCK.findall(old)) == 8
    assert old.splitlines() == new.splitlines(), "see the docstring of this file"
    for path, text in drawn.items():
        assert path.read_text("utf-8") == text, path.name
        assert f"images/{path.name}" in old
        assert "illustrative" in text
        assert "nan" not in text
    for proof in ("no violations\n", "\nverified\n", "no flaws\n", "every document follows from those before it\n"):
        assert proof in old


def test_scales_of_pictures_hold_their_values(made):
    assert made.scale(2310.6) == (2500, 500)
    assert made.scale(980) == (1000, 200)
    assert all(made.scale(v)[0] >= v and made.scale(v)[0] / made.scale(v)[1] <= 5 for v in (0.3, 1, 99, 4999, 30_128))


def printed(command, played):
    """Return what a command of the page prints, to either stream, without blanks at the ends of its lines."""
    if command == f"walras {DEMO}":
        text = (played / "demo.txt").read_text("utf-8")
    else:
        outcome = CliRunner(env={"COLUMNS": "80"}).invoke(app, shlex.split(command.removeprefix("walras ")))
        text = outcome.stdout + outcome.stderr
    return "".join(f"{line.rstrip()}\n" for line in text.rstrip().splitlines())


@pytest.mark.drill
def test_less_gas_nominated_does_what_the_page_says(day, made, tmp_path):
    changed = made.Day(replayed(tmp_path, "mine/day/nominated gas-2026.csv", times=1))
    mean = [{z: sum(d.price(z, "gas")) / 24 for z in ("BY", "RU-west")} for d in (day, changed)]
    assert mean[1]["BY"] > mean[0]["BY"]
    assert mean[1]["RU-west"] > mean[0]["RU-west"]
    assert mean[1]["BY"] > changed.gas_price()
    assert sum(changed.price("BY", "electricity")) > sum(day.price("BY", "electricity"))
    invoiced = [sum(minor for *_, minor in d.invoice("gas").body["booked"]) for d in (day, changed)]
    assert invoiced[1] < invoiced[0]
    assert changed.reserved("RU-BY-pipe-in")[0] < day.reserved("RU-BY-pipe-in")[0]


@pytest.mark.drill
def test_a_narrower_border_does_what_the_page_says(day, made, tmp_path):
    """Both operators declare 24 hours in both directions."""
    changed = made.Day(replayed(tmp_path, "mine/script.json", times=96))
    assert sum(changed.exchange(*made.SECTION)) < sum(day.exchange(*made.SECTION))
    assert sum(changed.price("BY", "electricity")) < sum(day.price("BY", "electricity"))
    assert sum(changed.price("RU-west", "electricity")) > sum(day.price("RU-west", "electricity"))


def replayed(folder, changed, times):
    """Play a copy of the day in which a file is changed as the page changes it; return what it leaves."""
    with resources.as_file(SCRIPT) as bundled:
        shutil.copytree(bundled, folder / "mine")
    old, new = re.search(rf"sed -i 's/(.*)/(.*)/' '?{changed}'?\n", PAGE.read_text("utf-8")).groups()
    text, count = re.subn(old, new, (folder / changed).read_text("utf-8"), flags=re.MULTILINE)
    assert count == times
    (folder / changed).write_text(text, "utf-8")
    outcome = CliRunner().invoke(app, ["rehearse", str(folder / "mine"), "--out", str(folder / "played")])
    assert outcome.exit_code == 0, outcome.output
    return folder / "played"
