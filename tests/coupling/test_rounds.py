"""Rounds: whatever the threads, an iteration limit ends two runs at the same result, and a wish ends one early."""

import itertools
import threading

import pytest

from walras.coupling import clear as conductor
from walras.coupling.search import search
from walras.coupling.settings import Settings, cores
from walras.results.audit import audit
from walras.results.folder import write_results
from walras.results.results import Results
from walras.studies.generate import generate
from walras.vocabulary import Status

MOST = 12_000


@pytest.fixture(scope="module")
def many():
    """A meshed market that the search takes for one of too many orders for branch and bound."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "MANY", 50)
        yield generate(zones=6, mtu=60, steps=3_000, blocks=300, seed=7, domain_zones=4)


@pytest.fixture(scope="module")
def watched(many):
    """A result, and the moments that were told on the way to it."""
    moments = []
    return conductor.clear(many, Settings(iteration_limit=MOST), moments.append), moments


@pytest.fixture(scope="module")
def ended(watched):
    return watched[0]


def test_an_iteration_limit_is_said_and_the_result_is_legal(many, ended):
    assert ended.stopped_by == "iteration_limit"
    assert ended.status is Status.FEASIBLE
    assert audit(many, ended) == []


def test_search_and_cases_close_part_of_the_gap(many, ended):
    first = conductor.clear(many, Settings(iteration_limit=1))
    assert ended.welfare >= first.welfare
    assert ended.certificate.tree is not None
    assert ended.bound < first.bound
    assert ended.gap < 0.9 * first.gap


@pytest.mark.skipif(cores() < 2, reason="one core: settings refuse two threads")
def test_threads_decide_nothing(many, ended, tmp_path):
    other = conductor.clear(many, Settings(iteration_limit=MOST, threads=2))
    summaries = [
        write_results(many, r, Settings(iteration_limit=MOST).canonical(), tmp_path / str(n), csv=False, run={})
        for n, r in enumerate((ended, other))
    ]
    assert summaries[0] == summaries[1]
    for file in (tmp_path / "0").glob("*.parquet"):
        assert file.read_bytes() == (tmp_path / "1" / file.name).read_bytes()


def test_progress_says_how_far_it_is(watched):
    result, moments = watched
    assert [m.phase for m in moments[:1]] == ["build"]
    assert moments[-1].phase == "finish"
    told = [m for m in moments if m.welfare is not None]
    for before, after in itertools.pairwise(told):
        assert before.welfare <= after.welfare + 1e-6
        assert before.bound >= after.bound - 1e-6
    assert told[-1].welfare == pytest.approx(result.welfare, abs=1e-3)
    assert told[-1].gap == pytest.approx(result.gap, abs=1e-2)


def test_a_wish_to_stop_ends_with_the_first_legal_result(many):
    stop = threading.Event()
    stop.set()
    result = conductor.clear(many, Settings(), stop=stop)
    assert isinstance(result, Results)
    assert result.stopped_by == "request"
    assert audit(many, result) == []


def test_a_time_limit_ends_with_a_legal_result_and_says_so(many):
    result = conductor.clear(many, Settings(time_limit=4.0))
    assert result.stopped_by == "time_limit"
    assert audit(many, result) == []


def test_an_illegal_best_selection_falls_back_to_the_one_before(many, monkeypatch):
    real, calls = conductor.finished.__globals__["audit"], []

    def once_wrong(book, results):
        calls.append(results.welfare)
        return ["broken"] if len(calls) == 1 else real(book, results)

    monkeypatch.setitem(conductor.finished.__globals__, "audit", once_wrong)
    result = conductor.clear(many, Settings(iteration_limit=MOST))
    assert len(calls) == 2
    assert calls[1] < calls[0]
    assert result.welfare == calls[1]
