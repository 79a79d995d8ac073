"""Deviations at the door, with every figure on paper.

Forty MW are planned from North to South in each hour, and the day-ahead price is 50 EUR/MWh in both zones. The
band is 2 MW, what lies outside costs 0.8 of the index where a side is long, assistance costs 100 EUR/MWh.

====  =======  =========  ==========  =======  ===========================================  ======================
hour  actual   emergency  deviation   outside  North says, South says                       EUR that South owes
====  =======  =========  ==========  =======  ===========================================  ======================
0     45,000   0          5,000       3,000    both: North 5,000                            2,000 x 50, 3,000 x 40
1     38,000   0          -2,000      0        South -2,000; North -2,000: nothing agreed   -1,000 x 50, twice
2     42,000   2,000      0           0        nothing                                      2,000 x 100
====  =======  =========  ==========  =======  ===========================================  ======================

100 + 120 - 100 + 200 = 320.00 EUR.
"""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from tests.service.border.stage import BUYER, DAY, LONG_DAY, NORTH, SELLER, SOUTH, refused, starts
from tests.service.clearing.test_documents import documents

from walras.errors import Problem
from walras.service import commands as c
from walras.service import queries as q
from walras.service import submitted
from walras.service.clearing.terms import SettlementTerms
from walras.service.store import ledger
from walras.service.store.settlement_schema import (
    border_agreements,
    deviation_runs,
    energy_movements,
    initiatives,
    meter_series,
)
from walras.service.trail_check import flaws

AFTER = datetime(2027, 3, 11, 6, tzinfo=UTC)
LATER = date(2027, 3, 20)
SECTION = {
    "element": "IT-SI",
    "from_side": {"operator": NORTH, "k_long": "0.8"},
    "to_side": {"operator": SOUTH, "k_long": "0.8"},
    "band": {"mw": "2"},
    "prices": {
        "inside": 'index("day_ahead") -> EUR/MWh',
        "outside": 'index("day_ahead") * k -> EUR/MWh',
        "emergency": "cost -> EUR/MWh",
    },
    "parameters": {"cost": "100 EUR/MWh"},
    "series": {"day_ahead": "South"},
}


def set_terms(border, **changes):
    terms = SettlementTerms.model_validate({"is_automatic": False, "deviations": {"sections": [SECTION | changes]}})
    border.by_two(c.SetSettlementTerms(market="two", valid_from=date(2027, 1, 1), terms=terms))


def meter(border, who, version=1, day=DAY, count=None, **energies):
    """Send a series of 40,000 kWh an hour but for some hours, such as `h0=45_000`."""
    times = starts(day)[:count]
    mtus = tuple(c.MeterMtu(mtu_start=at, kwh=energies.get(f"h{n}", 40_000)) for n, at in enumerate(times))
    command = c.SubmitMetering(market="two", delivery_day=day, line="N-S", version=version, mtus=mtus)
    return border.do(who, command)


def say(border, who, **caused):
    """Declare who caused what in some hours: (North, South)."""
    mtus = tuple(
        c.CausedMtu(mtu_start=at, from_kwh=caused.get(f"h{n}", (0, 0))[0], to_kwh=caused.get(f"h{n}", (0, 0))[1])
        for n, at in enumerate(starts())
    )
    return border.do(who, c.DeclareInitiative(market="two", delivery_day=DAY, element="IT-SI", mtus=mtus))


def settle(border, run="initial", day=DAY):
    return border.do("OP", c.SettleDeviations(market="two", delivery_day=day, element="IT-SI", run=run))


def at_once(border):
    """Settle among others; None where another one did."""
    try:
        return settle(border)
    except Problem as problem:
        assert [m.rule for m in problem.mistakes] == ["deviation_settled_once"]  # noqa: PT017 - in a thread
        return None


def energy(kind, kwh, day=DAY, hour=2):
    mtus = (c.EnergyMtu(mtu_start=starts(day)[hour], kwh=kwh),)
    return kind(market="two", delivery_day=day, element="IT-SI", reference="by telephone", mtus=mtus)


def answer(border, who, agreement, decision="agreed"):
    return border.do(who, c.AnswerAgreement(agreement=agreement, decision=decision))


def balances(border):
    with border.store.read() as connection:
        return {account: minor for (account, _), minor in ledger.balances(connection, "two").items()}


