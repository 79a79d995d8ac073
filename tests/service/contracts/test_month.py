"""A contract month at the door, from a proposal to bills, with every figure by hand (see `stage`)."""

from datetime import date

from tests.service.border.stage import BUYER, NORTH, SELLER, THIRD, refused
from tests.service.contracts.stage import APRIL, EARLY_RATE, HUB, MAY, RATE, allocation

from walras.service import commands as c
from walras.service import queries as q

PAYS, PAID, CARRIES = f"member/{BUYER}", f"member/{SELLER}", f"operator/{NORTH}"


def bills(supply):
    """Bill April and return what came of it."""
    said = c.IssueDocuments(market="two", first_day=APRIL[0], last_day=APRIL[-1])
    made = supply.do("OP", said)["documents"]
    found = {b["number"]: b for b in supply.client("OP").ask(q.ListBills(market="two"))["items"]}
    return [(b["account"], b["currency"], b["kind"], b["receives_minor"]) for b in map(found.get, made)]


def test_a_month_from_its_proposal_to_its_bills(supply):
    """USD 546,060.61 at 0.8 are EUR 436,848.49; in the end 600,000.00, so 53,939.39 more: EUR 43,151.51."""
    supply.nominated()
    with refused("fixing_missing"):
        supply.issue("provisional invoice", "2027-04", SELLER)
    assert supply.balances() == {}
    supply.record("OP", EARLY_RATE)
    made = supply.issue("provisional invoice", "2027-04", SELLER)
    assert made["document"]["booked"] == [[PAYS, PAID, 54_000_000], [PAYS, CARRIES, 606_061]]
    first = {("exchange/market", "USD"): -54_606_061, ("exchange/market", "EUR"): 43_684_849,
             (PAYS, "EUR"): -43_684_849, (PAID, "USD"): 54_000_000, (CARRIES, "USD"): 606_061}  # fmt: skip
    assert supply.balances() == first
    assert bills(supply) == [
        (PAYS, "EUR", "invoice", -43_684_849), (PAID, "USD", "self_billing", 54_000_000),
        (CARRIES, "USD", "self_billing", 606_061),
    ]  # fmt: skip
    assert bills(supply) == []

    supply.at(MAY)
    supply.record(NORTH, *(allocation(d) for d in APRIL))
    supply.record("OP", HUB, RATE)
    final = supply.issue("final invoice", "2027-04")
    assert [(x["item"], x["quantity"], x["amount_minor"]) for x in final["document"]["lines"]] == [
        ("gas", "2970", 59_400_000), ("pipe", "3000", 600_000),
    ]  # fmt: skip
    assert final["document"]["booked"] == [[PAYS, PAID, 5_400_000], [PAYS, CARRIES, -6_061]]
    assert supply.balances()[PAYS, "EUR"] == -43_684_849 - 4_315_151
    assert bills(supply) == [
        (PAYS, "EUR", "invoice", -4_315_151), (PAID, "USD", "self_billing", 5_400_000),
        (CARRIES, "USD", "credit_note", -6_061),
    ]  # fmt: skip
    stands = supply.standing(BUYER)["contracts"][0]
    assert stands["months"]["2027-04"]["documents"] == ["provisional invoice", "final invoice"]
    assert stands["years"][0] == {"year": 2027, "annual": "36600", "owed": "29280", "taken": "2970"}
    assert supply.flaws() == []


def test_a_set_off_is_booked_and_is_no_line_of_a_bill(small_supply):
    """USD 1,000.00 of a compressor station pay a part of April."""
    small_supply.delivered()
    small_supply.issue("final invoice", "2027-04")
    before = small_supply.balances()
    said = {"kind": "set-off", "contract": "gas-2027", "month": "2027-04", "due": "2027-05-01", "amount": "1000"}
    small_supply.record(BUYER, said)
    after = small_supply.balances()
    assert after[PAID, "USD"] - before[PAID, "USD"] == -100_000
    assert after[PAYS, "USD"] - before.get((PAYS, "USD"), 0) == 100_000
    with refused("set_off_amount"):
        small_supply.record(SELLER, said)
    assert len(bills(small_supply)) == 3
    assert small_supply.flaws() == []


def test_a_price_is_explained_by_the_observations_that_it_stands_on(small_supply):
    small_supply.delivered()
    found = small_supply.client(BUYER).ask(
        q.ExplainSupplyPrice(agreement="SA-0001", contract="gas-2027", month="2027-04")
    )
    (item,) = found["items"]
    assert item["component"] == "gas"
    assert "200 USD/1000m3" in item["price"]
    assert "an exchange" in item["text"]


def test_only_those_whom_an_agreement_names_know_of_it(small_supply):
    agreement = small_supply.delivered()
    for who in (BUYER, SELLER, NORTH, "OP", "R-0001"):
        assert small_supply.client(who).ask(q.GetSupplyAgreement(agreement=agreement))["version"] == 1
        listed = small_supply.client(who).ask(q.ListSupplyAgreements(market="two"))["items"]
        assert [a["agreement"] for a in listed] == [agreement]
        assert len(small_supply.records(who)) == 64
    for who in (THIRD, "S-0002"):
        assert small_supply.client(who).ask(q.ListSupplyAgreements(market="two"))["items"] == []
        for query in (
            q.GetSupplyAgreement(agreement=agreement), q.GetSupplyStanding(agreement=agreement),
            q.ListSupplyRecords(agreement=agreement),
            q.ExplainSupplyPrice(agreement=agreement, contract="gas-2027", month="2027-04"),
        ):  # fmt: skip
            with refused("supply_agreement_known"):
                small_supply.client(who).ask(query)
        if who == THIRD:
            with refused("supply_agreement_known"):
                small_supply.record(who, allocation(date(2027, 4, 1)))
