"""Downloads: every query that answers with a file, asked by the person whose cookie it is."""

from __future__ import annotations

from typing import Any

import anyio.to_thread
from fastapi import APIRouter, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from walras.errors import BadInput
from walras.service import readers
from walras.service.api import strict
from walras.service.api.problems import Refused
from walras.service.bootstrap import Service
from walras.service.console.guard import TOKEN
from walras.service.permissions import NotAllowed, NotKnown
from walras.service.queries import QUERIES, Query
from walras.service.readers import File
from walras.service.sign_in import actor_of

ENDINGS = {
    "application/zip": "zip", "application/pdf": "pdf", "text/csv": "csv", "text/html": "html",
    "application/json": "json", "application/xml": "xml", "text/xml": "xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}  # fmt: skip


def router(service: Service) -> APIRouter:
    """Return the address of downloads: `/get/{query}?field=value`."""
    routes = APIRouter()

    async def get(request: Request, word: str) -> Response:
        return await anyio.to_thread.run_sync(_answer, service, request, word)

    routes.add_api_route("/get/{word}", get, methods=["GET"], include_in_schema=False, response_model=None)
    return routes


def _answer(service: Service, request: Request, word: str) -> Response:
    query = QUERIES.get(word)
    if query is None:
        return PlainTextResponse("There is nothing of that name.", 404)
    try:
        actor = actor_of(service.store, service.secrets, request.cookies.get(TOKEN, ""))
    except NotKnown:
        return RedirectResponse("/sign-in", 303)
    try:
        asked = strict.parameters(query, request.query_params.multi_items(), {})
        found: Any = readers.ask(service.store, service.secrets, actor, asked)
    except NotAllowed as error:
        service.dispatch.refused(actor, word, error)
        return PlainTextResponse(str(error.mistake), 403)
    except (BadInput, Refused) as error:
        return PlainTextResponse(str(error), 422)
    if not isinstance(found, File):
        return PlainTextResponse("This is no file.", 404)
    media = found.media_type.split(";")[0]
    name = "-".join(
        [word.removeprefix("get-"), *(_safe(v) for v in asked.model_dump(mode="json", exclude_none=True).values())]
    )
    disposition = f'attachment; filename="{name[:120]}.{ENDINGS.get(media, "bin")}"'
    return Response(
        found.content,
        media_type=found.media_type,
        headers={"Content-Disposition": disposition, "ETag": f'"{found.digest}"'},
    )


def _safe(value: object) -> str:
    """Return a value as it may stand in the name of a file: headers hold no letters but those of ASCII."""
    return "".join(c if (c.isascii() and c.isalnum()) or c in "._-" else "-" for c in str(value))


def link(query: Query) -> str:
    """Return the address of a file.

    >>> from walras.service.queries import GetTemplate
    >>> link(GetTemplate(session="union-2027-01-31"))
    '/get/get-template?session=union-2027-01-31'
    """
    from urllib.parse import urlencode  # noqa: PLC0415

    given = query.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return f"/get/{query.word()}?{urlencode(given)}"
