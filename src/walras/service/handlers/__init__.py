"""One function a command: load, decide, store; the transaction is the caller's.

Importing this package makes `dispatch.HANDLERS` complete.
"""

from walras.service.handlers import (
    capacity,
    contracts,
    corridor,
    disputes,
    documents,
    exclusion,
    fallback,
    markets,
    members,
    notices,
    objections,
    orders,
    payments,
    permits,
    proposals,
    schedules,
    screening,
    sessions,
    settlement,
    settlement_terms,
    transmission,
    users,
)

__all__ = [
    "capacity",
    "contracts",
    "corridor",
    "disputes",
    "documents",
    "exclusion",
    "fallback",
    "markets",
    "members",
    "notices",
    "objections",
    "orders",
    "payments",
    "permits",
    "proposals",
    "schedules",
    "screening",
    "sessions",
    "settlement",
    "settlement_terms",
    "transmission",
    "users",
]
