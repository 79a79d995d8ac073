"""The public addresses, to be included by the API: `app.include_router(router(store))`.

::

    GET, HEAD  /v1/sessions/{session}/results/{name}[?version=1]     prices.csv, prices.json, public.zip, ...
    GET, HEAD  /v1/markets/{market}/latest/{stage}/{name}            stage: final or preliminary
    GET, HEAD  /public[?lang=de], /public/{session}[?version=1&mtu=7&zone=A&lang=de]    pages

Every answer has an ETag; `If-None-Match` gets 304. A version that is final never changes and
may be kept for a year; everything else for a minute at the most.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Query, Request, Response

from walras.service.canonical import bytes_digest
from walras.service.permissions import NotKnown
from walras.service.publication import pages, reading
from walras.service.publication.reading import PUBLISHED, Published
from walras.service.publication.tables import File, written
from walras.service.publication.visitor import Asked, Visitor
from walras.service.store.engine import Store
from walras.service.words import COOKIE, LANGUAGES, chosen, translator

FOREVER = "public, max-age=31536000, immutable"
SHORT = "public, max-age=10, must-revalidate"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
Match = Annotated[str | None, Header(alias="If-None-Match")]
Version = Annotated[int | None, Query(ge=1, lt=2**31)]
Mtu = Annotated[int | None, Query(ge=1, lt=100_000)]
Zone = Annotated[str, Query(max_length=40)]
Lang = Annotated[str, Query(max_length=20)]


def router(store: Store) -> APIRouter:
    """Return the public addresses over a store."""
    routes = APIRouter(tags=["publication"])
    both = ["GET", "HEAD"]

    @routes.api_route("/v1/sessions/{session}/results/{name:path}", methods=both, operation_id="read_result")
    def result(session: str, name: str, version: Version = None, if_none_match: Match = None) -> Response:
        return _known(lambda: result_file(store, session, name, version, if_none_match))

    @routes.api_route("/v1/markets/{market}/latest/{stage}/{name:path}", methods=both, operation_id="read_latest")
    def latest(market: str, stage: str, name: str, if_none_match: Match = None) -> Response:
        return _known(lambda: latest_file(store, market, stage, name, if_none_match))

    @routes.api_route("/public", methods=both, include_in_schema=False)
    def front(request: Request, lang: Lang = "", if_none_match: Match = None) -> Response:
        return _page(pages.front(store, _visitor(request, Asked(lang))), if_none_match)

    @routes.api_route("/public/{session}", methods=both, include_in_schema=False)
    def one(
        request: Request, session: str, version: Version = None, mtu: Mtu = None, zone: Zone = "", lang: Lang = "",
        if_none_match: Match = None,
    ) -> Response:  # fmt: skip
        visitor = _visitor(request, Asked(lang, version, mtu, zone))
        return _known(lambda: _page(pages.session(store, session, version, visitor), if_none_match))

    return routes


def result_file(store: Store, session: str, name: str, version: int | None, match: str | None) -> Response:
    """Answer with a public file of a session's result.

    Raises:
        NotKnown: There is none.
    """
    with store.read() as connection:
        of = reading.published(connection, session, version)
        found = reading.file(connection, of, source_of(name))
        file = _file(found.content, found.media_type, found.digest, of, name)
    is_fixed = of.is_settled and version is not None
    return answer(file, match, FOREVER if is_fixed else SHORT, said(of))


def latest_file(store: Store, market: str, stage: str, name: str, match: str | None) -> Response:
    """Answer with a public file of a market's latest final or preliminary result."""
    with store.read() as connection:
        of = reading.latest(connection, market, stage)
    return result_file(store, of.session, name, None, match)


def source_of(name: str) -> str:
    """Return the stored file that a public name is made from.

    >>> source_of("prices.csv"), source_of("certificate.json"), source_of("public.zip")
    ('published/prices.parquet', 'certificate.json', 'public.zip')
    """
    stem, _, form = name.rpartition(".")
    is_table = form in ("csv", "json", "parquet") and "/" not in stem and stem not in ("", "certificate", "summary")
    if is_table:
        return f"{PUBLISHED}{stem}.parquet"
    return f"{PUBLISHED}summary.json" if name == "summary.json" else name


def answer(file: File, match: str | None, cache: str, headers: dict[str, str]) -> Response:
    """Return a file, or 304 if the caller has it."""
    tag = f'"{file.digest}"'
    headers = headers | {"ETag": tag, "Cache-Control": cache, "X-Content-Type-Options": "nosniff"}
    if match is not None and _matches(match, tag):
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)


def said(of: Published) -> dict[str, str]:
    """Return the headers that say which result this is."""
    return {"Walras-Stage": of.stage, "Walras-Session": of.session, "Walras-Result-Version": str(of.version)}


def _file(content: bytes, media_type: str, digest: str, of: Published, name: str) -> File:
    source = source_of(name)
    if source.startswith(PUBLISHED) and source.endswith(".parquet"):
        return written(reading.table_of(content), of, name.rpartition(".")[2])
    if source == f"{PUBLISHED}summary.json":
        marked = reading.marked(content, of)
        return File(marked, media_type, bytes_digest(marked))
    return File(content, media_type, digest)


def _page(text: str, match: str | None) -> Response:
    content = text.encode()
    file = File(content, "text/html; charset=utf-8", bytes_digest(content))
    said = {
        "Content-Security-Policy": POLICY,
        "Referrer-Policy": "no-referrer",
        "X-Frame-Options": "DENY",
        "Vary": "Accept-Language, Cookie",
    }
    return answer(file, match, SHORT, said)


def _visitor(request: Request, asked: Asked) -> Visitor:
    """Return who asks: what is no language in the address counts for nothing, and no link repeats it."""
    asked = asked if asked.lang in LANGUAGES else replace(asked, lang="")
    language = chosen(asked.lang, request.cookies.get(COOKIE), request.headers.get("accept-language"))
    return Visitor(translator(language), asked)


def _matches(match: str, tag: str) -> bool:
    tags = {t.strip().removeprefix("W/") for t in match.split(",")}
    return "*" in tags or tag in tags


def _known(response: Callable[[], Response]) -> Response:
    try:
        return response()
    except NotKnown as error:
        m = error.mistake
        raise HTTPException(404, {"what": m.what, "where": m.where, "rule": m.rule, "fix": m.fix}) from None
