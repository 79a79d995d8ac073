"""Supply contracts: terms, events and statements; the obligations and orders that they lead to."""
