"""A final session becomes money: once, again by differences, and every figure by hand."""

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import Boolean, LargeBinary, String, select, text
from tests.service.border.stage import BUYER, SELLER, THIRD, refused
from tests.service.clearing.stage import fixing, terms

from walras.service import commands as c
from walras.service import queries as q
from walras.service.ledger_check import ledger_flaws
from walras.service.store.schema import trail
from walras.service.store.settlement_schema import (
    bank_accounts,
    disputes,
    fixings,
    ledger_balances,
    ledger_entries,
    ledger_events,
    ledger_postings,
    ledgers,
    payments,
    settlement_runs,
    settlement_terms,
)
from walras.service.trail_check import _guarded

HOURS = 24
SOLD = 50 * HOURS
"""MWh over the full line."""


def test_a_session_by_hand(clearing):
    """50 MW at 10 from North, 30 MW at 50 in South, 80 MW bought at 50; fees 0.04 a MWh and 10 a member.

    The buyer owes 80 x 24 x 50 = 96,000 EUR and 76.80 + 10 of fees, at 1.085 together USD 104,254.18 (.178).
    """
    session = clearing.settled()
    assert clearing.balances() == {
        (f"member/{SELLER}", "EUR"): SOLD * 1000 - 4800 - 1000,
        (f"member/{THIRD}", "EUR"): 30 * HOURS * 5000 - 2880 - 1000,
        (f"member/{BUYER}", "USD"): -10425418,
        ("exchange/market", "EUR"): -9608680,
        ("exchange/market", "USD"): 10425418,
        ("fee/trading", "EUR"): 4800 + 2880 + 7680,
        ("fee/membership", "EUR"): 3000,
        ("operator/S-0001", "EUR"): SOLD * 4000 * 3 // 4,
        ("operator/S-0002", "EUR"): SOLD * 4000 // 4,
    }
    sums = {(s["party"], s["currency"]): s["amount_minor"] for s in clearing.lines(session)["sums"]}
    parties = {k: v for k, v in clearing.balances().items() if k[0].split("/")[0] in {"member", "operator"}}
    assert {k: v for k, v in sums.items() if v} == parties
    assert clearing.flaws() == []


def test_lines_are_a_companys_own(clearing):
    session = clearing.settled()
    statements = list(clearing.client(BUYER).pages(q.ListStatements(market="two", limit=1)))
    sums = [s for s in clearing.lines(session, who=BUYER)["sums"] if s["party"] == f"member/{BUYER}"]
    assert [(s["session"], s["run"], s["sums"]) for s in statements] == [(session, 1, sums)]
    assert {s["party"] for s in clearing.client("OP").ask(q.ListStatements(market="two"))["items"][0]["sums"]} > {
        f"member/{BUYER}", f"member/{SELLER}",
    }  # fmt: skip
    with refused("own_company"):
        clearing.client(BUYER).ask(q.ListStatements(market="two", company=SELLER))
    mine = clearing.lines(session, who=BUYER)
    assert {row["party"] for row in mine["items"]} == {f"member/{BUYER}"}
    kinds = [row["kind"] for row in mine["items"]]
    assert [kinds.count(k) for k in ("energy", "fee", "conversion")] == [HOURS, 2, 2]
    with refused("own_company"):
        clearing.client(BUYER).ask(q.GetStatementLines(session=session, run=1, company=SELLER))
    assert set(clearing.balances(who=SELLER)) == {(f"member/{SELLER}", "EUR")}
    told = clearing.notices(BUYER, "session settled")
    assert told[-1]["receives_minor"] == {f"member/{BUYER} EUR": 0, f"member/{BUYER} USD": -10425418}


def test_the_clock_settles_what_is_final_once_its_fixing_is_there(small_clearing):
    session = small_clearing.auction(("M-0001", "North", "supply", 10.0, 60.0), (BUYER, "North", "demand", 90.0, 8.0))
    assert small_clearing.clock() == []
    small_clearing.final(session)
    assert small_clearing.clock() == []
    small_clearing.do("OP", fixing())
    assert [type(done) for done in small_clearing.clock()] == [c.SettleSession]
    assert small_clearing.clock() == []


def test_a_session_is_settled_for_the_first_time_once(small_clearing):
    session = small_clearing.finished()
    with refused("settled_before"):
        small_clearing.do("OP", c.ResettleSession(session=session, name="early", reason="none"))
    small_clearing.do("OP", c.SettleSession(session=session))
    entries = small_clearing.entries()
    with refused("settled_once"):
        small_clearing.do("OP", c.SettleSession(session=session))
    assert small_clearing.entries() == entries


def test_only_final_live_sessions_are_settled(small_clearing):
    other = small_clearing.opened(kind="simulation", name="try")
    session = small_clearing.auction(("M-0001", "North", "supply", 10.0, 60.0))
    with refused("settled_final"):
        small_clearing.do("OP", c.SettleSession(session=session))
    with refused("settled_live"):
        small_clearing.do("OP", c.SettleSession(session=other))


