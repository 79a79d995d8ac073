"""Linepack, solved on paper: a store of the pipeline's operator in a zone of its own between two lines.

Gas enters the pipe over a line with the loss (fuel gas) and the tariff, and leaves it over one with neither.
"""

import numpy as np
import pytest
from tests.builders import market
from tests.by_hand.outcome import ByHand, clear_by_hand
from tests.folders import Folder

from walras.book.stores import needs_no_decision
from walras.settlement.settle import settle
from walras.vocabulary import Status

GAS = {"A": "gas", "P": "gas", "B": "gas"}
INTO = 0.98
"""What arrives in the pipe of what A sends; the tariff is 1."""


def pipe(*prices, need=49.0, into=200.0, **levels):
    """An hour for each price of A's gas; B buys `need` MW at up to 90; the operator fills and draws pipe P."""
    said = market(("A", "P", "B"), hours=len(prices), carriers=GAS)
    said.line("A", "P", into, 0, loss=(0.02, 0), tariff=1).line("P", "B", 200, 0)
    for hour, price in enumerate(prices):
        said.sells("A", 200, at=price, hour=hour).buys("B", need, at=90, hour=hour)
    return said.storage("linepack", "P", 100, **{"capacity": 29.4} | levels)


def level(solved: ByHand):
    """MWh in the pipe after each hour."""
    volumes = solved.results.decided
    return (solved.book.storages.start[0] + np.cumsum(volumes.charge - volumes.discharge)).round(6).tolist()


def in_pipe(price: float) -> float:
    """What a MWh is worth in the pipe while gas of that price flows in."""
    return (price + 1) / INTO


def test_cheap_gas_of_the_night_is_drawn_in_the_day():
    """29.4 MWh fit: 78.4 MW arrive at night (80 sent), 19.6 in the day (20 sent), and B has 49 in both hours."""
    solved = clear_by_hand(pipe(10, 40))
    assert [solved.exchange("A-P", h) for h in (0, 1)] == pytest.approx([80, 20])
    assert [solved.exchange("P-B", h) for h in (0, 1)] == pytest.approx([49, 49])
    assert level(solved) == pytest.approx([29.4, 0])
    assert solved.welfare == pytest.approx(2 * 49 * 90 - 80 * 11 - 20 * 41)
    assert solved.results.status is Status.OPTIMAL


def test_the_pipe_has_a_price_of_its_own_and_fuel_gas_is_paid_once():
    """A full pipe parts the hours: 11 / 0.98 and 41 / 0.98. On the way out nothing is lost and nothing is paid."""
    solved = clear_by_hand(pipe(10, 40))
    assert solved.prices("A") == pytest.approx([10, 40])
    assert solved.prices("P") == pytest.approx([in_pipe(10), in_pipe(40)])
    assert solved.prices("B") == pytest.approx(solved.prices("P"))


def test_a_pipe_with_room_has_one_price():
    """49 MWh of the night serve all of the day, nothing is sent then: the last MWh stored costs what it saves."""
    solved = clear_by_hand(pipe(10, 40, capacity=60))
    assert [solved.exchange("A-P", h) for h in (0, 1)] == pytest.approx([100, 0])
    assert solved.prices("B") == pytest.approx([in_pipe(10), in_pipe(10)])
    assert level(solved) == pytest.approx([49, 0])


def test_the_level_of_the_start_is_there_again_at_the_end():
    """The dear hour comes first: its 10 MWh are drawn and bought again in the cheap one; no less is left."""
    solved = clear_by_hand(pipe(40, 10, start=10, end=10))
    assert level(solved) == pytest.approx([0, 10])
    assert [solved.exchange("A-P", h) for h in (0, 1)] == pytest.approx([39 / INTO, 59 / INTO])


def test_a_pipe_at_one_price_moves_nothing_or_what_it_likes_but_ends_as_it_began():
    solved = clear_by_hand(pipe(20, 20, 20, start=5, end=5))
    assert level(solved)[-1] == pytest.approx(5)
    assert solved.prices("B") == pytest.approx([in_pipe(20)] * 3)


def test_linepack_is_always_accepted_where_it_need_not_end_higher():
    book = pipe(10, 40, start=5, end=5).storage("fuller", "P", 100, 29.4, start=5, end=6).book()
    assert needs_no_decision(book.cells, book.storages).tolist() == [False, True]


def test_filling_a_pipe_for_nothing_is_a_loss_and_stays_out():
    """5 MWh more at the end, at one price: the order would lose 5 times that price; the pipe still carries gas."""
    solved = clear_by_hand(pipe(20, 20, start=5, end=10))
    assert solved.results.decided.storage_accepted.tolist() == [0]
    assert [solved.exchange("P-B", h) for h in (0, 1)] == pytest.approx([49, 49])


