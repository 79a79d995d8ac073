"""Who owes whom: positions, congestion income and a ledger in which every entry sums to zero.

Stands on results; reads published prices and volumes alone, so that anybody can settle a
result that somebody else published. `settle` in `settle.py` is the conductor.
"""
