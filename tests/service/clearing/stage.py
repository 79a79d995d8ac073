"""The two states of the border with terms of settlement: a session from orders to a final result, and its money."""

from datetime import UTC, datetime

from tests.service.border.stage import BUYER, DAY, SELLER, THIRD, Border

from walras.service import commands as c
from walras.service import queries as q
from walras.service.clearing import due
from walras.service.trail_check import flaws

FIX = datetime(2027, 3, 9, 7, 30, tzinfo=UTC)
SALE = ((SELLER, "North", "supply", 10.0, 60.0), (THIRD, "South", "supply", 50.0, 40.0),
        (BUYER, "South", "demand", 90.0, 80.0))  # fmt: skip
"""North sells its 50 MW over the line at 10, South the rest at 50: a full line earns 40 a MWh."""


def terms(**changes):
    """Fees on both sides, the line owned three to one, the buyer paying in USD at a bank's rate of 08:30."""
    return {
        "fees": [{"name": "trading", "per_mwh": "0.04"}, {"name": "membership", "per_session": "10"}],
        "keys": [{"element": "line/N-S", "rule": "ownership", "shares": [
            {"operator": "S-0001", "share": "3/4"}, {"operator": "S-0002", "share": "1/4"}]}],
        "payment_currencies": [{"party": f"member/{BUYER}", "currency": "USD"}],
        "fixings": [{"base": "EUR", "quote": "USD", "source": "a bank", "fixed_at": "08:30",
                     "time_zone": "Europe/Rome", "days_before": 1}],
        "reruns": [{"name": "rerun 4 months", "months": 4}, {"name": "rerun 13 months", "months": 13}],
    } | changes  # fmt: skip


def fixing(rate="1.085", day=DAY, fixed_at=FIX, of=c.StoreFixing, **changes):
    """The rate of a day: dollars for one euro."""
    said = {"base": "EUR", "quote": "USD", "day": day, "rate": rate, "source": "a bank", "fixed_at": fixed_at}
    return of(market="two", **(said | changes))


class Clearing(Border):
    """A border whose market has terms of settlement."""

    def __init__(self, store, secrets, **changes):
        super().__init__(store, secrets)
        self.set_terms(**changes)

    def set_terms(self, *, first=DAY, **changes):
        return self.by_two(c.SetSettlementTerms(market="two", valid_from=first, terms=terms(**changes)))

    def finished(self, *orders, **more):
        """Hold the auction of the day and make its result final; the rate of the day is stored."""
        session = self.auction(*(orders or SALE), **more)
        self.final(session)
        self.do("OP", fixing())
        return session

    def settled(self, *orders):
        session = self.finished(*orders)
        self.do("OP", c.SettleSession(session=session))
        return session

    def clock(self):
        return due.tick(self.dispatch)

    def balances(self, who="OP", at=None):
        found = self.client(who).ask(q.ListBalances(market="two", at=at))["items"]
        return {(b["account"], b["currency"]): b["amount_minor"] for b in found if b["amount_minor"]}

    def entries(self):
        return list(self.client("R-0001").pages(q.ListLedger(market="two")))

    def lines(self, session, run=1, who="OP"):
        return self.client(who).ask(q.GetStatementLines(session=session, run=run))

    def bank(self, name="main-usd", currency="USD"):
        return self.do("OP", c.OpenBankAccount(market="two", bank=name, currency=currency, number="XX00 1234"))

    def pay(self, amount, party=f"member/{BUYER}", bank="main-usd", currency="USD", reference="R-1", **more):
        """Money comes in."""
        said = {"party": party, "bank": bank, "currency": currency, "amount_minor": amount, "value_day": "2027-03-09"}
        return self.do("OP", c.ReceivePayment(market="two", bank_reference=reference, **(said | more)))

    def pay_out(self, amount, party, bank="main-eur", currency="EUR", reference="OUT-1", **more):
        said = {"party": party, "bank": bank, "currency": currency, "amount_minor": amount, "value_day": "2027-03-09"}
        return self.by_two(c.SendPayment(market="two", bank_reference=reference, **(said | more)))

    def flaws(self):
        """What the check of the whole store finds."""
        with self.store.read() as connection:
            return list(flaws(connection, self.secrets))
