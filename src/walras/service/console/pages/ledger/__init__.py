"""The ledger and everything that moves it, for those who run or watch a market."""
