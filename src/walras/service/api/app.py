"""The application: an address for every command and query of the registries.

`application` is given what it works on by `bootstrap`. Each request goes the same way, written
out in `_Addresses`; FastAPI holds the routes, so that other parts of the service can add theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import Any, Protocol, TypeVar

import anyio.to_thread
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from walras.errors import BadInput, Mistake
from walras.service import permissions
from walras.service.api import description, strict
from walras.service.api.answers import Answers
from walras.service.api.auth import CHALLENGE, ORDER_TRUST_SECONDS, TRUST_SECONDS, Doorkeeper, unauthorised
from walras.service.api.limits import Buckets, Limits, Queue, body_of, check_media, check_rate
from walras.service.api.problems import Refused, problem, refused, status_of
from walras.service.api.watching import Metrics, Watch, log_to
from walras.service.commands import (
    COMMANDS,
    AttachDocument,
    ChangeContract,
    CheckFile,
    Command,
    ImportRestrictedList,
    NotifyTransmission,
    ProposeSupplyAgreement,
    RecordSupplyFacts,
    RegisterContract,
    SendFile,
    SendMarketDocument,
    SetDefaultOrders,
    SubmitCapacity,
    SubmitOrders,
    WithdrawOrders,
)
from walras.service.dispatch import HANDLERS, Answer, Dispatch
from walras.service.intake.kinds import MEDIA_OF, kind_of
from walras.service.queries import QUERIES, Query
from walras.service.readers import READERS, File, ask
from walras.service.roles import PUBLIC, Actor
from walras.service.store import counts
from walras.service.store.migrations import is_current

ORDER_COMMANDS: frozenset[type[Command]] = frozenset({SubmitOrders, WithdrawOrders, SendFile, CheckFile})
"""Commands that the door answers instead of a transaction each."""
FILES: frozenset[type[Command]] = frozenset({SendFile, CheckFile})
"""Commands whose body is a file of orders."""
LARGE: frozenset[type[Command]] = frozenset(
    {SubmitOrders, SetDefaultOrders, AttachDocument, ImportRestrictedList, SubmitCapacity, RegisterContract,
     ChangeContract, NotifyTransmission, SendMarketDocument, ProposeSupplyAgreement, RecordSupplyFacts}
)  # fmt: skip
"""Commands whose body may be as long as a file."""
KEY_FORM = re.compile(r"[\x21-\x7e]{1,80}")
T = TypeVar("T")


class Door(Protocol):
    """Where order commands go: it gathers them into batches."""

    def submit(self, actor: Actor, command: Any, key: str | None) -> Any:
        """Return a `concurrent.futures.Future` of the answer."""

    def upload(self, actor: Actor, file: SendFile, data: bytes, key: str | None) -> Any:
        """Read a file in this thread and return as `submit` does."""

    def check(self, actor: Actor, file: CheckFile, data: bytes) -> Any:
        """Return what a file would be if it were sent, with a `to_json`."""


def application(dispatch: Dispatch, door: Door | None, limits: Limits, log: Any = None) -> FastAPI:
    """Return the API on a dispatch; without a door, order commands are not served."""
    app = FastAPI(title="Walras", version=version("walras"), docs_url=None, redoc_url=None, openapi_url=None)
    log = log or log_to()
    metrics = Metrics(dispatch.store)
    addresses = _Addresses(dispatch, door, limits)
    app.state.dispatch, app.state.door, app.state.metrics, app.state.addresses = dispatch, door, metrics, addresses
    for command in served_commands(door):
        path = "/v1" + command.address()
        is_file = command in FILES
        endpoint = addresses.of_file(command, path) if is_file else addresses.of_command(command, path)
        app.router.routes.append(_route("POST", path, endpoint))
    for query in served_queries():
        path = "/v1" + query.path
        app.router.routes.append(_route("GET", path, addresses.of_query(query, path)))
    _add_operation(app, dispatch, metrics)
    written = description.document(tuple(served_commands(door)), tuple(served_queries()))
    app.add_api_route("/v1/openapi.json", lambda: JSONResponse(written), methods=["GET"], include_in_schema=False)
    app.openapi = lambda: written  # type: ignore[method-assign]
    known = (
        Refused,
        BadInput,
        permissions.NotAllowed,
        permissions.NotKnown,
        HTTPException,
        OperationalError,
        PoolTimeout,
    )
    for error in known:
        app.add_exception_handler(error, _answer_to)
    app.add_middleware(Watch, log=log, metrics=metrics)
    return app


def served_commands(door: Door | None) -> list[type[Command]]:
    """Return the commands that have somebody to carry them out."""
    found = [c for c in COMMANDS.values() if (door is not None if c in ORDER_COMMANDS else c in HANDLERS)]
    return sorted(found, key=lambda command: command not in ORDER_COMMANDS)  # routes are tried one after another


def served_queries() -> list[type[Query]]:
    """Return the queries that have a reader."""
    return [q for q in QUERIES.values() if q in READERS]


def _route(method: str, path: str, endpoint: Callable[[Request], Any]) -> Route:
    """Return a plain route: FastAPI's own would look for parameters and dependencies that these endpoints have not."""
    route = Route(path, endpoint, methods=[method])
    route.methods = {method}  # a route for GET would answer HEAD as well
    return route


