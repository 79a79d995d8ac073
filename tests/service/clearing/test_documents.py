"""From settled runs to documents, payments on them, late interest and corrections; every figure by hand."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from tests.service.border.stage import BUYER, DAY, SELLER, THIRD, refused
from tests.service.clearing.stage import Clearing, fixing
from tests.service.clearing.test_settlement import acts, damages

from walras.service import commands as c
from walras.service import queries as q
from walras.service.bills_check import bill_flaws, tax_flaws
from walras.service.roles import Actor, Role
from walras.service.store import bills
from walras.service.store.settlement_schema import (
    bill_files,
    bill_settlements,
    billed_runs,
    billed_sessions,
    tax_facts,
)
from walras.service.store.settlement_schema import bills as bills_table
from walras.service.trail_check import _guarded

GOODS = ("energy", "contract", "deviation", "compensation", "difference", "conversion")


def rule(name, treatment, **more):
    said = {"name": name, "valid_from": "2026-01-01", "treatment": treatment, "text": f"VAT: {name}."}
    return said | {"source": "a law", "evidence": "K"} | more


RULES = (
    rule("energy at home", "rate", kinds=GOODS, relation="same", rate="0.22"),
    rule("energy to a dealer abroad", "reverse_charge", kinds=GOODS, relation="other", is_dealer=True),
    rule("service at home", "rate", kinds=("fee",), relation="same", rate="0.22"),
    rule("service abroad", "reverse_charge", kinds=("fee",), relation="other", has_vat_number=True),
    rule("interest", "outside_scope", kinds=("interest",)),
)


def documents(**changes):
    """An operator in Slovenia; 14 days; 8 % a year."""
    said = {
        "issuer": {"name": "Skupni trg, d.o.o.", "country": "SI", "vat_number": "SI50223054"},
        "due": {"days": 14, "countries": ["SI"]},
        "vat": {"rules": RULES},
        "interest": {"formula": "8 % -> %"},
    }
    return said | changes


def with_documents(market, **changes):
    """Set the terms, and the tax facts: the seller a dealer in Germany, the buyer uses its energy in Slovenia."""
    market.set_terms(documents=documents(**changes))
    market.do("OP", c.SetTaxFacts(company=SELLER, is_dealer=True, vat_number="DE000000001"))
    market.do("OP", c.SetTaxFacts(company=BUYER, is_dealer=False, vat_number="DE000000002", used_in="SI"))
    return market


def issue(market):
    said = c.IssueDocuments(market="two", first_day=DAY.replace(day=1), last_day=DAY.replace(day=31))
    return market.do("OP", said)["documents"]


def listed(market, who="OP"):
    return {b["number"]: b for b in market.client(who).ask(q.ListBills(market="two"))["items"]}


def test_documents_by_hand(clearing):
    """USD 104,160.00 of energy with 22 % (22,915.20) and 94.18 of fees: the buyer owes 127,169.38.

    The seller abroad: 12,000.00 and 58.00 by reverse charge. The one at home: 36,000.00 + 7,920.00, and fees of 38.80
    + 8.54. What is due on one day is set off.
    """
    with_documents(clearing).settled()
    made = issue(clearing)
    assert made == [f"two-INV-2027-00000{i}" for i in (1, 2, 3)] + [f"two-SB-2027-00000{i}" for i in (1, 2)]
    found = listed(clearing)
    assert [
        (b["account"], b["net_minor"], b["vat_minor"], b["receives_minor"], b["open_minor"]) for b in found.values()
    ] == [
        (f"member/{SELLER}", 5800, 0, -5800, 0),
        (f"member/{BUYER}", 10425418, 2291520, -12716938, -12716938),
        (f"member/{THIRD}", 3880, 854, -4734, 0),
        (f"member/{SELLER}", 1200000, 0, 1200000, 1194200),
        (f"member/{THIRD}", 3600000, 792000, 4392000, 4387266),
    ]
    assert {b["due_day"] for b in found.values()} == {"2027-03-23"}
    owed = clearing.balances()
    assert (owed["tax/SI", "USD"], owed["tax/SI", "EUR"]) == (2291520, 854 - 792000)
    assert {b["account"] for b in listed(clearing, BUYER).values()} == {f"member/{BUYER}"}
    assert owed[f"member/{BUYER}", "USD"] == found[made[1]]["receives_minor"]
    assert [n["number"] for n in clearing.notices(BUYER, "document issued")] == [made[1]]
    assert issue(clearing) == []
    assert clearing.flaws() == []


def test_papers_go_to_their_company_alone(small_clearing):
    session = with_documents(small_clearing).settled()
    issue(small_clearing)
    number = "two-INV-2027-000002"
    page, pdf, table = (small_clearing.get(f"/markets/two/bills/{number}/{f}", BUYER) for f in ("html", "pdf", "csv"))
    assert "127,169.38 USD" in page.text
    assert pdf.content.startswith(b"%PDF")
    assert [r["amount"] for r in csv.DictReader(io.StringIO(table.text)) if r["row"] == "total"] == ["127169.38"]
    assert (
        small_clearing.get(f"/markets/two/bills/{number}/html", SELLER).json()["mistakes"][0]["rule"] == "own_company"
    )
    bills_of = q.ListBills(market="two", party=f"member/{BUYER}")
    assert [len(small_clearing.client(who).ask(bills_of)["items"]) for who in (BUYER, SELLER, "R-0001")] == [1, 0, 1]
    asked = f"/sessions/{session}/settlement/1/statement"
    mine = small_clearing.get(f"{asked}/html", BUYER)
    assert mine.status_code == 200
    assert "104,254.18 USD" in mine.text
    assert "1.085" in mine.text
    assert small_clearing.get(f"{asked}/csv?party=member/{BUYER}", SELLER).status_code == 403
    assert small_clearing.get(f"{asked}/pdf?party=member/{BUYER}", "R-0001").content.startswith(b"%PDF")
    with refused("statement_party"):
        small_clearing.client("OP").ask(q.GetStatement(session=session, run=1, form="html"))
    with refused("party_known"):
        small_clearing.client("OP").ask(q.GetStatement(session=session, run=1, form="html", party="member/M-9999"))
    with refused("document_known"):
        small_clearing.client("OP").ask(q.GetBill(market="two", number="two-INV-2027-000009", form="html"))


def test_payments_late_interest_and_what_goes_back(clearing):
    """27,169.38 stay open until 22 April, 30 days after 23 March; 8 % / 365 of that are 178.647..., so 178.65."""
    with_documents(clearing).settled()
    issue(clearing)
    clearing.bank()
    invoice = "two-INV-2027-000002"
    with refused("document_known"):
        clearing.pay(1, for_document="two-INV-2027-000099")
    paid = clearing.pay(10000000, for_document=invoice)["payment"]
    assert listed(clearing)[invoice]["open_minor"] == -2716938
    with refused("interest_to_come"):
        clearing.do("OP", c.ChargeInterest(market="two", until=date(2027, 4, 22)))
    clearing.at(datetime(2027, 4, 22, 10, tzinfo=UTC))
    charge = c.ChargeInterest(market="two", until=date(2027, 4, 22))
    assert clearing.do("OP", charge)["documents"] == ["two-INT-2027-000001"]
    assert clearing.do("OP", charge)["documents"] == []
    note = listed(clearing)["two-INT-2027-000001"]
    assert (note["receives_minor"], note["first_day"], note["last_day"]) == (-17865, "2027-03-24", "2027-04-22")
    assert clearing.balances()["interest/market", "USD"] == 17865
    clearing.do("OP", c.ReturnPayment(payment=paid, reason="the bank failed"))
    assert listed(clearing)[invoice]["open_minor"] == -12716938
    clearing.pay(12716938 + 17865 + 500, reference="R-2", value_day="2027-04-22")
    assert {b["open_minor"] for b in listed(clearing, BUYER).values()} == {0}
    assert clearing.balances()[f"member/{BUYER}", "USD"] == 500
    assert clearing.flaws() == []


def test_a_payment_before_the_document_counts_once_it_is_issued(small_clearing):
    with_documents(small_clearing).settled()
    small_clearing.bank()
    small_clearing.pay(20000000)
    issue(small_clearing)
    assert listed(small_clearing)["two-INV-2027-000002"]["open_minor"] == 0
    held = small_clearing.pay(5, is_blocked=True, reference="R-2")["payment"]
    small_clearing.do("OP", c.ReleasePayment(payment=held, value_day="2027-03-09"))
    assert small_clearing.flaws() == []


def test_money_settles_the_bill_that_it_was_for_and_none_once_it_went_back(small_clearing):
    """500 and 300 come too early and go back before the invoice, which they do not settle.

    A payment that is held keeps the name of its bill, pays no earlier than it came, and goes through no closed account.
    """
    with_documents(small_clearing).finished()
    small_clearing.bank()
    small_clearing.bank("spare")
    first = small_clearing.pay(500, bank="spare")["payment"]
    small_clearing.pay(300, reference="R-2")
    sent = small_clearing.pay_out(500, f"member/{BUYER}", bank="spare", currency="USD")
    small_clearing.pay_out(300, f"member/{BUYER}", bank="main-usd", currency="USD")
    small_clearing.do("OP", c.CloseBankAccount(market="two", bank="spare"))
    with refused("account_open"):
        small_clearing.do("OP", c.ReturnPayment(payment=first, reason="the bank failed"))
    with refused("account_open"):
        small_clearing.by_two(c.ReverseEvent(market="two", event=sent["event"], reason="the bank failed"))
    small_clearing.clock()
    issue(small_clearing)
    invoice, note = "two-INV-2027-000002", "two-INT-2027-000001"
    assert listed(small_clearing)[invoice]["open_minor"] == -12716938
    small_clearing.at(datetime(2027, 4, 22, 10, tzinfo=UTC))
    small_clearing.do("OP", c.ChargeInterest(market="two", until=date(2027, 4, 22)))
    due = -listed(small_clearing)[note]["open_minor"]
    said = {"reference": "R-3", "value_day": "2027-04-20", "is_blocked": True}
    with refused("document_known"):
        small_clearing.pay(due, for_document="two-INV-2027-000001", **said)
    held = small_clearing.pay(due, for_document=note, **said)["payment"]
    with refused("value_day"):
        small_clearing.do("OP", c.ReleasePayment(payment=held, value_day="2027-04-19"))
    small_clearing.do("OP", c.ReleasePayment(payment=held, value_day="2027-04-22"))
    found = listed(small_clearing)
    assert (found[note]["open_minor"], found[invoice]["open_minor"]) == (0, -12716938)
    assert small_clearing.flaws() == []


def test_a_rerun_that_lowers_a_bill_is_a_credit_note(small_clearing):
    """At 1.084 instead of 1.085 the buyer owes 96.09 USD less (104,158.09); with 22 % of that (21.1398) 117.23.

    Back at 1.085 it owes as much as before, though it became a dealer meanwhile: the tax is that of the first bill.
    """
    session = with_documents(small_clearing).settled()
    issue(small_clearing)
    small_clearing.by_two(fixing("1.084", of=c.CorrectFixing))
    small_clearing.do("OP", c.ResettleSession(session=session, name="rerun", reason="the bank corrected its rate"))
    assert issue(small_clearing) == ["two-CN-2027-000001"]
    note = listed(small_clearing)["two-CN-2027-000001"]
    assert (note["corrects"], note["net_minor"], note["receives_minor"]) == ("two-INV-2027-000002", 9609, 11723)
    assert small_clearing.balances()[f"member/{BUYER}", "USD"] == -12716938 + 11723
    assert issue(small_clearing) == []
    small_clearing.do("OP", c.SetTaxFacts(company=BUYER, is_dealer=True, vat_number="DE000000002"))
    small_clearing.by_two(fixing("1.085", of=c.CorrectFixing))
    small_clearing.do("OP", c.ResettleSession(session=session, name="back", reason="it was right"))
    assert issue(small_clearing) == ["two-INV-2027-000004"]
    assert listed(small_clearing)["two-INV-2027-000004"]["vat_minor"] == 2114
    assert small_clearing.balances()[f"member/{BUYER}", "USD"] == -12716938
    assert small_clearing.flaws() == []


def test_system_operators_get_documents_where_the_terms_say_so_and_nothing_is_set_off(small_clearing):
    rules = (*RULES, rule("congestion", "exempt", kinds=("congestion",)))
    with_documents(small_clearing, parties=("member", "operator"), is_netted=False, vat={"rules": rules}).settled()
    issue(small_clearing)
    found = listed(small_clearing)
    assert all(b["open_minor"] == b["receives_minor"] for b in found.values())
    mine = listed(small_clearing, "S-0001")
    assert [(b["kind"], b["account"], b["net_minor"]) for b in mine.values()] == [
        ("self_billing", "operator/S-0001", 50 * 24 * 4000 * 3 // 4)
    ]


def test_a_death_between_number_and_commit_leaves_no_gap(clearing, monkeypatch):
    with_documents(clearing).settled()
    before = clearing.entries()
    with monkeypatch.context() as patched:
        patched.setattr(bills, "mark_billed", lambda *_: (_ for _ in ()).throw(RuntimeError("power cut")))
        with pytest.raises(RuntimeError, match="power cut"):
            clearing.dispatch.do(OFFICER, command())
    assert (listed(clearing), clearing.entries()) == ({}, before)
    assert issue(clearing)[0] == "two-INV-2027-000001"
    assert clearing.flaws() == []


OFFICER = Actor(Role.OPERATOR, "U-0001", "walras")


def command():
    return c.IssueDocuments(market="two", first_day=DAY, last_day=DAY)


def test_two_who_issue_at_once_use_no_number_and_no_run_twice(clearing):
    with_documents(clearing).settled()
    with ThreadPoolExecutor(2) as pool:
        answers = [f.result() for f in [pool.submit(clearing.dispatch.do, OFFICER, command()) for _ in range(2)]]
    assert sorted(len(a["documents"]) for a in answers) == [0, 5]
    assert len(listed(clearing)) == 5
    assert clearing.flaws() == []


@pytest.fixture(scope="module")
def plain(sqlite_model, tmp_path_factory):
    """One market for refusals: nothing is issued in it."""
    import shutil

    from walras.service.secrets import Secrets
    from walras.service.store.engine import open_store

    path = tmp_path_factory.mktemp("plain") / "walras.db"
    shutil.copy(sqlite_model, path)
    store = open_store(str(path))
    with Clearing(store, Secrets(b"k" * 32)) as found:
        yield found
    store.close()


@pytest.mark.parametrize(
    ("changes", "rule_"),
    [
        ({"vat": {"rules": [rule("a", "rate", rate="0.2"), rule("b", "exempt", kinds=["fee"])]}}, "vat_table_overlap"),
        ({"vat": {"rules": [rule("a", "rate")]}}, "vat_rule_rate"),
        ({"vat": {"rules": [rule("a", "exempt", valid_to="2026-05-01"), rule("a", "exempt", valid_from="2026-06-01")]}},
         "vat_table_gap"),
        ({"due": {"days": 400}}, "due_terms_days"),
        ({"due": {"days": 4, "weekend": [0, 1, 2, 3, 4, 5, 6]}}, "due_terms_calendar"),
        ({"due": {"days": 4, "countries": ["ZZ"]}}, "due_terms_country"),
        ({"interest": {"formula": "8 EUR/MWh -> EUR/MWh"}}, "interest_rate_unit"),
        ({"interest": {"formula": "8 %"}}, "syntax"),
    ],
)  # fmt: skip
def test_terms_of_documents_that_cannot_hold_are_refused(plain, changes, rule_):
    with refused(rule_):
        plain.set_terms(documents=documents(**changes))


def test_a_market_without_terms_of_documents_writes_none(plain):
    with refused("document_terms"):
        issue(plain)
    with refused("billing_days"):
        plain.do("OP", c.IssueDocuments(market="two", first_day=DAY, last_day=date(2027, 1, 1)))


def test_a_supply_without_a_vat_rule_is_refused_and_nothing_written(small_clearing):
    with_documents(small_clearing, vat={"rules": RULES[:3]}).settled()
    before = small_clearing.entries()
    with refused("vat_table_gap"):
        issue(small_clearing)
    assert (listed(small_clearing), small_clearing.entries()) == ({}, before)


def test_one_byte_of_any_column_of_documents_that_changes_is_found(small_clearing):
    with_documents(small_clearing).settled()
    issue(small_clearing)
    missed = []
    for table in (bills_table, bill_files, bill_settlements, billed_runs, billed_sessions, tax_facts):
        for damage in damages(table):
            with small_clearing.store.engine.connect() as connection:
                connection.execute(text("PRAGMA defer_foreign_keys = ON"))
                one = f" WHERE rowid = (SELECT max(rowid) FROM {table.name})"
                assert connection.execute(text(damage + one)).rowcount == 1, damage
                flaws = [*_guarded("two", bill_flaws(connection, "two", acts(connection)))]
                if not flaws and not [*tax_flaws(connection, acts(connection, "members"))]:
                    missed.append(damage)
                connection.rollback()
    assert not missed, "\n".join(missed)
