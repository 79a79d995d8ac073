"""Orders at the door (the batch of `door` does the work)."""
