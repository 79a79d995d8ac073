"""What stands before every page: headers, where a request may come from, and the cookies.

A browser keeps one secret of ours, the token of its sign-in, in a cookie that scripts cannot read
and that no other site makes it send (`SameSite=Strict`). Forms and web sockets are taken from the
console's own pages alone: their `Origin` must be the host that they are sent to. NiceGUI compiles
its pages in the browser, so its scripts need `unsafe-eval`; nothing is loaded from elsewhere.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

TOKEN = "walras-sign-in"
LANGUAGE, THEME, ZONE = "walras-language", "walras-theme", "walras-zone"
YEAR_SECONDS = 365 * 24 * 3600
CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
MOST_BODY_BYTES = 66_000_000
"""The longest file that the console takes, and what a form puts around it; more is cut off before it fills a disk."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
App = Callable[[Scope, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


class Guard:
    """ASGI middleware of the whole console."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def __call__(
        self, scope: Scope, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        """Let a request through, with headers on its answer, or refuse it."""
        kind = scope["type"]
        if kind not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        is_act = kind == "websocket" or scope["method"] not in SAFE or "/_nicegui_ws/" in scope["path"]
        if is_act and not is_own(headers):
            if kind == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            await PlainTextResponse("This comes from another site.", 403, dict(HEADERS))(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    given.setdefault(name, value)
                if not scope["path"].startswith("/_nicegui"):
                    given.setdefault("Cache-Control", "no-store")
            await send(message)

        if kind == "http":
            await _Measured(scope, receive, with_headers).passed_to(self.app)
        else:
            await self.app(scope, receive, with_headers)


class _Measured:
    """A request whose bytes are counted while they come, however many it says; too many are answered with 413."""

    def __init__(
        self, scope: Scope, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        self.scope, self._receive, self._send = scope, receive, send
        self.total, self.is_over = 0, False

    async def passed_to(self, app: App) -> None:
        """Let an application answer; once the body is too long, whatever it says or raises counts no more."""
        try:
            await app(self.scope, self.receive, self.send)
        except Exception:
            if not self.is_over:
                raise

    async def receive(self) -> Message:
        """Return the next part of the body; to the application a body that is too long breaks off."""
        if self.is_over:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self.total += len(message.get("body", b""))
        if self.total <= MOST_BODY_BYTES:
            return message
        self.is_over = True
        answer = PlainTextResponse("This is too long.", 413, {"Connection": "close"})
        await answer(self.scope, self._receive, self._send)
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Send a part of the answer, nothing where it was answered."""
        if not self.is_over:
            await self._send(message)


def is_own(headers: Mapping[str, str]) -> bool:
    """Return whether a request comes from a page of ours: its origin, where the browser says one, is our host.

    >>> is_own({"origin": "https://market.example", "host": "market.example"})
    True
    >>> is_own({"origin": "https://elsewhere.example", "host": "market.example"})
    False
    """
    site = headers.get("sec-fetch-site")
    if site not in (None, "same-origin", "none"):
        return False
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


def cookie_facts(scheme: str) -> dict[str, Any]:
    """Return how the cookie of a sign-in is set; over https it is sent over https alone."""
    return {"httponly": True, "samesite": "strict", "secure": scheme == "https", "path": "/"}
