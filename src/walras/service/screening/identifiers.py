"""Identifiers of parties: matched exactly, after blanks, dashes and case are taken away.

The dashes of an EIC are part of the code. Codes whose check digits python-stdnum knows
(EIC, LEI, IMO) are checked, so that a list with a misprint does not pass silently; a code
that really is published with a misprint goes in as `other`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from stdnum import imo, lei, vatin
from stdnum.eu import eic
from stdnum.exceptions import ValidationError

KINDS = ("eic", "lei", "vat", "registration", "imo", "other")
MOST_LETTERS = 60
_CHECKED = {"eic": eic, "lei": lei, "imo": imo}


@dataclass(frozen=True, order=True)
class Identifier:
    """A code of one kind, compacted."""

    kind: str
    value: str


def compact(kind: str, value: str) -> str:
    """Return a code as it is compared.

    >>> compact("vat", "si 5022 3054"), compact("eic", "10ytr-teias----w "), compact("imo", "IMO 9319466")
    ('SI50223054', '10YTR-TEIAS----W', '9319466')
    """
    if kind == "eic":
        return re.sub(r"\s+", "", value).upper()
    if kind == "vat":
        value = str(vatin.compact(value)) if re.match(r"\s*[A-Za-z]{2}", value) else value
    elif kind == "imo":
        value = str(imo.compact(value))
    return re.sub(r"[\W_]+", "", value).upper()


def read_identifier(text: str) -> Identifier | str:
    """Return the identifier that `kind:value` names, or what is wrong with it.

    >>> read_identifier("lei: 2138 00KU D8LA JWSQ 9D15")
    Identifier(kind='lei', value='213800KUD8LAJWSQ9D15')
    >>> read_identifier("lei:213800KUD8LXJWSQ9D15")
    "'213800KUD8LXJWSQ9D15' has wrong check digits for a code of kind lei"
    >>> read_identifier("passport:1")
    "kind 'passport' is not known"
    """
    kind, colon, value = text.partition(":")
    kind = kind.strip().lower()
    if not colon:
        return f"{text[:MOST_LETTERS]!r} is not kind:value"
    if kind not in KINDS:
        return f"kind {kind[:MOST_LETTERS]!r} is not known"
    if len(value) > MOST_LETTERS:
        return f"a code of {len(value)} characters is longer than {MOST_LETTERS}"
    try:
        code = compact(kind, value)
    except ValidationError:
        code = ""
    if not code.strip("-"):
        return f"{text!r} has no code"
    if kind in _CHECKED and not _CHECKED[kind].is_valid(code):
        return f"{code!r} has wrong check digits for a code of kind {kind}"
    return Identifier(kind, code)
