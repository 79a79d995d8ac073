"""Bank accounts of markets, and payments in and out, in the store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from walras.service.store.settlement_schema import bank_accounts, payments
from walras.service.work import refuse


def find_bank(connection: Connection, market: str, bank: str) -> Row[Any] | None:
    """Return a bank account of a market, None if it has none of that name."""
    b = bank_accounts.c
    return connection.execute(select(bank_accounts).where(b.market == market, b.name == bank)).one_or_none()


def bank(connection: Connection, market: str, name: str, currency: str) -> Row[Any]:
    """Return an open bank account of a market in a currency.

    Raises:
        BadInput: There is none of that name (`bank_known`), it is closed (`account_open`), or it holds
            another currency (`bank_currency`).
    """
    found, where = find_bank(connection, market, name), f"bank {name}"
    if found is None:
        raise refuse("the market has no such account", where, "bank_known", "Take a name from the list of accounts.")
    if not found.is_open:
        raise refuse("the account is closed", where, "account_open", "Name an account that is open.")
    if found.currency != currency:
        fix = f"Name an account in {currency}."
        raise refuse(f"it holds {found.currency}", where, "bank_currency", fix)
    return found


def banks(connection: Connection, market: str) -> Sequence[Row[Any]]:
    """Return the bank accounts of a market, by name."""
    b = bank_accounts.c
    return connection.execute(select(bank_accounts).where(b.market == market).order_by(b.name)).all()


def add_bank(connection: Connection, **columns: Any) -> None:
    """Store a bank account."""
    connection.execute(insert(bank_accounts).values(**columns))


def close_bank(connection: Connection, market: str, name: str) -> None:
    """Close a bank account."""
    b = bank_accounts.c
    connection.execute(update(bank_accounts).where(b.market == market, b.name == name).values(is_open=False))


def add(connection: Connection, **columns: Any) -> None:
    """Store a payment."""
    connection.execute(insert(payments).values(**columns))


def get(connection: Connection, payment: str) -> Row[Any]:
    """Return a payment.

    Raises:
        BadInput: There is none of that id (rule `payment_known`).
    """
    found = connection.execute(select(payments).where(payments.c.id == payment)).one_or_none()
    if found is None:
        raise refuse(f"there is no payment {payment!r}", "payment", "payment_known", "Take an id from the list.")
    return found


def is_known(connection: Connection, market: str, bank_name: str, reference: str, direction: str) -> bool:
    """Return whether a payment with this reference of the bank was booked before."""
    p = payments.c
    query = select(p.id).where(
        p.market == market, p.bank == bank_name, p.bank_reference == reference, p.direction == direction
    )
    return connection.execute(query).one_or_none() is not None


def set_state(connection: Connection, payment: str, state: str) -> None:
    """Say what became of a payment."""
    connection.execute(update(payments).where(payments.c.id == payment).values(state=state))


def of_event(connection: Connection, market: str, event: int) -> Row[Any]:
    """Return the payment that an event booked."""
    p = payments.c
    return connection.execute(select(payments).where(p.market == market, p.event == event)).one()


def listed(
    connection: Connection, market: str, parties: Sequence[str] | None, after: str, limit: int
) -> Sequence[Row[Any]]:
    """Return payments of a market after one of them, of some parties alone unless None."""
    p = payments.c
    query = select(payments).where(p.market == market, p.id > after).order_by(p.id).limit(limit)
    if parties is not None:
        query = query.where(p.party.in_(list(parties)))
    return connection.execute(query).all()
