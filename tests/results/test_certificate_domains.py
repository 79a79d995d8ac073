"""The bound of flow-based domains: tight at the duals of a plain program, never below it, dust only dust."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog
from tests.builders import market
from tests.results.trees import plain, root, tree

from walras.book.flow_based import Domains
from walras.results.certificate import bound_error, bound_of
from walras.results.certificate_domains import MOST_EXCHANGE, most_exchanges
from walras.results.raw import Raw


def joined(book, zones, periods, rows, minutes=60):
    """The book with one domain of all its zones; rows are (period, ram, ptdf of each zone)."""
    start = book.cells.grids[0].start
    exchange = [(t, z) for t in range(periods) for z in range(zones)]
    offset = [t * minutes // book.cells.grids[z].mtu_minutes for t, z in exchange]
    first = book.cells.first
    entry = [(k, t * zones + z, v) for k, (t, _, ptdf) in enumerate(rows) for z, v in enumerate(ptdf)]
    ints = lambda values: np.array(list(values), dtype=np.int64)  # noqa: E731
    return replace(
        book,
        domains=Domains(
            ("core",), ints([minutes]), ints([0] * zones), ints(range(zones)), ints([0] * periods),
            ints(start + minutes * t for t in range(periods)), ints(t for t, _ in exchange),
            ints(first[z] + o for (_, z), o in zip(exchange, offset, strict=True)),
            tuple(f"b{k}" for k in range(len(rows))), ints([0] * len(rows)), ints(range(len(rows))),
            ints(t for t, _, _ in rows), np.array([float(r) for _, r, _ in rows]),
            ints(k for k, _, _ in entry), ints(x for _, x, _ in entry), np.array([float(v) for _, _, v in entry]),
        ),
    )  # fmt: skip


def drawn(seed):
    chance = np.random.default_rng(seed)
    made = market(("A", "B", "C"), 2)
    for zone in "ABC":
        for hour in (0, 1):
            for _ in range(3):
                made.sells(zone, int(chance.integers(10, 80)), at=int(chance.integers(0, 60)), hour=hour)
                made.buys(zone, int(chance.integers(10, 80)), at=int(chance.integers(0, 90)), hour=hour)
    rows = [(t, int(chance.integers(5, 40)), chance.uniform(-0.6, 0.6, 3)) for t in (0, 1) for _ in range(3)]
    return joined(made.line("A", "B", 10).book(), 3, 2, rows)


def optimum(book):
    """Welfare, prices and branch rents of the plain program."""
    raw, domains, cells = Raw(book), book.domains, book.cells.count
    steps, lines, count = raw.curves, book.lines, len(domains.exchange_cell)
    cost = np.concatenate([steps.sign * steps.price_start, np.zeros(len(lines.period_line) + count)])
    width, line = len(cost), len(steps.cell)
    balance, rows = np.zeros((cells + 2, width)), np.zeros((len(domains.ram), width))
    balance[steps.cell, np.arange(line)] = steps.sign
    for p in range(len(lines.period_line)):
        balance[lines.from_cell[p], line + p], balance[lines.to_cell[p], line + p] = -1, 1
    first = width - count
    balance[domains.exchange_cell, first + np.arange(count)] = -1
    balance[cells + domains.exchange_period, first + np.arange(count)] = 1
    rows[domains.entry_row, first + domains.entry_exchange] = domains.ptdf
    bounds = [(0, q) for q in steps.quantity] + list(zip(-lines.capacity_backward, lines.capacity_forward, strict=True))
    bounds += [(None, None)] * count
    answer = linprog(cost, rows, domains.ram, balance, np.zeros(cells + 2), bounds=bounds, method="highs")
    return -answer.fun, np.asarray(answer.eqlin.marginals)[:cells], -np.asarray(answer.ineqlin.marginals)


def test_two_zones_on_one_branch():
    """A sells at 10, B could make it for 40: a branch of 20 MW earns the 30 between them."""
    made = market(("A", "B")).sells("A", 100, at=10).buys("B", 60, at=90).sells("B", 50, at=40)
    book = joined(made.book(), 2, 1, [(0, 20.0, (0.5, -0.5))])
    certificate = plain(book, np.array([10.0, 40.0]), branch_rent=np.array([30.0]))
    assert bound_of(book, certificate) == 60 * (90 - 40) + 20 * (40 - 10)
    assert bound_of(book, replace(certificate, branch_rent=np.array([29.0]))) == 3600 - 20 + 1 * 60


@pytest.mark.parametrize("seed", range(12))
def test_bound_is_the_optimum_at_its_duals_and_above_it_elsewhere(seed):
    book, chance = drawn(seed), np.random.default_rng(seed)
    welfare, price, rent = optimum(book)
    tight = plain(book, price, branch_rent=np.maximum(rent, 0))
    assert bound_of(book, tight) == pytest.approx(welfare, abs=1e-6)
    for _ in range(20):
        other = replace(tight, price=price + chance.normal(0, 9, len(price)))
        other = replace(other, branch_rent=np.maximum(rent + chance.normal(0, 9, len(rent)), 0))
        assert bound_of(book, other) >= welfare - bound_error(book, other)


@pytest.mark.parametrize("seed", range(6))
def test_a_leaf_posts_branch_rents_of_its_own(seed):
    """The whole posts nonsense; the only leaf posts the duals, and the bound is theirs."""
    book = drawn(seed)
    welfare, price, rent = optimum(book)
    nonsense = plain(book, price + 17.0 * np.arange(len(price)), branch_rent=np.ones(len(rent)))
    prices = [(0, c, p) for c, p in enumerate(price)]
    rents = [(0, 4, k, max(r, 0)) for k, r in enumerate(rent)]
    cases = replace(nonsense, tree=tree([0, 0, 0], [root()], prices, rents))
    assert bound_of(book, nonsense) > welfare + 1
    assert bound_of(book, cases) == pytest.approx(welfare, abs=1e-6)


def test_no_zone_exports_more_than_it_could_have():
    made = market(("A", "B", "C")).sells("A", 100).buys("B", 60).sells("C", 30).buys("C", 20).line("A", "C", 5, 7)
    made.block("b", "B", "supply", 10, 40).flexible("f", "A", "demand", 10, 25).border("C", "X", 1, export=3, import_=4)
    export, import_ = most_exchanges(Raw(joined(made.book(), 3, 1, [(0, 20.0, (1, 0, 0))])))
    assert import_.tolist() == pytest.approx([30, 60, 30])
    assert export.tolist() == pytest.approx([90, 40, 39])


def test_a_cell_longer_than_the_period_is_limited_by_the_others():
    made = market(("A", "B"), 1, {"A": 60, "B": 30}).sells("A", 100).buys("B", 60).buys("B", 50, hour=0.5)
    raw = Raw(joined(made.book(), 2, 2, [(0, 20.0, (1, 0))], minutes=30))
    export, import_ = most_exchanges(raw)
    assert export.tolist() == pytest.approx([60, 0, 50, 0])
    assert import_.tolist() == pytest.approx([0, 60, 0, 50])
    made = market(("A", "B"), 1, {"A": 60, "B": 60}).sells("A", 100).buys("B", 60)
    export, _ = most_exchanges(Raw(joined(made.book(), 2, 2, [(0, 20.0, (1, 0))], minutes=30)))
    assert export.tolist() == [MOST_EXCHANGE] * 4
