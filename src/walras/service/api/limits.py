"""How much one caller may ask: bytes of a body, requests a second, and work at one time."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
from starlette.requests import Request

from walras.service.api.problems import Refused, refused

MB = 1_000_000


@dataclass(frozen=True)
class Limits:
    """The limits of one API process.

    Attributes:
        body_bytes: Most of a JSON body.
        file_bytes: Most of an order file, a document or a list.
        key_rate: Requests a second of one key, on average.
        key_burst: Requests of one key at once.
        address_rate: Requests a second of one address, with any key or none.
        address_burst: Requests of one address at once.
        at_once: Requests that work on the store at one time.
        waiting: Requests that may wait for that.
        files_at_once: Order files that are read at one time.
        files_waiting: Order files that may wait for that.
    """

    body_bytes: int = 2 * MB
    file_bytes: int = 64 * MB
    key_rate: float = 200.0
    key_burst: int = 400
    address_rate: float = 1000.0
    address_burst: int = 2000
    at_once: int = 12
    waiting: int = 2000
    files_at_once: int = 2
    files_waiting: int = 20


@dataclass
class Buckets:
    """Token buckets by name: each fills at `rate` a second up to `burst`."""

    rate: float
    burst: int
    clock: Callable[[], float] = time.monotonic
    most: int = 50_000
    held: dict[str, tuple[float, float]] = field(default_factory=dict)

    def take(self, name: str) -> float:
        """Take one token; return 0, or the seconds until there is one.

        >>> buckets = Buckets(rate=2.0, burst=1, clock=lambda: 0.0)
        >>> buckets.take("M-0001"), buckets.take("M-0001")
        (0.0, 0.5)
        """
        now = self.clock()
        tokens, at = self.held.get(name, (float(self.burst), now))
        tokens = min(float(self.burst), tokens + (now - at) * self.rate)
        if tokens < 1:
            self.held[name] = tokens, now
            return (1 - tokens) / self.rate
        if len(self.held) >= self.most and name not in self.held:
            self._forget(now)
        self.held[name] = tokens - 1, now
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop the buckets that are full again, or all where none is."""
        full = [n for n, (tokens, at) in self.held.items() if tokens + (now - at) * self.rate >= self.burst]
        for name in full or list(self.held):
            del self.held[name]


def check_rate(buckets: Buckets, name: str, where: str) -> None:
    """Refuse a caller that asks too often (429, with Retry-After)."""
    wait = buckets.take(name)
    if wait:
        headers = {"Retry-After": str(math.ceil(wait))}
        raise refused("too many requests", where, "rate", f"Wait {wait:.2f} s and send it again.", headers)


async def body_of(request: Request, most: int) -> bytes:
    """Return the body of a request; stop reading as soon as it is too long (413)."""
    said = request.headers.get("content-length")
    if said is not None:
        if not (said.isascii() and said.isdigit()):
            raise refused("this is no length", "Content-Length", "content_length", "Send the number of bytes.")
        if len(said) > 18 or int(said) > most:
            raise _too_long(most)
    parts, total = [], 0
    async for part in request.stream():
        total += len(part)
        if total > most:
            raise _too_long(most)
        parts.append(part)
    return b"".join(parts)


def check_media(request: Request, *allowed: str) -> str:
    """Return the media type of a body; one that is not allowed, or compressed, is refused (415)."""
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media not in allowed:
        raise refused(
            "the body is of another media type", "Content-Type", "media_type", f"Send {' or '.join(allowed)}."
        )
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise refused("the body is compressed", "Content-Encoding", "media_type", "Send it as it is.")
    return media


@dataclass
class Queue:
    """Bounds how many requests work at one time and how many wait."""

    limits: Limits
    depth: int = 0
    _at_once: anyio.CapacityLimiter | None = None

    @asynccontextmanager
    async def place(self) -> AsyncIterator[anyio.CapacityLimiter]:
        """Hold a place in the queue; yields the limiter for threads."""
        if self.depth >= self.limits.at_once + self.limits.waiting:
            headers = {"Retry-After": "1"}
            raise refused("the service is busy", "server", "busy", "Send it again in a second.", headers)
        if self._at_once is None:
            self._at_once = anyio.CapacityLimiter(self.limits.at_once)
        self.depth += 1
        try:
            yield self._at_once
        finally:
            self.depth -= 1


def _too_long(most: int) -> Refused:
    fix = f"Send at most {most} bytes."
    return refused("the body is too long", "body", "body_size", fix, {"Connection": "close"})