def test_settling_again_without_news_books_nothing(clearing):
    session = clearing.settled()
    before, entries = clearing.balances(), clearing.entries()
    again = clearing.do("OP", c.ResettleSession(session=session, name="rerun", reason="as agreed"))
    assert (again["run"], again["entries"]) == (2, 0)
    assert (clearing.balances(), clearing.entries()) == (before, entries)
    assert clearing.lines(session, run=2)["items"] == []
    assert clearing.flaws() == []
    with refused("run_once"):
        clearing.do("OP", c.ResettleSession(session=session, name="rerun", reason="twice"))


def test_a_corrected_fixing_leads_to_a_rerun_of_the_difference(clearing):
    """96,086.80 EUR at 1.086 are USD 104,350.26 (.2648): 96.08 more."""
    session = clearing.settled()
    entries = len(clearing.entries())
    clearing.by_two(fixing("1.086", of=c.CorrectFixing))
    clearing.do("OP", c.ResettleSession(session=session, name="rerun", reason="the bank corrected its rate"))
    assert clearing.balances()[f"member/{BUYER}", "USD"] == -10435026
    assert len(clearing.entries()) == entries + 1
    lines = clearing.lines(session, run=2)
    assert [(r["party"], r["kind"], r["amount_minor"], r["currency"]) for r in lines["items"]] == [
        (f"member/{BUYER}", "conversion", -9608, "USD")
    ]
    assert lines["name"] == "rerun"
    assert clearing.flaws() == []


def test_a_fixing_of_a_source_that_the_terms_no_longer_name_does_not_count(small_clearing):
    session = small_clearing.settled()
    other = {"base": "EUR", "quote": "USD", "source": "the central bank", "fixed_at": "08:30",
             "time_zone": "Europe/Rome", "days_before": 1}  # fmt: skip
    small_clearing.set_terms(fixings=[other])
    rerun = c.ResettleSession(session=session, name="rerun", reason="another source")
    with refused("fixing_missing"):
        small_clearing.do("OP", rerun)
    small_clearing.by_two(fixing("1.086", of=c.CorrectFixing, source="the central bank"))
    small_clearing.do("OP", rerun)
    assert small_clearing.balances()[f"member/{BUYER}", "USD"] == -10435026


def test_corrected_terms_move_income_from_one_owner_to_the_other(small_clearing):
    session = small_clearing.settled()
    small_clearing.set_terms(keys=[])
    small_clearing.do("OP", c.ResettleSession(session=session, name="rerun", reason="the key was wrong"))
    found = small_clearing.balances()
    assert found["operator/S-0001", "EUR"] == found["operator/S-0002", "EUR"] == SOLD * 2000
    with refused("dispute_party"):
        small_clearing.do(SELLER, c.RaiseDispute(session=session, run=2, text="it changed nothing of mine"))
    small_clearing.at(datetime(2027, 5, 1, tzinfo=UTC))
    with refused("dispute_time"):
        small_clearing.do("S-0001", c.RaiseDispute(session=session, run=2, text="30 days are over"))


def test_dated_reruns_come_by_the_clock(small_clearing):
    session = small_clearing.settled()
    assert small_clearing.clock() == []
    small_clearing.at(datetime(2027, 7, 31, 21, 59, tzinfo=UTC))
    assert small_clearing.clock() == []
    small_clearing.at(datetime(2027, 7, 31, 22, 1, tzinfo=UTC))
    (done,) = small_clearing.clock()
    assert (done.session, done.name) == (session, "rerun 4 months")
    small_clearing.at(datetime(2028, 5, 1, tzinfo=UTC))
    assert [x.name for x in small_clearing.clock()] == ["rerun 13 months"]
    runs = small_clearing.client(BUYER).ask(q.ListSettlementRuns(session=session))["items"]
    assert [r["name"] for r in runs] == ["initial", "rerun 4 months", "rerun 13 months"]


def test_balances_of_a_past_moment(small_clearing):
    small_clearing.settled()
    then = small_clearing.balances()
    small_clearing.bank()
    moment = small_clearing.client("OP").ask(q.ListLedger(market="two"))["items"][0]["at"]
    small_clearing.at(datetime(2027, 3, 9, 15, tzinfo=UTC))
    small_clearing.pay(100)
    assert small_clearing.balances(at=moment) == then
    assert small_clearing.balances() != then


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"keys": [{"element": "line/N-S", "rule": "ownership",
                    "shares": [{"operator": "S-0001", "share": "0.7"}, {"operator": "S-0002", "share": "0.2"}]}]},
         "sharing_key_sum"),
        ({"keys": [{"element": "line/other", "rule": "half"}]}, "element_known"),
        ({"keys": [{"element": "border/N-S", "rule": "half"}]}, "element_known"),
        ({"keys": [{"element": "line/N-S", "rule": "half", "shares": [{"operator": "S-0001", "share": "1"}]}]},
         "sharing_rule"),
        ({"payment_currencies": [{"party": "member/M-0001", "currency": "ZAR"}]}, "fixing_pair"),
        ({"payment_currencies": [{"party": "member/M-0001", "currency": "XAU"}],
          "fixings": [{"base": "EUR", "quote": "XAU", "source": "a bank", "fixed_at": "08:30"}]}, "minor_unit"),
        ({"fees": [{"name": "a", "per_mwh": "-1"}]}, "fee_positive"),
        ({"reruns": [{"name": "late", "months": 13}, {"name": "early", "months": 4}]}, "reruns_ordered"),
    ],
)  # fmt: skip
def test_terms_that_cannot_be_settled_by_are_refused(terms_world, changes, rule):
    with refused(rule):
        terms_world.set_terms(**changes)


