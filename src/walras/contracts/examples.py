"""A small invented agreement, for docstrings and first tries: three years of gas with take-or-pay and make-up."""

from __future__ import annotations

from walras.contracts.agreement import Agreement
from walras.contracts.agreement_file import agreement_of
from walras.contracts.documents import Month
from walras.contracts.events import minute_of
from walras.contracts.journal import Journal

GAS = """
format = "walras-agreement"
version = 1
name = "Gas for XB (invented)"
time_zone = "UTC"
day_starts = "06:00"

[[contract]]
contract = "gas-2027"
subject = "gas at the border"
commodity = "gas"
seller = "XA-fields"
buyer = "XB-homes"
begin = 2027-01-01
end = 2030-01-01
unit = "1000m3"
currency = "USD"
take_or_pay = { share = "80 %" }
make_up = { order = "oldest_first", price = "paid", years = 2 }
carry_forward = { cap = "10 %", years = 2 }

[contract.quantity]
annual = 36500
daily = 100
daily_minimum = 40
daily_maximum = 130
notice_hours = 24

[[contract.prices]]
component = "gas"
final = "180 USD/1000m3 -> USD/1000m3"
"""


def gas_agreement() -> Agreement:
    """Return the agreement.

    >>> gas_agreement().contracts[0].take_or_pay.share
    Fraction(4, 5)
    """
    return agreement_of(GAS)


def gas_journal() -> Journal:
    """Return a journal of it without records."""
    return Journal(gas_agreement())


def gas_month() -> Month:
    """Return its first month, delivered in full and not invoiced yet."""
    journal = gas_journal()
    at = "2027-02-05T09:00Z"
    rows = [{"kind": "allocation", "at": at, "contract": "gas-2027", "day": f"2027-01-{d:02}", "quantity": "100"}
            for d in range(1, 32)]  # fmt: skip
    journal.record(rows)
    return Month(journal.standing, journal.agreement.contracts[0], "2027-01", minute_of(at))
