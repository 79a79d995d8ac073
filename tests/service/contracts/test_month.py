"""A contract month at the door, from a proposal to bills, with every figure by hand (see `stage`)."""

from datetime import UTC, date, datetime, timedelta

import polars as pl
from tests.service.border.stage import BUYER, NORTH, SELLER, THIRD, refused
from tests.service.contracts.stage import APRIL, EARLY_RATE, GAS, HUB, MAY, RATE, allocation

from walras.service import commands as c
from walras.service import queries as q
from walras.service.clearing.supply_lines import supply_statements

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


def plain():
    """The gas contract at 200 USD, from the field, in the currency of both."""
    start, stop = GAS.index("\n[[contract.hops]]"), GAS.index("[[contract.prices]]")
    text = (GAS[:start] + "\n" + GAS[stop:]).replace('payment = { "M-0002" = "EUR" }\n', "")
    return text.replace("'index(\"hub\") -> USD/1000m3'", '"200 USD/1000m3 -> USD/1000m3"')


def test_a_year_with_its_statement_and_its_bill(small_supply):
    """366 days of 50, where 80 % of 36,600 are owed: 29,280 - 18,300 = 10,980 are paid and not taken, at 200 USD."""
    small_supply.agree(plain())
    small_supply.at(datetime(2028, 4, 2, 9, tzinfo=UTC))
    days = [date(2027, 4, 1) + timedelta(days=n) for n in range(366)]
    small_supply.record(SELLER, *(allocation(d, "50") for d in days))
    for month in sorted({d.isoformat()[:7] for d in days}):
        small_supply.issue("final invoice", month)
    made = small_supply.issue("annual statement", "2027", SELLER)
    assert made["document"]["booked"] == [[PAYS, PAID, 219_600_000]]
    said = c.IssueDocuments(market="two", first_day=days[-1], last_day=days[-1])
    small_supply.do("OP", said)
    found = {b["account"]: b for b in small_supply.client("OP").ask(q.ListBills(market="two"))["items"]}
    assert found[PAYS]["receives_minor"] == -219_600_000 - 31 * 50 * 20_000  # with March, which ends on that day
    lots = small_supply.standing()["banks"]["gas"]["make_up"]
    assert lots == [{"year": 2027, "quantity": "10980", "left": "10980", "paid_price": "200"}]
    asked = q.GetSupplyCourse(agreement="SA-0001", contract="gas-2027", year=2027)
    year = small_supply.client(BUYER).ask(asked)
    end = {n: year["days"][-1][n] for n in ("day", "taken", "annual", "owed", "allocated")}
    assert end == {"day": "2028-03-31", "taken": "18300", "annual": "36600", "owed": "29280", "allocated": "50"}
    assert [(m["kind"], m["make_up"], m["carry_forward"]) for m in year["bank"]] == [("annual statement", "10980", "0")]
    papers = list(small_supply.client(BUYER).pages(q.ListSupplyRecords(agreement="SA-0001", what="documents", limit=5)))
    assert [p["kind"] for p in papers] == ["final invoice"] * 12 + ["annual statement"]
    with refused("contract_valid"):
        small_supply.client(BUYER).ask(asked.model_copy(update={"year": 2031}))
    with refused("statement_once"):
        small_supply.issue("annual statement", "2027")
    assert small_supply.flaws() == []


def test_a_corrected_month_is_credited_in_the_bills(small_supply):
    """Two days of 100 were none: USD 40,000.00 go back, by a credit note that names the first invoice."""
    small_supply.agree(plain())
    small_supply.at(MAY)
    small_supply.record(SELLER, *(allocation(d, "100") for d in APRIL))
    small_supply.issue("final invoice", "2027-04")
    assert [b[3] for b in bills(small_supply)] == [-60_000_000, 60_000_000]
    with refused("credit_nothing"):
        small_supply.issue("credit note", "2027-04")
    small_supply.record(SELLER, allocation(APRIL[0], "0"), allocation(APRIL[1], "0"))
    small_supply.issue("credit note", "2027-04")
    assert sorted(b[2:] for b in bills(small_supply)) == [("credit_note", -4_000_000), ("credit_note", 4_000_000)]
    assert small_supply.flaws() == []


def test_energy_stands_on_the_lines_of_a_first_document_alone(small_supply):
    """Five MWh at 180 EUR, and in the end at 200 EUR."""
    text = plain().replace("1000m3", "MWh").replace("USD", "EUR")
    small_supply.agree(text)
    small_supply.at(MAY)
    small_supply.record(SELLER, allocation(APRIL[0], "5"), *(allocation(d, "0") for d in APRIL[1:]))
    small_supply.issue("provisional invoice", "2027-04")
    small_supply.issue("final invoice", "2027-04")
    with small_supply.store.read() as connection:
        statements = list(supply_statements(connection, "two", APRIL[0], APRIL[-1]))
    first, second = (s.lines.filter(pl.col("party") == PAYS) for s in statements)
    assert first.select("energy_mwh", "price_per_mwh", "amount_minor", "side").rows() == [
        (5.0, 180.0, -90_000, "demand")
    ]
    assert "gas, 5 MWh at 180 EUR" in first["text"][0]
    assert second.select("energy_mwh", "amount_minor").rows() == [(None, -100_000), (None, 90_000)]
    assert [s.run.sequence for s in statements] == [0, 1]


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
