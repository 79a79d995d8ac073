"""The frame around every page: head, skip link, languages, main part, foot. One style, no scripts."""

from __future__ import annotations

from functools import cache
from html import escape
from importlib import resources

from walras.service.publication.visitor import Visitor
from walras.service.words import LANGUAGES, NAMES


def page(visitor: Visitor, title: str, body: str, session: str = "") -> str:
    """Return a whole page; title and session are plain text, the body is HTML."""
    t = visitor.t
    languages = "".join(_language(visitor, language, session) for language in LANGUAGES)
    back = f'<a href="{visitor.link()}">{t("All sessions")}</a>' if session else f"<span>{t('All sessions')}</span>"
    return (
        f'<!doctype html><html lang="{visitor.language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_style()}</style></head><body>"
        f'<a class="skip" href="#main">{t("Skip to the content")}</a>'
        f'<header><nav aria-label="{t("Pages")}">{back}</nav>'
        f'<nav class="languages" aria-label="{t("Language")}">{languages}</nav></header>'
        f'<main id="main" tabindex="-1">{body}</main>'
        f"<footer><p>{t('These pages have no scripts and set no cookies; everything on them can be downloaded.')}</p>"
        "</footer></body></html>\n"
    )


def _language(visitor: Visitor, language: str, session: str) -> str:
    here = ' aria-current="true"' if language == visitor.language else ""
    address = visitor.link(session, lang=language)
    return f'<a href="{address}" lang="{language}" hreflang="{language}"{here}>{NAMES[language]}</a>'


@cache
def _style() -> str:
    return (resources.files("walras.service.publication") / "style.css").read_text(encoding="utf-8")
