"""The bound from posted prices: exact on a tiny auction by hand, never below any feasible welfare."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.builders import one_zone, two_zones
from tests.results.by_hand import outcome
from tests.results.rich import rich_book, rich_results

from walras.results.audit import audit
from walras.results.certificate import bound_error, bound_of
from walras.results.certificate_orders import best_step_surplus
from walras.results.results import Certificate, Volumes
from walras.results.welfare import welfare_of
from walras.vocabulary import Status


def tiny():
    """A sells 100 at 10, B buys 60 at 90, 20 MW fit between; B sells 50 at 40 itself."""
    book = two_zones(atc_mw=20).sells("A", 100, at=10).buys("B", 60, at=90).sells("B", 50, at=40).book()
    none = np.zeros(0)
    by_name = {"A": 20.0, "B-D": 60.0, "B-S": 40.0}
    curve = np.array([by_name[n[:3]] if n[:3] in by_name else by_name["A"] for n in book.curves.name])
    whole = np.zeros(0, dtype=np.int64)
    volumes = Volumes(curve, none, none, whole, whole, none, np.array([20.0]), none)
    return book, outcome(book, volumes, np.array([10.0, 40.0]))


def test_bound_of_a_tiny_auction_equals_its_welfare():
    book, results = tiny()
    assert results.welfare == 60 * 90 - 20 * 10 - 40 * 40
    assert results.bound == 60 * (90 - 40) + 20 * (40 - 10)
    assert results.status is Status.OPTIMAL
    assert audit(book, results) == []


@pytest.mark.parametrize("number", ["price of A", "price of B", "bound", "welfare"])
def test_one_changed_number_breaks_the_proof(number):
    book, results = tiny()
    if number.startswith("price"):
        price = results.certificate.price.copy()
        price["AB".index(number[-1])] += 1
        results = replace(results, certificate=replace(results.certificate, price=price))
    else:
        results = replace(results, **{number: getattr(results, number) + 0.02})
    rules = {v.rule for v in audit(book, results)}
    assert rules & {"bound_recomputed", "bound_below_welfare", "status_proven"}


def test_interpolated_step_gains_the_triangle_above_its_line():
    book = one_zone().sells("A", 40, at=10, to=50).book()
    empty = np.zeros((0, 0))
    certificate = Certificate(np.array([30.0]), np.zeros(0), np.zeros(0), empty, empty)
    assert bound_of(book, certificate) == 20 * 20 / 2


def test_fixed_exchanges_count_at_the_limits():
    book = one_zone().fixed_border("A", "X", 10).book()
    whole = np.zeros(0, dtype=np.int64)
    none = np.zeros(0)
    volumes = Volumes(none, none, none, whole, whole, none, none, np.array([10.0]))
    assert welfare_of(book, volumes) == 10 * 4000
    assert outcome(book, volumes, np.array([3990.0])).bound == 10 * 10


def test_best_part_of_a_step_is_found_by_numbers_too():
    grid = np.linspace(0, 1, 100_001)
    for start, end in ((4, 1), (3, -5), (-1, -2)):
        gain = np.cumsum(start + (end - start) * grid) / len(grid)
        best = best_step_surplus(np.array([float(start)]), np.array([float(end)]))[0]
        assert best == pytest.approx(max(0, gain.max()), abs=1e-3)


def test_bound_error_is_small_but_not_nothing():
    error = bound_error(rich_book(), rich_results().certificate)
    assert 0 < error < 1e-6


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_best_volumes_stay_below_the_bound_at_any_prices_and_rents(data):
    """Weak duality: whatever is posted, the bound is not below the welfare of the best volumes."""
    book, known = rich_book(), rich_results()

    def drawn(count, low, high):
        numbers = st.lists(st.floats(low, high, allow_nan=False), min_size=count, max_size=count)
        return np.array(data.draw(numbers), dtype=float)

    shape = known.certificate.gradient_up_rent.shape
    exists = (book.scalables.gradient_up >= 0)[:, None] & (np.arange(shape[1]) == 0)
    certificate = Certificate(
        price=drawn(book.cells.count, -600, 5000),
        link_rent=drawn(len(book.blocks.link_child), 0, 500),
        group_rent=drawn(len(book.blocks.group_name), 0, 500),
        gradient_up_rent=drawn(shape[0] * shape[1], 0, 50).reshape(shape) * exists,
        gradient_down_rent=drawn(shape[0] * shape[1], 0, 50).reshape(shape) * exists,
        store_value=drawn(len(known.certificate.store_value), -600, 5000),
    )
    assert bound_of(book, certificate) >= known.welfare - bound_error(book, certificate)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_two_zones_traded_at_random_stay_below_the_bound(data):
    """Any matched volumes of steps and slopes over one line against the bound at drawn prices."""
    price = st.integers(-500, 4000)
    book = two_zones(atc_mw=30.0)
    for zone in "AB":
        low, high = sorted((data.draw(price), data.draw(price)))
        book = book.sells(zone, 50, at=low, to=high).buys(zone, 50, at=high, to=low)
    made = book.book()
    side = made.curves.side[made.curves.step_order]
    zone = made.curves.grid[made.curves.step_order]
    flow = data.draw(st.integers(-30, 30))
    accepted = np.zeros(4)
    for z, export in ((0, flow), (1, -flow)):
        supply = data.draw(st.integers(max(0, export), min(50, 50 + export)))
        accepted[(zone == z) & (side > 0)] = supply
        accepted[(zone == z) & (side < 0)] = supply - export
    whole, none = np.zeros(0, dtype=np.int64), np.zeros(0)
    volumes = Volumes(accepted, none, none, whole, whole, none, np.array([float(flow)]), none)
    empty = np.zeros((0, 0))
    posted = np.array([float(data.draw(price)), float(data.draw(price))])
    certificate = Certificate(posted, none, none, empty, empty)
    assert bound_of(made, certificate) >= welfare_of(made, volumes) - bound_error(made, certificate)
