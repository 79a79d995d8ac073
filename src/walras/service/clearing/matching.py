"""Payments and documents: what a payment settles, what is set off, and what a payment that goes back opens again.

Decided under the ledger's lock, and said in the trail of the ledger as `items settled`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection

from walras.service.store import bills, ledger
from walras.service.work import Work, refuse
from walras.settlement.documents.open_items import Matched, Part, match_payment, set_off, usable

SET_OFF = "set off"


def match_items(
    connection: Connection, market: str, party: str, currency: str, minor: int, named: Sequence[str] = ()
) -> Matched:
    """Return what a payment of an account would settle; a document that it names and that is closed counts no more.

    Args:
        connection: A transaction that holds the ledger's lock.
        market: Code of the market.
        party: Account, such as `member/M-0001`.
        currency: Of the payment.
        minor: Positive if the party paid, negative if it is paid.
        named: Numbers of documents that the payment names.

    Raises:
        BadInput: A document that is named does not exist, or is another party's (`document_known`), or is in
            another currency.
    """
    items = bills.open_items(connection, market, party)
    for number in named:
        account = bills.get(connection, market, number).account
        if account != party:
            fix = "Name a document of the party that paid, or none."
            raise refuse(f"{number} is a document of {account}", "for_document", "document_known", fix)
    still = {i.number for i in items}
    return match_payment(minor, currency, items, [n for n in named if n in still])


def settle_items(work: Work, market: str, parts: Sequence[Part], day: date, source: str, at: int) -> None:
    """Store what a payment (its id) or a set-off settles, and say so."""
    if not parts:
        return
    bills.add_settlements(work.connection, market, parts, day.isoformat(), source, at)
    said = {"source": source, "day": day.isoformat(), "parts": parts_text(parts)}
    work.record(ledger.stream_of(market), "items settled", said, at)


def open_again(work: Work, market: str, source: str, day: date, at: int) -> None:
    """Open again from a day on what a payment settled: it went back, or was taken back."""
    parts = bills.settled_by(work.connection, market, source)
    settle_items(work, market, [Part(p.number, -p.minor) for p in parts], day, source, at)


def net_and_use_credits(work: Work, market: str, party: str, day: date, at: int, *, is_netted: bool) -> None:
    """Set off documents of an account that are due on one day, then use what is left of its payments."""
    if is_netted:
        found = set_off(bills.open_items(work.connection, market, party))
        settle_items(work, market, [p for one in found for p in one.parts], day, SET_OFF, at)
    items, credits = bills.open_items(work.connection, market, party), bills.credits_of(work.connection, market, party)
    for currency in sorted({c for _, c, _ in credits}):
        payments = [(payment, left) for payment, c, left in credits if c == currency]
        wanted = [i.open_minor for i in items if i.currency == currency]
        for (payment, _), minor in zip(payments, usable([left for _, left in payments], wanted), strict=True):
            if minor:
                matched = match_items(work.connection, market, party, currency, minor)
                settle_items(work, market, matched.parts, day, payment, at)


def parts_text(parts: Sequence[Part]) -> list[list[str | int]]:
    """Return parts as plain values."""
    return [[p.number, p.minor] for p in parts]
