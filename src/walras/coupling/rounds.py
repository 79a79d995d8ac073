"""Rounds: searches and bounds side by side, meeting at fixed marks of LP iterations.

Between two marks each worker goes on alone, whatever the others do; at a mark the best
results, the bounds and the limits are compared. So with one thread the workers take turns
and with two they run together, and both end in the same result. Wall time is looked at
as well, but it only ends the work.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from walras.book.book import Book
from walras.coupling.bound.worker import BoundWorker
from walras.coupling.posted import posted_certificate
from walras.coupling.progress import Listener, Progress, Watch
from walras.coupling.search.search import Search
from walras.coupling.search.walks import Scout
from walras.coupling.settings import Settings
from walras.results.certificate import bound_of
from walras.results.results import Certificate

ROUND = 4000
ROUND_SHARE = 1 / 16
"""LP iterations of each worker between two marks: so many, or this share of all before if that is more.

A trial is not cut at a mark and some iterations take longer than others, so longer rounds
leave less waiting for each other; a result is reported at the mark after it.
"""

WHOLE_WEIGHT = 2
"""Iterations of a search, mostly on clusters, that take about as long as one of a bound on the whole part."""

BOUND_TURN = 3
"""Of so many rounds a bound on the whole part gets one, the scout the others."""


class Rounds:
    """The work on all parts until nothing is left to gain or a limit ends it.

    Attributes:
        searches: One a part.
        bounds: One for each part whose own search proves nothing, by part.
        scouts: Second walks of parts whose bound has come to its last level.
        posted: Prices and rents of the roots.
        stopped_by: The limit that ended the work, "" if none did.
    """

    def __init__(self, book: Book, searches: list[Search], settings: Settings, watch: Watch, say: Listener) -> None:
        self.book = book
        self.searches = searches
        self.settings = settings
        self.watch = watch
        self.say = say
        self.stopped_by = ""
        self.posted = posted_certificate(book, [(s.market, s.root) for s in searches])
        self._top = bound_of(book, self.posted)
        self.bounds = {
            n: BoundWorker(book, s.market, s.root, settings.gap, stop=watch.is_over)
            for n, s in enumerate(searches)
            if s.needs_bound and not s.is_done
        }
        self.scouts: dict[int, Scout] = {}
        self._begun = self._mark = max((s.iterations for s in searches), default=0)
        self._last = self._turn = 0
        self._spent = dict.fromkeys(self.bounds, 0)
        self._scouted = dict.fromkeys(self.bounds, 0)

    @property
    def iterations(self) -> int:
        """LP iterations of all workers so far."""
        return sum(s.iterations for s in self.searches) + sum(self._spent.values()) + sum(self._scouted.values())

    @property
    def gap(self) -> float:
        """Return what search and bounds leave open, in the currency; guides the work, proves nothing."""
        return sum(s.best.cost - s.cost_bound for s in self.searches) - self._improvement

    @property
    def _improvement(self) -> float:
        return sum(worker.improvement for worker in self.bounds.values())

    def run(self, pool: ThreadPoolExecutor) -> None:
        """Work until nothing is left to gain, or a limit ends it."""
        self.say(self.progress("search"))
        while not self._is_over():
            self._last = self._round()
            self._mark += self._last
            self._turn += 1
            jobs = [self._searching(s) for s in self.searches if not s.is_done]
            jobs += self._second_jobs()
            list(pool.map(lambda job: job(), jobs))
            for n, scout in self.scouts.items():
                self.searches[n].compare(scout)
            self.say(self.progress("search"))

    def certificate(self) -> Certificate:
        """Return the roots' prices and rents with the cases of every part that has some."""
        certificate = self.posted
        for worker in self.bounds.values():
            certificate = worker.certificate(certificate)
        for search in self.searches:
            certificate = search.certificate(self.book, certificate)
        return certificate

    def progress(self, phase: str) -> Progress:
        """Return this moment for whoever listens."""
        root = sum(s.root.cost for s in self.searches)
        best, proven = (sum(costs) for costs in zip(*((s.best.cost, s.cost_bound) for s in self.searches), strict=True))
        open_ = [s for s in self.searches if not s.is_done]
        return Progress(
            phase=phase,
            done=len(self.searches) - len(open_),
            total=len(self.searches),
            seconds=self.watch.seconds,
            iterations=self.iterations,
            welfare=self._top + root - best,
            bound=self._top + root - proven - self._improvement,
            doing=open_[0].doing if open_ else "",
        )

    def _round(self) -> int:
        """Return the iterations of this round: less before a limit that is near."""
        limit = self.settings.iteration_limit
        workers = max(1, len(self.searches) + len(self.bounds))
        most = max(ROUND, int(ROUND_SHARE * self._mark))
        return most if limit is None else max(1, min(most, (limit - self.iterations) // workers + 1))

    def _searching(self, search: Search) -> Callable[[], None]:
        return lambda: search.advance(self._mark)

    def _bounding(self, part: int) -> Callable[[], None]:
        def work() -> None:
            worker = self.bounds[part]
            most = min(self._mark - self._begun - self._spent[part], self._last)
            self._spent[part] += worker.advance(most // WHOLE_WEIGHT if worker.is_on_last_level else most)

        return work

    def _second_jobs(self) -> list[Callable[[], None]]:
        """Return what goes on beside the searches: bounds, and second walks where little is left to prove.

        On its last level a bound gets one round in three and the scout the others; once it is done the scout has all.
        """
        jobs = []
        for n, worker in self.bounds.items():
            if worker.is_on_last_level and n not in self.scouts and (scout := self.searches[n].scout()) is not None:
                self.scouts[n] = scout
            is_scouted = n in self.scouts and not self.searches[n].is_done
            if is_scouted and (worker.is_done or self._turn % BOUND_TURN):
                jobs.append(self._scouting(n))
            elif not worker.is_done:
                jobs.append(self._bounding(n))
        return jobs

    def _scouting(self, part: int) -> Callable[[], None]:
        def work() -> None:
            self._scouted[part] += self.scouts[part].advance(self._last)

        return work

    def _is_over(self) -> bool:
        if any(s.stopped for s in self.searches) or self.watch.is_over():
            self.stopped_by = "request" if self.watch.stop.is_set() else "time_limit"
            return True
        # Without a limit a bound may take as many iterations as its search did before nothing was left to try.
        is_idle = all(s.is_done for s in self.searches) and all(
            worker.is_done or (not self.watch.is_limited and self._spent[n] >= self.searches[n].iterations)
            for n, worker in self.bounds.items()
        )
        if is_idle or self.gap <= self.settings.gap:
            return True
        limit = self.settings.iteration_limit
        if limit is not None and self.iterations >= limit:
            self.stopped_by = "iteration_limit"
            return True
        return False
