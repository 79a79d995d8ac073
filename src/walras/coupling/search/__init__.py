"""The selection of indivisible orders: which are accepted, and how far."""
