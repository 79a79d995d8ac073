"""The conductor: one book, one result.

::

    book -> parts -> first legal selections -> rounds: better selections | lower bound   (each part alone)
         -> exact optimum -> prices                                                      (each part alone)
         -> tied volumes -> welfare, bound -> ticks -> audit                             (the whole book)
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from walras.book.book import Book
from walras.book.compensated import check_compensated
from walras.coupling.finish import finished
from walras.coupling.market import Market
from walras.coupling.parts import parts, whole_market
from walras.coupling.progress import Listener, Progress, Watch
from walras.coupling.rounds import Rounds
from walras.coupling.search.search import Search
from walras.coupling.settings import Settings
from walras.results.results import Results

FIRST_PER_BUILD = 4.0
FINISH_PER_BUILD = 11.0
FINISH_PER_STORE = 0.01
FINISH_SHARE = 0.01
"""Seconds kept for prices, ties, rounding and audit: so many times those of building, so many a storage order, whose
prices hang together over time, and this share of the limit.

A first legal result may take longer than the search for better ones: late is better than never.
"""


def clear(
    book: Book,
    settings: Settings | None = None,
    progress: Listener | None = None,
    stop: threading.Event | None = None,
) -> Results:
    """Return the outcome of an auction: prices, volumes, and how far they are from the best.

    Legal always; `optimal` only if the certificate proves the welfare within 0.01 of the
    currency, else `feasible` with its gap (formulation, sections 2 to 8). Where the rules
    profile compensates losses, prices are those of least compensation for the selection; what
    is proven is its welfare, which no price rule limits. The search ends
    when nothing is left to gain, at the iteration limit, at the time limit, or when `stop`
    is set; the last three are said in `stopped_by`. Wall time and `stop` only ever end it.

    Args:
        book: The auction.
        settings: How far to go.
        progress: Called at every mark of the search.
        stop: Ends the search with the best result so far when it is set.

    Raises:
        BadInput: The rules profile compensates losses, and the book holds what cannot be compensated.
        NoResult: The time limit passed before a legal result was found.
        SolverFailed: The solver gave no trusted answer.

    Example:
        >>> from walras.book.folder import read
        >>> clear(read("src/walras/examples/two-neighbours")).status.value
        'optimal'
    """
    settings = settings or Settings()
    laps = Laps()
    is_limited = settings.time_limit is not None or settings.iteration_limit is not None
    watch = Watch(is_limited=is_limited, stop=stop or threading.Event())
    say = progress or (lambda _: None)
    check_compensated(book)
    market = whole_market(book)
    pieces = list(parts(market))
    laps.lap("build")
    watch.deadline = _deadline(watch, settings, FIRST_PER_BUILD * laps.seconds["build"])
    say(Progress("build", 0, len(pieces), watch.seconds))
    with ThreadPoolExecutor(max_workers=settings.threads) as pool:
        searches = _begun(pool, pieces, settings, watch, compensates=book.profile.compensates)
        laps.lap("first result")
        kept = FINISH_PER_BUILD * laps.seconds["build"] + FINISH_PER_STORE * book.storages.count
        watch.deadline = _deadline(watch, settings, kept)
        for search in searches:
            search.end_by(watch.deadline)
        rounds = Rounds(book, searches, settings, watch, say)
        rounds.run(pool)
    laps.lap("search")
    say(rounds.progress("finish"))
    return finished(book, market, rounds, laps)


def _deadline(watch: Watch, settings: Settings, kept: float) -> float | None:
    """Return when the search must be over so that these seconds are left of the time limit."""
    limit = settings.time_limit
    return None if limit is None else watch.begun + limit - min(kept + FINISH_SHARE * limit, limit / 2)


def _begun(
    pool: ThreadPoolExecutor, pieces: list[Market], settings: Settings, watch: Watch, *, compensates: bool
) -> list[Search]:
    """Return a search a part, each with its first legal selection; order and threads change nothing in them."""
    gap = settings.gap / max(1, sum(piece.orders.count > 0 for piece in pieces))
    return list(pool.map(lambda piece: Search(piece, watch, gap, compensates=compensates), pieces))


class Laps:
    """Seconds of each phase, for run.json alone."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, phase: str) -> None:
        """Note the seconds since the last lap."""
        now = time.perf_counter()
        self.seconds[phase] = now - self._last
        self._last = now
