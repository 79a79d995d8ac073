"""Every subject that has kinds of events: importing this module makes `books.ENTRIES` complete."""

from walras.settlement import payments, schedules, session, supply
from walras.settlement.collateral import entries as collateral
from walras.settlement.deviations import booking as deviations
from walras.settlement.documents import bookings as documents

__all__ = ["collateral", "deviations", "documents", "payments", "schedules", "session", "supply"]
