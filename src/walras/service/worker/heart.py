"""The heartbeat of a run: says that it goes on and how far it is, in a thread of its own.

So the heart beats while the solver works, and whoever reads the run sees how far it is and how
it came there (`course`). A heart that learns that another worker has the run now stops the clearing.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from sqlalchemy.exc import DBAPIError

from walras.coupling.progress import Progress
from walras.service.store import runs
from walras.service.store.engine import Store
from walras.service.worker.course import Course

EVERY_SECONDS = 1.0


class Heart:
    """Beats for one run while its block is open.

    Attributes:
        is_mine: False once another worker has the run.
        stop: Set when the clearing has to end: the run was taken, or the process was told to end.
    """

    def __init__(self, store: Store, run: int, worker: str, every: float = EVERY_SECONDS) -> None:
        self.is_mine = True
        self.stop = threading.Event()
        self._store, self._run, self._worker, self._every = store, run, worker, every
        self._moment: dict[str, Any] = {"phase": "load", "seconds": 0.0}
        self._heard = time.monotonic()
        self._course = Course()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heart of run {run}", daemon=True)

    def hear(self, moment: Progress) -> None:
        """Note a moment of the run (a `coupling.progress.Listener`); the next beat tells it."""
        self._course.note(moment.seconds, moment.bound, moment.welfare)
        self._heard = time.monotonic()
        self._moment = {
            "phase": moment.phase, "done": moment.done, "total": moment.total, "seconds": moment.seconds,
            "iterations": moment.iterations, "welfare": moment.welfare, "bound": moment.bound, "gap": moment.gap,
            "doing": moment.doing,
        }  # fmt: skip

    def hear_aside(self, moment: Progress) -> None:
        """Note a moment of what is computed beside the result, such as system prices; welfare and bound stay."""
        told = {"phase": "beside", "done": moment.done, "total": moment.total, "doing": moment.doing}
        self._moment = self._moment | told

    def tell(self, trials: int, doing: str) -> None:
        """Note how far the search for a failure's cause is."""
        self._moment = {"phase": "hunt", "done": trials, "doing": f"tries {doing}"}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end.set()
        self._thread.join()
        with suppress(DBAPIError):
            runs.tell(self._store, self._run, self._worker, self._progress())

    def _beat(self) -> None:
        while not self._end.is_set():
            with suppress(DBAPIError):  # a beat may be missed: whether the run is ours is asked again before storing
                self.is_mine = runs.beat(self._store, self._run, self._worker, self._progress())
            if not self.is_mine:
                self.stop.set()
                return
            self._end.wait(self._every)

    def _progress(self) -> dict[str, Any]:
        """Return the newest moment with the seconds until now: the search may say nothing for a while."""
        moment, heard = self._moment, self._heard
        told = moment | {"course": self._course.moments()}
        if "seconds" in moment:
            told["seconds"] = round(moment["seconds"] + max(0.0, time.monotonic() - heard), 1)
        return told
