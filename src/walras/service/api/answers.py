"""From the door's thread to the event loop: the answers of a batch wake the loop once, not once each."""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

Waiter = tuple["asyncio.Future[Any]", "Future[Any]"]


@dataclass
class Answers:
    """Answers on their way into one event loop."""

    _ready: deque[Waiter] = field(default_factory=deque)
    _is_called: bool = False

    async def of(self, future: Future[Any]) -> Any:
        """Return the answer of a future that another thread completes, or raise its error."""
        loop = asyncio.get_running_loop()
        waiter: asyncio.Future[Any] = loop.create_future()
        future.add_done_callback(lambda done: self._arrived(loop, (waiter, done)))
        return await waiter

    def _arrived(self, loop: asyncio.AbstractEventLoop, one: Waiter) -> None:
        self._ready.append(one)
        if not self._is_called:
            self._is_called = True
            loop.call_soon_threadsafe(self._hand_over)

    def _hand_over(self) -> None:
        self._is_called = False  # before looking: what arrives from here on calls again
        while self._ready:
            waiter, done = self._ready.popleft()
            if waiter.done():  # nobody waits any more
                continue
            error = done.exception()
            if error is not None:
                waiter.set_exception(error)
            else:
                waiter.set_result(done.result())
