"""The long runs as one test, and a short look at their machinery with every test run."""

from collections import Counter

import pytest
from tests.drills import run


@pytest.mark.drill
def test_no_random_auction_fails_in_the_long_runs():
    assert run.main() == 0


def test_the_page_names_failing_seeds():
    rows = [(run.DRILLS[0], 10, Counter(optimal=9, feasible=1), [3, 7])]
    assert "| 0 to 9 | 10 | 9 | 1 | 3, 7 |" in run.page(rows)


def test_an_engine_that_raises_is_a_failure(monkeypatch):
    def broken(book, settings):
        raise ArithmeticError("no")

    monkeypatch.setattr(run, "clear", broken)
    assert run.judged("audit", 1) == (1, "error", ["ArithmeticError: no"])
