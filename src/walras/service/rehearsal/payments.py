"""The last act of a rehearsal: whoever owes pays, the bank exchanges what currencies need, whoever is owed is paid.

What a script cannot know is how much; so a step `pay-all` reads balances and moves exactly those.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from walras.service import commands as c
from walras.service import queries as q
from walras.service.rehearsal.stage import Stage
from walras.service.store import markets
from walras.settlement.currencies import converted

PAID = ("member/", "operator/", "tax/", "fee/")
"""Accounts whose balances end in a bank."""
FEES = "fee/"
"""Paid last, with what is left: what rounding cost is the market operator's."""
EXCHANGE = "exchange/market"
OFFICER = "OP"


def pay_all(stage: Stage, asked: Mapping[str, Any], day: date) -> dict[str, Any]:
    """Let every balance be paid in its currency, over the bank account that bears its name.

    Args:
        stage: Where.
        asked: `market`; each currency has a bank account called by its small letters.
        day: Value day.

    Returns:
        How many were received and sent, and what is left by account and currency.
    """
    market = asked["market"]
    owed = _balances(stage, market)
    due = [(a, cur, minor) for (a, cur), minor in sorted(owed.items()) if a.startswith(PAID)]
    moved = {"market": market, "value_day": day}
    for account, currency, minor in due:
        if minor < 0:
            stage.do(OFFICER, c.ReceivePayment(party=account, **_amount(account, currency, minor), **moved))
    _exchange(stage, owed, moved)
    for account, currency, minor in sorted(due, key=lambda d: d[0].startswith(FEES)):
        paid = minor
        if account.startswith(FEES) and minor > 0:  # rounding of all the others is the market operator's
            paid = min(minor, -_balances(stage, market).get((f"bank/{currency.lower()}", currency), 0))
        if paid > 0:
            stage.do(OFFICER, c.SendPayment(party=account, **_amount(account, currency, paid), **moved))
    left = {f"{a} {cur}": minor for (a, cur), minor in sorted(_balances(stage, market).items())}
    return {"received": sum(m < 0 for *_, m in due), "sent": sum(m > 0 for *_, m in due), "left": left}


def _balances(stage: Stage, market: str) -> dict[tuple[str, str], int]:
    found = stage.ask(OFFICER, q.ListBalances(market=market))["items"]
    return {(b["account"], b["currency"]): b["amount_minor"] for b in found if b["amount_minor"]}


def _amount(account: str, currency: str, minor: int) -> dict[str, Any]:
    return {"bank": currency.lower(), "currency": currency, "amount_minor": abs(minor),
            "bank_reference": f"{'in' if minor < 0 else 'out'} {account} {currency}"}  # fmt: skip


def _exchange(stage: Stage, owed: Mapping[tuple[str, str], int], moved: dict[str, Any]) -> None:
    """Exchange what conversions left open of each currency with that of trade, at the newest fixing.

    The last currency takes what is left, so that nothing stays open.
    """
    opened = {currency: minor for (account, currency), minor in owed.items() if account == EXCHANGE}
    trade, rates = _market(stage, moved["market"], moved["value_day"])
    left, others = opened.pop(trade, 0), sorted(opened)
    for currency in others:
        is_last = currency == others[-1]
        other = left if is_last else -converted(opened[currency], currency, trade, rates)
        left -= other
        if opened[currency] * other < 0:
            _swap(stage, currency, opened[currency], trade, other, moved)


def _market(stage: Stage, market: str, day: date) -> tuple[str, dict[tuple[str, str], Fraction]]:
    """Return the currency of trade of a market, and the newest fixing of each pair."""
    with stage.service.store.read() as connection:
        trade = markets.version_for(connection, market, day).definition.currency
    fixings = sorted(stage.ask(OFFICER, q.ListFixings(market=market))["items"], key=lambda f: str(f["day"]))
    return trade, {(f["base"], f["quote"]): Fraction(f["rate"]) for f in fixings}


def _swap(stage: Stage, one: str, minor: int, other: str, becomes: int, moved: dict[str, Any]) -> None:
    """Book that the bank exchanged one currency for another; what is above zero is given."""
    (given, out), (got, into) = sorted(((one, minor), (other, becomes)), key=lambda x: -x[1])
    command = c.ExchangeCurrency(
        from_bank=given.lower(), from_currency=given, given_minor=out, to_bank=got.lower(), to_currency=got,
        received_minor=-into, bank_reference=f"exchange {given} {got}", **moved,
    )  # fmt: skip
    stage.do(OFFICER, command)
