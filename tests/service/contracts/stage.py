"""Two states with a supply agreement of gas over a pipe and of oil: proposed, confirmed, recorded, invoiced.

April 2027 by hand: the buyer nominates 100 (1000m3) a day, 99 arrive. Of 1 % losses, 3,000 enter the pipe for 2,970::

    provisional  3,000 x 180 + 3,000 / 0.99 x 2  = USD 540,000.00 + 6,060.61
    final        2,970 x 200 + 3,000 x 2         = USD 594,000.00 + 6,000.00

The hub's price of April, 200 USD, is published on 3 May. The buyer pays in EUR, at 0.8 EUR/USD.
"""

from datetime import UTC, date, datetime, timedelta

from tests.service.border.stage import BUYER, NORTH, SELLER
from tests.service.clearing.stage import Clearing
from tests.service.clearing.test_documents import documents

from walras.service import commands as c
from walras.service import queries as q
from walras.service.trail_check import flaws

APRIL = [date(2027, 4, 1) + timedelta(days=n) for n in range(30)]
SIGNED = datetime(2027, 3, 5, 9, tzinfo=UTC)
MAY = datetime(2027, 5, 4, 9, tzinfo=UTC)
GAS = f"""
format = "walras-agreement"
version = 1
name = "Gas and oil for the south"
time_zone = "Europe/Rome"
day_starts = "06:00"
year_starts = "04-01"
declarations = 'index "hub": USD/1000m3 monthly;'

[[contract]]
contract = "gas-2027"
subject = "gas"
commodity = "gas"
seller = "{SELLER}"
buyer = "{BUYER}"
begin = 2027-04-01
end = 2029-04-01
unit = "1000m3"
currency = "USD"
payment = {{ "{BUYER}" = "EUR" }}
take_or_pay = {{ share = "80 %" }}
make_up = {{ years = 2 }}
flexibility = {{ share = "5 %", notice_days = 30 }}

[contract.quantity]
annual = 36600
daily = 100
daily_maximum = 130
notice_hours = 24

[contract.set_off]
asset = "a compressor station"
parts = [{{ due = 2027-05-01, amount = 1000 }}]

[[contract.hops]]
hop = "pipe"
operator = "{NORTH}"
tariff = "2 USD/1000m3 -> USD/1000m3"
loss = "1 %"

[[contract.prices]]
component = "gas"
provisional = "180 USD/1000m3 -> USD/1000m3"
final = 'index("hub") -> USD/1000m3'

[[contract]]
contract = "oil-2027"
subject = "oil"
commodity = "oil_products"
seller = "{SELLER}"
buyer = "{BUYER}"
begin = 2027-04-01
end = 2027-07-01
unit = "t"
currency = "USD"

[contract.quantity]
daily = 10

[[contract.prices]]
component = "oil"
final = "600 USD/t -> USD/t"
"""
HUB = {"kind": "observation", "series": "hub", "period": "2027-04", "value": "200", "unit": "USD/1000m3",
       "published_at": "2027-05-03T08:00Z", "version": "1", "source": "an exchange"}  # fmt: skip
RATE = {"kind": "observation", "series": "USD/EUR", "period": "2027-05-03", "value": "0.8", "unit": "EUR/USD",
        "published_at": "2027-05-03T15:00Z", "version": "1", "source": "a bank"}  # fmt: skip
EARLY_RATE = RATE | {"period": "2027-03-04", "published_at": "2027-03-04T15:00Z"}


def nomination(day=APRIL[0], quantity="100", contract="gas-2027", **more):
    return {"kind": "nomination", "contract": contract, "day": day.isoformat(), "quantity": quantity} | more


def allocation(day=APRIL[0], quantity="99", contract="gas-2027", **more):
    return {"kind": "allocation", "contract": contract, "day": day.isoformat(), "quantity": quantity} | more


class Supply(Clearing):
    """A market with documents in which members agree on supplies."""

    def __init__(self, store, secrets, **changes):
        super().__init__(store, secrets, **changes)
        self.set_terms(
            first=date(2027, 1, 1),
            documents=documents(parties=["member", "operator"]),
            payment_currencies=[],
            fixings=[],
            fees=[],
        )
        for who in (SELLER, BUYER):
            self.do("OP", c.SetTaxFacts(company=who, is_dealer=True, vat_number="DE000000001"))
        self.do("OP", c.SetTaxFacts(company=NORTH, is_dealer=True, vat_number="IT000000001"))

    def propose(self, text=GAS, who=SELLER):
        return self.do(who, c.ProposeSupplyAgreement(market="two", text=text))

    def agree(self, text=GAS, who=SELLER, other=BUYER):
        """Propose and confirm; return the id."""
        made = self.propose(text, who)
        self.do(other, c.ConfirmSupplyAgreement(agreement=made["agreement"], version=made["version"]))
        return made["agreement"]

    def record(self, who, *rows, agreement="SA-0001"):
        return self.do(who, c.RecordSupplyFacts(agreement=agreement, rows=rows))

    def issue(self, kind, of, who="OP", contract="gas-2027", agreement="SA-0001"):
        return self.do(who, c.IssueSupplyDocument(agreement=agreement, contract=contract, kind=kind, of=of))

    def standing(self, who="OP", agreement="SA-0001"):
        return self.client(who).ask(q.GetSupplyStanding(agreement=agreement))

    def records(self, who="OP", agreement="SA-0001"):
        return list(self.client(who).pages(q.ListSupplyRecords(agreement=agreement)))

    def flaws_in(self, connection):
        """What the check of the whole store finds in a transaction."""
        return list(flaws(connection, self.secrets))

    def nominated(self):
        """Agree, and nominate April."""
        agreement = self.agree()
        self.record(BUYER, *(nomination(d) for d in APRIL))
        return agreement

    def delivered(self):
        """Agree, nominate and allocate April, and know its price."""
        agreement = self.nominated()
        self.record("OP", EARLY_RATE)
        self.issue("provisional invoice", "2027-04", SELLER)
        self.at(MAY)
        self.record(NORTH, *(allocation(d) for d in APRIL))
        self.record("OP", HUB, RATE)
        return agreement