def shown(border):
    return border.client(NORTH).ask(q.GetDeviations(market="two", delivery_day=DAY, element="IT-SI"))


def delivered(border, **changes):
    """The day up to its end, with terms: 40 MW scheduled by the auction."""
    session = border.auction((SELLER, "North", "supply", 20.0, 40.0), (BUYER, "South", "demand", 80.0, 40.0))
    border.final(session)
    set_terms(border, **changes)
    border.at(AFTER)
    return border


def metered(border, **changes):
    delivered(border, **changes)
    meter(border, NORTH, h0=45_000, h1=38_100, h2=42_000)
    meter(border, SOUTH, h0=45_200, h1=38_000, h2=42_000)
    agreement = border.do(NORTH, energy(c.DeclareEmergency, 2_000))["agreement"]
    with refused("emergency_covered"):
        border.do(SOUTH, energy(c.DeclareEmergency, 2_000))
    answer(border, SOUTH, agreement)
    return border


def declared(border, **changes):
    metered(border, **changes)
    assert say(border, NORTH, h0=(5_000, 0), h1=(0, -2_000))["mismatches"] == 0
    assert say(border, SOUTH, h0=(5_000, 0), h1=(-2_000, 0))["mismatches"] == 1
    return border


def test_a_rerun_under_terms_with_another_account_books_to_the_accounts_of_the_first_run(small_border):
    declared(small_border)
    settle(small_border)
    set_terms(small_border, from_side={"operator": NORTH, "k_long": "0.8", "account": "member/M-0001"})
    for who in (NORTH, SOUTH):
        meter(small_border, who, 2, h0=45_000, h1=38_000, h2=41_000)  # 1,000 kWh short of the assistance: 50.00 less
    assert settle(small_border, "rerun")["to_owes_from"] == -50_00
    assert balances(small_border) == {"operator/S-0001": 270_00, "operator/S-0002": -270_00, "deviation/IT-SI": 0}


def test_a_day_is_settled_and_a_later_version_books_the_difference(border):
    declared(border)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: at_once(border), range(4)))
    (found,) = (a for a in answers if a is not None)
    assert (found["run"], found["to_owes_from"]) == (1, 32_000), "of four at once one is carried out"
    assert balances(border) == {"deviation/IT-SI": 0, f"operator/{NORTH}": 32_000, f"operator/{SOUTH}": -32_000}
    assert settle(border, "rerun")["event"] is None, "nothing is new"
    with refused("deviation_settled_once"):
        settle(border)
    # 44,900: 100 less than both declared, 50 to each; 2,050 x 50 - 50 x 50 + 2,900 x 40 = 216.00, of 220.00
    meter(border, NORTH, version=2, h0=44_900, h1=38_100, h2=42_000)
    assert settle(border, "rerun")["to_owes_from"] == -400
    assert balances(border)[f"operator/{NORTH}"] == 31_600
    seen = shown(border)
    assert [r["to_owes_from_minor"] for r in seen["runs"]] == [32_000, -400]
    first, second, third = seen["mtus"][:3]
    assert (first["planned_kwh"], first["actual_kwh"], first["band_kwh"], first["rest_kwh"]) == (40_000, 44_900, 2_000,
                                                                                               -100)  # fmt: skip
    assert [p["amount_minor"] for p in first["parts"]] == [10_250, -250, 11_600]
    assert (second["initiative"]["to"], second["meters_differ"]) == (
        {"agreed_kwh": 0, "kwh": -1_000, "outside_kwh": 0, "differs": True}, ["N-S"])  # fmt: skip
    assert third["parts"] == [{"category": "emergency", "side": "", "kwh": 2_000, "price_per_mwh": "100",
                               "amount_minor": 20_000}]  # fmt: skip
    asked = q.ExplainDeviation(market="two", delivery_day=DAY, element="IT-SI", mtu_start=starts()[0])
    assert "2,900 kWh at 40 EUR/MWh = 116.00 EUR" in border.client(SOUTH).ask(asked)["text"]
    series = border.client("R-0001").ask(q.ListMetering(market="two", delivery_day=DAY))["items"]
    assert [(s["side"], s["version"]) for s in series] == [("from", 1), ("from", 2), ("to", 1)]
    with border.store.read() as connection:
        assert list(flaws(connection, border.secrets, submitted)) == []


