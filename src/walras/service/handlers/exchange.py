"""Money exchanged by the market's bank: it closes what conversions between currencies left open."""

from __future__ import annotations

from walras.service.commands import ExchangeCurrency
from walras.service.dispatch import Answer, handles
from walras.service.handlers.payments import check_at_most, check_value_day
from walras.service.handlers.settlement import UNDO
from walras.service.store import ledger, payments
from walras.service.work import Work, refuse

KIND = "currency exchanged"


@handles(ExchangeCurrency)
def exchange_currency(work: Work, command: ExchangeCurrency) -> Answer:
    """Book an exchange between two accounts of the market, once for each reference of the bank."""
    ledger.lock(work.connection, command.market)
    at = work.now()
    if command.from_currency == command.to_currency:
        fix = "Name accounts in two currencies."
        raise refuse("both currencies are the same", "to_currency", "exchange_currencies", fix)
    payments.bank(work.connection, command.market, command.from_bank, command.from_currency)
    payments.bank(work.connection, command.market, command.to_bank, command.to_currency)
    check_value_day(work, command.market, command.value_day, at)
    held = -ledger.balance(work.connection, command.market, f"bank/{command.from_bank}", command.from_currency)
    check_at_most(command.given_minor, held, f"bank {command.from_bank}", "bank_holds", "it holds")
    reference = f"{command.from_bank} {command.bank_reference}"
    if ledger.has_event(work.connection, command.market, KIND, reference):
        what = f"an exchange with reference {command.bank_reference!r} was booked before"
        raise refuse(what, "bank_reference", "payment_once", "Book each exchange of the bank once.")
    booked = ledger.book(work, command.market, KIND, reference, command.model_dump(mode="json"), at)
    return {"market": command.market, "event": booked.event}


UNDO[KIND] = lambda _work, _market, _event: None
