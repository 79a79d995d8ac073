"""A light load generator: keep-alive connections, prebuilt requests, one process, little CPU.

`python door_generator.py FILE`, where FILE is a pickled `Plan`; prints one line of JSON. Each
connection sends its next request when its answer is there. Latency is from the send to the
last byte of the answer; only what was sent after the warm-up counts.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import sys
import time
from pathlib import Path
from typing import NamedTuple


class Plan(NamedTuple):
    """What to send.

    Attributes:
        port: Of the server, on this machine.
        requests: Head (without its end) and body of each; taken in turn, again and again.
        connections: Open at one time.
        each: Requests of each connection; 0 = until `seconds` are over.
        warm_s, seconds: Warm-up, and time that counts.
        has_keys: Whether each request gets an idempotency key of its own.
    """

    port: int
    requests: list[tuple[bytes, bytes]]
    connections: int
    each: int = 0
    warm_s: float = 1.0
    seconds: float = 4.0
    has_keys: bool = True


class Load:
    """One run: who sends what next, and what came back."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.number, self.open = plan, 0, 0
        self.times: list[float] = []
        self.statuses: dict[str, int] = {}
        self.began = self.counts_from = self.ends = 0.0
        self.name = f"{time.time_ns():x}".encode()
        self.over = asyncio.get_running_loop().create_future()

    async def run(self) -> dict:
        loop, plan = asyncio.get_running_loop(), self.plan
        callers = [
            (await loop.create_connection(lambda: Caller(self), "127.0.0.1", plan.port))[1]
            for _ in range(plan.connections)
        ]
        self.began = time.perf_counter()
        self.counts_from = self.began + (0 if plan.each else plan.warm_s)
        self.ends = self.counts_from + plan.seconds
        self.open, used = len(callers), time.process_time()
        for caller in callers:
            caller.send()
        await self.over
        took = time.perf_counter() - self.began
        self.times.sort()
        return {
            "count": len(self.times), "seconds": took - (self.counts_from - self.began), "statuses": self.statuses,
            "p50_ms": self.part(0.5), "p99_ms": self.part(0.99), "cpu_s": time.process_time() - used, "wall_s": took,
        }  # fmt: skip

    def part(self, share: float) -> float:
        """Return the milliseconds within which a share of the answers came."""
        return 1000 * self.times[min(len(self.times) - 1, int(share * len(self.times)))] if self.times else 0.0

    def next(self) -> bytes:
        head, body = self.plan.requests[self.number % len(self.plan.requests)]
        self.number += 1
        if not self.plan.has_keys:
            return b"%s\r\n%s" % (head, body)
        return b"%sidempotency-key: %s-%d\r\n\r\n%s" % (head, self.name, self.number, body)

    def close_one(self) -> None:
        self.open -= 1
        if self.open == 0:
            self.over.set_result(None)


class Caller(asyncio.Protocol):
    """One connection."""

    def __init__(self, load: Load) -> None:
        self.load, self.sent, self.answer, self.at = load, 0, b"", 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def send(self) -> None:
        plan = self.load.plan
        self.at = time.perf_counter()
        if self.sent >= plan.each > 0 or (not plan.each and self.at >= self.load.ends):
            self.transport.close()
            self.load.close_one()
            return
        self.sent += 1
        self.transport.write(self.load.next())

    def data_received(self, data: bytes) -> None:
        self.answer += data
        head = self.answer.find(b"\r\n\r\n")
        if head < 0:
            return
        place = self.answer.find(b"content-length: ", 0, head)
        length = int(self.answer[place + 16 : self.answer.index(b"\r", place)]) if place >= 0 else 0
        if len(self.answer) < head + 4 + length:
            return
        if self.at >= self.load.counts_from:
            self.load.times.append(time.perf_counter() - self.at)
        status = self.answer[9:12].decode()
        self.load.statuses[status] = self.load.statuses.get(status, 0) + 1
        self.answer = b""
        self.send()

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None or self.answer:
            self.load.statuses["lost"] = self.load.statuses.get("lost", 0) + 1
            self.load.close_one()


async def main(file: str) -> None:
    """Send what a plan says and print what came back."""
    plan: Plan = Plan(*pickle.loads(Path(file).read_bytes()))
    print(json.dumps(await Load(plan).run()))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
