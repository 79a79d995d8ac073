"""What can be seen from outside: request ids, one log line a request, and metrics.

A line of the log never holds a body, a key or a value of a parameter; the path is the template.
"""

from __future__ import annotations

import os
import re
import secrets
import sys
import time
from collections.abc import Iterator
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from walras.service.api.problems import internal
from walras.service.store import counts
from walras.service.store.engine import Store

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def log_to(stream: Any = None) -> Any:
    """Return a logger that writes JSON lines to a stream, standard output unless given."""
    return structlog.wrap_logger(
        structlog.PrintLogger(stream or sys.stdout),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
    )


class Metrics:
    """What Prometheus reads: requests and their seconds, and, from the store, queues and sessions."""

    def __init__(self, store: Store) -> None:
        self.registry = CollectorRegistry()
        labels = ("method", "path", "status")
        self.requests = Counter("walras_requests", "Requests by route and status.", labels, registry=self.registry)
        self.seconds = Histogram(
            "walras_request_seconds", "Seconds of a request by route.", labels[:2], registry=self.registry,
            buckets=BUCKETS,
        )  # fmt: skip
        self.store = store
        self.in_flight = Gauge(
            "walras_requests_in_flight", "Requests at work or waiting for it.", registry=self.registry,
            multiprocess_mode="livesum",
        )  # fmt: skip

    def text(self) -> bytes:
        """Return all metrics as Prometheus reads them; of every worker where there are several."""
        registry = self.registry
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        of_store = CollectorRegistry()
        of_store.register(_OfStore(self.store))
        return generate_latest(registry) + generate_latest(of_store)


class _OfStore:
    """Reads the gauges from the store at each scrape."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges."""
        with self.store.read() as connection:
            found = counts.by_state(connection)
        for name, text in (("sessions", "Sessions by state."), ("runs", "Runs by state."),
                           ("deliveries", "Webhook deliveries by state.")):  # fmt: skip
            gauge = GaugeMetricFamily(f"walras_{name}", text, labels=["state"])
            for state, number in sorted(found[name].items()):
                gauge.add_metric([state], number)
            yield gauge


class Watch:
    """The outermost layer: gives each request its id, catches what nobody caught, logs and counts."""

    def __init__(self, app: ASGIApp, log: Any, metrics: Metrics) -> None:
        self.app, self.log, self.metrics = app, log, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and watch its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        request_id = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
        state = scope.setdefault("state", {})
        state.update(request_id=request_id, user="", path="(none)")
        begun, status = time.perf_counter(), 0

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message.setdefault("headers", []).append((b"x-request-id", request_id.encode()))
            await send(message)

        self.metrics.in_flight.inc()
        try:
            await self.app(scope, receive, watched)
        except Exception:
            self.log.error("internal error", request_id=request_id, path=state["path"], exc_info=True)
            if status:
                raise
            await internal(request_id)(scope, receive, watched)
        finally:
            self.metrics.in_flight.dec()
            self._note(scope, status, time.perf_counter() - begun)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        state = scope["state"]
        method = scope["method"] if scope["method"] in {"GET", "POST", "HEAD", "OPTIONS"} else "OTHER"
        self.metrics.requests.labels(method, state["path"], str(status)).inc()
        self.metrics.seconds.labels(method, state["path"]).observe(seconds)
        self.log.info(
            "request", request_id=state["request_id"], method=method, path=state["path"], status=status,
            ms=round(seconds * 1000, 2), user=state["user"], problem=state.get("problem", ""),
        )  # fmt: skip
