"""The money of the whole day: terms, collateral, settlement by the clock, documents, payments until nothing is owed."""

import re
import zipfile
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest
from tests.second_opinion import settlement
from tests.second_opinion.published import Published
from tests.second_opinion.test_settlement import line_key, row_key
from tests.service.clearing.test_documents import documents
from tests.service.two_states import DAY

from walras.errors import Problem
from walras.service import commands as c
from walras.service import queries as q

SOURCE = "a bank of the test"
CASH = 50_000_000_00
COLLATERAL = {"threshold_minor": 100}
PAID = ("member/", "operator/", "tax/", "fee/")


def today():
    return datetime.now(UTC).date()


def days_before():
    """The fixing counts that was made at midnight of today, or of the delivery day if that is past."""
    return max(0, (DAY - today()).days)


def terms(dollar_payer):
    """Fees, bills with VAT, collateral, one member that pays in dollars."""
    return {
        "fees": [{"name": "trading", "per_mwh": "0.03"}],
        "payment_currencies": [{"party": f"member/{dollar_payer}", "currency": "USD"}],
        "fixings": [{"base": "EUR", "quote": "USD", "source": SOURCE, "fixed_at": "00:00",
                     "days_before": days_before()}],
        "documents": documents(), "collateral": COLLATERAL,
    }  # fmt: skip


def agree(day, members):
    """Terms by two officers, a bank account in each currency, the rate of the day, collateral of all members."""
    day.by_two(c.SetSettlementTerms(market="two", valid_from=date(2026, 1, 1), terms=terms(members[2])))
    for bank, currency in (("eur", "EUR"), ("usd", "USD")):
        day["OP"].do(c.OpenBankAccount(market="two", bank=bank, currency=currency, number=f"XX00 {currency} 1"))
    at = datetime.combine(DAY - timedelta(days=days_before()), time(), UTC)
    day["OP"].do(
        c.StoreFixing(market="two", base="EUR", quote="USD", day=DAY, rate="1.0853", source=SOURCE, fixed_at=at)
    )
    for member in members:
        day["OP"].do(
            c.DepositCollateral(market="two", member=member, bank="eur", currency="EUR", amount_minor=CASH,
                                value_day=today(), bank_reference=f"deposit {member}")
        )  # fmt: skip


def settled(day, folder):
    """The clock settled the session, and every line and balance is what is published leads to, computed again."""
    found = day.until(lambda: day["R"].ask(q.ListSettlementRuns(session=day.session))["items"])
    assert [r["name"] for r in found] == ["initial"]
    with zipfile.ZipFile(folder / "regulator.zip") as bundle:
        bundle.extractall(folder / "all")
    said = day["R"].ask(q.GetSettlementTerms(market="two", day=DAY))["terms"]
    published = Published.of_folders(folder / "all" / "market", folder / "all" / "result")
    mine = settlement.settle(published, said | {"operators": {}}, {("EUR", "USD"): "1.0853"})
    rows = day["R"].ask(q.GetStatementLines(session=day.session, run=1))["items"]
    for row in rows:
        row["mtu_start"] = row["mtu_start"] and datetime.fromisoformat(row["mtu_start"])
    assert Counter(map(line_key, mine.lines)) == Counter(map(row_key, rows))
    traded = {k: v for k, v in balances(day).items() if k[0].split("/")[0] not in {"bank", "collateral"}}
    assert traded == mine.balances


def balances(day):
    found = day["R"].ask(q.ListBalances(market="two"))["items"]
    return {(b["account"], b["currency"]): b["amount_minor"] for b in found if b["amount_minor"]}


