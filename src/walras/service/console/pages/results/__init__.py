"""A member's results: the sessions with one, and of each prices, volumes, money, every order explained, objections."""
