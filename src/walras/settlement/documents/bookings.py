"""What documents add to the ledger: value added tax and late interest.

The energy of a document is in the ledger since its settlement. Positive = the market owes the account.
VAT of an invoice: the party owes it (`member/M` down), the market owes it to the state (`tax/COUNTRY` up). VAT of a
self-billing document: the other way round. Reverse charge, exempt and outside scope: nothing. Late interest:
`member/M` down, `interest/market` up. All are functions of the body that `document.body_of` writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from walras.settlement.books import Body, Loader, entries_for
from walras.settlement.documents.document import Document, document_of
from walras.settlement.ledger import Entry, Posting

INTEREST = "interest/market"


def document_entries(body: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield the entries of an issued document: one of its tax, one of its interest, each only if there is any.

    Example:
        An invoice of 100.00 with 20.00 VAT books -20.00 on the member and 20.00 on the country's tax account.
    """
    document = document_of(body)
    yield from _tax(document)
    if document.kind == "interest_note" and document.net_minor:
        minor = document.direction * document.net_minor
        postings = (
            Posting(document.account, document.currency, minor),
            Posting(INTEREST, document.currency, -minor),
        )
        yield Entry(f"{document.number}: late interest", postings)


@entries_for("document issued")
def _issued(body: Body, _load: Loader | None) -> Iterator[Entry]:
    return document_entries(body)


def _tax(document: Document) -> Iterator[Entry]:
    owed: dict[str, int] = {}
    for v in document.vat:
        owed[v.country] = owed.get(v.country, 0) + v.vat_minor
    owed = {country: minor for country, minor in owed.items() if minor}
    if not owed:
        return
    total = document.direction * sum(owed.values())
    taxes = [Posting(f"tax/{c}", document.currency, -document.direction * owed[c]) for c in sorted(owed)]
    mine = [Posting(document.account, document.currency, total)] if total else []
    yield Entry(f"{document.number}: value added tax", (*mine, *taxes))
