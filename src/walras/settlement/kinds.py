"""Every subject that has kinds of events: importing this module makes `books.ENTRIES` complete."""

from walras.settlement import payments, schedules, session

__all__ = ["payments", "schedules", "session"]
