"""Webhooks: notices that wait are sent on, signed, and tried again for a day.

A receiver checks `Walras-Signature: t=SECONDS,v1=HEX`, where HEX is the HMAC-SHA-256, by the
secret that was shown once, of `SECONDS.BODY`; it should refuse old times and repeat nothing
that it has seen (`Walras-Notice` is the notice's number). Any answer from 200 to 299 is
success. Redirects are not followed and answers are not read beyond their status.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select, update

from walras.errors import BadInput
from walras.service.canonical import canonical
from walras.service.clock import MINUTE, SECOND, time_text
from walras.service.secrets import Secrets, unseal
from walras.service.store.engine import Store
from walras.service.store.schema import deliveries, notices, webhooks
from walras.service.worker.addresses import Target, resolved

FIRST_WAIT, LONGEST_WAIT = 10 * SECOND, 60 * MINUTE
GIVE_UP = 24 * 60 * MINUTE
LEASE = 2 * MINUTE
"""A delivery that a sender has taken is nobody else's for so long; a sender that dies loses it then."""
BATCH = 20
LABEL = "webhook"


@dataclass(frozen=True)
class Sender:
    """How to send, in `timeout_seconds` from the connection to the status.

    `anywhere` allows http and private addresses: for tests and closed networks.
    """

    anywhere: bool = False
    timeout_seconds: float = 10.0

    def send(self, url: str, headers: dict[str, str], body: bytes) -> str:
        """Send one body; return what went wrong, empty if nothing did."""
        try:
            status = self._status(resolved(url, anywhere=self.anywhere), headers, body)
        except BadInput as error:
            return error.mistakes[0].what
        except (OSError, http.client.HTTPException) as error:
            return f"{type(error).__name__}: {error}"[:500]
        return "" if 200 <= status <= 299 else f"the answer was {status}"

    def _status(self, target: Target, headers: dict[str, str], body: bytes) -> int:
        link = socket.create_connection((target.number, target.port), self.timeout_seconds)
        late = threading.Timer(self.timeout_seconds, lambda: _cut(link))
        late.daemon = True
        late.start()
        try:
            if target.scheme == "https":
                context = ssl.create_default_context()
                link = context.wrap_socket(link, server_hostname=target.host, do_handshake_on_connect=False)
                link.do_handshake()
            connection = http.client.HTTPConnection(target.host, target.port, timeout=self.timeout_seconds)
            connection.sock = link
            connection.request("POST", target.path, body, headers)
            return connection.getresponse().status
        finally:
            late.cancel()
            link.close()


def _cut(link: socket.socket) -> None:
    """End a connection that another thread waits for: a receiver that drips bytes holds up no other company."""
    with suppress(OSError):
        socket.socket.shutdown(link, socket.SHUT_RDWR)  # not that of TLS, which belongs to the other thread


def signature(secret: bytes, seconds: int, body: bytes) -> str:
    """Return the signature header of a body.

    >>> signature(b"s", 1, b"{}")[:12]
    't=1,v1=b2536'
    """
    mac = hmac.new(secret, f"{seconds}.".encode() + body, hashlib.sha256)
    return f"t={seconds},v1={mac.hexdigest()}"


def send_waiting(store: Store, secrets: Secrets, sender: Sender) -> int:
    """Send what is due; return how many notices were delivered."""
    taken = _taken(store)
    sent = 0
    for found in taken:
        with store.read() as connection:
            now = store.clock.now(connection)
        body = canonical(
            {"notice": found.notice, "kind": found.kind, "session": found.session, "at": time_text(found.at),
             "body": json.loads(found.body)}
        ).encode()  # fmt: skip
        secret = unseal(secrets.named("webhooks"), found.sealed_secret, f"{LABEL} {found.company}")
        headers = {
            "Content-Type": "application/json", "User-Agent": "walras", "Walras-Notice": str(found.notice),
            "Walras-Signature": signature(secret, now // SECOND, body),
        }  # fmt: skip
        error = sender.send(found.url, headers, body)
        _noted(store, found, error)
        sent += not error
    return sent


def _taken(store: Store) -> Sequence[Any]:
    """Return deliveries that are due, and keep others from them for a while."""
    with store.write() as connection:
        now = store.clock.now(connection)
        rows = connection.execute(
            select(
                deliveries.c.notice, deliveries.c.attempts, notices.c.company, notices.c.kind, notices.c.session,
                notices.c.body, notices.c.at, webhooks.c.url, webhooks.c.sealed_secret,
            )
            .join(notices, notices.c.id == deliveries.c.notice)
            .join(webhooks, webhooks.c.company == notices.c.company)
            .where(deliveries.c.state == "waiting", deliveries.c.next_at <= now)
            .order_by(deliveries.c.next_at, deliveries.c.notice).limit(BATCH)
            .with_for_update(skip_locked=True, of=deliveries)
        ).all()  # fmt: skip
        ids = [r.notice for r in rows]
        connection.execute(update(deliveries).where(deliveries.c.notice.in_(ids)).values(next_at=now + LEASE))
    return rows


def _noted(store: Store, found: Row[Any], error: str) -> None:
    with store.write() as connection:
        now = store.clock.now(connection)
        wait = min(FIRST_WAIT * 2 ** min(found.attempts, 20), LONGEST_WAIT)
        is_over = now + wait > found.at + GIVE_UP
        state = "sent" if not error else "given up" if is_over else "waiting"
        connection.execute(
            update(deliveries)
            .where(deliveries.c.notice == found.notice, deliveries.c.state == "waiting")
            .values(state=state, attempts=found.attempts + 1, next_at=now + wait, error=error)
        )
