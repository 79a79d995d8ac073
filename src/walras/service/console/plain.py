"""Plain pages of the console: forms that work without scripts, before anybody is signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from html import escape
from importlib import resources
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from walras.errors import Mistake
from walras.service.console.guard import LANGUAGE, THEME, YEAR_SECONDS
from walras.service.words.catalogue import LANGUAGES, NAMES, chosen, translator

PLAIN_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
Translate = Callable[[str], str]


def words_for(request: Request) -> tuple[str, Translate]:
    """Return the language of a request and its translator."""
    given = request.query_params.get("lang")
    language = chosen(given, request.cookies.get(LANGUAGE), request.headers.get("accept-language"))
    return language, translator(language)


def page(request: Request, title: str, body: str, status: int = 200) -> Response:
    """Return a plain page around a body that is HTML already."""
    language, t = words_for(request)
    theme = request.cookies.get(THEME, "auto")
    theme = theme if theme in ("light", "dark") else "auto"
    links = f'<a href="/public">{escape(t("Public results"))}</a>' + _languages(request, language)
    text = (
        f'<!doctype html><html lang="{language}" data-theme="{theme}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)} - Walras</title><style>{_style()}</style></head><body>"
        f'<header><a class="brand" href="/">Walras</a><nav aria-label="{escape(t("Menu"))}">{links}</nav></header>'
        f"<main><h1>{escape(title)}</h1>{body}</main></body></html>\n"
    )
    answer = HTMLResponse(text, status, {"Content-Security-Policy": PLAIN_POLICY, "Cache-Control": "no-store"})
    if request.query_params.get("lang") == language:
        answer.set_cookie(LANGUAGE, language, max_age=YEAR_SECONDS, path="/", samesite="strict")
    return answer


def _languages(request: Request, language: str) -> str:
    """Return links to the page in the other languages; a form that was sent has none, it would be lost."""
    if request.method != "GET":
        return ""
    others = [one for one in LANGUAGES if one != language]
    kept = [(n, v) for n, v in request.query_params.multi_items() if n != "lang"]
    return "".join(
        f'<a href="?{escape(urlencode([*kept, ("lang", one)]))}" lang="{one}" hreflang="{one}">{NAMES[one]}</a>'
        for one in others
    )


def field(
    name: str, label: str, kind: str = "text", *, value: str = "", mistakes: Iterable[Mistake] = (), more: str = ""
) -> str:
    """Return a labelled input with the mistakes about it beside it.

    Args:
        name: Of the field.
        label: Shown.
        kind: Of the input.
        value: Filled in.
        mistakes: Of the whole form; those about this field are shown here.
        more: Further attributes, HTML already.
    """
    mine = [m for m in mistakes if m.where.split(".")[0] == name]
    said = "".join(f"<span>{escape(m.what)}. {escape(m.fix)}</span>" for m in mine)
    wrong = f' aria-invalid="true" aria-describedby="{name}-wrong"' if mine else ""
    shown = "" if kind == "password" else f' value="{escape(value, quote=True)}"'
    return (
        f'<div class="field"><label for="{name}">{escape(label)}</label>'
        f'<input id="{name}" name="{name}" type="{kind}"{shown}{wrong} {more}>'
        + (f'<p class="wrong" id="{name}-wrong">{said}</p>' if mine else "")
        + "</div>"
    )


def select(name: str, label: str, choices: Sequence[tuple[str, str]], value: str = "") -> str:
    """Return a labelled choice."""
    options = "".join(
        f'<option value="{escape(v)}"{" selected" if v == value else ""}>{escape(s)}</option>' for v, s in choices
    )
    head = f'<div class="field"><label for="{name}">{escape(label)}</label>'
    return f'{head}<select id="{name}" name="{name}">{options}</select></div>'


def form(action: str, fields: Iterable[str], verb: str) -> str:
    """Return a form around fields."""
    return (
        f'<form method="post" action="{action}">{"".join(fields)}<button type="submit">{escape(verb)}</button></form>'
    )


def problems(t: Translate, mistakes: Sequence[Mistake]) -> str:
    """Return the list of mistakes as an alert, nothing where there are none."""
    if not mistakes:
        return ""
    head = escape(t("Mistakes: {count}").format(count=len(mistakes)))
    rows = "".join(f"<li><b>{escape(m.where)}</b> {escape(m.what)} <span>{escape(m.fix)}</span></li>" for m in mistakes)
    return f'<div class="problems" role="alert"><p>{head}</p><ol>{rows}</ol></div>'


@cache
def _style() -> str:
    return (resources.files(__package__) / "plain.css").read_text(encoding="utf-8")
