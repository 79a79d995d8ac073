"""Bills of bilateral contracts on schedules: what follows from them, and what is refused."""

from fractions import Fraction

import pytest

from walras.errors import BadInput
from walras.formulas import parse
from walras.settlement import kinds  # noqa: F401 - fills the registry of events
from walras.settlement.books import Event, entries_of, replay
from walras.settlement.schedules import Bilateral, Scheduled, bill

SELLER, BUYER = "member/M-0001", "member/M-0002"
HOUR = Scheduled(0, 60, 10000)


def contract(price="50", **changes):
    said = {"contract": "C-0001", "seller": SELLER, "buyer": BUYER, "currency": "EUR", "price": price}
    said |= changes
    return Bilateral(**said | {"price": Fraction(said["price"]) if isinstance(said["price"], str) else said["price"]})


def balances(*bodies):
    events = [Event(n, "schedule bill", 0, "a bill", body) for n, body in enumerate(bodies, start=1)]
    return {key: amount for key, amount in replay(events).balances().items() if amount}


def test_the_buyer_pays_the_seller_over_the_contract():
    entries = entries_of("schedule bill", bill(contract(), [HOUR]))
    assert [[(p.account, p.amount_minor) for p in e.postings] for e in entries] == [
        [(BUYER, -50000), ("contract/C-0001", 50000)],
        [("contract/C-0001", -50000), (SELLER, 50000)],
    ]


def test_both_sides_may_be_paid_in_other_currencies():
    """EUR 500.00 are USD 542.50 and JPY 81,638 (81,637.5)."""
    rates = {("EUR", "USD"): Fraction("1.085"), ("EUR", "JPY"): Fraction("163.275")}
    assert balances(bill(contract(), [HOUR], {SELLER: "USD", BUYER: "JPY"}, rates)) == {
        (SELLER, "USD"): 54250, (BUYER, "JPY"): -81638,
        ("exchange/market", "USD"): -54250, ("exchange/market", "JPY"): 81638,
    }  # fmt: skip


def test_below_zero_the_seller_pays():
    assert balances(bill(contract("-3.335"), [Scheduled(0, 15, 4000)])) == {(SELLER, "EUR"): -334, (BUYER, "EUR"): 334}


def test_each_mtu_is_rounded_and_their_sum_is_billed():
    """Quarter hours of 0.25 MWh at 0.06: 1.5 cents each, so two; four of them are 8 cents, not 6."""
    quarters = [Scheduled(15 * n, 15, 1000) for n in (3, 1, 0, 2)]
    body = bill(contract("0.06"), quarters)
    assert [row[0] for row in body["rows"]] == [0, 15, 30, 45]
    assert body["amount_minor"] == 8


def test_a_bill_of_nothing_books_nothing():
    body = bill(contract(), [Scheduled(0, 60, 0)], {SELLER: "USD"})
    assert (body["amount_minor"], entries_of("schedule bill", body)) == (0, [])


def test_a_bill_is_plain_json_and_its_entries_follow_from_it_alone():
    import json

    body = bill(contract("1/3"), [HOUR], {BUYER: "USD"}, {("EUR", "USD"): Fraction("1.085")})
    again = json.loads(json.dumps(body))
    assert entries_of("schedule bill", again) == entries_of("schedule bill", body)


@pytest.mark.parametrize(
    ("changes", "schedule", "rule"),
    [
        ({"buyer": SELLER}, [HOUR], "bill_parties"),
        ({"price": parse("5 USD/MWh -> USD/MWh").check()}, [HOUR], "bill_price_unit"),
        ({"price": parse("5 EUR -> EUR").check()}, [HOUR], "bill_price_unit"),
        ({}, [], "bill_schedule"),
        ({}, [Scheduled(0, 60, -1)], "bill_schedule"),
        ({}, [Scheduled(0, 0, 10)], "bill_schedule"),
        ({}, [HOUR, HOUR], "bill_schedule"),
        ({}, [HOUR, Scheduled(30, 30, 10)], "bill_schedule"),
        ({"currency": "XAU"}, [HOUR], "minor_unit"),
    ],
)
def test_what_cannot_be_billed_is_refused(changes, schedule, rule):
    with pytest.raises(BadInput) as error:
        bill(contract(**changes), schedule)
    assert [m.rule for m in error.value.mistakes] == [rule]
    assert all(m.where and m.fix for m in error.value.mistakes)


def test_a_bill_needs_the_fixing_of_its_day():
    with pytest.raises(BadInput) as error:
        bill(contract(), [HOUR], {SELLER: "USD"})
    assert [m.rule for m in error.value.mistakes] == ["fixing_missing"]
