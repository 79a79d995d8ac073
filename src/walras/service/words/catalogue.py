"""Catalogues of messages (gettext's `.po`), read once, and the choice of a language.

A text that no catalogue knows is shown in English as it stands in the code; a test sees to it
that there is none. Places in texts are named: `t("until {time}").format(time=...)`.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib import resources

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("en", "de", "ru")
"""In the order in which they are offered; the first is that of the code."""
NAMES = {"en": "English", "de": "Deutsch", "ru": "Русский"}
"""What each language calls itself."""
COOKIE = "walras-language"
MOST_ASKED = 400
"""Characters of `Accept-Language` that are looked at."""


@dataclass(frozen=True)
class Translator:
    """Texts of one language; called with the English text.

    Example:
        >>> t = Translator("en", NullTranslations())
        >>> t("Prices"), t.n_("{n} zone", "{n} zones", 3).format(n=3)
        ('Prices', '3 zones')
    """

    language: str
    found: NullTranslations

    def __call__(self, text: str) -> str:
        """Return a text in this language."""
        return self.found.gettext(text) if text else ""

    def n_(self, singular: str, plural: str, n: int) -> str:
        """Return the form of a text that goes with a number; the number is filled in by the caller."""
        return self.found.ngettext(singular, plural, n)


def mark(text: str) -> str:
    """Return a text as it is: it stands in the catalogues and is translated where it is shown.

    >>> mark("preliminary")
    'preliminary'
    """
    return text


@cache
def translator(language: str) -> Translator:
    """Return what translates into a language; English for one that there is not."""
    if language not in LANGUAGES[1:]:
        return Translator(LANGUAGES[0], NullTranslations())
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(language))
    compiled.seek(0)
    return Translator(language, GNUTranslations(compiled))


def catalogue(language: str) -> Catalog:
    """Return the catalogue of a language as it was written."""
    source = resources.files("walras.service.words") / f"{language}.po"
    return read_po(io.BytesIO(source.read_bytes()), locale=language, abort_invalid=True)


def chosen(asked: str | None = None, cookie: str | None = None, accepted: str | None = None) -> str:
    """Return the language to answer in: what was asked, else of the cookie, else of the browser, else English.

    Args:
        asked: The parameter `lang` of the address.
        cookie: The value of the cookie `walras-language`.
        accepted: The header `Accept-Language`.

    Example:
        >>> chosen(accepted="fr, de-AT;q=0.8, en;q=0.5"), chosen("ru", "de"), chosen("xx", None, "*")
        ('de', 'ru', 'en')
    """
    for word in (asked, cookie):
        if word in LANGUAGES:
            return word
    weighed = [_weighed(part) for part in (accepted or "")[:MOST_ASKED].split(",")]
    for weight, word in sorted(weighed, key=lambda w: -w[0]):
        if weight > 0 and word in LANGUAGES:
            return word
    return LANGUAGES[0]


def _weighed(part: str) -> tuple[float, str]:
    """Return weight and language of a part such as `de-AT;q=0.8`; what cannot be read weighs nothing."""
    word, _, given = part.strip().lower().partition(";")
    _, _, quality = given.partition("q=")
    try:
        weight = float(quality) if given else 1.0
    except ValueError:
        return 0.0, ""
    return (weight if 0 <= weight <= 1 else 0.0), word.split("-")[0].strip()
