"""Flow-based domains, worked on paper and judged by the audit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.builders import market
from tests.results.by_hand import outcome, solve
from tests.results.rich import rich_book, rich_results

from walras.results.audit import audit
from walras.results.branches import branch_flows, rounding_reach
from walras.results.raw import Raw, net_exports
from walras.results.results import Volumes

NONE, WHOLE = np.zeros(0), np.zeros(0, dtype=np.int64)


def volumes(curve, domain):
    return Volumes(np.array(curve, dtype=float), NONE, NONE, WHOLE, WHOLE, NONE, NONE, NONE, np.array(domain, float))


def three(hours=1, mtu_minutes=60, **more):
    """A sells, C buys, B does either; 0.25 A - 0.5 B - 0.25 C is at most 125 MW (rules, 2.3)."""
    said = market(("A", "B", "C"), hours, mtu_minutes, **more).domain("core", ("A", "B", "C"))
    return said.branch("row", ram=125, A=0.25, B=-0.5, C=-0.25)


def rules(book, curve, domain, price):
    return {v.rule for v in audit(book, outcome(book, volumes(curve, domain), np.array(price, dtype=float)))}


def test_the_dearest_zone_exports_when_that_relieves_a_branch():
    said = three().sells("A", 500, at=40, order="a").sells("B", 100, at=20, order="b")
    book = said.buys("C", 500, at=200, order="c").sells("C", 300, at=60, order="d").book()
    results = solve(book)
    assert results.published.domain.tolist() == [300, 100, -400]
    assert results.price.tolist() == [40, 70, 60]
    assert results.certificate.branch_rent.tolist() == pytest.approx([40])
    assert branch_flows(Raw(book), results.published.domain).tolist() == [125]
    assert net_exports(Raw(book), results.published).tolist() == [300, 100, -400]
    assert audit(book, results) == []


@pytest.mark.parametrize(
    ("price", "legal"),
    [((40, 70, 60), True), ((40, 100, 80), True), ((40, 40, 40), True), ((40, 70, 61), False), ((40, 20, 30), False)],
)
def test_prices_are_legal_if_some_rent_of_the_full_branch_explains_them(price, legal):
    """B - A must be three quarters of the rent and C - A half of it; a rent is not negative."""
    book = three().sells("A", 300, at=0, order="a").sells("B", 100, at=0, order="b").buys("C", 400, at=500).book()
    found = rules(book, [300, 100, 400] if book.curves.side[2] < 0 else [400, 300, 100], [300, 100, -400], price)
    assert ("domain_prices" not in found) == legal


def test_a_price_at_its_limit_need_not_be_explained_beyond_it():
    """A at 40 and C at 60 ask 70 of B. Where 65 is the limit of all, 65 is legal, and 64.99 is not."""
    said = three(price_max=65).sells("A", 300, at=0, order="a").sells("B", 100, at=0, order="b")
    book = said.buys("C", 400, at=65, order="c").book()
    assert "domain_prices" not in rules(book, [300, 100, 400], [300, 100, -400], [40, 65, 60])
    assert "domain_prices" in rules(book, [300, 100, 400], [300, 100, -400], [40, 64.99, 60])


def test_rounding_of_prices_and_exchanges_is_excused_and_nothing_else():
    """300, 99.9 and -399.9 MW load the branch with 125.025 MW; rounding reaches 0.075 MW."""
    said = three().sells("A", 300, at=0, order="a").sells("B", 100, at=0, order="b").buys("C", 500, at=500, order="c")
    book = said.book()
    raw = Raw(book)
    assert rounding_reach(raw).tolist() == pytest.approx([0.1 * (0.5 + 0.25)])
    assert rules(book, [300, 99.9, 399.9], [300, 99.9, -399.9], [40, 70, 60]) & DOMAIN == set()
    assert rules(book, [300, 99.6, 399.6], [300, 99.6, -399.6], [40, 70, 60]) & DOMAIN == {"branch_capacity"}
    assert rules(book, [300, 99.9, 399.9], [300, 99.9, -399.9], [40, 70.01, 60]) & DOMAIN == set()
    assert rules(book, [300, 99.9, 399.9], [300, 99.9, -399.9], [40, 70.03, 60]) & DOMAIN == {"domain_prices"}


DOMAIN = {"domain_balance", "branch_capacity", "domain_prices"}


def test_the_reference_zone_of_ptdfs_changes_nothing():
    moved = market(("A", "B", "C")).domain("core", ("A", "B", "C")).branch("row", 125, A=0.5, B=-0.25, C=0.0).book()
    exchange = np.array([300.0, 100.0, -400.0])
    one, other = Raw(three().book()), Raw(moved)
    assert branch_flows(one, exchange) == branch_flows(other, exchange)
    assert rounding_reach(one).tolist() == pytest.approx(rounding_reach(other).tolist())


def test_decided_exchanges_are_judged_without_the_excuses_of_rounding():
    results = rich_results()
    assert audit(rich_book(), replace(results, decided=results.published)) == []
    domain = results.published.domain.copy()
    domain[[0, 2]] += 0.01, -0.01
    found = audit(rich_book(), replace(results, decided=replace(results.published, domain=domain)))
    assert {v.rule for v in found} == {"branch_capacity", "balance"}
    assert all(v.what.startswith("before rounding") for v in found)


def test_exchanges_of_short_periods_count_in_the_cell_that_they_lie_in():
    """A is an hour long, B and C half hours: A exports the mean of its two exchanges."""
    said = three(mtu_minutes={"A": 60, "B": 30, "C": 30}).sells("A", 300, at=0, order="a")
    for hour, load in ((0, 100), (0.5, 300)):
        said.buys("C", load, at=500, hour=hour, order="c")
    book = said.book()
    exchange = [100, 0, -100, 300, 0, -300]
    assert net_exports(Raw(book), volumes([], exchange)).tolist() == [200, 0, 0, -100, -300]
    price = [40, 40, 70, 40, 60]
    assert rules(book, [200, 100, 300], exchange, price) & {"balance", *DOMAIN} == {"branch_capacity"}
    assert rules(book, [200, 100, 300], [150, 0, -150, 250, 0, -250], price) & {"balance", *DOMAIN} == {"balance"}


def test_two_domains_keep_their_prices_apart():
    said = market(("A", "B", "C", "D")).domain("west", ("A", "B")).branch("w", 10, A=1).branch("v", 10, A=-1)
    book = said.domain("east", ("C", "D")).branch("e", 100, C=1).sells("A", 5, at=1).buys("B", 5, at=90).book()
    curve = [5, 5]
    assert rules(book, curve, [5, -5, 0, 0], [20, 20, 70, 70]) & DOMAIN == set()
    assert rules(book, curve, [5, -5, 0, 0], [20, 20, 70, 71]) & DOMAIN == {"domain_prices"}
    assert rules(book, curve, [5, 0, -5, 0], [20, 20, 70, 70]) & DOMAIN == {"domain_balance"}


def test_a_violation_names_domain_branch_and_time():
    book = three().sells("A", 500, at=1).buys("C", 500, at=90).book()
    found = audit(book, outcome(book, volumes([500, 500], [500, 0, -500]), np.array([50.0, 50.0, 50.0])))
    over = next(v for v in found if v.rule == "branch_capacity")
    assert over.where == "domain 'core' 2025-04-01T00:00:00Z branch 'row'"
    assert over.what == "carries 250 MW, its margin is 125 MW"
