"""What lies between a final result and the last payment: terms, inputs of a settlement, money at the door.

The rules are `walras.settlement`'s; here is what a market's store says to them.
"""
