"""One function a command: load, decide, store; the transaction is the caller's.

Importing this package makes `dispatch.HANDLERS` complete.
"""

from walras.service.handlers import (
    capacity,
    contracts,
    corridor,
    documents,
    exclusion,
    fallback,
    markets,
    members,
    notices,
    objections,
    orders,
    permits,
    proposals,
    schedules,
    screening,
    sessions,
    settlement_terms,
    transmission,
    users,
)

__all__ = [
    "capacity",
    "contracts",
    "corridor",
    "documents",
    "exclusion",
    "fallback",
    "markets",
    "members",
    "notices",
    "objections",
    "orders",
    "permits",
    "proposals",
    "schedules",
    "screening",
    "sessions",
    "settlement_terms",
    "transmission",
    "users",
]