def paid(day, members):
    """Bills are issued, everybody pays and is paid, tax and fees too, collateral goes back; nothing is left to pay."""
    for member in members:
        day["OP"].do(c.SetTaxFacts(company=member, is_dealer=True, vat_number=f"IT{member[2:]:0>11}"))
    numbers = day["OP"].do(c.IssueDocuments(market="two", first_day=DAY, last_day=DAY))["documents"]
    assert len(numbers) >= len(members)
    owed = balances(day)
    exchange(day, owed)
    for (account, currency), minor in sorted(owed.items(), key=lambda x: x[1]):
        if account.startswith(PAID):
            move(day, account, currency, minor)
    for member in members:
        move(day, f"member/{member}", "EUR", CASH, of=c.ReleaseCollateral, member=member)
    left = balances(day)
    rounding = left.get(("rounding/market", "EUR"), 0)
    assert left == ({("rounding/market", "EUR"): rounding, ("bank/eur", "EUR"): -rounding} if rounding else {})
    assert abs(rounding) < 100, "to the last cent but what rounding each posting left"
    bills = list(day["R"].pages(q.ListBills(market="two")))
    assert [b["open_minor"] for b in bills] == [0] * len(bills)
    counts = Counter(b["number"].rsplit("-", 1)[0] for b in bills)
    assert sorted(b["number"] for b in bills) == sorted(
        f"{series}-{n:06d}" for series, count in counts.items() for n in range(1, count + 1)
    )
    return numbers


def exchange(day, owed):
    """The market's bank exchanges what one member's payment in dollars left open, at the rate of the fixing."""
    euros, dollars = (owed["exchange/market", currency] for currency in ("EUR", "USD"))
    assert (euros < 0) == (dollars > 0)
    one = {"bank": "eur", "currency": "EUR", "minor": abs(euros)}
    two = {"bank": "usd", "currency": "USD", "minor": abs(dollars)}
    if dollars > 0:  # the member owes dollars: they come first
        account = next(a for (a, currency), v in owed.items() if currency == "USD" and a.startswith("member/"))
        move(day, account, "USD", owed.pop((account, "USD")))
        one, two = two, one
    said = {"market": "two", "value_day": today(), "bank_reference": "exchange"}
    day.by_two(
        c.ExchangeCurrency(from_bank=one["bank"], from_currency=one["currency"], given_minor=one["minor"],
                           to_bank=two["bank"], to_currency=two["currency"], received_minor=two["minor"], **said)
    )  # fmt: skip


def move(day, account, currency, owed, of=None, member=None):
    """Move what is owed over the bank, one way or the other."""
    said = {"market": "two", "bank": currency.lower(), "currency": currency, "amount_minor": abs(owed),
            "value_day": today(), "bank_reference": f"{of.__name__ if of else 'pay'} {account}"}  # fmt: skip
    if of is not None:
        day.by_two(of(member=member, **said))
    elif owed < 0:
        day["OP"].do(c.ReceivePayment(party=account, **said))
    else:
        day.by_two(c.SendPayment(party=account, **said))


def papers(day, members, numbers):
    """A member reads its bills and statement in three forms, and nobody else's."""
    own = next(b for b in day[members[0]].ask(q.ListBills(market="two"))["items"])
    for form, begins in (("html", b"<!doctype html>"), ("pdf", b"%PDF"), ("csv", b"")):
        got = day.file(members[0], f"/v1/markets/two/bills/{own['number']}/{form}")
        assert got.status_code == 200
        assert got.content.lower().startswith(begins.lower())
    other = next(n for n in numbers if n not in {b["number"] for b in own_bills(day, members[0])})
    assert day.file(members[0], f"/v1/markets/two/bills/{other}/html").status_code == 403
    statement = day.file(members[0], f"/v1/sessions/{day.session}/settlement/1/statement/html")
    assert "initial" in statement.text


def own_bills(day, member):
    return day[member].ask(q.ListBills(market="two"))["items"]


def refused_for_collateral(day, member, orders):
    """What is missing is said, to the minor unit and with its currency."""
    with pytest.raises(Problem) as refused:
        day[member].submit(day.session, orders)
    (mistake,) = refused.value.mistakes
    assert mistake.rule == "collateral"
    assert re.search(r"[0-9]+\.[0-9]{2} EUR of collateral are missing", mistake.what)