def test_what_a_side_may_not_send_is_refused(small_border):
    border = delivered(small_border)
    with refused("meter_side"):
        command = c.SubmitMetering(market="two", delivery_day=DAY, line="N-S", side="to", version=1,
                                   mtus=(c.MeterMtu(mtu_start=starts()[0], kwh=1),))  # fmt: skip
        border.do(NORTH, command)
    with refused("meter_version"):
        meter(border, NORTH, version=2)
    with refused("meter_gap", "meter_whole"):
        meter(border, NORTH, count=22, h0=1.5)
    with refused("deviation_day_over"):
        meter(border, NORTH, day=LATER)
    with refused("deviation_day_over"):
        settle(border, day=LATER)
    with refused("deviation_settled_before"):
        settle(border, "rerun")
    with refused("meter_missing"):
        say(border, NORTH)
    with refused("metering_due", "initiative_due"):
        settle(border)
    meter(border, NORTH, h0=41_000)
    meter(border, SOUTH, h0=41_000)
    with refused("initiative_adds_up"):
        say(border, NORTH, h0=(999, 0))
    agreement = border.do(NORTH, energy(c.DeclareEmergency, 500))["agreement"]
    with refused("agreement_other_side"):
        answer(border, NORTH, agreement)
    answer(border, SOUTH, agreement, "refused")
    with refused("agreement_open"):
        answer(border, SOUTH, agreement)
    with refused("initiative_due"):
        settle(border)
    border.at(AFTER + timedelta(days=3))
    assert settle(border)["to_owes_from"] == 5_000, "who says nothing shares half: 500 and 500 kWh at 50 EUR/MWh"
    border.at(datetime(2027, 11, 1, 6, tzinfo=UTC))
    set_terms(border, prices={"inside": 'mean(index("day_ahead"), days=2) -> EUR/MWh'})
    with refused("observation_missing") as problem:
        settle(border, "rerun")
    assert "day_ahead has no observation for 2027-03-07T23:00Z" in problem.value.mistakes[0].what
    with refused("meter_hours", "meter_gap") as problem:
        meter(border, NORTH, day=LONG_DAY, count=24)
    assert "24 hours are sent and 2027-10-31 has 25" in problem.value.mistakes[0].what


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"prices": {"outside": "1 USD/MWh -> USD/MWh"}}, "deviation_price_unit"),
        ({"element": "SI-HR"}, "element_known"),
        ({"from_side": {"operator": "S-0009"}}, "deviation_side"),
        ({"to_side": {"operator": SOUTH, "account": f"operator/{NORTH}"}}, "deviation_parties"),
        ({"meters": [{"line": "N-X"}]}, "meter_line"),
        ({"meters": [{"line": "N-S", "to_forward": "0"}]}, "meter_factor"),
        ({"band": {"share": "1.5"}}, "band_share"),
        ({"series": {"day_ahead": "East"}}, "zone_known"),
        ({"metering_due": "D-1 12:00"}, "due_moment"),
        ({"opening": {"peak": 5}}, "tariff_known"),
    ],
)
def test_terms_that_cannot_be_settled_by_are_refused(change, rule):
    from tests.service.border.stage import definition

    from walras.service.clearing.deviation_rules import deviation_mistakes
    from walras.service.clearing.deviation_terms import DeviationTerms
    from walras.service.definition import MarketDefinition

    market = MarketDefinition.model_validate(definition())
    terms = DeviationTerms.model_validate({"sections": [SECTION | change]})
    assert rule in {m.rule for m in deviation_mistakes(terms, market, DAY)}
    assert list(deviation_mistakes(DeviationTerms.model_validate({"sections": [SECTION]}), market, DAY)) == []
    other = market.model_copy(update={"profile": "european"})
    assert "deviations_off" in {m.rule for m in deviation_mistakes(terms, other, DAY)}


def account(border):
    return border.client(SOUTH).ask(q.GetEnergyAccount(market="two", element="IT-SI"))


@pytest.fixture
def owed(small_border):
    """A day on which what lies inside the band is returned in kind; South owed 500 kWh before."""
    prices = {name: text for name, text in SECTION["prices"].items() if name != "inside"} | {
        "expired": "cost -> EUR/MWh"
    }
    border = declared(small_border, prices=prices, in_kind=("inside",), opening={"other": 500}, keep_days=8)
    settle(border)
    return border


