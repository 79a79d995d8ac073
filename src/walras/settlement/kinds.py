"""Every subject that has kinds of events: importing this module makes `books.ENTRIES` complete."""

from walras.settlement import payments, session
from walras.settlement.collateral import entries

__all__ = ["entries", "payments", "session"]
