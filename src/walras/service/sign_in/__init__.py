"""Sign-in to the console: a password and a one-time code, and a token for some hours.

The way in for a first time is the API key that everybody is handed: with one that has no limits a user chooses a
password and gets the secret of the one-time codes (`handlers.sign_ins`). From then on `sign_in` lets them in,
`actor_of` says who a token is, `sign_out` ends it. Whoever signed in is an `Actor` without key and limits: what they
may do is decided where it is decided for everybody (`permissions`).

==========  ====================================================================
hashing     argon2id, few at a time
choosing    what a new password must be
codes       one-time codes by the store's clock
guard       how often an address or a user may try
proof       judges password and code, counts failures, locks
entering    sign in, token, sign out
==========  ====================================================================
"""

from walras.service.sign_in.entering import SignedIn, actor_of, sign_in, sign_out

__all__ = ["SignedIn", "actor_of", "sign_in", "sign_out"]
