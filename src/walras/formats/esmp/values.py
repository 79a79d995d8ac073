"""What one value of a document must look like: each a check from a text to what is wrong with it.

Read by the bindings, which name the check of each element, and by `checking`, which runs it. Values are
taken strictly: no spaces around them, no exponents, nothing but UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple

from stdnum.eu import eic as eic_codes

MOST_KILOWATTS = 10**9
MOST_PRICE = 10**12
YEARS = (2000, 2100)
DECIMAL = re.compile(r"[+-]?([0-9]{1,12}(\.[0-9]{0,12})?|\.[0-9]{1,12})")
INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
MINUTE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z")
DURATION = re.compile(r"PT(?:([0-9]{1,2})H)?(?:([0-9]{1,4})M)?")


class Wrong(NamedTuple):
    """What is wrong with a value, against which rule, and how to mend it."""

    rule: str
    what: str
    fix: str


Check = Callable[[str], Wrong | None]


def text(most: int) -> Check:
    """Return the check of a text of 1 to `most` printable characters, without spaces around it."""

    def check(value: str) -> Wrong | None:
        if 0 < len(value) <= most and value.isprintable() and value == value.strip():
            return None
        fix = f"Send 1 to {most} printable characters, without spaces around them."
        return Wrong("esmp_text", f"{shown(value)} is not a text of 1 to {most} characters", fix)

    return check


def code(codes: Mapping[str, str]) -> Check:
    """Return the check of a code of a list.

    Example:
        >>> code({"A01": "yes", "A02": "no"})("A03")
        Wrong(rule='esmp_code', what="unknown code 'A03'", fix='Send one of A01 (yes), A02 (no).')
    """

    def check(value: str) -> Wrong | None:
        if value in codes:
            return None
        legal = ", ".join(f"{c} ({meaning})" for c, meaning in codes.items())
        return Wrong("esmp_code", f"unknown code {shown(value)}", f"Send one of {legal}.")

    return check


def eic(value: str) -> Wrong | None:
    """Check an Energy Identification Code: 16 characters, the last checks the rest."""
    if len(value) == 16 and value.isascii() and value == value.upper() and eic_codes.is_valid(value):
        return None
    fix = "Send the 16 characters of the EIC; its last one checks the others."
    return Wrong("esmp_eic", f"{shown(value)} is not a valid EIC", fix)


def version(value: str) -> Wrong | None:
    """Check a version: 1 to 999."""
    if re.fullmatch(r"[1-9][0-9]{0,2}", value):
        return None
    return Wrong("esmp_number", f"{shown(value)} is not a version", "Send a whole number from 1 to 999.")


def position(value: str) -> Wrong | None:
    """Check a position: 1 to 999999."""
    if re.fullmatch(r"[1-9][0-9]{0,5}", value):
        return None
    return Wrong("esmp_number", f"{shown(value)} is not a position", "Send a whole number from 1 to 999999.")


def instant(value: str) -> Wrong | None:
    """Check an instant: UTC with seconds."""
    return _time(value, INSTANT, "YYYY-MM-DDThh:mm:ssZ")


def minute(value: str) -> Wrong | None:
    """Check a minute: UTC without seconds."""
    return _time(value, MINUTE, "YYYY-MM-DDThh:mmZ")


def duration(value: str) -> Wrong | None:
    """Check a resolution: whole minutes up to a day, as PT60M, PT1H or PT1H30M."""
    if minutes_of(value):
        return None
    return Wrong("esmp_resolution", f"{shown(value)} is not a resolution", "Send 1 to 1440 minutes as PT15M or PT1H.")


def quantity(value: str) -> Wrong | None:
    """Check megawatts without sign, of three decimals at most.

    Example:
        >>> quantity("12.5"), quantity("-1").rule, quantity("NaN").rule
        (None, 'esmp_sign', 'esmp_number')
    """
    wrong = signed_quantity(value)
    if wrong is None and Decimal(value) < 0:
        fix = "Send it without sign: zones in and out tell the direction."
        return Wrong("esmp_sign", f"{shown(value)} MW is negative", fix)
    return wrong


def signed_quantity(value: str) -> Wrong | None:
    """Check megawatts of either sign, of three decimals at most."""
    return _thousandths(value, MOST_KILOWATTS, "MW")


def price(value: str) -> Wrong | None:
    """Check an amount of money of either sign, of three decimals at most."""
    return _thousandths(value, MOST_PRICE, "money")


def minutes_of(value: str) -> int:
    """Return the minutes of a resolution, 0 if it is none.

    Example:
        >>> minutes_of("PT1H"), minutes_of("P1D")
        (60, 0)
    """
    match = DURATION.fullmatch(value)
    if not match or value.endswith("T"):
        return 0
    total = int(match[1] or 0) * 60 + int(match[2] or 0)
    return total if total <= 1440 else 0


def minutes_utc(value: str) -> int:
    """Return a checked minute or instant as whole minutes since 1970."""
    return int(datetime.fromisoformat(value).timestamp()) // 60


def thousandths(value: Decimal) -> int:
    """Return a checked number in thousandths: MW as kW."""
    return int(value.scaleb(3))


def shown(value: str) -> str:
    """Return a value as a message shows it: quoted, and cut where it is long."""
    return repr(value if len(value) <= 60 else value[:57] + "...")


def _thousandths(value: str, most: int, unit: str) -> Wrong | None:
    number = Decimal(value) if DECIMAL.fullmatch(value) else None
    if number is not None and number.scaleb(3) % 1 == 0 and abs(number.scaleb(3)) <= most:
        return None
    fix = f"Send a decimal number of at most three decimals, from -{most // 1000} to {most // 1000}."
    return Wrong("esmp_number", f"{shown(value)} is not a number of {unit}", fix)


def _time(value: str, pattern: re.Pattern[str], form: str) -> Wrong | None:
    fix = f"Send UTC as {form}, from {YEARS[0]} to {YEARS[1]}."
    wrong = Wrong("esmp_time", f"{shown(value)} is not a time", fix)
    if not pattern.fullmatch(value):
        return wrong
    try:
        year = datetime.fromisoformat(value).astimezone(UTC).year
    except ValueError:
        return wrong
    return None if YEARS[0] <= year <= YEARS[1] else wrong
