"""The pages of the ledger, which stand beside each other, and how their amounts are shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from walras.results.minor_units import decimals_of
from walras.service.console import shown
from walras.service.console.desk import Desk
from walras.service.console.sections import beside, market_of

LEDGER, ENTRIES, EVENTS, RUNS = "/ledger", "/ledger/entries", "/ledger/events", "/ledger/runs"
FIXINGS, PAYMENTS, TERMS = "/ledger/fixings", "/ledger/payments", "/ledger/terms"
DISPUTES, DOCUMENTS = "/ledger/disputes", "/ledger/documents"


async def begin(desk: Desk, here: str) -> str | None:
    """Show the ways between the pages of the ledger and return the market; None where there is none."""
    t = desk.t
    pages = [
        (LEDGER, t("Balances")), (ENTRIES, t("Entries")), (EVENTS, t("Events")), (RUNS, t("Settlement runs")),
        (FIXINGS, t("Fixings")), (PAYMENTS, t("Payments")), (DOCUMENTS, t("Documents")), (DISPUTES, t("Disputes")),
        (TERMS, t("Terms")),
    ]  # fmt: skip
    beside(desk, pages, here, market=desk.query.get("market", ""))
    return await market_of(desk)


def with_decimals(row: Mapping[str, Any], *fields: str) -> dict[str, Any]:
    """Return a row whose amounts are shown with the decimals of its currency."""
    decimals = decimals_of(row["currency"])
    return dict(row) | {f"{field}_decimals": decimals for field in fields or ("amount_minor",)}


def amount(desk: Desk, minor: int, currency: str) -> str:
    """Return an amount with its currency."""
    return f"{shown.money(minor, decimals_of(currency), desk.language)} {currency}"
