"""Supply agreements at the door: who is asked, what may be changed, who may say what, what reaches the auction.

The terms and their consequences are `walras.contracts`'; here is what a market adds to them.
"""
