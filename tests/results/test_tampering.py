"""The audit names the rule that a tampered outcome breaks, and finds nothing in a legal one."""

from __future__ import annotations

import numpy as np
import pytest
from tests.builders import market
from tests.results.by_hand import outcome
from tests.results.line_tampering import LINE_CASES
from tests.results.rich import rich_book, rich_results
from tests.results.tampering import CASES, tampered

from walras.results.audit import RULES, audit
from walras.results.results import Volumes
from walras.vocabulary import Status


def test_legal_outcome_of_a_rich_market_has_no_violation():
    assert audit(rich_book(), rich_results()) == []
    assert rich_results().status is Status.OPTIMAL


def test_rich_market_holds_one_of_everything():
    book, published = rich_book(), rich_results().published
    assert {len(set(book.cells.minutes)), book.lines.count, book.borders.count} == {2}
    assert (book.curves.price_start != book.curves.price_end).any()
    assert (book.curves.step_cells > 1).any()
    assert set(published.block_ratio) == {0.0, 0.625, 1.0}
    assert (published.flexible_start >= 0).any()
    assert set(published.scalable_accepted) == {0, 1}
    assert len(book.blocks.link_child) == 1
    assert len(book.blocks.group_name) == 1


@pytest.mark.parametrize("name", CASES)
def test_tampering_is_named(name):
    rule = CASES[name][1]
    assert rule in {v.rule for v in audit(rich_book(), tampered(name))}


def test_every_rule_has_its_tampering():
    only_with_decided_volumes = {"welfare_recomputed", "compensation_least"}  # test_compensation
    tampered_with = {rule for _, rule in [*CASES.values(), *LINE_CASES.values()]}
    assert tampered_with == set(RULES) - only_with_decided_volumes
    assert len(CASES) >= 40


def test_violation_says_what_where_and_how_much():
    violation = next(v for v in audit(rich_book(), tampered("a block is accepted at a loss")) if v.rule == "block_loss")
    assert violation.where == "block order 'b-dear'"
    assert violation.amount == pytest.approx((90 - 60) * 20 * 2, abs=1)
    assert "loss" in str(violation)


def test_a_broken_file_of_many_rows_stays_readable():
    results = rich_results()
    broken = audit(rich_book(), tampered("a price is above its limit"))
    assert len(broken) < 60
    assert audit(rich_book(), results) == []


def test_broken_mean_of_a_coarse_line_is_excused_only_at_a_price_limit():
    """The first half hour of B can fall no further; so the hour's mean stays above A's price."""
    book = market(("A", "B"), 1, {"A": 60, "B": 30}, price_max=100).line("A", "B", 10)
    book = book.buys("B", 5, at=60).buys("B", 20, at=100, hour=0.5).fixed_border("A", "X", -10).book()
    none, whole = np.zeros(0), np.zeros(0, dtype=np.int64)
    volumes = Volumes(np.array([5.0, 5.0]), none, none, whole, whole, none, np.array([5.0]), np.array([-5.0]))

    def rules(*prices):
        return {v.rule for v in audit(book, outcome(book, volumes, np.array(prices)))}

    assert rules(-500.0, -500.0, 100.0) == set()
    assert rules(-500.0, -499.0, 99.0) >= {"line_prices"}
