"""What a regulator does: figures of market power, replays, a look into order books, everything to take along."""
