"""When a market's sessions open, close and become final, and which rules its profile sets at the door.

`parse` reads a timetable, `events` turns it into times in UTC for a delivery day, `local_time`
says what a clock change does, `mtus` divides a day, `rules` holds the door rules of the profiles.
Pure: nothing here reads a clock; `now` is always given (decision 29).
"""
