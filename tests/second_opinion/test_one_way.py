"""Random markets of lines with losses and tariffs: the engine against every choice of open directions.

A sample runs with every test run; `tests.drills` runs thousands.
"""

import random

import pytest
from tests.second_opinion import one_way

from walras.coupling.clear import clear

CHUNK = 50
CURVES, BLOCKS = range(0, 200, CHUNK), range(10_000, 10_150, CHUNK)
WITH_EVERY_RUN = 50


def chunks(firsts):
    """First seeds; those beyond the first fifty are for the drills."""
    drills = firsts[0] + WITH_EVERY_RUN
    return [pytest.param(first, marks=[pytest.mark.drill] if first >= drills else []) for first in firsts]


@pytest.mark.parametrize("first", chunks(CURVES))
def test_curves_reach_the_best_of_all_open_directions(first):
    for seed in range(first, first + CHUNK):
        book = one_way.lossy_market(random.Random(seed), blocks=0).book()
        found = one_way.judged(book, clear(book))
        assert not found.complaints, f"seed {seed}: {found.complaints}"
        assert found.is_best, f"seed {seed}: less than {found.best}"


@pytest.mark.parametrize("first", chunks(BLOCKS))
def test_blocks_beside_such_lines_are_legal_and_their_bound_holds(first):
    for seed in range(first, first + CHUNK):
        book = one_way.lossy_market(random.Random(seed)).book()
        found = one_way.judged(book, clear(book))
        assert not found.complaints, f"seed {seed}: {found.complaints}"


def test_the_sample_burns_energy_where_nothing_forbids_it():
    """The markets are of use only if some would use a line both ways, and some lines are idle for their tariff."""
    books = [one_way.lossy_market(random.Random(seed), 0).book() for seed in range(40)]
    cleared = [(book, clear(book)) for book in books]
    assert all(one_way.judged(book, results).is_best for book, results in cleared)
    assert {str(results.status) for _, results in cleared} == {"optimal", "feasible"}
