"""Money in and out: the ledger ends at zero, what cannot cross pays nothing, and nothing is booked twice."""

import pytest
from tests.service.border.stage import BUYER, DAY, SELLER, THIRD, refused

from walras.service import commands as c
from walras.service import queries as q

OWED = 10425418
GOT = {SELLER: 1194200, THIRD: 3596120}


def test_from_the_result_to_the_last_payment(clearing):
    """The buyer pays in USD, the bank turns that into EUR, everybody is paid; what is left is the operator's."""
    clearing.settled()
    clearing.bank()
    clearing.bank("main-eur", "EUR")
    clearing.pay(OWED)
    assert f"member/{BUYER}" not in {a for a, _ in clearing.balances()}
    clearing.pay(9608680, party="operator/S-0001", bank="main-eur", currency="EUR", reference="lent")
    for member, amount in GOT.items():
        clearing.pay_out(amount, f"member/{member}", reference=member)
    left = clearing.balances()
    assert not [a for a, _ in left if a.startswith("member/")]
    assert sum(v for (_, currency), v in left.items() if currency == "EUR") == 0
    assert sum(v for (_, currency), v in left.items() if currency == "USD") == 0
    assert clearing.flaws() == []


def test_what_cannot_cross_is_held_and_pays_nothing(clearing):
    clearing.settled()
    clearing.bank()
    held = clearing.pay(OWED, is_blocked=True)
    assert held["state"] == "blocked"
    assert clearing.balances()[f"member/{BUYER}", "USD"] == -OWED
    assert clearing.balances()[f"blocked/member {BUYER}", "USD"] == OWED
    assert (f"blocked/member {BUYER}", "USD") in clearing.balances(who=BUYER)
    assert (f"blocked/member {BUYER}", "USD") not in clearing.balances(who=SELLER)
    asked = q.ListPayments(market="two", party=f"member/{BUYER}")
    assert [len(clearing.client(who).ask(asked)["items"]) for who in (BUYER, SELLER, "R-0001")] == [1, 0, 1]
    clearing.do("OP", c.ReleasePayment(payment=held["payment"], value_day="2027-03-09"))
    assert (f"member/{BUYER}", "USD") not in clearing.balances()
    with refused("payment_state"):
        clearing.do("OP", c.ReleasePayment(payment=held["payment"], value_day="2027-03-09"))
    clearing.do("OP", c.ReturnPayment(payment=held["payment"], reason="the bank failed"))
    assert clearing.balances()[f"member/{BUYER}", "USD"] == -OWED
    assert ("bank/main-usd", "USD") not in clearing.balances()
    assert clearing.flaws() == []


def test_a_payout_that_cannot_cross_is_set_apart_and_freed(small_clearing):
    small_clearing.settled()
    said = {"market": "two", "party": f"member/{SELLER}", "currency": "EUR", "reason": "no bank carries it"}
    with refused("payment_owed"):
        small_clearing.do("OP", c.HoldPayout(amount_minor=GOT[SELLER] + 1, **said))
    held = small_clearing.do("OP", c.HoldPayout(amount_minor=GOT[SELLER], **said))["payment"]
    assert small_clearing.balances()[f"blocked/member {SELLER}", "EUR"] == GOT[SELLER]
    with refused("payment_owed"):
        small_clearing.bank("main-eur", "EUR")
        small_clearing.pay_out(1, f"member/{SELLER}")
    small_clearing.do("OP", c.FreePayout(payment=held))
    assert small_clearing.balances()[f"member/{SELLER}", "EUR"] == GOT[SELLER]
    assert small_clearing.flaws() == []


def test_a_payment_out_is_taken_back_once_by_reversing_entries(small_clearing):
    small_clearing.settled()
    small_clearing.bank("main-eur", "EUR")
    small_clearing.pay(2000000, party="operator/S-0001", bank="main-eur", currency="EUR")
    before = small_clearing.balances()
    sent = small_clearing.pay_out(GOT[SELLER], f"member/{SELLER}")
    back = c.ReverseEvent(market="two", event=sent["event"], reason="the bank sent it back")
    small_clearing.by_two(back)
    assert small_clearing.balances() == before
    last = small_clearing.entries()[-1]
    assert last["reverses"] == last["number"] - 1
    with refused("reversed_once"):
        small_clearing.by_two(back)
    with refused("event_reversible"):
        small_clearing.by_two(c.ReverseEvent(market="two", event=1, reason="a settlement is settled again"))
    payments = small_clearing.client(SELLER).ask(q.ListPayments(market="two"))["items"]
    assert [p["state"] for p in payments] == ["reversed"]
    assert small_clearing.flaws() == []


