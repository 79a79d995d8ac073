"""Ticks beside capacities that are off the tick: what may take any value makes up for what may not."""

import numpy as np
from tests.builders import market


def test_free_volumes_go_further_where_full_lines_must_stay_below_their_capacity(clear):
    """Two full lines of 10.07 MW bring 20.0 on the tick; B takes 5, so 15.0 go on to C, not 15.1 of 15.14."""
    said = market(["A1", "A2", "B", "C"]).line("A1", "B", 10.07).line("A2", "B", 10.07).line("B", "C", 100)
    said.sells("A1", 100, at=10).sells("A2", 100, at=10).buys("B", 5, at=90)
    out = clear(said.buys("C", 30, at=90).sells("C", 50, at=40).book())
    assert out.price.tolist() == [10, 10, 40, 40]
    assert out.decided.exchange.round(9).tolist() == [10.07, 10.07, 15.14]
    assert out.published.exchange.tolist() == [10, 10, 15]
    assert sorted(out.published.curve.tolist()) == [5, 10, 10, 15, 30]


def test_a_domain_never_goes_further_and_its_branch_stays_full(clear):
    """B gets 20.0 of 20.14 through its lines and needs 5; what the domain takes away stays beside 15.14."""
    said = market(["A1", "A2", "B", "C", "D"]).line("A1", "B", 10.07).line("A2", "B", 10.07)
    said.domain("mesh", ["B", "C", "D"]).branch("r", ram=15.14, B=1)
    said.sells("A1", 100, at=10).sells("A2", 100, at=10).buys("B", 5, at=90)
    said.sells("C", 50, at=40).buys("C", 30, at=90).sells("D", 50, at=40).buys("D", 30, at=90)
    out = clear(said.book())
    assert out.price[3:].tolist() == [40, 40]
    assert out.published.domain.sum() == 0
    assert out.published.domain[0] in (15.1, 15.2)
    assert out.published.exchange.tolist() == [10, 10]


def test_a_slope_is_not_pushed_off_its_price(clear):
    """The only free volume of B is a slope; what cannot be balanced is less than half a tick a volume."""
    said = market(["A1", "A2", "B"]).line("A1", "B", 10.07).line("A2", "B", 10.07)
    said.sells("A1", 100, at=10).sells("A2", 100, at=10).buys("B", 50, at=90, to=30)
    out = clear(said.book())
    demand = out.published.curve[np.argmax(np.abs(out.decided.curve - 20.14) < 1e-9)]
    assert demand in (20.1, 20.2)
