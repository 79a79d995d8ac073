"""One-time codes (TOTP, RFC 6238): six figures every 30 s by the store's clock, each good for one use."""

from __future__ import annotations

import hmac

import pyotp

from walras.service.clock import SECOND

STEP = 30 * SECOND
DRIFT = 1
"""Steps that the clock of an authenticator may be off."""
ISSUER = "Walras"


def new_secret() -> str:
    """Return a secret of 160 random bits, in base 32."""
    return pyotp.random_base32()


def uri_of(secret: str, user: str) -> str:
    """Return what an authenticator scans.

    >>> uri_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "U-0007")
    'otpauth://totp/Walras:U-0007?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Walras'
    """
    return pyotp.TOTP(secret).provisioning_uri(name=user, issuer_name=ISSUER)


def code_at(secret: str, at: int) -> str:
    """Return the code of a time.

    >>> code_at("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 59 * SECOND)  # RFC 6238, appendix B
    '287082'
    """
    return pyotp.TOTP(secret).generate_otp(at // STEP)


def step_of(secret: str, code: str, at: int, last: int) -> int | None:
    """Return the step whose code this is, None where it is none of now or was used.

    Args:
        secret: Of the user.
        code: As it was typed; spaces do not matter.
        at: The store's time.
        last: Newest step whose code was used.
    """
    typed, now = "".join(code.split()).encode("utf-8", "surrogatepass"), at // STEP
    totp, found = pyotp.TOTP(secret), None
    for step in range(now - DRIFT, now + DRIFT + 1):  # all of them, whichever fits
        is_it = hmac.compare_digest(totp.generate_otp(step).encode(), typed)
        if is_it and step > last and found is None:
            found = step
    return found