@pytest.fixture(scope="module")
def paid(sqlite_model, tmp_path_factory):
    """One settled market for all refusals: nothing is booked in it."""
    import shutil

    from tests.service.clearing.stage import Clearing

    from walras.service.secrets import Secrets
    from walras.service.store.engine import open_store

    path = tmp_path_factory.mktemp("paid") / "walras.db"
    shutil.copy(sqlite_model, path)
    store = open_store(str(path))
    with Clearing(store, Secrets(b"k" * 32)) as found:
        found.settled()
        found.bank()
        found.bank("old", "EUR")
        found.do("OP", c.CloseBankAccount(market="two", bank="old"))
        found.pay(100, reference="known")
        yield found
    store.close()


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"bank": "old", "currency": "EUR"}, "account_open"),
        ({"bank": "none"}, "bank_known"),
        ({"currency": "EUR"}, "bank_currency"),
        ({"party": "member/M-9999"}, "party_known"),
        ({"party": "operator/M-0001"}, "party_known"),
        ({"value_day": DAY}, "value_day"),
        ({"value_day": "2026-01-01"}, "value_day"),
        ({"reference": "known"}, "payment_once"),
    ],
)
def test_payments_that_are_refused_leave_the_ledger_untouched(paid, changes, rule):
    before = paid.entries()
    with refused(rule):
        paid.pay(5, **changes)
    assert paid.entries() == before


def test_a_balance_stays_within_what_every_store_holds_exactly(paid):
    before = paid.entries()
    with refused("entry_amount"):
        paid.pay(2**53 - 1, party=f"member/{SELLER}", reference="R-2")
    assert paid.entries() == before


def test_other_refusals_of_money(paid):
    before = paid.entries()
    with refused("bank_holds"):
        paid.do("OP", c.OpenBankAccount(market="two", bank="eur2", currency="EUR", number="XX00 77"))
        paid.pay_out(100, f"member/{SELLER}", bank="eur2")
    with refused("payment_owed"):
        paid.pay_out(100, f"member/{BUYER}", bank="main-usd", currency="USD")
    with refused("bank_empty"):
        paid.do("OP", c.CloseBankAccount(market="two", bank="main-usd"))
    with refused("minor_unit"):
        paid.do("OP", c.OpenBankAccount(market="two", bank="gold", currency="XAU", number="XX00 78"))
    with refused("bank_once"):
        paid.bank()
    with refused("event_known"):
        paid.by_two(c.ReverseEvent(market="two", event=999, reason="there is none"))
    assert paid.entries() == before


def test_a_dispute_from_raising_to_its_end(paid):
    session = f"two-{DAY}-da"
    mine = paid.do(SELLER, c.RaiseDispute(session=session, run=1, text="hour 3 is wrong"))["dispute"]
    with refused("own_company"):
        paid.do(BUYER, c.WithdrawDispute(dispute=mine))
    paid.do("OP", c.AnswerDispute(dispute=mine, decision="rejected", answer="it follows from the price"))
    with refused("dispute_state"):
        paid.do(SELLER, c.WithdrawDispute(dispute=mine))
    assert paid.notices(SELLER, "dispute ended")[-1]["state"] == "rejected"
    other = paid.do("S-0001", c.RaiseDispute(session=session, run=1, text="the key"))["dispute"]
    paid.do("S-0001", c.WithdrawDispute(dispute=other))
    seen = paid.client("S-0001").ask(q.ListDisputes(market="two"))["items"]
    assert [(d["id"], d["state"]) for d in seen] == [(other, "withdrawn")]
    with refused("settlement_run_known"):
        paid.do(SELLER, c.RaiseDispute(session=session, run=2, text="no such run"))
