"""Payments in and out, and those that cannot cross a border: entries of their events.

A payment that cannot cross is held on `blocked/PARTY` and pays nothing: what its sender owes,
with interest and exposure, stays as it was until the payment is released or sent back.

Bodies: `party` is an account such as `member/M-0001`, `bank` the name of a bank account of the
market, amounts are positive minor units.
"""

from __future__ import annotations

from collections.abc import Iterator

from walras.settlement.books import Body, Loader, entries_for, moved
from walras.settlement.currencies import EXCHANGE
from walras.settlement.ledger import Entry


@entries_for("payment in")
def _payment_in(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """Somebody paid: the bank owes the market more, the payer less; one that cannot cross is held apart."""
    to = _held(body) if body.get("is_blocked") else body["party"]
    yield moved(f"payment by {body['party']}", f"bank/{body['bank']}", to, body["currency"], body["amount_minor"])


@entries_for("payment out")
def _payment_out(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """The market paid somebody."""
    text = f"payment to {body['party']}"
    yield moved(text, body["party"], f"bank/{body['bank']}", body["currency"], body["amount_minor"])


@entries_for("payment released")
def _released(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """What was held crossed after all, and pays."""
    text = f"payment by {body['party']} released"
    yield moved(text, _held(body), body["party"], body["currency"], body["amount_minor"])


@entries_for("payment returned")
def _returned(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """A payment went back: held money to its sender, or one that had counted and failed at the bank."""
    text = f"payment by {body['party']} returned"
    account = _held(body) if body.get("is_blocked") else body["party"]
    yield moved(text, account, f"bank/{body['bank']}", body["currency"], body["amount_minor"])


@entries_for("payment out held")
def _out_held(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """What somebody is to get cannot be sent: it is set apart for it."""
    yield moved(f"payment to {body['party']} held", body["party"], _held(body), body["currency"], body["amount_minor"])


@entries_for("payment out freed")
def _out_freed(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """What was set apart can be sent: it is owed as before."""
    yield moved(f"payment to {body['party']} freed", _held(body), body["party"], body["currency"], body["amount_minor"])


@entries_for("currency exchanged")
def _exchanged(body: Body, _load: Loader | None) -> Iterator[Entry]:
    """The market's bank exchanged money: what conversions left open is closed by so much, at the bank's rate."""
    text = f"{body['from_currency']} exchanged into {body['to_currency']}"
    yield moved(text, EXCHANGE, f"bank/{body['from_bank']}", body["from_currency"], body["given_minor"])
    yield moved(text, f"bank/{body['to_bank']}", EXCHANGE, body["to_currency"], body["received_minor"])


def _held(body: Body) -> str:
    return f"blocked/{body['party'].replace('/', ' ')}"
