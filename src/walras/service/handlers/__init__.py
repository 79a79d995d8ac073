"""One function a command: load, decide, store; the transaction is the caller's.

Importing this package makes `dispatch.HANDLERS` complete.
"""

from walras.service.handlers import markets, notices, objections, orders, proposals, sessions, users

__all__ = ["markets", "notices", "objections", "orders", "proposals", "sessions", "users"]
