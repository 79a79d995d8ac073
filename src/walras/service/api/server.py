"""The web server of the API: uvicorn, in one process or several, that answers without waiting for an acknowledgement.

With several processes uvicorn makes the listening socket itself, of a kind on which asyncio
leaves small packets to wait for each other (Nagle): every answer was 40 ms late. A listening
socket hands its options on to the connections that it accepts.
"""

from __future__ import annotations

import socket
import sys
from contextlib import suppress
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

FAILED_TO_START = 3
"""Exit code of a server that could not begin: the port is taken, or the store does not answer."""


class Prompt(uvicorn.Config):
    """Settings of uvicorn whose sockets send at once."""

    def bind_socket(self) -> socket.socket:
        """Return the listening socket."""
        bound = super().bind_socket()
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return bound


def serve(app: str, workers: int, **settings: Any) -> None:
    """Serve a factory of applications until told to stop.

    Args:
        app: Where the factory is, such as `walras.service.bootstrap:app_from_environment`.
        workers: Processes.
        settings: Of `uvicorn.Config`: host, port, proxies.
    """
    config = Prompt(
        app, factory=True, workers=workers, access_log=False, log_level="warning", server_header=False,
        http="h11",  # it bounds the length of headers, which httptools does not; neither is faster here
        timeout_worker_healthcheck=60,  # on a busy machine 5 s pass before a worker answers
        **settings,
    )  # fmt: skip
    if workers > 1:
        Multiprocess(config, sockets=[config.bind_socket()]).run()
        return
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(FAILED_TO_START)
