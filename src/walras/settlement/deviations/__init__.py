"""Deviations of net interchange from plan: metered, split, priced, and booked in money or returned in kind.

::

    metering    what one side's meter of a line says of a day, in versions
    border      two sides' meters of a line brought to the border: which one holds
    actual      the net interchange of a cross-section; the deviation; planned energy in whole kWh
    band        the technological band: what lies inside and outside of it
    initiative  which side caused which part, and what holds where the two disagree
    pricing     formulas of the terms, evaluated for each MTU
    day         one day of one cross-section, rows of energy and money
    booking     entries of the ledger, and what a rerun adds to what was booked
    in_kind     energy that is returned instead of paid for

Everything here is exact and pure: whole kWh, fractions of prices, whole minor units. Axes: `t` the
MTUs of a delivery day, `s` the two sides of a cross-section, `from` and `to`. Energy is positive
forward, from the one to the other; an amount is positive where the side `to` owes the side `from`.
Numbered equations are those of docs/settlement/deviations.md (rules list A3 to A8).
"""
