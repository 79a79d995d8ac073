"""Collateral: what orders may come to owe, what covers it, when more is called, and who bears a default.

Pure: whole minor units, exact fractions, no clock and no store. `exposure` says what a set of orders may owe,
`headroom` what is free of what was given, `margin` when more is due, `waterfall` who bears a default in which order.
"""
