"""The conductor: one book, one result.

::

    book -> parts -> relaxation -> dive -> exact optimum -> prices     (each part alone)
         -> tied volumes -> welfare, bound -> ticks                    (the whole book)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray
from walras.coupling.losses import losing_orders
from walras.coupling.market import Market
from walras.coupling.parts import parts, whole_market
from walras.coupling.polish import polished
from walras.coupling.posted import posted_certificate
from walras.coupling.prices import Prices, choose_prices
from walras.coupling.relaxed import Relaxation, Relaxed
from walras.coupling.rounding import published_volumes, rounded_prices
from walras.coupling.search.dive import MISSING_MWH, Selection, dive
from walras.coupling.search.reinsert import reinserted
from walras.coupling.settings import Settings
from walras.coupling.volumes import Decided, decided_volumes
from walras.results.certificate import bound_of
from walras.results.results import Certificate, Results
from walras.results.welfare import welfare_of
from walras.vocabulary import Status

PROVEN = 0.01
CUT = 1e-3

Progress = Callable[[str, int, int], None]
"""Called with the phase, the parts done and the parts in all."""


@dataclass(frozen=True)
class PartOutcome:
    """One part, decided: its market, the relaxation's root, the legal end, its prices, and whether time ended it."""

    market: Market
    root: Relaxed
    final: Relaxed
    prices: Prices
    stopped: bool


def clear(book: Book, settings: Settings | None = None, progress: Progress | None = None) -> Results:
    """Return the outcome of an auction: prices, volumes, and how far they are from the best.

    Legal always; `optimal` only if the posted bound proves the welfare within 0.01 of the
    currency, else `feasible` with its gap (formulation, sections 2 to 8).

    Raises:
        NoResult: The time limit passed before a legal result was found.
        SolverFailed: The solver gave no trusted answer.

    Example:
        >>> from walras.book.folder import read
        >>> clear(read("src/walras/examples/two-neighbours")).status.value
        'optimal'
    """
    settings = settings or Settings()
    clock = _Clock()
    market = whole_market(book)
    clock.lap("build")
    outcomes = _decide_parts(market, settings, progress)
    clock.lap("search")
    decided, low, high = _together(market, outcomes)
    volumes = decided_volumes(book, market, decided)
    clock.lap("ties")
    welfare = welfare_of(book, volumes)
    rents = posted_certificate(book, market, [(o.market, o.root) for o in outcomes])
    certificate, bound = _tightest(book, [rents, replace(rents, price=decided.price)])
    clock.lap("proof")
    price = rounded_prices(book, decided.price)
    published = published_volumes(book, volumes)
    clock.lap("rounding")
    return Results(
        status=Status.OPTIMAL if bound - welfare <= PROVEN else Status.FEASIBLE,
        price=price,
        price_exact=decided.price,
        price_low=low,
        price_high=high,
        published=published,
        decided=volumes,
        certificate=certificate,
        welfare=welfare,
        bound=bound,
        stopped_by="time_limit" if any(o.stopped for o in outcomes) else "",
        phases=clock.laps,
    )


def _tightest(book: Book, certificates: list[Certificate]) -> tuple[Certificate, float]:
    """Return the certificate with the least bound: any prices and rents prove one."""
    bounds = [bound_of(book, certificate) for certificate in certificates]
    best = int(np.argmin(bounds))
    return certificates[best], bounds[best]


class _Clock:
    """Seconds of each phase, for run.json alone."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, phase: str) -> None:
        now = time.perf_counter()
        self.laps[phase] = now - self._last
        self._last = now


def _decide_parts(market: Market, settings: Settings, progress: Progress | None) -> list[PartOutcome]:
    """Decide every part; order and threads change nothing in what each returns.

    First a legal selection for every part, then better ones with the time that is left.
    """
    deadline = None if settings.time_limit is None else time.monotonic() + settings.time_limit
    pieces = list(parts(market))
    outcomes = []

    def first(piece: Market) -> tuple[Relaxation | None, Selection]:
        relaxation = Relaxation(piece, deadline)
        selection = dive(relaxation)
        return (relaxation if selection.gap > settings.gap else None), selection

    def better(piece: Market, found: tuple[Relaxation | None, Selection]) -> PartOutcome:
        relaxation, selection = found
        if relaxation is not None:
            selection = reinserted(relaxation, selection, settings.gap)
        return _priced(piece, selection)

    with ThreadPoolExecutor(max_workers=settings.threads) as pool:
        found = list(pool.map(first, pieces))
        for done, outcome in enumerate(pool.map(better, pieces, found), start=1):
            outcomes.append(outcome)
            if progress is not None:
                progress("clear", done, len(pieces))
    return outcomes


def _priced(piece: Market, selection: Selection) -> PartOutcome:
    """Return exact optimum and prices of a selection; a last loser is rejected, whatever the time."""
    root, stopped = selection.root, selection.stopped
    while True:
        final = polished(selection.market, selection.final)
        prices = choose_prices(selection.market, final)
        losing = losing_orders(selection.market, final, prices.price)
        if not len(losing):
            break
        relaxation = Relaxation(selection.market)
        relaxation.start_from(selection.market, selection.killed)
        relaxation.kill(losing[:1])
        selection = dive(relaxation, root)
    is_real = np.abs(root.missing).max(initial=0.0) <= MISSING_MWH
    exact = final if root is selection.final else polished(piece, root) if is_real else root
    return PartOutcome(selection.market, exact, final, prices, stopped)


def _together(market: Market, outcomes: list[PartOutcome]) -> tuple[Decided, FloatArray, FloatArray]:
    """Return decisions and price intervals of all parts on the whole market's axes."""
    low, high, price, uncut = (np.empty(market.cells) for _ in range(4))
    coarse = [o.market.coarse.step for o in outcomes]
    rejected = np.setdiff1d(market.coarse.step, np.concatenate([*coarse, np.zeros(0, dtype=np.int64)]))
    ratio, step = np.zeros(market.orders.count), np.zeros(len(market.steps.step))
    exchange = np.zeros(len(market.lines.period))
    for outcome in outcomes:
        part, final = outcome.market, outcome.final
        price[part.cell], low[part.cell], high[part.cell] = (
            outcome.prices.price,
            outcome.prices.low,
            outcome.prices.high,
        )
        past = (final.price < part.price_min - CUT) | (final.price > part.price_max + CUT)
        uncut[part.cell] = np.where(past, final.price, outcome.prices.price)
        ratio[part.column] = final.ratio
        step[part.steps.step] = final.step
        exchange[part.lines.period] = final.exchange
    return Decided(price, uncut, ratio, step, exchange, rejected), low, high
