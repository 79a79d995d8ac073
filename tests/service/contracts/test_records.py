"""Records of supply agreements: who may say what, all or nothing, by the door's clock, once."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from tests.service.border.stage import BUYER, NORTH, SELLER, SOUTH, refused
from tests.service.contracts.stage import APRIL, EARLY_RATE, HUB, MAY, allocation, nomination

from walras.contracts import Journal
from walras.errors import Problem
from walras.service import commands as c
from walras.service.store import supply as stored

NOTICE = {"kind": "force majeure notice", "contract": "gas-2027", "begin": "2027-04-10", "end": "2027-04-12",
          "share": "50 %", "cause": "flood"}  # fmt: skip
SPEAKERS = [
    (nomination(), {BUYER}),
    (NOTICE, {BUYER, SELLER}),
    (allocation(), {NORTH}),
    (allocation(contract="oil-2027"), {SELLER}),
    ({"kind": "flexibility notice", "contract": "gas-2027", "year": "2028", "change": "10"}, {BUYER}),
    (EARLY_RATE, {"OP"}),
]


@pytest.mark.parametrize(("row", "may"), SPEAKERS, ids=lambda x: x["kind"] if isinstance(x, dict) else "")
def test_each_kind_of_fact_has_its_speaker(small_supply, row, may):
    small_supply.agree()
    if row["kind"] == "allocation":
        small_supply.at(MAY)
    for who in (BUYER, SELLER, NORTH, "OP"):
        if who not in may:
            with refused("supply_fact_by"):
                small_supply.record(who, row)
    for who in sorted(may):
        assert small_supply.record(who, row)["events"] == []
    assert [r["body"].get("by") for r in small_supply.records()] == (
        [None] if may == {"OP"} else sorted(may)
    )  # fmt: skip


def test_neither_the_time_nor_the_speaker_is_the_client_s_to_say(small_supply):
    small_supply.agree()
    with refused("supply_row_field"):
        small_supply.record(BUYER, nomination(at="2027-03-01T08:00Z"))
    with refused("supply_row_field"):
        small_supply.record(BUYER, nomination(by=SELLER))
    small_supply.record(BUYER, nomination())
    (one,) = small_supply.records()
    assert (one["at"][:13], one["body"]["by"]) == ("2027-03-05T08", BUYER)


def test_every_mistake_of_every_row_is_listed_and_nothing_is_recorded(small_supply):
    small_supply.agree()
    rows = (nomination(), nomination(APRIL[1], "131"), nomination(date(2030, 1, 1)), allocation(),
            nomination(quantity="ten"), {"kind": "gift"}, nomination(contract="coal"))  # fmt: skip
    with refused("nomination_daily_maximum", "contract_valid", "supply_fact_by", "quantity_text", "event_kind",
                 "contract_known") as problem:  # fmt: skip
        small_supply.record(BUYER, *rows)
    assert len(problem.value.mistakes) >= 6
    assert small_supply.records() == []


def test_documents_are_issued_by_the_seller_and_the_market_operator_alone(small_supply):
    small_supply.nominated()
    small_supply.record("OP", EARLY_RATE)
    with refused("supply_issuer"):
        small_supply.issue("provisional invoice", "2027-04", BUYER)
    with refused("role_may"):
        small_supply.issue("provisional invoice", "2027-04", NORTH)
    with refused("contract_known"):
        small_supply.issue("provisional invoice", "2027-04", contract="coal")
    with refused("supply_document_of"):
        small_supply.issue("annual statement", "2027-04")
    with refused("supply_document_of"):
        small_supply.issue("final invoice", "2027")
    with refused("days_allocated"):
        small_supply.issue("final invoice", "2027-04")
    small_supply.issue("provisional invoice", "2027-04", SELLER)
    with refused("invoice_once"):
        small_supply.issue("provisional invoice", "2027-04")
    with refused("supply_fact_by"):
        small_supply.record(SELLER, allocation())


def test_an_observation_counts_from_when_it_was_published_and_not_before(small_supply):
    small_supply.agree()
    with refused("observation_time"):
        small_supply.record("OP", HUB)
    small_supply.at(MAY)
    small_supply.record("OP", HUB)
    with refused("observation_once"):
        small_supply.record("OP", HUB)


def test_an_idempotency_key_books_once(supply):
    supply.nominated()
    supply.record("OP", EARLY_RATE)
    command = c.IssueSupplyDocument(agreement="SA-0001", contract="gas-2027", kind="provisional invoice", of="2027-04")
    body = json.loads(command.model_dump_json())

    def issue(_):
        return supply.post("issue-supply-document", body, SELLER, Idempotency_Key="one").json()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(issue, range(4)))
    assert all(a == answers[0] for a in answers)
    assert supply.balances()[f"member/{SELLER}", "USD"] == 54_000_000
    assert len(supply.records()) == 32


def test_of_two_nominations_at_once_both_are_in_order(supply):
    supply.agree()

    def nominate(n):
        return supply.record(BUYER, nomination(quantity=str(100 + n)))["first"]

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(nominate, range(8))) == list(range(1, 9))
    assert [r["record"] for r in supply.records()] == list(range(1, 9))
    assert supply.flaws() == []


def test_of_two_invoices_at_once_one_is_refused(supply):
    supply.nominated()
    supply.record("OP", EARLY_RATE)

    def issue(who):
        try:
            return supply.issue("provisional invoice", "2027-04", who)["record"]
        except Problem as problem:
            return [m.rule for m in problem.mistakes]

    with ThreadPoolExecutor(2) as pool:
        assert sorted(map(str, pool.map(issue, ("OP", SELLER)))) == ["32", "['invoice_once']"]


def test_a_journal_of_the_store_is_the_one_that_computes_every_document_anew(small_supply):
    small_supply.delivered()
    small_supply.issue("final invoice", "2027-04")
    with small_supply.store.read() as connection:
        journal = stored.journal(connection, stored.get(connection, "SA-0001"))
    assert Journal(journal.agreement, journal.events).standing == journal.standing


def test_an_operator_of_no_hop_says_nothing(small_supply):
    small_supply.agree()
    with refused("supply_agreement_known"):
        small_supply.record(SOUTH, allocation(APRIL[0] + timedelta(days=1)))


def test_nobody_allocates_days_to_come_and_so_ends_their_nominations(small_supply):
    """The seller would have delivered nothing next June, and the buyer would pay for not having taken it."""
    small_supply.agree()
    with refused("supply_day_begun") as problem:
        small_supply.record(NORTH, allocation(quantity="0"), allocation(APRIL[1], "0"))
    assert len(problem.value.mistakes) == 2
    small_supply.record(BUYER, nomination())
    small_supply.at(datetime(2027, 4, 1, 3, 59, tzinfo=UTC))
    with refused("supply_day_begun"):
        small_supply.record(NORTH, allocation())
    small_supply.at(datetime(2027, 4, 1, 4, tzinfo=UTC))  # 06:00 in Rome
    small_supply.record(NORTH, allocation())
    assert small_supply.flaws() == []
