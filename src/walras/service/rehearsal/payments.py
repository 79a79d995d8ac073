"""The last act of a rehearsal: whoever owes pays, the bank exchanges what currencies need, whoever is owed is paid.

What a script cannot know is how much; so a step `pay-all` reads balances and moves exactly those.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from walras.service import commands as c
from walras.service import queries as q
from walras.service.rehearsal.stage import Stage

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
    """Exchange what conversions left open between two currencies; a third would need a price, and stays open."""
    opened = {currency: minor for (account, currency), minor in owed.items() if account == EXCHANGE}
    given = [cur for cur, minor in opened.items() if minor > 0]
    got = [cur for cur, minor in opened.items() if minor < 0]
    if len(given) == len(got) == 1:
        command = c.ExchangeCurrency(
            from_bank=given[0].lower(), from_currency=given[0], given_minor=opened[given[0]], to_bank=got[0].lower(),
            to_currency=got[0], received_minor=-opened[got[0]], bank_reference="exchange", **moved,
        )  # fmt: skip
        stage.do(OFFICER, command)
