"""A screen of the console without a browser: a page, its elements, its socket, and what a person does at it.

It does what NiceGUI's script does in a browser: reads the elements out of the page, connects the
socket with the page's own parameters, sends events as the elements declare them, answers scripts
that wait for an answer, and acknowledges messages every three seconds.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx
import socketio

ELEMENTS = re.compile(r"parseElements\(String\.raw`(.*?)`\)", re.DOTALL)
QUERY = re.compile(r"query: (\{.*?\}),\n")
ACK_SECONDS = 3.0
MOST_SECONDS = 30.0
"""An answer that takes longer is lost."""
KINDS = ("update", "run_javascript", "notify", "open", "download", "load_js_components")


@dataclass
class Screen:
    """One page that somebody looks at.

    Attributes:
        elements: Of the page as it came, by id.
        times: Seconds from an event to its answer, by what was done.
        lost: Events without an answer, and gaps in the numbers of messages.
    """

    base: str
    token: str
    address: str
    elements: dict[str, dict[str, Any]] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)
    bytes: int = 0

    def __post_init__(self) -> None:
        """Make the socket."""
        self.socket = socketio.AsyncClient(reconnection=False)
        self.waiting: tuple[Callable[[str, str], bool], asyncio.Future[None]] | None = None
        self.next_message = 0
        self.client_id = ""
        for kind in KINDS:
            self.socket.on(kind, self._hearer(kind))

    async def open(self, http: httpx.AsyncClient) -> float:
        """Load the page and connect; return the seconds that the page took."""
        began = time.perf_counter()
        answer = await http.get(f"{self.base}{self.address}", headers={"Cookie": f"walras-sign-in={self.token}"})
        seconds = time.perf_counter() - began
        answer.raise_for_status()
        self.bytes = len(answer.content)
        found = ELEMENTS.search(answer.text)
        assert found, f"{self.address} is no page of NiceGUI: {answer.text[:200]}"
        self.elements = json.loads(unescape(found.group(1)))
        query = QUERY.search(answer.text)
        assert query, "the page has no parameters of its socket"
        given = json.loads(re.sub(r"\bTrue\b", "true", query.group(1).replace("'", '"')))
        self.client_id = given["client_id"]
        self.next_message = int(given["next_message_id"])
        given |= {"document_id": str(uuid.uuid4()), "tab_id": str(uuid.uuid4()), "old_tab_id": ""}
        told = "&".join(f"{name}={str(value).lower()}" for name, value in given.items())
        await self.socket.connect(
            f"{self.base}?{told}", socketio_path="/_nicegui_ws/socket.io", transports=["websocket"], wait_timeout=30,
            headers={"Origin": self.base},
        )  # fmt: skip
        self.acks = asyncio.create_task(self._acknowledge())
        return seconds

    async def close(self) -> None:
        """Leave, as a tab that is closed."""
        self.acks.cancel()
        await self.socket.disconnect()

    def element(self, **props: str) -> tuple[int, dict[str, Any]]:
        """Return the id and the facts of the element that has some properties."""
        for number, one in self.elements.items():
            has = one.get("props", {})
            if all(has.get(name.replace("_", "-")) == value for name, value in props.items()):
                return int(number), one
        raise AssertionError(f"{self.address} has no element with {props}")

    async def act(
        self, what: str, element: tuple[int, dict[str, Any]], event: str, *given: Any,
        until: Callable[[str, str], bool],
    ) -> None:  # fmt: skip
        """Send an event of an element and wait for its answer.

        Args:
            what: Under which its time is kept.
            element: Of this page.
            event: Its name.
            given: Arguments, as the element's script sends them.
            until: Whether a message (kind, content as JSON) is the answer.
        """
        number, facts = element
        listener = next(e["listener_id"] for e in facts["events"] if e["type"] == event)
        body = {"id": number, "client_id": self.client_id, "listener_id": listener,
                "args": [json.dumps(g) for g in given]}  # fmt: skip
        done = asyncio.get_running_loop().create_future()
        self.waiting = until, done
        began = time.perf_counter()
        await self.socket.emit("event", body)
        try:
            await asyncio.wait_for(done, MOST_SECONDS)
            self.times.setdefault(what, []).append(time.perf_counter() - began)
        except TimeoutError:
            self.lost.append(f"{what}: no answer in {MOST_SECONDS:.0f} s")
        finally:
            self.waiting = None

    def _hearer(self, kind: str) -> Callable[[dict[str, Any]], Any]:
        async def hear(message: dict[str, Any]) -> None:
            number = message.pop("_id", None)
            if number is not None and number != self.next_message:
                self.lost.append(f"message {self.next_message} to {number - 1}")
            self.next_message = self.next_message + 1 if number is None else number + 1
            if kind == "run_javascript" and "request_id" in message:
                answer = {"request_id": message["request_id"], "client_id": self.client_id, "result": {}}
                await self.socket.emit("javascript_response", answer)
            if kind == "update":
                self._updated(message)
            if self.waiting is None:
                return
            is_answer, done = self.waiting
            if is_answer(kind, json.dumps(message)) and not done.done():
                done.set_result(None)

        return hear

    def _updated(self, message: dict[str, Any]) -> None:
        for number, one in message.items():
            if one is None:
                self.elements.pop(number, None)
            else:
                self.elements[number] = one

    async def _acknowledge(self) -> None:
        while True:
            await asyncio.sleep(ACK_SECONDS)
            await self.socket.emit("ack", {"client_id": self.client_id, "next_message_id": self.next_message})
