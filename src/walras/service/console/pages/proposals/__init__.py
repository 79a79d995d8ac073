"""Four eyes: what waits for a second officer, in full and readably, and what was decided."""
