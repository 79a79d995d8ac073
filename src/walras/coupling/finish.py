"""From the best selections to a result: exact optimum, prices, ties, proof, ticks, audit.

The audit has the last word: a result that it does not pass is not given out. The search
then falls back to the selection before, which is legal, too, or says that there is none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from walras.book.book import Book
from walras.book.cells import FloatArray
from walras.coupling.losses import losing_orders
from walras.coupling.market import Market
from walras.coupling.points import Relaxed
from walras.coupling.polish import polished
from walras.coupling.posted import posted_certificate
from walras.coupling.prices import Prices, choose_prices
from walras.coupling.relaxed import Relaxation
from walras.coupling.rounding import published_volumes, rounded_prices
from walras.coupling.search.dive import dive
from walras.coupling.search.neighbourhoods import kept
from walras.coupling.search.search import Search, is_real
from walras.coupling.search.selection import Selection
from walras.coupling.settings import LEAST_GAP
from walras.coupling.volumes import Decided, decided_volumes, snapped_ratios
from walras.errors import SolverFailed
from walras.results.audit import audit
from walras.results.certificate import bound_of
from walras.results.raw import Raw
from walras.results.results import Certificate, Results
from walras.results.welfare import welfare_of
from walras.vocabulary import Status

if TYPE_CHECKING:
    from walras.coupling.clear import Laps
    from walras.coupling.rounds import Rounds

CUT = 1e-3


@dataclass(frozen=True)
class PartOutcome:
    """One part, decided: its market, the relaxation's exact root, the legal end and its prices."""

    market: Market
    root: Relaxed
    final: Relaxed
    prices: Prices


def finished(book: Book, market: Market, rounds: Rounds, laps: Laps) -> Results:
    """Return the result of the best selections that passes the audit.

    Raises:
        SolverFailed: No selection that was found leads to a result that passes it.
    """
    depth = max((len(search.found) for search in rounds.searches), default=1)
    for back in range(depth):
        results = _result(
            book, market, rounds, [s.found[max(0, len(s.found) - 1 - back)] for s in rounds.searches], laps
        )
        violations = audit(book, results)
        laps.lap("audit")
        if not violations:
            return results
    raise SolverFailed(f"No selection that was found leads to a result that passes the audit: {violations[0]}")


def _result(book: Book, market: Market, rounds: Rounds, selections: list[Selection], laps: Laps) -> Results:
    priced = _compensated if book.profile.compensates else _priced
    outcomes = [priced(search, best) for search, best in zip(rounds.searches, selections, strict=True)]
    decided, low, high = _together(market, outcomes)
    laps.lap("prices")
    volumes = decided_volumes(book, market, decided)
    laps.lap("ties")
    raw = Raw(book)
    welfare = welfare_of(book, volumes, raw)
    certificate, bound = _tightest(raw, _certificates(book, rounds, outcomes, decided))
    laps.lap("proof")
    price = rounded_prices(book, decided.price)
    published = published_volumes(book, volumes)
    laps.lap("rounding")
    return Results(
        status=Status.OPTIMAL if bound - welfare <= LEAST_GAP else Status.FEASIBLE,
        price=price,
        price_exact=decided.price,
        price_low=low,
        price_high=high,
        published=published,
        decided=volumes,
        certificate=certificate,
        welfare=welfare,
        bound=bound,
        stopped_by=rounds.stopped_by,
        phases=laps.seconds,
    )


def _certificates(book: Book, rounds: Rounds, outcomes: list[PartOutcome], decided: Decided) -> list[Certificate]:
    """Return what may prove the bound: exact roots, the chosen prices with their rents, and the cases."""
    roots = posted_certificate(book, [(o.market, o.root) for o in outcomes])
    chosen = replace(roots, price=decided.price)
    if book.domains.count:  # rents of branches belong to the prices that they were found with
        chosen = roots
    cases = rounds.certificate()
    return [roots, chosen, cases] if cases.tree is not None else [roots, chosen]


def _tightest(raw: Raw, certificates: list[Certificate]) -> tuple[Certificate, float]:
    """Return the certificate with the least bound: any prices and rents prove one."""
    bounds = [bound_of(raw.book, certificate, raw) for certificate in certificates]
    best = int(np.argmin(bounds))
    return certificates[best], bounds[best]


def _priced(search: Search, selection: Selection) -> PartOutcome:
    """Return exact optimum and prices of a selection; a last loser is rejected, whatever the time."""
    while True:
        final = polished(selection.market, selection.final)
        prices = choose_prices(selection.market, final)
        losing = losing_orders(selection.market, final, prices.price)
        if not len(losing):
            break
        relaxation = Relaxation(selection.market)
        relaxation.start_from(selection.market, selection.killed)
        relaxation.kill(losing[:1])
        end = dive(relaxation)
        assert end is not None, "a dive without a ceiling ends in a point"
        selection, _ = kept(relaxation, end)
    exact = polished(search.market, search.root) if is_real(search.root) else search.root
    return PartOutcome(selection.market, exact, final, prices)


def _compensated(search: Search, selection: Selection) -> PartOutcome:
    """Return exact optimum and prices of a selection whose losers are compensated: ratios stay, curves clear around."""
    market, relaxation = selection.market, Relaxation(selection.market)
    ratio = snapped_ratios(market, selection.final.ratio)
    relaxation.start_from(market, selection.killed)
    relaxation.fix(ratio, ratio)
    final = polished(market, relaxation.solve())
    # Every limit price lies inside the limits, so prices stay legal where they are cut (formulation, section 5).
    final = replace(final, price=np.clip(final.price, market.price_min, market.price_max))
    prices = choose_prices(market, final, compensates=True)
    exact = polished(search.market, search.root) if is_real(search.root) else search.root
    return PartOutcome(market, exact, final, prices)


def _together(market: Market, outcomes: list[PartOutcome]) -> tuple[Decided, FloatArray, FloatArray]:
    """Return decisions and price intervals of all parts on the whole market's axes."""
    low, high, price, uncut = (np.empty(market.cells) for _ in range(4))
    coarse = [o.market.coarse.step for o in outcomes]
    rejected = np.setdiff1d(market.coarse.step, np.concatenate([*coarse, np.zeros(0, dtype=np.int64)]))
    ratio, step = np.zeros(market.orders.count), np.zeros(len(market.steps.step))
    exchange, domain = np.zeros(len(market.lines.period)), np.zeros(len(market.domains.exchange))
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
        domain[part.domains.exchange] = final.domain
    return Decided(price, uncut, ratio, step, exchange, rejected, domain), low, high