class _Addresses:
    """Makes the endpoints."""

    def __init__(self, dispatch: Dispatch, door: Door | None, limits: Limits) -> None:
        self.dispatch, self.door, self.limits = dispatch, door, limits
        self.doorkeeper = Doorkeeper(dispatch.store, dispatch.secrets)
        self.queue = Queue(limits)
        self.files = Queue(replace(limits, at_once=limits.files_at_once, waiting=limits.files_waiting))
        self.answers = Answers()
        self.of_keys = Buckets(limits.key_rate, limits.key_burst)
        self.of_addresses = Buckets(limits.address_rate, limits.address_burst)

    def of_command(self, command: type[Command], path: str) -> Callable[[Request], Any]:
        """Return the endpoint of a command."""
        most = self.limits.file_bytes if command in LARGE else self.limits.body_bytes

        async def endpoint(request: Request) -> Response:
            request.state.path = path
            actor = await self.admit(request, command)
            check_media(request, "application/json")
            key = _idempotency_key(request)
            body = await body_of(request, most)
            read = partial(strict.read, command, body)
            asked = await self.work(read) if len(body) > 50_000 else read()
            if command in ORDER_COMMANDS:
                assert self.door is not None
                answer: Answer = await self.answers.of(self.door.submit(actor, asked, key))
            else:
                answer = await self.work(self.dispatch.do, actor, asked, key)
            return JSONResponse(answer)

        endpoint.__name__ = command.word()
        return endpoint

    def of_file(self, command: type[Command], path: str) -> Callable[[Request], Any]:
        """Return the endpoint of order files; few are read at one time, since each may unpack to much."""

        async def endpoint(request: Request) -> Response:
            request.state.path = path
            actor = await self.admit(request, command)
            media = check_media(request, *dict.fromkeys(MEDIA_OF.values()))
            key = _idempotency_key(request)
            asked: Any = strict.parameters(command, request.query_params.multi_items(), request.path_params)
            file = asked.model_copy(update={"kind": kind_of(media, asked.kind)})
            async with self.files.place() as limiter:
                data = await body_of(request, self.limits.file_bytes)
                assert self.door is not None
                if command is CheckFile:
                    checked = partial(_checked, self.door, actor, file, data)
                    return JSONResponse(await anyio.to_thread.run_sync(checked, limiter=limiter))
                send = partial(self.door.upload, actor, file, data, key)
                written = await anyio.to_thread.run_sync(send, limiter=limiter)
            return JSONResponse(await self.answers.of(written))

        endpoint.__name__ = command.word()
        return endpoint

    def of_query(self, query: type[Query], path: str) -> Callable[[Request], Any]:
        """Return the endpoint of a query."""

        async def endpoint(request: Request) -> Response:
            request.state.path = path
            actor = await self.admit(request, query)
            asked = strict.parameters(query, request.query_params.multi_items(), request.path_params)
            try:
                answer = await self.work(ask, self.dispatch.store, self.dispatch.secrets, actor, asked)
            except permissions.NotAllowed as error:
                await self.work(self.dispatch.refused, actor, query.word(), error)
                raise
            if isinstance(answer, File):
                return _file(request, answer)
            return JSONResponse(answer, headers={"Cache-Control": "no-store"})

        endpoint.__name__ = query.word()
        return endpoint

    async def admit(self, request: Request, asked: type[permissions.Asked]) -> Actor:
        """Return who asks, once limits and permission let them in.

        The public is refused with 401 and leaves no row in the trail, which anybody could fill
        otherwise; whoever has a key is refused with 403 and does.
        """
        address = request.client.host if request.client else "unknown"
        check_rate(self.of_addresses, address, "address")
        header = request.headers.get("authorization")
        trust = ORDER_TRUST_SECONDS if asked in ORDER_COMMANDS else TRUST_SECONDS
        actor = self.doorkeeper.remembered(header, trust)
        if actor is None:
            assert header is not None
            actor = await self.work(self.doorkeeper.ask, header)
        request.state.user = actor.user
        if actor.key:
            check_rate(self.of_keys, actor.key, "key")
        try:
            permissions.check(actor, asked)
        except permissions.NotAllowed as error:
            if actor == PUBLIC:
                raise unauthorised(error.mistake) from error
            await self.work(self.dispatch.refused, actor, asked.word(), error)
            raise
        return actor

    async def work(self, function: Callable[..., T], *given: Any) -> T:
        """Call a function that blocks in a thread, when there is a place."""
        async with self.queue.place() as limiter:
            return await anyio.to_thread.run_sync(partial(function, *given), limiter=limiter)


