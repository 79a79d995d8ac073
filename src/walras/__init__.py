"""Walras: a common energy market, from the first order to the last payment."""
