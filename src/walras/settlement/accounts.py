"""The chart of accounts: who may stand in the ledger, and what a balance means there.

An account is `role/name`, such as `member/M-0001`. A positive balance is what the market owes
the account (a credit), a negative one what the account owes the market: a buyer's is negative
until it pays, and money that the market holds in a bank is negative there, for the bank owes it.
"""

from __future__ import annotations

ROLES = {
    "member": "what a member sold less what it bought and was charged; zero once it has paid and was paid",
    "operator": "what a system operator earned from its network and owes for deviations",
    "neighbour": "what a market beyond a border sold less what it bought",
    "line": "what a line takes and gives at the prices of its ends; zero after each session",
    "border": "the same of a border",
    "domain": "the same of a flow-based domain",
    "tariff": "what was paid for the use of a line, until its key shares it",
    "loss": "what the energy lost on a line cost, until its key shares it",
    "deviation": "what a cross-section's deviations move from one side to the other; zero after each run",
    "contract": "what a supply contract moves from one party to the other; zero after each bill",
    "rounding": "what rounding to minor units left over",
    "fee": "what the market operator earned by a fee",
    "tax": "tax that was billed and belongs to a state",
    "bank": "money in a bank account of the market",
    "blocked": "a payment that came, or was sent, and cannot cross; it pays nothing yet",
    "exchange": "the open position of conversions between currencies",
    "interest": "interest on what was paid late",
    "collateral": "money that secures what its owner may come to owe",
    "guarantee": "what a guarantor promised for somebody; a pair with guarantor",
    "guarantor": "the other half of that pair",
    "default_fund": "what somebody paid in for the case that another cannot pay",
    "own_funds": "what the market operator put aside for that case",
    "writeoff": "losses that were shared in the end",
}
"""Every role with the meaning of its balance."""

TRANSIT = frozenset({"line", "border", "domain", "loss", "deviation", "contract"})
"""Roles whose accounts are at zero whenever nothing is under way."""

PARTIES = ("member", "operator", "neighbour")
"""Roles that get statements."""


def role_of(account: str) -> str:
    """Return the role of an account.

    >>> role_of("member/M-0001")
    'member'
    """
    return account.partition("/")[0]


def name_of(account: str) -> str:
    """Return the name behind the role of an account.

    >>> name_of("operator/North grid")
    'North grid'
    """
    return account.partition("/")[2]


def accounts_of(company: str) -> frozenset[str]:
    """Return every account that is a company's own.

    >>> "blocked/member M-0001" in accounts_of("M-0001"), "fee/M-0001" in accounts_of("M-0001")
    (True, False)
    """
    roles = ("member", "operator", "collateral", "guarantee", "default_fund")
    own = {f"{role}/{company}" for role in roles}
    return frozenset(own | {f"blocked/{role} {company}" for role in roles[:2]})
