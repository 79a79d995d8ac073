"""One function a command: load, decide, store; the transaction is the caller's.

Importing this package makes `dispatch.HANDLERS` complete.
"""

from walras.service.handlers import (
    exclusion,
    fallback,
    markets,
    members,
    notices,
    objections,
    orders,
    proposals,
    screening,
    sessions,
    users,
)

__all__ = [
    "exclusion",
    "fallback",
    "markets",
    "members",
    "notices",
    "objections",
    "orders",
    "proposals",
    "screening",
    "sessions",
    "users",
]
