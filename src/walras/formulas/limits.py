"""How large a formula may be; what is larger is refused before anything is evaluated.

The limits bound time and memory: a formula at all of them takes well under a second to evaluate.
"""

MOST_CHARACTERS = 10_000
"""Length of a text."""
MOST_DEPTH = 64
"""How deep parts are nested, counting through definitions and other formulas. `a + b + c` is two deep."""
MOST_NODES = 2_000
"""Parts of a formula and of all that it uses."""
MOST_OBSERVATIONS = 50_000
"""Observations that one evaluation may read."""
MOST_PERIODS = {"month": 120, "day": 3_660, "MTU": 36_000}
"""Length of a window, a lag or a search for the last known observation."""
MOST_DIGITS = 30
"""Digits of one number."""
LARGEST = 10**30
"""Every figure lies below it, in MWh, h, m3, t, km and whole units of money."""
MOST_BITS = 8_192
"""Length of the numerator and denominator of an exact figure."""
MOST_ASSAY_BITS = 512
"""Length of the numerator and denominator of an assay: more than 150 digits."""
MOST_DAYS_ASKED = 400
"""Days over which `needs` says what will be needed."""
FIRST_YEAR, LAST_YEAR = 1950, 2150
"""Years of dates."""
