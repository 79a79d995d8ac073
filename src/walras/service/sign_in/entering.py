"""Sign in, be known by a token, sign out."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets as random
from dataclasses import dataclass, field

from walras.errors import Mistake
from walras.service.clock import MINUTE, time_text
from walras.service.permissions import NotKnown
from walras.service.roles import Actor
from walras.service.secrets import KEY_BYTES, Secrets
from walras.service.sign_in.guard import GUARD, Guard, network_of
from walras.service.sign_in.proof import WRONG, actor_of_row, proven
from walras.service.store import sign_ins
from walras.service.store.engine import Store
from walras.service.store.users import check_standing
from walras.service.work import Work

LONGEST = 12 * 60 * MINUTE
"""A sign-in ends so long after it began."""
IDLE = 30 * MINUTE
"""A sign-in ends when nobody did anything for so long."""
SEEN_EVERY = MINUTE
USER_FORM = re.compile(r"[A-Z0-9_.-]{1,40}")


@dataclass(frozen=True)
class SignedIn:
    """A sign-in that has begun.

    Attributes:
        token: 256 random bits as text, shown to its browser this once; the store keeps its HMAC.
        actor: Who signed in; has no key and no limits, and acts as its user.
        ends_at: When it ends at the latest, microseconds.
    """

    token: str = field(repr=False)
    actor: Actor
    ends_at: int


def sign_in(
    store: Store, secrets: Secrets, user: str, password: str, code: str, address: str, guard: Guard | None = None
) -> SignedIn:
    """Let a user in who proves with password and one-time code to be the one.

    Takes a tenth of a second and 64 MiB: call it in a thread. A wrong user, password or code, a lock and a user that
    has ended are told apart neither by the answer nor by the time that it takes.

    Args:
        store: Of the service.
        secrets: Of the service.
        user: Id, such as `U-0007`, in large or small letters.
        password: As typed.
        code: Six figures of the authenticator.
        address: Network address that it comes from.
        guard: Limits of the process; None = those of this one.

    Raises:
        NotKnown: It is not them (rule `sign_in`).
        Refused: Too many attempts from this address (`rate`), or too many at this moment (`busy`), both 429.
    """
    guard = guard or GUARD
    guard.addresses.take(network_of(address), "address")
    name = user.strip().upper()
    known = name if USER_FORM.fullmatch(name) else ""  # a store does not take every text
    found = proven(store, secrets, known, password, code[:40], guard.hasher, _begun)
    if found is None:
        raise NotKnown(WRONG)
    return found


def begin(work: Work, at: int) -> SignedIn:
    """Begin a sign-in of the actor of a transaction: whoever calls this has made sure that it is them."""
    token, ends_at = random.token_urlsafe(KEY_BYTES), at + LONGEST
    sign_ins.begin(work.connection, mac_of(work.secrets, token), work.actor.user, at, ends_at)
    work.record("access", "signed in", {"user": work.actor.user, "ends_at": time_text(ends_at)}, at)
    return SignedIn(token, work.actor, ends_at)


def actor_of(store: Store, secrets: Secrets, token: str, *, is_watching: bool = False) -> Actor:
    """Return who a token belongs to.

    Args:
        store: Of the service.
        secrets: Of the service.
        token: Of the sign-in.
        is_watching: A screen that refreshes by itself asks: that does not keep the sign-in awake.

    Raises:
        NotKnown: There is no such sign-in, it has ended, was idle too long, or its user or company ended
            (rules `sign_in_known`, `sign_in_ended`, `user_active`).
    """
    with store.read() as connection:
        found = sign_ins.of_mac(connection, mac_of(secrets, token))
        at = store.clock.now(connection)
    if found is None:
        raise _over("there is no such sign-in", "sign_in_known")
    if found.ended_at is not None or found.ends_at <= at:
        raise _over("this sign-in has ended", "sign_in_ended")
    if at - found.last_seen > IDLE:
        raise _over("nothing was done in this sign-in for 30 minutes", "sign_in_ended")
    check_standing(found, "sign-in", "sign-in")
    if not is_watching and at - found.last_seen >= SEEN_EVERY:
        with store.write() as connection:
            sign_ins.seen(connection, found.id, at)
    return actor_of_row(found)


def sign_out(store: Store, secrets: Secrets, token: str) -> None:
    """End a sign-in; what is none, or has ended, is left as it is."""
    with store.write() as connection:
        found = sign_ins.of_mac(connection, mac_of(secrets, token))
        at = store.clock.now(connection)
        if found is None or found.ends_at <= at or not sign_ins.end(connection, found.id, at):
            return
        work = Work(connection, store.clock, actor_of_row(found), secrets)
        work.record("access", "signed out", {"user": found.user}, at)
        work.finish()


def mac_of(secrets: Secrets, token: str) -> str:
    """Return what the store keeps of a token."""
    content = token.encode("utf-8", "surrogatepass")
    return hmac.new(secrets.named("sign-ins"), content, hashlib.sha256).hexdigest()


def _begun(work: Work, _found: object, at: int) -> SignedIn:
    return begin(work, at)


def _over(what: str, rule: str) -> NotKnown:
    return NotKnown(Mistake(what, "sign-in", rule, "Sign in again."))
