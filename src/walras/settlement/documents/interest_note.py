"""An interest note: late interest of one party as a document."""

from __future__ import annotations

from datetime import date

from walras.errors import BadInput, Mistake
from walras.results.minor_units import half_away, unit_mistakes
from walras.settlement.documents.document import Document, Item, VatLine, money
from walras.settlement.documents.interest import Interest
from walras.settlement.documents.invoice import Billing
from walras.settlement.documents.vat import Supply


def interest_note(interest: Interest, party: str, currency: str, billing: Billing, until: date) -> Document | None:
    """Return the note of a party's late interest, not numbered yet; None if it rounds to nothing.

    The note has one amount, rounded once; its rows say on which documents, days and amounts it stands.

    Raises:
        BadInput: The party is not known, or no VAT rule says what interest is.
    """
    mistakes = list(unit_mistakes(currency, "interest note"))
    if party not in billing.parties:
        fix = "Record its name, country and tax facts."
        mistakes.append(Mistake(f"party {party!r} is not known", "interest note", "party_known", fix))
    if mistakes:
        raise BadInput(mistakes)
    if not interest.minor:
        return None
    customer = billing.parties[party]
    tax = billing.vat.tax(Supply("interest", "", until, billing.operator, customer))
    vat = VatLine(
        tax.treatment, tax.rate, tax.country, (tax.text,), interest.minor, half_away(interest.minor * tax.rate)
    )
    details = tuple(
        f"{s.number}: {money(s.open_minor, currency)} from {s.first} to {s.last}, {(s.last - s.first).days + 1} days"
        for s in interest.spans
    )
    item = Item(f"Late interest to {until}", "", "", "", interest.minor, 0)
    return Document(
        "interest_note",
        "",
        billing.market,
        party,
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
