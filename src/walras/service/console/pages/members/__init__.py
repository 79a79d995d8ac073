"""Companies for those who run or watch the market: who they are, who acts for them, screening."""
