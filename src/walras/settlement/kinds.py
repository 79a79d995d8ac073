"""Every subject that has kinds of events: importing this module makes `books.ENTRIES` complete."""

from walras.settlement import payments, session
from walras.settlement.documents import bookings

__all__ = ["bookings", "payments", "session"]