def test_more_linepack_for_tomorrow_is_bought_in_the_zone_of_the_pipe():
    """Without an end above the start: the operator buys 5 MWh as any buyer does, at the price of the pipe."""
    solved = clear_by_hand(pipe(20, 20, start=5, end=5).buys("P", 5, at=4000, hour=1, order="fill"))
    assert sum(solved.exchange("A-P", h) for h in (0, 1)) == pytest.approx((2 * 49 + 5) / INTO)


def test_a_full_line_out_parts_the_pipe_from_the_buyers():
    """45 MW fit through: B's own gas at 60 sets its price, the pipe stays at A's."""
    said = market(("A", "P", "B"), hours=1, carriers=GAS).line("A", "P", 200, 0, loss=(0.02, 0), tariff=1)
    said.line("P", "B", 45, 0).sells("A", 200, at=10).sells("B", 50, at=60).buys("B", 49, at=90)
    solved = clear_by_hand(said.storage("linepack", "P", 100, 50, start=20, end=20))
    assert [solved.price("P"), solved.price("B")] == pytest.approx([in_pipe(10), 60])


def test_a_pipe_that_runs_both_ways_has_its_loss_where_gas_enters_and_its_tariff_on_one_line():
    """49 arrive of 50 sent either way: gas of A at 10 is worth 11 / 0.98 in B, gas of B at 10 is 10 / 0.98 + 1 in A."""
    said = market(("A", "P", "B"), hours=2, carriers=GAS).line("A", "P", 200, loss=(0.02, 0), tariff=1)
    said.line("P", "B", 200, loss=(0, 0.02))
    for hour, (seller, buyer) in enumerate(("AB", "BA")):
        said.sells(seller, 200, at=10, hour=hour).buys(buyer, 49, at=90, hour=hour)
    solved = clear_by_hand(said.storage("linepack", "P", 100, 0))
    assert [solved.exchange("A-P", h) for h in (0, 1)] == pytest.approx([50, -49])
    assert [solved.exchange("P-B", h) for h in (0, 1)] == pytest.approx([49, -50])
    assert [solved.price("B", 0), solved.price("A", 1)] == pytest.approx([in_pipe(10), 10 / INTO + 1])


def test_an_idle_pipe_has_a_price_between_its_ends():
    """B pays 5 at the most and A asks for 10: nothing flows, and 5 to 11.22 is legal in the pipe."""
    said = market(("A", "P", "B"), hours=2, carriers=GAS).line("A", "P", 200, 0, loss=(0.02, 0), tariff=1)
    said.line("P", "B", 200, 0)
    for hour in (0, 1):
        said.sells("A", 200, at=10, hour=hour).buys("B", 49, at=5, hour=hour)
    solved = clear_by_hand(said.storage("linepack", "P", 100, 50, start=20, end=20))
    assert level(solved) == pytest.approx([20, 20])
    assert solved.prices("P")[0] == pytest.approx(solved.prices("P")[1])
    assert 5 <= solved.price("P") <= in_pipe(10)


@pytest.mark.parametrize(("end", "rules"), [(200, []), (200.1, ["end_within_reach"])])
def test_a_pipe_that_cannot_meet_its_end_is_refused_before_solving(tmp_path, end, rules):
    """100 MW for two hours from an empty pipe: 200 MWh at the most."""
    folder = Folder(tmp_path / "market", pipe(10, 40, capacity=300, end=150))
    folder.change("storage_orders", 1, end_mwh=str(end))
    found = folder.mistakes()
    assert [m.rule for m in found] == rules
    if found:
        assert "it must end with 200.1 MWh, but charging all the time ends with 200 MWh" in found[0].what


def test_an_end_that_the_line_cannot_bring_keeps_the_order_out():
    """The rule knows the order's own power, not the network: 60 MW of charge, 50 MW of line."""
    solved = clear_by_hand(pipe(10, 40, need=45, into=50, end=29.4))
    assert solved.results.decided.storage_accepted.tolist() == [0]
    assert [solved.exchange("P-B", h) for h in (0, 1)] == pytest.approx([45, 45])


def test_a_pipe_settles_to_the_cent():
    """What the operator earns is between the price at which gas was stored and the one at which it was drawn."""
    solved = clear_by_hand(pipe(10, 40))
    owed = settle(solved.book, solved.results).who_owes_whom
    assert int(owed["net_minor"].sum()) == 0
    member = solved.book.storages.member[0]
    earned = owed.filter(owed["party"] == member)["net_minor"].item()
    low, high = (round(in_pipe(p), 2) for p in (10, 40))
    assert earned == pytest.approx(29.4 * (high - low) * 100, abs=1)
