"""Defaults at the door: a debt is borne layer by layer in the ledger, to the last minor unit, and replays."""

import pytest
from tests.service.border.stage import BUYER, SELLER, THIRD, gate_of, refused
from tests.service.clearing.test_collateral import asking, curve, guarantee, money, send

from walras.service import commands as c
from walras.service.clearing.inputs import Inputs
from walras.service.store import ledger
from walras.settlement.books import replay


@pytest.fixture
def bound(small_clearing):
    """A market that asks for collateral, its session open, with a bank account in euros."""
    return asking(small_clearing)


def in_debt(bound):
    """A market in which the buyer owes 400.00 and the seller is owed as much."""
    bound.do("OP", money(600_00))
    assert send(bound, curve(price=60.0)) == []
    assert send(bound, curve(side="supply", price=40.0, mw=100.0), who=SELLER) == []
    bound.at(gate_of())
    bound.do("OP", c.CloseSession(session=bound.session))
    assert bound.run() == "done"
    bound.final(bound.session)
    bound.do("OP", c.SettleSession(session=bound.session))


def test_a_default_is_borne_layer_by_layer_and_replays(bound):
    bound.do("OP", guarantee(50_00))
    in_debt(bound)
    bound.do("OP", money(20_00, "F-1", of=c.ContributeDefaultFund))
    bound.do("OP", money(30_00, "F-2", member=None, of=c.ContributeDefaultFund))
    bound.do("OP", money(60_00, "F-3", member=THIRD, of=c.ContributeDefaultFund))
    with refused("collateral_bound"):
        bound.by_two(money(600_00, "C-2", of=c.ReleaseCollateral))
    bound.by_two(money(250_00, "C-3", of=c.ReleaseCollateral))
    answer = bound.by_two(c.DeclareDefault(market="two", member=BUYER, reason="it did not pay"))
    assert answer["rows"] == [
        ["cash", "collateral/M-0002", 350_00], ["guarantees", "guarantee/M-0002", 50_00],
    ]  # fmt: skip
    left = bound.balances()
    assert left["guarantor/M-0002", "EUR"] == -50_00
    assert {("member/M-0002", "EUR"), ("guarantee/M-0002", "EUR")}.isdisjoint(left)
    with refused("guarantor_owes"):
        bound.do("OP", money(50_01, "P-1", of=c.CollectGuarantee))
    bound.do("OP", money(50_00, "P-1", of=c.CollectGuarantee))
    assert ("guarantor/M-0002", "EUR") not in bound.balances()
    assert bound.flaws() == []
    with bound.store.read() as connection:
        again = replay(ledger.events(connection, "two"), Inputs(connection, bound.secrets))
        assert list(again) == ledger.entries(connection, "two", limit=10**6)
    with refused("default_loss"):
        bound.by_two(c.DeclareDefault(market="two", member=BUYER, reason="again"))


def test_what_no_collateral_covers_is_borne_by_funds_and_creditors(bound):
    in_debt(bound)
    bound.pay(400_00, bank="main-eur", currency="EUR")
    bound.by_two(money(600_00, "C-2", of=c.ReleaseCollateral))
    bound.do("OP", c.ReturnPayment(payment="PAY-0001", reason="it failed at the bank"))
    for number, (member, amount) in enumerate(((BUYER, 20_00), (None, 30_00), (THIRD, 60_00), (SELLER, 40_00))):
        bound.do("OP", money(amount, f"F-{number}", member=member, of=c.ContributeDefaultFund))
    answer = bound.by_two(c.DeclareDefault(market="two", member=BUYER, reason="it did not pay"))
    assert [r[1:] for r in answer["rows"]] == [
        ["default_fund/M-0002", 20_00], ["own_funds/market", 30_00], ["default_fund/M-0001", 40_00],
        ["default_fund/M-0003", 60_00], ["member/M-0001", 250_00],
    ]  # fmt: skip
    assert bound.balances() == {("bank/main-eur", "EUR"): -150_00, ("member/M-0001", "EUR"): 150_00}
    assert bound.flaws() == []


def test_a_credit_that_is_a_set_off_is_not_paid_out_while_it_secures(bound):
    in_debt(bound)  # the seller is owed 400.00
    said = {"market": "two", "member": SELLER, "currency": "EUR", "claim": "its credit"}
    bound.do("OP", c.AcceptSetOff(reference="S-1", amount_minor=300_00, valid_from="2027-03-01", valid_to="2027-03-31",
                                  **said))  # fmt: skip
    with refused("payment_owed"):
        bound.pay_out(100_01, f"member/{SELLER}")
    bound.pay_out(100_00, f"member/{SELLER}")
    bound.do("OP", c.EndGuarantee(market="two", reference="S-1", reason="a test"))
    bound.pay_out(300_00, f"member/{SELLER}", reference="OUT-2")
