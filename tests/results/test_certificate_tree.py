"""The bound of a proof by cases: each leaf against plain loops, all of it against every selection of tiny markets."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from tests.builders import one_zone, two_zones
from tests.results.by_hand import outcome
from tests.results.rich import rich_book, rich_results
from tests.results.trees import joined, plain, random_tree, root, tree, worth_by_loops
from tests.second_opinion.brute import best
from tests.second_opinion.random_markets import day_market, indivisible_market
from tests.second_opinion.raw import read

from walras.book.flow_based import Domains
from walras.results.audit import audit
from walras.results.certificate import bound_error, bound_of
from walras.results.certificate_curves import CurveSums
from walras.results.certificate_orders import curve_surplus
from walras.results.certificate_tree import leaf_nodes
from walras.results.raw import Raw
from walras.results.results import Volumes
from walras.vocabulary import Status


def stuck():
    """A block of 100 MW at 10, whole or not at all, for a demand of 60 MW at 50; other supply costs 40."""
    made = one_zone().sells("A", 100, at=40).buys("A", 60, at=50)
    book = made.block("b", "A", "supply", 10, 100, mar=1).book()
    curve = np.where(book.curves.side[book.curves.step_order] > 0, 60.0, 60.0)
    none, whole = np.zeros(0), np.zeros(0, dtype=np.int64)
    volumes = Volumes(curve, np.zeros(1), np.zeros(1), whole, whole, none, none, none)
    return book, outcome(book, volumes, np.array([40.0]))


def two_cases(**changed):
    """Rejected at 40: the demand gains 10 a MW. Accepted at -35: the block must lose 45 a MW, demand gains 85."""
    said = {
        "nodes": [root(), (0, 0, 0, 0, -1, 0), (0, 0, 0, 0, -1, 1)],
        "prices": [(1, 0, 40.0), (2, 0, -35.0)],
    } | changed
    return tree([0], **said)


def proven(book, results, cases):
    certificate = replace(results.certificate, tree=cases)
    bound = bound_of(book, certificate)
    status = Status.OPTIMAL if bound - results.welfare <= 0.01 else Status.FEASIBLE
    return replace(results, certificate=certificate, bound=bound, status=status)


def test_two_cases_prove_what_no_price_does():
    book, results = stuck()
    assert results.welfare == 600
    assert min(bound_of(book, plain(book, np.array([p]))) for p in range(-500, 4001)) == 2400
    done = proven(book, results, two_cases())
    assert done.bound == 600
    assert done.status is Status.OPTIMAL
    assert audit(book, done) == []


@pytest.mark.parametrize("column", ["price", "price_cell", "node_accepted", "node_order", "node_cluster"])
def test_one_changed_number_breaks_the_proof_by_cases(column):
    book, results = stuck()
    done = proven(book, results, two_cases())
    for place in range(1, len(getattr(done.certificate.tree, column))) if column.startswith("node") else (0, 1):
        numbers = getattr(done.certificate.tree, column).copy()
        numbers[place] += 1
        changed = replace(done, certificate=replace(done.certificate, tree=two_cases_with(column, numbers)))
        rules = {v.rule for v in audit(book, changed)}
        assert rules & {"tree_complete", "tree_cluster", "bound_recomputed"}, (column, place)


def two_cases_with(column, numbers):
    return replace(two_cases(), **{column: numbers})


BROKEN = {
    "a case is missing": ({"nodes": [root(), (0, 0, 0, 0, -1, 0)], "prices": []}, "tree_complete"),
    "both cases accept": ({"nodes": [root(), (0, 0, 0, 0, -1, 1), (0, 0, 0, 0, -1, 1)]}, "tree_complete"),
    "a cluster has two roots": ({"nodes": [root(), root()], "prices": []}, "tree_complete"),
    "an inner case posts a price": ({"prices": [(0, 0, 40.0)]}, "tree_complete"),
    "a price is posted twice": ({"prices": [(1, 0, 40.0), (1, 0, 41.0)]}, "tree_complete"),
    "a price is no number": ({"prices": [(1, 0, np.nan)]}, "numbers_finite"),
    "a price is of no cell": ({"prices": [(1, 1, 40.0)]}, "tree_cluster"),
    "a rent is of no row": ({"rents": [(1, 0, 0, 1.0)]}, "tree_cluster"),
    "a witness is missing what it proves": ({"witness": [(2, 0, 0, 60.0), (2, 0, 1, 60.0)]}, "tree_witness"),
    "one order is decided twice": (
        {
            "nodes": [root(), (0, 0, 0, 0, -1, 0), (0, 0, 0, 0, -1, 1), (0, 1, 0, 0, -1, 0), (0, 1, 0, 0, -1, 1)],
            "prices": [],
        },
        "tree_complete",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_tree_is_named(name):
    book, results = stuck()
    change, rule = BROKEN[name]
    broken = replace(results, certificate=replace(results.certificate, tree=two_cases(**change)))
    assert rule in {v.rule for v in audit(book, broken)}


def test_a_leaf_may_not_post_for_another_cluster():
    book = two_zones(atc_mw=20).sells("A", 100, at=10).buys("B", 60, at=90).book()
    none, whole = np.zeros(0), np.zeros(0, dtype=np.int64)
    volumes = Volumes(np.array([20.0, 20.0]), none, none, whole, whole, none, np.array([20.0]), none)
    results = outcome(book, volumes, np.array([10.0, 90.0]))
    fine = tree([0, 1], [root(0), root(1)], [(0, 0, 10.0), (1, 1, 90.0)])
    assert audit(book, proven(book, results, fine)) == []
    moved = replace(results, certificate=replace(results.certificate, tree=replace(fine, price_cell=np.array([1, 0]))))
    assert {v.rule for v in audit(book, moved)} == {"tree_cluster"}


@pytest.mark.parametrize("seed", range(25))
def test_each_leaf_is_worth_what_plain_loops_say(seed):
    """Over markets with every kind of order, clusters drawn at random, prices and rents posted at random."""
    chance = random.Random(seed)
    book = rich_book() if seed % 5 == 0 else day_market(chance).book()
    book = replace(book, domains=Domains.none())  # the loops know none; their bound has tests of its own
    if seed % 2:
        lines, each = book.lines, lambda most: np.array([chance.uniform(0, most) for _ in book.lines.name])
        book = replace(book, lines=replace(lines, loss_forward=each(0.3), loss_backward=each(0.3), tariff=each(9)))
    price = np.array([chance.uniform(0, 60) for _ in range(book.cells.count)])
    cluster = [chance.randrange(2) for _ in book.cells.grids]
    cluster = joined(book, cluster)
    rents = {
        "link_rent": np.array([chance.uniform(0, 99) for _ in book.blocks.link_child]),
        "group_rent": np.array([chance.uniform(0, 99) for _ in book.blocks.group_name]),
    }
    certificate = plain(book, price, **rents)
    certificate = replace(certificate, tree=random_tree(book, chance, cluster, price))
    leaves = np.flatnonzero(leaf_nodes(certificate.tree)).tolist()
    worth = {leaf: worth_by_loops(book, certificate, leaf) for leaf in leaves}
    clusters = certificate.tree.node_cluster
    expected = sum(max(w for leaf, w in worth.items() if clusters[leaf] == c) for c in set(cluster))
    of_groups = [{cluster[int(book.blocks.grid[b])] for b in np.flatnonzero(book.blocks.group == g)}
                 for g in range(len(book.blocks.group_name))]  # fmt: skip
    expected += sum(rents["group_rent"][g] for g, ends in enumerate(of_groups) if len(ends) > 1)
    assert bound_of(book, certificate) == pytest.approx(expected, rel=1e-12, abs=1e-6)
    assert abs(bound_of(book, certificate) - expected) <= 3 * bound_error(book, certificate) + 1e-6


def test_a_root_that_posts_prices_says_what_these_prices_say():
    book, results = rich_book(), rich_results()
    chance = random.Random(7)
    price = results.certificate.price + np.array([chance.uniform(-20, 20) for _ in range(book.cells.count)])
    posted = [(0, c, p) for c, p in enumerate(price)]
    cases = replace(results.certificate, tree=tree([0] * len(book.cells.grids), [root()], posted))
    direct = replace(results.certificate, price=price)
    assert bound_of(book, cases) == pytest.approx(bound_of(book, direct), abs=bound_error(book, cases))
    assert 0 < bound_error(book, cases) < 1e-5


@pytest.mark.parametrize("seed", range(60))
def test_no_legal_result_of_a_tiny_market_passes_a_tree(seed):
    chance = random.Random(1000 + seed)
    book = indivisible_market(chance).book()
    found = best(read(book))
    if found is None:
        return
    cluster = [0] * len(book.cells.grids) if chance.random() < 0.5 else list(range(len(book.cells.grids)))
    cluster = joined(book, cluster)
    price = np.array([chance.choice([5.0, 10, 12, 15, 20, 40]) for _ in range(book.cells.count)])
    certificate = replace(plain(book, price), tree=random_tree(book, chance, cluster, price, splits=5))
    assert bound_of(book, certificate) >= found.welfare - 1e-6


def paradox():
    """The block of 100 MW at 10 with demand of 60 MW at 50 and 40 MW at 5: no price suits both it and the cheap 40."""
    made = one_zone().sells("A", 100, at=40).buys("A", 60, at=50, order="dear").buys("A", 40, at=5, order="low")
    book = made.block("b", "A", "supply", 10, 100, mar=1).book()
    name = [book.curves.name[o] for o in book.curves.step_order]
    supply, dear = (i for i, n in enumerate(name) if n != "low")
    if name[supply] == "dear":
        supply, dear = dear, supply
    curve = np.zeros(3)
    curve[[supply, dear]] = 60.0
    none, whole = np.zeros(0), np.zeros(0, dtype=np.int64)
    volumes = Volumes(curve, np.zeros(1), np.zeros(1), whole, whole, none, none, none)
    return book, outcome(book, volumes, np.array([40.0])), dear


def void(book, dear, ratio, power):
    """Its case of acceptance, void by a witness of a share of the block for a part of the dear demand."""
    return two_cases(prices=[(1, 0, 40.0), (2, 0, 5.0)], witness=[(2, 0, dear, power), (2, 1, 0, ratio)])


def test_a_case_without_legal_results_is_void_by_its_witness():
    book, results, dear = paradox()
    assert proven(book, results, two_cases(prices=[(1, 0, 40.0), (2, 0, 5.0)])).bound == 2200
    done = proven(book, results, void(book, dear, 0.6, 60.0))
    assert done.bound == 600
    assert audit(book, done) == []
    assert best(read(book)).welfare == pytest.approx(600)


WITNESSES = {
    "too little welfare": (0.55, 55.0),
    "more than the block": (1.01, 60.0),
    "more than the demand": (0.6, 61.0),
    "a loss of balance": (0.599, 60.0),
    "nothing": (0.0, 0.0),
}


@pytest.mark.parametrize("name", WITNESSES)
def test_a_witness_of(name):
    book, results, dear = paradox()
    assert {v.rule for v in audit(book, proven(book, results, void(book, dear, *WITNESSES[name])))} == {"tree_witness"}


def test_a_witness_takes_no_more_of_a_curtailable_block_than_its_least():
    """Theory 3a, example 1: half of one block and all of the other are legal at 12 to 15 with a welfare of 550.

    All of the first and half of the second are worth 650, and would make their case void if a witness might say so.
    """
    made = one_zone().buys("A", 150, at=15, order="dear").buys("A", 100, at=8, order="low").sells("A", 100, at=16)
    made.block("s1", "A", "supply", 10, 100, mar=0.5).block("s2", "A", "supply", 12, 100, mar=1)
    book = made.book()
    dear = next(i for i, o in enumerate(book.curves.step_order) if book.curves.name[o] == "dear")
    none, whole = np.zeros(0), np.zeros(0, dtype=np.int64)
    curve = np.where(np.arange(3) == dear, 150.0, 0.0)
    volumes = Volumes(curve, np.array([0.5, 1.0]), np.array([50.0, 100.0]), whole, whole, none, none, none)
    results = outcome(book, volumes, np.array([13.5]))
    assert results.welfare == 550
    nodes = [root(), (0, 0, 0, 0, -1, 0), (0, 0, 0, 0, -1, 1), (0, 2, 0, 1, -1, 0), (0, 2, 0, 1, -1, 1)]
    prices = [(1, 0, 12.0), (3, 0, 10.0), (4, 0, 8.0)]
    assert audit(book, proven(book, results, tree([0], nodes, prices))) == []
    witness = [(4, 0, dear, 150.0), (4, 1, 0, 1.0), (4, 1, 1, 0.5)]
    broken = proven(book, results, tree([0], nodes, prices, (), witness))
    said = [v.what for v in audit(book, broken) if v.rule == "tree_witness"]
    assert said == ["its witness breaks limits of blocks"]


def test_a_witness_accepts_nothing_that_its_case_leaves_open():
    book, results, dear = paradox()
    cases = tree([0], [root()], [(0, 0, 5.0)], (), [(0, 0, dear, 60.0), (0, 1, 0, 0.6)])
    assert "tree_witness" in {v.rule for v in audit(book, replace(proven(book, results, cases), bound=0.0))}


def test_a_witness_needs_a_market_of_its_own():
    for join in ("line", "hourly"):
        made = two_zones(1.0) if join == "line" else one_zone(mtu_minutes=30)
        for hour in (0,) if join == "line" else (0, 0.5):
            made = made.sells("A", 100, at=40, hour=hour).buys("A", 60, at=50, hour=hour, order=f"dear-{hour}")
        if join == "hourly":
            made = made.sells("A", 1, at=45, minutes=60)
        book = made.block("b", "A", "supply", 10, 100, mar=1).book()
        dear = [i for i, o in enumerate(book.curves.step_order) if book.curves.name[o].startswith("dear")]
        none, whole = np.zeros(0), np.zeros(0, dtype=np.int64)
        volumes = Volumes(
            np.zeros(book.curves.step_count), np.zeros(1), np.zeros(len(book.blocks.leg_order)), whole, whole, none,
            np.zeros(len(book.lines.period_line)), none,
        )  # fmt: skip
        results = outcome(book, volumes, np.full(book.cells.count, 40.0))
        nodes = [root(), (0, 0, 0, 0, -1, 0), (0, 0, 0, 0, -1, 1)]
        witness = [(2, 1, 0, 0.6), *((2, 0, i, 60.0) for i in dear)]
        cases = tree(list(range(len(book.cells.grids))), nodes, [(2, 0, -500.0)], (), witness)
        said = [v for v in audit(book, proven(book, results, cases)) if v.rule == "tree_witness"]
        assert "lines to others" in said[0].what if join == "line" else "longer than an MTU" in said[0].what


@pytest.mark.parametrize("seed", range(4))
def test_moved_curves_gain_what_their_steps_gain(seed):
    chance = random.Random(seed)
    raw = Raw(day_market(chance).book())
    sums, cells = CurveSums(raw), raw.book.cells.count
    start = np.array([chance.uniform(0, 60) for _ in range(cells)])
    before = np.array([start[c : c + n].mean() for c, n in zip(sums.cell, sums.cells, strict=True)])
    for shift in (-600.0, -7.5, 0.004, 25.0, 3000.0):
        span = np.arange(len(sums.cell))
        change = sums.change(before, span, before + shift)
        direct = curve_surplus(raw, start + shift).sum() - curve_surplus(raw, start).sum()
        assert change.sum() == pytest.approx(direct, abs=1e-6)
