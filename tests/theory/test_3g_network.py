"""Theory 3g: lines and flow-based domains change nothing; a forced flow can leave no market to fall back on.

A line with losses does change something: used both ways at once it burns energy, so a direction is closed.
"""

import pytest
from tests.builders import market, one_zone
from tests.by_hand.outcome import ByHand

from walras.coupling.parts import parts, whole_market
from walras.coupling.relaxed import Relaxation
from walras.coupling.search.one_way import closed_smaller
from walras.coupling.search.price_rule import has_price_rule
from walras.vocabulary import Status


def test_3g_forced_import_into_a_zone_with_one_block_of_demand(clear):
    """20 MW must come in; the block alone can take them: accepted, and nothing is cut."""
    book = one_zone().fixed_border("A", "north", -20).block("d", "A", "demand", 50, 20).book()
    solved = ByHand(book, clear(book))
    assert solved.ratio("d") == 1
    assert solved.border("A-north") == pytest.approx(-20)


def test_3g_forced_import_that_nobody_can_take_is_cut_at_the_lower_limit(clear):
    """The block needs 30 MW: without it there is no demand, so the import is cut to none at -500."""
    book = one_zone().fixed_border("A", "north", -20).block("d", "A", "demand", 50, 30).book()
    solved = ByHand(book, clear(book))
    assert solved.ratio("d") == 0
    assert solved.border("A-north") == pytest.approx(0)
    assert solved.price() == pytest.approx(-500)


def meshed():
    """0.25 A - 0.5 B - 0.25 C <= 125 (rules, 2.3)."""
    said = market(("A", "B", "C")).domain("mesh", ("A", "B", "C")).branch("r", 125, A=0.25, B=-0.5, C=-0.25)
    return said.sells("A", 300, at=20).sells("B", 150, at=70).buys("C", 600, at=60)


def test_3g_the_dearest_zone_exports_where_it_relieves_a_branch(clear):
    """300, 100 and -400 load it with 125. B and C set 70 and 60: rent 40, hub 50, so 40 in A."""
    book = meshed().book()
    solved = ByHand(book, clear(book))
    assert solved.results.decided.domain == pytest.approx([300, 100, -400])
    assert [solved.price(z) for z in "ABC"] == pytest.approx([40, 70, 60])
    assert solved.welfare == pytest.approx(400 * 60 - 300 * 20 - 100 * 70)
    assert solved.results.status is Status.OPTIMAL


def test_3g_a_block_behind_a_branch_is_judged_at_its_own_price(clear):
    """A has 40: a block at 45 stays out. One at 10 takes the place of the curve at 20."""
    dear, cheap = meshed().block("b", "A", 1, 45, 50), meshed().block("b", "A", 1, 10, 50)
    assert ByHand(dear.book(), clear(dear.book())).ratio("b") == 0
    solved = ByHand(cheap.book(), clear(cheap.book()))
    assert solved.ratio("b") == 1


def burning():
    """Supply at -50 and a block at -60 in A, 20 MW of demand; there and back to B would burn 19 of 100 MW."""
    said = market(("A", "B")).line("A", "B", 100, loss=0.1).sells("A", 100, at=-50).buys("A", 20, at=10)
    return said.block("b", "A", "supply", -60, 10).book()


def test_3g_a_direction_is_closed_where_both_would_be_used(clear):
    """The block and 10 MW at -50 serve the demand; the line does nothing, though burning would earn 950 more."""
    book = burning()
    solved = ByHand(book, clear(book))
    assert solved.ratio("b") == 1
    assert solved.exchange("A-B") == 0
    assert solved.price() == pytest.approx(-50)
    assert solved.welfare == pytest.approx(20 * 10 + 10 * 60 + 10 * 50)


def test_3g_with_both_directions_open_a_legal_result_would_be_called_void(clear):
    """Fact F2 with both open: the block relaxed alone is worth 2250, more than the 1300 of a legal result with it."""
    book = burning()
    part = next(parts(whole_market(book)))
    relaxation = Relaxation(part)
    both = relaxation.point()
    assert min(relaxation.exchange(both)) > 1
    while closed_smaller(relaxation, both):
        both, one = relaxation.point(), both
    assert both.cost - one.cost == pytest.approx(950)
    assert not has_price_rule(part)
    results = clear(book)
    assert results.certificate.tree is None or not len(results.certificate.tree.witness_node)


def test_3g_a_tariff_closes_nothing_so_the_facts_hold():
    said = market(("A", "B")).line("A", "B", 100, tariff=1).sells("A", 100, at=-50).buys("A", 20, at=10)
    assert has_price_rule(next(parts(whole_market(said.book()))))
