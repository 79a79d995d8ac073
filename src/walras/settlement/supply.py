"""Documents of supply contracts in the ledger: what a document books, over the account of its contract.

An event of kind `supply document` repeats what the record of the contract books between payers and payees,
and what those who pay in another currency pay and are paid there, at the fixing that the record holds
(docs/contracts.md). `contract/ID` ends at zero; an amount below zero goes the other way.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from walras.contracts.events import Event
from walras.contracts.standing import Standing
from walras.settlement.books import Body, Loader, entries_for, moved
from walras.settlement.currencies import conversion_postings
from walras.settlement.ledger import Entry

KIND = "supply document"


def books(event: Event) -> bool:
    """Return whether a record of a contract moves money: documents that book something, and set-offs."""
    return event.kind == "set-off" or bool(event.body.get("booked"))


def body_of(standing: Standing, event: Event) -> dict[str, Any]:
    """Return the body under which a record of a contract is booked.

    Args:
        standing: Of its agreement.
        event: One that `books`.
    """
    contract = standing.agreement.contract(event.contract)
    assert contract is not None, "a record that books is of a contract"
    of = str(event.body.get("month", event.body.get("year", "")))
    booked = event.body.get("booked", [])
    if event.kind == "set-off":
        booked = [[contract.seller, contract.buyer, event.body["amount"]]]
    return {
        "contract": contract.contract, "document": event.kind, "of": of, "currency": contract.currency,
        "record": event.number, "hash": event.hash, "booked": booked,
        "conversions": [row[:4] for row in event.body.get("conversions", [])],
    }  # fmt: skip


@entries_for(KIND)
def _document(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """Move what a document books from payers to payees over its contract, then into currencies of payment."""
    currency, transit = body["currency"], f"contract/{body['contract']}"
    text = f"{transit} {body['of']}, {body['document']}"
    for payer, payee, minor in body["booked"]:
        yield moved(f"{text}: {payer} pays", payer, transit, currency, minor)
        yield moved(f"{text}: {payee} is paid", transit, payee, currency, minor)
    for account, to, minor, other in body["conversions"]:
        postings = conversion_postings(account, currency, to, minor, other)
        yield Entry(f"{text}: {account}: {currency} into {to}", postings)
