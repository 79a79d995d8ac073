"""Other people's files to our book: one module a publisher; their zone names are kept."""
