"""Contracts: bilateral ones with volumes and nominations, and supply agreements with all that follows from them."""
