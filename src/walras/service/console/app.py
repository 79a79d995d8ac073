"""The console's application: its pages on NiceGUI, the doors of sign-in and downloads as plain HTML, one guard.

NiceGUI keeps one application a process, so `pages_on` puts our pages on it, and `application`
mounts it under ours.
"""

from __future__ import annotations

from importlib import resources
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import anyio.to_thread
from fastapi import FastAPI, Request
from nicegui import core, ui
from starlette.responses import RedirectResponse, Response

import walras.service.console.pages  # noqa: F401 - fills the list of places
from walras.service.bootstrap import Service
from walras.service.console import entrance, files
from walras.service.console.desk import UTC, Declined, Desk, SignedOut
from walras.service.console.frame import frame
from walras.service.console.guard import LANGUAGE, THEME, TOKEN, ZONE, Guard
from walras.service.console.places import PLACES, Place
from walras.service.console.problems import Problems
from walras.service.permissions import NotKnown
from walras.service.publication.routes import router
from walras.service.roles import Actor
from walras.service.sign_in import actor_of
from walras.service.store import markets
from walras.service.store.instance import is_rehearsal
from walras.service.store.schema import market_versions
from walras.service.words.catalogue import chosen, translator

BUILD_SECONDS = 30.0
RECONNECT_SECONDS = 120.0
"""A screen whose connection is lost for less goes on where it was."""
LARGEST_MESSAGE = 20_000_000
"""Bytes that a browser may send at once: a paste of 10,000 rows has about one million."""


def application(service: Service) -> FastAPI:
    """Return the console over a service."""
    app = FastAPI(title="Walras console", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(router(service.store))
    app.include_router(entrance.router(service))
    app.include_router(files.router(service))
    pages_on(service)
    app.add_middleware(Guard)
    ui.run_with(
        app, title="Walras", dark=None, tailwind=False, reconnect_timeout=RECONNECT_SECONDS,
        show_welcome_message=False, favicon=str(resources.files(__package__) / "favicon.svg"),
        binding_refresh_interval=None,
    )  # fmt: skip
    core.app.config.quasar_config["loadingBar"]["skipHijack"] = True  # no bar: pages say themselves what they do
    core.sio.eio.max_http_buffer_size = LARGEST_MESSAGE
    return app


def pages_on(service: Service) -> None:
    """Put every place on NiceGUI's application."""
    style = (resources.files(__package__) / "style.css").read_text(encoding="utf-8")
    script = (resources.files(__package__) / "console.js").read_text(encoding="utf-8")
    ui.add_css(style, shared=True)
    ui.add_body_html(f"<script>{script}</script>", shared=True)
    for place in PLACES.values():
        ui.page(place.address, response_timeout=BUILD_SECONDS)(_builder(service, place))


def _builder(service: Service, place: Place) -> Any:
    async def build(request: Request) -> Response | None:
        token = request.cookies.get(TOKEN, "")
        actor = await anyio.to_thread.run_sync(_actor, service, token)
        if actor is None:
            return RedirectResponse(await _way_in(service, request), 303)
        desk = await desk_of(service, actor, token, request)
        with frame(desk, place, request.cookies.get(THEME, "auto")):
            if actor.role not in place.roles:
                ui.label(desk.t("This page is not for your role.")).classes("empty")
                return None
            try:
                await place.build(desk)
            except Declined as declined:
                Problems(desk).show(declined.mistakes)
            except SignedOut:
                return RedirectResponse(f"/sign-in?next={quote(_address(request))}", 303)
        return None

    build.__name__ = place.build.__name__
    return build


async def _way_in(service: Service, request: Request) -> str:
    """Return where somebody goes who is not signed in: in a rehearsal to whom one may enter as."""
    if request.url.path == "/":
        _, rehearsal = await anyio.to_thread.run_sync(_facts, service)
        return "/rehearsal" if rehearsal else "/sign-in"
    return f"/sign-in?next={quote(_address(request))}"


def _actor(service: Service, token: str) -> Actor | None:
    if not token:
        return None
    try:
        return actor_of(service.store, service.secrets, token)
    except NotKnown:
        return None


async def desk_of(service: Service, actor: Actor, token: str, request: Request) -> Desk:
    """Return the desk of whoever asks for a page."""
    language = chosen(None, request.cookies.get(LANGUAGE), request.headers.get("accept-language"))
    zone, rehearsal = await anyio.to_thread.run_sync(_facts, service)
    zone = _zone(request.cookies.get(ZONE, "")) or zone
    return Desk(
        service, actor, token, translator(language), language, zone, dict(request.path_params),
        dict(request.query_params), rehearsal,
    )  # fmt: skip


def _facts(service: Service) -> tuple[ZoneInfo, bool]:
    """Return the time zone of the first market, and whether the store is of a rehearsal."""
    with service.store.read() as connection:
        rehearsal = is_rehearsal(connection)
        found = connection.execute(market_versions.select().order_by(market_versions.c.at).limit(1)).one_or_none()
        if found is None:
            return UTC, rehearsal
        definition = markets.version(connection, found.market, found.version).definition
    return _zone(definition.time_zone) or UTC, rehearsal


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _address(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")