def test_energy_is_returned_on_a_later_day_or_paid_for(owed):
    border = owed
    assert balances(border)[f"operator/{NORTH}"] == 32_000, "3,000 x 40 and 2,000 x 100: what is inside is not paid"
    assert account(border)["balances_kwh"] == {"other": 500}, "500 + 2,000 - 2,000"
    assert account(border)["sides_kwh"] == {"from": {"other": 500}, "to": {"other": -500}}
    with refused("return_owed"):
        border.do(SOUTH, energy(c.AgreeReturn, -501, LATER))
    agreement = border.do(SOUTH, energy(c.AgreeReturn, -200, LATER))["agreement"]
    assert answer(border, NORTH, agreement)["schedule"] == "T-0001"
    with refused("return_owed"):
        border.do(SOUTH, energy(c.AgreeReturn, -301, LATER))
    plan = border.schedules("IT-SI", LATER)
    assert plan["layers_mw"]["transmission"][2] == -0.2
    border.at(datetime(2027, 3, 24, 6, tzinfo=UTC))
    zeros = {f"h{n}": 0 for n in range(24)} | {"h2": -200}
    for who in (NORTH, SOUTH):
        meter(border, who, day=LATER, **zeros)
    assert settle(border, day=LATER)["to_owes_from"] == 3_000, "300 kWh are too old: 0.3 x 100"
    seen = account(border)
    assert seen["balances_kwh"] == {"other": 0}
    assert [(m["kind"], m["kwh"]) for m in seen["movements"]] == [
        ("opening", 500), ("return", -200), ("expiry", -300)]  # fmt: skip
    assert balances(border)[f"operator/{NORTH}"] == 35_000
    with border.store.read() as connection:
        assert list(flaws(connection, border.secrets, submitted)) == []


def test_one_changed_value_is_found_in_every_column(owed):
    chance, missed = random.Random(7), []
    for table in (meter_series, initiatives, border_agreements, deviation_runs, energy_movements):
        for column in (col for col in table.columns if col.name not in {"id", "market"}):
            with owed.store.engine.connect() as connection, connection.begin() as transaction:
                connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
                row = chance.choice(connection.execute(select(table)).all())
                keys = [k == getattr(row, k.name) for k in table.primary_key.columns]
                old = getattr(row, column.name)
                new = old + 1 if isinstance(old, int) else f"{old[:-1]}{'y' if old[-1:] != 'y' else 'z'}"
                connection.execute(update(table).where(*keys).values({column.name: new}))
                if not list(flaws(connection, owed.secrets, submitted)):
                    missed.append(f"{table.name}.{column.name}")
                transaction.rollback()
    assert missed == []


def test_both_sides_get_documents_of_what_they_owe(small_border):
    """South owes 320.00, and 22 % of it as tax at home; what a rerun takes back is a credit note to each side."""
    declared(small_border)
    settle(small_border)
    terms = {"is_automatic": False, "deviations": {"sections": [SECTION]}, "documents": documents(parties=["operator"])}
    small_border.by_two(c.SetSettlementTerms(market="two", valid_from=date(2027, 1, 1), terms=terms))
    small_border.do("OP", c.SetTaxFacts(company=NORTH, is_dealer=True, vat_number="DE000000001"))
    said = c.IssueDocuments(market="two", first_day=DAY, last_day=DAY)
    assert len(small_border.do("OP", said)["documents"]) == 2
    bills = small_border.client("OP").ask(q.ListBills(market="two"))["items"]
    assert [(b["account"], b["number"].split("-")[1], b["net_minor"], b["vat_minor"]) for b in bills] == [
        (f"operator/{SOUTH}", "INV", 32_000, 7_040),
        (f"operator/{NORTH}", "SB", 32_000, 0),
    ]
    assert small_border.do("OP", said)["documents"] == []
    meter(small_border, NORTH, version=2, h0=44_900, h1=38_100, h2=42_000)
    settle(small_border, "rerun")
    small_border.do("OP", said)
    more = small_border.client("OP").ask(q.ListBills(market="two"))["items"]
    found = {(b["account"], b["corrects"], b["receives_minor"]) for b in more if "-CN-" in b["number"]}
    assert found == {
        (f"operator/{SOUTH}", "two-INV-2027-000001", 488), (f"operator/{NORTH}", "two-SB-2027-000001", -400)
    }  # fmt: skip
    assert balances(small_border)[f"operator/{NORTH}"] == 31_600
    with small_border.store.read() as connection:
        assert list(flaws(connection, small_border.secrets, submitted)) == []
