"""The ledger: entries balance, stay, and are chained."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from walras.errors import BadInput
from walras.settlement.ledger import GENESIS, Entry, Ledger, Posting, broken_links


def sale(amount=500, text="A sells to B"):
    return Entry(text, (Posting("member/A", "EUR", amount), Posting("member/B", "EUR", -amount)))


def rules(error):
    return [m.rule for m in error.value.mistakes]


def test_an_entry_that_does_not_balance_is_refused_and_leaves_no_trace():
    ledger = Ledger()
    with pytest.raises(BadInput) as error:
        ledger.post(Entry("half a sale", (Posting("member/A", "EUR", 1),)))
    assert rules(error) == ["entry_balances"]
    assert len(ledger) == 0
    assert ledger.balances() == {}
    assert ledger.head == GENESIS


def test_currencies_balance_one_by_one():
    postings = (Posting("member/A", "EUR", 5), Posting("member/B", "USD", -5))
    with pytest.raises(BadInput) as error:
        Ledger().post(Entry("mixed", postings))
    assert rules(error) == ["entry_balances", "entry_balances"]


@pytest.mark.parametrize("amount", [1.0, True, "5"])
def test_an_amount_that_is_not_a_whole_number_is_refused(amount):
    with pytest.raises(BadInput) as error:
        Ledger().post(Entry("x", (Posting("member/A", "EUR", amount), Posting("member/B", "EUR", 0))))
    assert "entry_whole_amounts" in rules(error)


def test_an_amount_that_a_store_may_not_hold_is_refused():
    assert Ledger().post(sale(2**53)).number == 1
    with pytest.raises(BadInput) as error:
        Ledger().post(sale(2**53 + 1))
    assert rules(error) == ["entry_amount", "entry_amount"]


@pytest.mark.parametrize("account", ["A", "/A", "member/"])
def test_an_account_needs_a_role_and_a_name(account):
    with pytest.raises(BadInput) as error:
        Ledger().post(Entry("x", (Posting(account, "EUR", 5), Posting("member/B", "EUR", -5))))
    assert rules(error) == ["entry_account"]


def test_an_entry_without_postings_is_refused():
    with pytest.raises(BadInput) as error:
        Ledger().post(Entry("nothing", ()))
    assert rules(error) == ["entry_has_postings"]


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=20))
def test_balances_are_the_sums_of_postings_and_sum_to_zero(amounts):
    ledger = Ledger()
    for a in amounts:
        ledger.post(sale(a))
    assert ledger.balances() == {("member/A", "EUR"): sum(amounts), ("member/B", "EUR"): -sum(amounts)}


@given(st.integers(0, 4), st.sampled_from(["amount", "text", "drop", "swap"]))
def test_any_change_breaks_the_chain(place, how):
    ledger = Ledger()
    for i in range(6):
        ledger.post(sale(100 + i, f"sale {i}"))
    entries = list(ledger)
    assert broken_links(entries) == []
    if how == "amount":
        entries[place] = replace(entries[place], entry=sale(999, f"sale {place}"))
    elif how == "text":
        entries[place] = replace(entries[place], entry=sale(100 + place, "another sale"))
    elif how == "drop":
        del entries[place]
    else:
        entries[place], entries[place + 1] = entries[place + 1], entries[place]
    assert broken_links(entries)


def test_rows_list_every_posting():
    ledger = Ledger()
    ledger.post(sale())
    assert ledger.rows().select("entry", "account", "amount_minor").rows() == [
        (1, "member/A", 500),
        (1, "member/B", -500),
    ]
