"""What a new password must be: long, not the user's own name, and none that is tried first.

Length and lists only: rules on the kinds of characters make passwords worse (NIST SP 800-63B, 3.1.1.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from walras.errors import Mistake

SHORTEST, LONGEST = 12, 200
LEFT = 8
"""Characters that must be left of a password without the names of its user and company."""
FEWEST = 5
"""Different characters that a password must have."""
NO_LETTERS = r"[\W\d_]+"
ROWS = ("abcdefghijklmnopqrstuvwxyz", "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm",
        "1qaz2wsx3edc4rfv5tgb6yhn", "абвгдежзийклмнопрстуфхцчшщъыьэюя", "йцукенгшщзхъ", "фывапролджэ")  # fmt: skip
WORDS = {
    "password", "passwort", "пароль", "passwd", "passphrase", "qwerty", "qwertz", "йцукен", "letmein", "welcome",
    "willkommen", "iloveyou", "changeme", "changeit", "secret", "geheim", "admin", "administrator", "root", "master",
    "monkey", "dragon", "sunshine", "princess", "football", "baseball", "superman", "batman", "trustno", "hallo",
    "hello", "schalke", "test", "testing", "default", "login", "user", "guest", "access", "whatever", "freedom",
    "correcthorsebatterystaple", "electricity", "energy", "power", "market", "walras", "trader", "trading", "operator",
    "summer", "winter", "spring", "autumn", "sommer", "herbst", "january", "monday", "starwars", "computer",
    "internet", "samsung", "google", "michael", "jordan", "ashley", "charlie", "любовь", "привет", "солнышко",
}  # fmt: skip
"""Words that lists of leaked passwords begin with; a password of nothing but them and figures is out."""


def mistakes_of(password: str, where: str, names: Iterable[str]) -> list[Mistake]:
    """Return what is wrong with a new password.

    Args:
        password: As it was typed.
        where: Field that it was typed in.
        names: Of its user and company.

    >>> [m.rule for m in mistakes_of("short", "password", ["U-0007"])]
    ['password_length']
    >>> [m.rule for m in mistakes_of("Passw0rd-2026!", "password", ["U-0007"])]
    ['password_common']
    >>> mistakes_of("gas from the north", "password", ["U-0007"])
    []
    """
    found = []
    if not SHORTEST <= len(password) <= LONGEST:
        what = f"the password has {len(password)} characters"
        fix = f"Take {SHORTEST} to {LONGEST}: four words of your own are easy to keep."
        found.append(Mistake(what, where, "password_length", fix))
        return found
    rest = password.casefold()
    for name in sorted({n.casefold() for n in names if n}, key=len, reverse=True):
        rest = rest.replace(name, "")
    if len(rest) < LEFT:
        what, fix = "the password is little more than the name of its user or company", "Take words of your own."
        found.append(Mistake(what, where, "password_name", fix))
    if is_common(password):
        what, fix = "the password is among those that are tried first", "Take several words that belong to nobody else."
        found.append(Mistake(what, where, "password_common", fix))
    return found


def is_common(password: str) -> bool:
    """Return whether a password is one that is tried first: a row of keys, few characters, a word with figures.

    >>> [is_common(p) for p in ("123456789012", "aaaabbbbcccc", "qwerty123456", "welcome welcome", "salt in the sea")]
    [True, True, True, True, False]
    """
    text = password.casefold()
    if len(set(text)) < FEWEST or any(_is_row(text, row) for row in ROWS):
        return True
    return any(_is_word(re.sub(NO_LETTERS, "", t)) for t in (text, _letters(text)))


def _is_row(text: str, row: str) -> bool:
    """Return whether a text runs along a row of keys, forward or back, also around its end."""
    return any(text in r * (len(text) // len(r) + 2) for r in (row, row[::-1]))


def _letters(text: str) -> str:
    """Return a text with the figures and signs that stand for letters in it, not around it, read as letters."""
    inner = re.sub(rf"^{NO_LETTERS}|{NO_LETTERS}$", "", text)
    return inner.translate(str.maketrans("0134578@$!", "oieastbasi"))


def _is_word(letters: str) -> bool:
    """Return whether letters are words of the list, one after another, or none at all beside figures."""
    if not letters:
        return False
    ends = {0}
    for end in range(1, len(letters) + 1):
        if any(begin in ends and letters[begin:end] in WORDS for begin in range(max(0, end - 26), end)):
            ends.add(end)
    return len(letters) in ends
