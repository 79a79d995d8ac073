"""Sessions: the list, the timetable, and one session with its runs, fallback, objections and results."""
