"""Settings without sense cannot be made, and every mistake in them is told at once."""

from __future__ import annotations

import math

import pytest

from walras.coupling import settings as module
from walras.coupling.settings import LEAST_GAP, Settings
from walras.coupling.settings import LEAST_GAP as PROVEN
from walras.errors import BadInput


def mistakes(**settings):
    with pytest.raises(BadInput) as caught:
        Settings(**settings)
    assert all(m.what and m.where and m.rule and m.fix for m in caught.value.mistakes)
    return [(m.where, m.rule) for m in caught.value.mistakes]


@pytest.mark.parametrize("gap", [0, 0.0099999, -1, math.nan, math.inf])
def test_a_gap_that_no_proof_reaches_is_a_mistake(gap):
    assert mistakes(gap=gap) == [("gap", "gap_provable")]


def test_the_least_gap_is_what_optimal_promises():
    assert LEAST_GAP == PROVEN == Settings(gap=LEAST_GAP).gap


def test_a_gap_of_zero_is_refused_with_its_reason():
    with pytest.raises(BadInput, match=r"a gap of 0 is below 0\.01, the least that can be proven"):
        Settings(gap=0)


@pytest.mark.parametrize("seconds", [0, -3, math.nan, math.inf])
def test_a_time_limit_that_is_none_is_a_mistake(seconds):
    assert mistakes(time_limit=seconds) == [("time_limit", "time_limit_positive")]


@pytest.mark.parametrize("iterations", [0, -1, 2.5, True])
def test_an_iteration_limit_below_one_is_a_mistake(iterations):
    assert mistakes(iteration_limit=iterations) == [("iteration_limit", "iteration_limit_positive")]


@pytest.mark.parametrize("threads", [0, 5, 1.0])
def test_threads_are_from_one_to_the_cores(monkeypatch, threads):
    monkeypatch.setattr(module, "cores", lambda: 4)
    assert Settings(threads=4).threads == 4
    assert mistakes(threads=threads) == [("threads", "threads_within_cores")]


def test_too_many_threads_are_told_how_many_cores_there_are(monkeypatch):
    monkeypatch.setattr(module, "cores", lambda: 4)
    with pytest.raises(BadInput, match=r"5 threads where 4 cores are free(.|\n)*from 1 to 4"):
        Settings(threads=5)


def test_the_cores_of_this_process_are_counted():
    assert module.cores() >= 1
    assert Settings(threads=module.cores()).threads == module.cores()


def test_every_mistake_is_told_at_once():
    assert [where for where, _ in mistakes(gap=0, time_limit=0, iteration_limit=0, threads=0)] == [
        "gap", "time_limit", "iteration_limit", "threads",
    ]  # fmt: skip


def test_threads_do_not_change_what_is_hashed():
    assert "threads" not in Settings().canonical()
    assert Settings(iteration_limit=7).canonical() != Settings().canonical()
