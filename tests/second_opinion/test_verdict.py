"""The second opinion complains when it should: results of the engine, spoilt on purpose."""

from dataclasses import replace

import pytest
from tests.builders import one_zone, two_zones
from tests.second_opinion import verdict

from walras.coupling.clear import clear
from walras.vocabulary import Status


@pytest.fixture
def curves():
    market = two_zones(atc_mw=20).sells("A", 100, at=10, to=30).buys("A", 40, at=60).sells("B", 50, at=50)
    return market.buys("B", 60, at=90).book()


@pytest.fixture
def blocks():
    said = one_zone().buys("A", 150, at=50).sells("A", 100, at=30).block("b", "A", 1, 20, 100)
    return said.block("c", "A", 1, 45, 10).book()


SPOILS = {
    "price": lambda r: replace(r, price_exact=r.price_exact + 1e-3),
    "welfare": lambda r: replace(r, welfare=r.welfare * (1 + 1e-5)),
    "bound": lambda r: replace(r, bound=r.bound - 1),
    "volume": lambda r: replace(r, decided=replace(r.decided, curve=r.decided.curve * (1 - 1e-6))),
}


@pytest.mark.parametrize("spoil", SPOILS)
def test_a_spoilt_result_of_curves_is_complained_about(curves, spoil):
    results = clear(curves)
    assert not verdict.curve_complaints(curves, results)
    complaints = verdict.curve_complaints(curves, SPOILS[spoil](results))
    assert [c for c in complaints if not c.startswith("audit")]


def test_a_result_of_curves_that_is_not_called_optimal_is_complained_about(curves):
    assert verdict.curve_complaints(curves, replace(clear(curves), status=Status.FEASIBLE))


@pytest.mark.parametrize("spoil", ["welfare", "bound"])
def test_a_spoilt_result_of_blocks_is_complained_about(blocks, spoil):
    results = clear(blocks)
    assert not verdict.indivisible_complaints(blocks, results)
    complaints = verdict.indivisible_complaints(blocks, SPOILS[spoil](results))
    assert [c for c in complaints if not c.startswith("audit")]


def test_a_block_accepted_at_a_loss_is_complained_about(blocks):
    results = clear(blocks)
    ratio = results.decided.block_ratio.copy()
    ratio[1] = 1.0
    worse = replace(results, decided=replace(results.decided, block_ratio=ratio))
    assert any("not legal" in c or "welfare of" in c for c in verdict.selection_complaints(blocks, worse))


def test_an_optimum_that_is_none_is_complained_about(blocks):
    """The market without its good block is worth less; calling that optimal is wrong."""
    results = clear(blocks)
    without = replace(blocks, blocks=replace(blocks.blocks, price=blocks.blocks.price * 0 + 400000))
    poor = clear(without)
    claimed = replace(poor, status=Status.OPTIMAL, bound=results.bound)
    assert any("optimal" in c for c in verdict.indivisible_complaints(blocks, claimed))
