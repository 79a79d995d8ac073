"""What a run says of itself while it goes on, and how a caller ends it early.

Written by `clear`; read by the command line's bar, by notebooks and services.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Progress:
    """One moment of a run.

    Attributes:
        phase: `build`, `search`, `finish`.
        done, total: Parts of the market that are decided, and all parts.
        seconds, iterations: Since the run began; LP iterations of search and bound together.
        welfare, bound: Of the best legal result so far and of any result, in the currency; None before there is one.
        doing: What is being tried, in words.
    """

    phase: str
    done: int
    total: int
    seconds: float = 0.0
    iterations: int = 0
    welfare: float | None = None
    bound: float | None = None
    doing: str = ""

    @property
    def gap(self) -> float | None:
        """Return how much more welfare may exist at the most, None before there is a result."""
        return None if self.welfare is None or self.bound is None else max(0.0, self.bound - self.welfare)


Listener = Callable[[Progress], None]
"""Called at every mark of a run, always by the thread that called `clear`."""


@dataclass
class Watch:
    """When a run has to end: a deadline on the wall clock, and a wish from outside.

    Attributes:
        deadline: Second of `time.monotonic` by which the search must be over, None = never.
        is_limited: Whether a limit of seconds or iterations will end the run: until then nothing gives up early.
        stop: Set by anybody, from any thread or signal handler, to end the search with the best result so far.
    """

    deadline: float | None = None
    is_limited: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    begun: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Return the seconds since the watch was started."""
        return time.monotonic() - self.begun

    def is_over(self) -> bool:
        """Whether the run has to end now."""
        return self.stop.is_set() or (self.deadline is not None and time.monotonic() >= self.deadline)
