"""The proof by cases against every selection of tiny markets, and against the audit's own sums."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from tests.builders import market, one_zone, two_zones
from tests.second_opinion.brute import best, selections, welfare_of
from tests.second_opinion.random_markets import day_market, indivisible_market
from tests.second_opinion.raw import read

from walras.coupling.bound.clusters import clusters
from walras.coupling.bound.worker import BoundWorker
from walras.coupling.parts import parts, whole_market
from walras.coupling.posted import posted_certificate
from walras.coupling.relaxed import Relaxation
from walras.coupling.search import search
from walras.results.audit.cases import check_cases
from walras.results.audit.violation import Report
from walras.results.certificate import bound_of
from walras.results.raw import Raw


def seeds(first, end):
    """Seeds from `first` to before `end`; all but the first third are for the drills."""
    third = first + (end - first) // 3
    return [pytest.param(seed, marks=[pytest.mark.drill] if seed >= third else []) for seed in range(first, end)]


def proved(book, levels=None, monkeypatch=None, slices=10_000_000):
    """Certificates of the root and of a finished proof by cases, and what the workers say they proved."""
    whole = whole_market(book)
    pieces = [(piece, Relaxation(piece).solve()) for piece in parts(whole)]
    posted = root = posted_certificate(book, pieces)
    claimed = 0.0
    for piece, relaxed in pieces:
        worker = BoundWorker(book, piece, relaxed, 0.01)
        while not worker.is_done:
            worker.advance(slices)
        before, posted = posted, worker.certificate(posted)
        claimed += worker.improvement if posted is not before else 0.0
    report = Report()
    if posted.tree is not None:
        check_cases(Raw(book), posted, posted.tree, report)
    assert report.violations == []
    return root, posted, claimed


def greatest_welfare(book):
    """Of any selection, legal or not."""
    cleared = [welfare_of(read(book), s) for s in selections(read(book))]
    return max((c.welfare for c in cleared if c is not None), default=-np.inf)


def stuck():
    made = one_zone().sells("A", 100, at=40).buys("A", 60, at=50)
    return made.block("b", "A", "supply", 10, 100, mar=1).book()


def lossy_day(chance):
    """A day of many orders whose lines lose up to a fifth and cost up to 3 a MWh, without a domain."""
    while True:
        script = day_market(chance)
        book = replace(script, calls=tuple(c for c in script.calls if c[0] not in {"domain", "branch"})).book()
        if book.lines.count:
            break
    lines = book.lines
    terms = [np.array([chance.uniform(0, most) for _ in lines.name]) for most in (0.2, 0.2, 3)]
    return replace(
        book, lines=replace(lines, **dict(zip(("loss_forward", "loss_backward", "tariff"), terms, strict=True)))
    )


def test_a_block_that_fits_nowhere_is_proved_away():
    book = stuck()
    root, posted, claimed = proved(book)
    assert bound_of(book, root) == 2400
    assert bound_of(book, posted) == pytest.approx(600)
    assert claimed == pytest.approx(1800)
    assert posted.tree.node_accepted.tolist() == [0, 0, 1]


def test_nothing_is_posted_where_the_relaxation_is_a_selection():
    book = one_zone().sells("A", 100, at=40).buys("A", 60, at=50).block("b", "A", "supply", 10, 60).book()
    root, posted, claimed = proved(book)
    assert posted is root
    assert claimed == 0


@pytest.mark.parametrize("seed", seeds(0, 120))
def test_proof_of_a_tiny_market_is_not_below_its_best_result(seed):
    book = indivisible_market(random.Random(seed)).book()
    root, posted, claimed = proved(book)
    bound = bound_of(book, posted)
    assert bound_of(book, root) - bound == pytest.approx(claimed, abs=1e-3)
    found = best(read(book))
    if found is not None:
        assert bound >= found.welfare - 1e-6


@pytest.mark.parametrize("seed", seeds(500, 600))
def test_proof_of_one_whole_part_ends_at_the_best_selection(seed):
    """The last level takes a part as a whole, so nothing is lost at lines: no selection at all is better."""
    book = indivisible_market(random.Random(seed), curtailable=seed % 2 == 0).book()
    whole = whole_market(book)
    if len(list(parts(whole))) > 1 or len(whole.coarse.step):
        return
    root, posted, claimed = proved(book)
    assert bound_of(book, root) - bound_of(book, posted) == pytest.approx(claimed, abs=1e-3)
    assert bound_of(book, posted) == pytest.approx(greatest_welfare(book), abs=1e-2)


@pytest.mark.parametrize("seed", seeds(0, 12))
def test_proof_of_a_day_is_what_the_audit_sums(seed):
    book = day_market(random.Random(seed)).book()
    root, posted, claimed = proved(book)
    assert bound_of(book, root) - bound_of(book, posted) == pytest.approx(claimed, abs=1e-2)


@pytest.mark.parametrize("seed", seeds(20, 32))
def test_proof_of_a_day_of_lines_with_losses_is_what_the_audit_sums(seed):
    """Prices are above zero, so that no line is used both ways."""
    chance = random.Random(seed)
    book = lossy_day(chance)
    root, posted, claimed = proved(book)
    assert bound_of(book, root) - bound_of(book, posted) == pytest.approx(claimed, abs=1e-2)


@pytest.mark.parametrize("seed", range(40, 46))
def test_clusters_of_zones_joined_by_lines_with_losses_find_legal_results(seed, clear, monkeypatch):
    monkeypatch.setattr(search, "MANY", 0)
    assert clear(lossy_day(random.Random(seed)), iteration_limit=3000).welfare > 0


@pytest.mark.parametrize("seed", [3, 8])
def test_slices_of_work_change_nothing(seed):
    book = day_market(random.Random(seed)).book()
    _, once, _ = proved(book)
    _, often, _ = proved(book, slices=50)
    if once.tree is None:
        assert often.tree is None
        return
    for name, column in vars(once.tree).items():
        np.testing.assert_array_equal(column, getattr(often.tree, name))


def test_an_unfinished_proof_is_a_proof():
    book = day_market(random.Random(5)).book()
    whole = whole_market(book)
    pieces = [(piece, Relaxation(piece).solve()) for piece in parts(whole)]
    posted = posted_certificate(book, pieces)
    piece, root = max(pieces, key=lambda pair: pair[0].cells)
    calls = iter(range(1000))
    worker = BoundWorker(book, piece, root, 0.01, stop=lambda: next(calls) > 6)
    worker.advance(10**9)
    assert not worker.is_done
    cut_short = worker.certificate(posted)
    assert bound_of(book, cut_short) == pytest.approx(bound_of(book, posted) - worker.improvement, abs=1e-3)


def test_zones_of_equal_prices_come_together_while_the_cluster_stays_small():
    made = market(("A", "B", "C", "D"), 4)
    for zone in "ABCD":
        for hour in range(4):
            made.sells(zone, 100, at=10 if zone < "C" else 50, hour=hour).buys(zone, 50, at=90, hour=hour)
    made.line("A", "B", 30).line("B", "C", 5).line("C", "D", [30, 30, 0, 0]).block("b", "A", "supply", 9, 10)
    made.block("d", "D", "supply", 9, 10)
    part = next(parts(whole_market(made.book())))
    root = Relaxation(part).solve()
    assert clusters(part, root, 0.3, 12).tolist() == [0, 0, 1, 1]
    assert clusters(part, root, 0.3, 1).tolist() == [0, 1, 2, 3]
    assert clusters(part, root, -1.0, 12).tolist() == [0, 0, 0, 0]


def test_zones_of_a_family_or_a_domain_never_come_apart():
    made = two_zones(1.0).sells("A", 100, at=10).buys("B", 100, at=90).block("p", "A", "supply", 5, 10)
    made.block("c", "B", "supply", 5, 10, parents=["p"])
    part = next(parts(whole_market(made.book())))
    assert clusters(part, Relaxation(part).solve(), 2.0, 1).tolist() == [0, 0]
    meshed = market(("A", "B")).sells("A", 100, at=10).buys("B", 100, at=90).domain("mesh", ("A", "B"))
    part = next(parts(whole_market(meshed.branch("b", ram=5, A=1).book())))
    assert clusters(part, Relaxation(part).solve(), 2.0, 1).tolist() == [0, 0]
