"""An interest note: late interest of one party as a document."""

from __future__ import annotations

from datetime import date

from walras.errors import BadInput, Mistake
from walras.settlement.documents.document import Document, Item, VatLine, money, rounded
from walras.settlement.documents.interest import Interest
from walras.settlement.documents.invoice import Billing
from walras.settlement.documents.lines import has_minor_unit
from walras.settlement.documents.vat import Supply


def interest_note(interest: Interest, party: str, currency: str, billing: Billing, until: date) -> Document | None:
    """Return the note of a party's late interest, not numbered yet; None if it rounds to nothing.

    The note has one amount, rounded once; its rows say on which documents, days and amounts it stands.

    Raises:
        BadInput: The party is not known, or no VAT rule says what interest is.
    """
    if party not in billing.parties or not has_minor_unit(currency):
        what = f"{party!r} is not known, or {currency!r} has no minor unit"
        raise BadInput([Mistake(what, "interest note", "party_known", "Record its name, country and tax facts.")])
    if not interest.minor:
        return None
    customer = billing.parties[party]
    tax = billing.vat.tax(Supply("interest", "", until, billing.operator, customer))
    vat = VatLine(tax.treatment, tax.rate, tax.country, (tax.text,), interest.minor, rounded(interest.minor * tax.rate))
    details = tuple(
        f"{s.number}: {money(s.open_minor, currency)} from {s.first} to {s.last}, {(s.last - s.first).days + 1} days"
        for s in interest.spans
    )
    item = Item(f"Late interest to {until}", "", "", "", interest.minor, 0)
    account = billing.accounts.get(party, f"member/{party}")
    return Document(
        "interest_note",
        "",
        billing.market,
        account,
        currency,
        billing.issued,
        billing.due(billing.issued),
        min(s.first for s in interest.spans),
        until,
        billing.operator,
        customer,
        -1,
        (item,),
        (vat,),
        details=details,
    )