def _checked(door: Door, actor: Actor, file: CheckFile, data: bytes) -> Answer:
    answer: Answer = door.check(actor, file, data).to_json()
    return answer


def _file(request: Request, file: File) -> Response:
    """Return a file, or 304 to whoever has it; a browser saves it and runs nothing in it."""
    tag = f'"{file.digest}"'
    headers = {
        "ETag": tag, "Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff",
        "Content-Disposition": "attachment",
    }  # fmt: skip
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)


def _idempotency_key(request: Request) -> str | None:
    given = request.headers.getlist("idempotency-key")
    if not given:
        return None
    if len(given) > 1 or not KEY_FORM.fullmatch(given[0]):
        fix = "Send one key of 1 to 80 printable characters without spaces."
        raise refused("this is no idempotency key", "Idempotency-Key", "idempotency_key_form", fix)
    return given[0]


def _answer_to(request: Request, error: Exception) -> Response:
    """Return the problem that an exception stands for."""
    request_id = request.state.request_id
    headers: dict[str, str] | None = None
    match error:
        case Refused():
            status, mistakes, headers = error.status, [error.mistake], error.headers
        case BadInput():
            status, mistakes = status_of(error.mistakes), list(error.mistakes)
        case permissions.NotAllowed():
            status, mistakes = 403, [error.mistake]
        case permissions.NotKnown():
            status, mistakes, headers = 401, [error.mistake], CHALLENGE
        case HTTPException():
            status, mistakes, headers = error.status_code, [_of_http(error)], dict(error.headers or {})
        case _:
            what, fix = "the store does not answer", "Send it again later, with the same idempotency key."
            status, mistakes, headers = 503, [Mistake(what, "server", "store_answers", fix)], {"Retry-After": "5"}
    request.state.problem = mistakes[0].rule
    return problem(status, mistakes, request_id, headers)


def _of_http(error: HTTPException) -> Mistake:
    """Return the mistake that public pages have put into an error, or what its status says."""
    told: Any = error.detail
    return Mistake(**told) if isinstance(told, dict) else _of_routing(error.status_code)


def _of_routing(status: int) -> Mistake:
    if status == 405:
        return Mistake("this address knows no such method", "method", "method_known", "Use the one in Allow.")
    if status == 404:
        return Mistake("there is nothing at this address", "path", "path_known", "See /v1/openapi.json.")
    return Mistake("the request cannot be read", "request", "request_form", "See /v1/openapi.json.")


def _add_operation(app: FastAPI, dispatch: Dispatch, metrics: Metrics) -> None:
    """Add what the operator's own tools read: alive, ready, metrics."""

    def ready() -> Response:
        try:
            current = is_current(dispatch.store)
            with dispatch.store.read() as connection:
                counts.by_state(connection)
        except Exception:
            current = False
        return JSONResponse({"ready": current}, 200 if current else 503)

    def health() -> Response:
        return JSONResponse({"alive": True})

    def read_metrics() -> Response:
        return Response(metrics.text(), media_type="text/plain; version=0.0.4")

    for path, endpoint in (("/health", health), ("/ready", ready), ("/metrics", read_metrics)):
        app.add_api_route(path, _named(path, endpoint), methods=["GET"], include_in_schema=False)


def _named(path: str, function: Callable[[], Response]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        request.state.path = path
        return await anyio.to_thread.run_sync(function)

    return endpoint