@pytest.fixture(scope="module")
def terms_world(sqlite_model, tmp_path_factory):
    """One market for all refusals of terms: nothing is ever stored in it."""
    import shutil

    from tests.service.border.stage import Border
    from tests.service.clearing.stage import Clearing

    from walras.service.secrets import Secrets
    from walras.service.store.engine import open_store

    path = tmp_path_factory.mktemp("terms") / "walras.db"
    shutil.copy(sqlite_model, path)
    store = open_store(str(path))
    with Clearing(store, Secrets(b"k" * 32)) as found:
        assert isinstance(found, Border)
        yield found
    store.close()


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"rate": "0"}, "fixing_positive"),
        ({"rate": "0/5"}, "fixing_positive"),
        ({"rate": "9" * 39}, "fixing_positive"),
        ({"source": "another bank"}, "fixing_source"),
        ({"fixed_at": datetime(2027, 3, 9, 8, tzinfo=UTC)}, "fixing_time"),
        ({"fixed_at": datetime(2027, 3, 9, 7, 30)}, "time_zone"),
        ({"base": "USD", "quote": "EUR"}, "fixing_pair"),
        ({"day": "2027-03-12", "fixed_at": datetime(2027, 3, 11, 7, 30, tzinfo=UTC)}, "fixing_to_come"),
        ({"of": c.CorrectFixing}, "fixing_known"),
    ],
)
def test_fixings_that_are_not_those_of_the_terms_are_refused(terms_world, changes, rule):
    terms_world.at(datetime(2027, 3, 9, 12, tzinfo=UTC))
    command = fixing(**changes)
    with refused(rule):
        terms_world.by_two(command) if command.is_critical else terms_world.do("OP", command)


def test_a_session_without_its_fixing_is_refused_and_the_ledger_untouched(small_clearing):
    session = small_clearing.auction(("M-0001", "North", "supply", 10.0, 60.0), (BUYER, "North", "demand", 90.0, 8.0))
    small_clearing.final(session)
    with refused("fixing_missing"):
        small_clearing.do("OP", c.SettleSession(session=session))
    assert small_clearing.entries() == []
    small_clearing.do("OP", fixing())
    with refused("fixing_once"):
        small_clearing.do("OP", fixing("1.1"))


def test_a_market_without_terms_moves_no_money(small_clearing):
    small_clearing.by_two(c.SetSettlementTerms(market="two", valid_from="2028-01-01", terms=terms()))
    with refused("settlement_terms"):
        small_clearing.client("OP").ask(q.GetSettlementTerms(market="two", day="2027-01-01"))


def damages(table):
    """For each column of a table, what changes one byte of it in one row, and what puts the row away."""
    for column in table.c:
        if isinstance(column.type, LargeBinary):
            yield f"UPDATE {table.name} SET {column.name} = {column.name} || x'00'"
        elif isinstance(column.type, String):
            yield f"UPDATE {table.name} SET {column.name} = coalesce({column.name}, '') || ' '"
        elif isinstance(column.type, Boolean):
            yield f"UPDATE {table.name} SET {column.name} = NOT {column.name}"
        elif column.name != "id":
            yield f"UPDATE {table.name} SET {column.name} = coalesce({column.name}, 0) + 1"
    yield f"DELETE FROM {table.name}"


TABLES = (ledgers, ledger_events, ledger_entries, ledger_postings, ledger_balances, settlement_terms, fixings,
          settlement_runs, bank_accounts, payments, disputes)  # fmt: skip


def test_one_byte_of_any_column_that_changes_is_found(small_clearing):
    session = small_clearing.settled()
    small_clearing.bank()
    small_clearing.pay(5000)
    small_clearing.do(SELLER, c.RaiseDispute(session=session, run=1, text="hour 3"))
    assert small_clearing.flaws() == []
    missed = []
    with small_clearing.store.read() as connection:
        told = acts(connection)
    for table in TABLES:
        for damage in damages(table):
            with small_clearing.store.engine.connect() as connection:
                connection.execute(text("PRAGMA defer_foreign_keys = ON"))
                one = f" WHERE rowid = (SELECT max(rowid) FROM {table.name})"
                assert connection.execute(text(damage + one)).rowcount == 1, damage
                if not list(_guarded("two", ledger_flaws(connection, "two", told, small_clearing.secrets))):
                    missed.append(damage)
                connection.rollback()
    assert not missed, "\n".join(missed)
    assert small_clearing.flaws() == []


def acts(connection, stream="ledger.two"):
    """What the trail says of the ledger, or of another stream."""
    rows = connection.execute(select(trail).where(trail.c.stream == stream).order_by(trail.c.id)).mappings()
    return [{**row, "body": json.loads(row["body"])} for row in rows]
