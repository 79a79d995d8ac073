"""Lines with losses and tariffs, solved on paper (rules, 2.1)."""

import pytest
from tests.builders import market, two_zones
from tests.by_hand.outcome import ByHand, clear_by_hand
from tests.second_opinion import one_way

from walras.coupling.clear import clear
from walras.coupling.what_if import what_if
from walras.vocabulary import Status


def judged(said) -> ByHand:
    """Clear a market in which prices may be below zero; fail if any choice of open directions speaks against it."""
    book = said.book()
    results = clear(book)
    found = one_way.judged(book, results)
    assert not found.complaints
    assert found.is_best
    return ByHand(book, results)


def test_ten_in_a_hundred_are_lost_and_the_buyer_pays_for_them():
    """Clearing rules 2.4: 10 MW at 30 in A, supply at 3 in B: 11.11 MW are sent for 10, at 3 / 0.9 in A."""
    said = market().line("A", "B", 100, loss=0.1).buys("A", 10, at=30).sells("B", 100, at=3)
    solved = clear_by_hand(said)
    assert solved.exchange("A-B") == pytest.approx(-10 / 0.9)
    assert solved.results.decided.received == pytest.approx([-10])
    assert [solved.price("A"), solved.price("B")] == pytest.approx([3 / 0.9, 3])
    assert solved.welfare == pytest.approx(10 * 30 - 3 * 10 / 0.9)
    assert solved.results.status is Status.OPTIMAL


@pytest.mark.parametrize(("dear", "mw", "price"), [(11.99, 0, None), (30, 50, 12)])
def test_a_tariff_is_paid_or_nothing_flows(dear, mw, price):
    """Sending costs 2: 10 in A is worth 12 in B."""
    solved = clear_by_hand(two_zones().line("A", "B", 100, tariff=2).sells("A", 100, at=10).buys("B", 50, at=dear))
    assert solved.exchange("A-B") == pytest.approx(mw)
    if price is not None:
        assert solved.price("B") == pytest.approx(price)
        assert solved.welfare == pytest.approx(50 * (dear - 10 - 2))
    assert solved.results.status is Status.OPTIMAL


def test_a_tariff_is_paid_backward_too():
    solved = clear_by_hand(two_zones().line("A", "B", 100, tariff=2).sells("B", 100, at=10).buys("A", 50, at=30))
    assert solved.exchange("A-B") == pytest.approx(-50)
    assert [solved.price("A"), solved.price("B")] == pytest.approx([12, 10])


def test_a_full_line_leaves_a_difference_beyond_loss_and_tariff():
    """40 MW sent, 38 arrive; B's own seller sets 50: 0.95 x 50 - 10 - 2 = 35.5 a MW sent."""
    said = market().line("A", "B", 40, loss=0.05, tariff=2)
    solved = clear_by_hand(said.sells("A", 100, at=10).sells("B", 100, at=50).buys("B", 60, at=90))
    assert solved.exchange("A-B") == pytest.approx(40)
    assert [solved.price("A"), solved.price("B")] == pytest.approx([10, 50])


def test_each_direction_has_its_own_loss():
    said = market(hours=2).line("A", "B", 100, loss=(0.1, 0.2))
    for hour, (seller, buyer) in enumerate(("AB", "BA")):
        said.sells(seller, 100, at=8, hour=hour).buys(buyer, 36, at=90, hour=hour)
    solved = clear_by_hand(said)
    assert [solved.exchange("A-B", p) for p in (0, 1)] == pytest.approx([40, -45])
    assert [solved.price("B", 0), solved.price("A", 1)] == pytest.approx([8 / 0.9, 10])


def test_of_parallel_lines_the_one_of_lower_loss_comes_first():
    """Clearing rules 2.1: 20 MW of the better line are full before the other sends anything."""
    said = market().line("A", "B", 20, loss=0.1, name="worse").line("A", "B", 20, loss=0.05, name="better")
    solved = clear_by_hand(said.sells("A", 100, at=10).buys("B", 28, at=90))
    assert solved.exchange("better") == pytest.approx(20)
    assert solved.exchange("worse") == pytest.approx(10)
    assert solved.price("B") == pytest.approx(10 / 0.9)


def test_a_path_over_two_lines_adds_up_losses():
    """B has no orders and follows: 81 in C are 90 in B are 100 in A, and C pays 10 / 0.81."""
    said = market(("A", "B", "C")).line("A", "B", 200, loss=0.1).line("B", "C", 200, loss=0.1)
    solved = clear_by_hand(said.sells("A", 200, at=10).buys("C", 81, at=90))
    assert [solved.exchange("A-B"), solved.exchange("B-C")] == pytest.approx([100, 90])
    assert [solved.price(z) for z in "ABC"] == pytest.approx([10, 10 / 0.9, 10 / 0.81])


def test_the_middle_of_an_interval_is_found_through_a_line_with_losses():
    """A may have 10 to 30; B follows at 1 / 0.8 of it and pulls nobody: 20 and 25."""
    said = market().line("A", "B", 200, loss=0.2)
    solved = clear_by_hand(said.sells("A", 100, at=10).sells("A", 50, at=30).buys("B", 80, at=90))
    assert [solved.price("A"), solved.price("B")] == pytest.approx([20, 25])


def test_a_coarse_line_compares_means():
    """Hours in A, half hours in B: 9 MW arrive all the hour, and the mean in B is 12 / 0.9."""
    said = market(("A", "B"), 1, {"A": 60, "B": 30}).line("A", "B", 100, loss=0.1, tariff=2).sells("A", 100, at=10)
    said.buys("B", 9, at=90).buys("B", 12, at=90, hour=0.5).sells("B", 50, at=20, hour=0.5)
    solved = clear_by_hand(said)
    assert solved.exchange("A-B") == pytest.approx(10)
    assert solved.prices("B") == pytest.approx([2 * 12 / 0.9 - 20, 20])


def test_nothing_circulates_where_burning_energy_would_pay():
    """At -50 there and back would burn 19 of 100 MW. E has -50 / 0.9, and the way back, which would gain, is closed."""
    said = market(("D", "E")).line("D", "E", 100, loss=0.1).sells("D", 100, at=-50).buys("D", 20, at=10)
    solved = judged(said.buys("E", 9, at=5))
    assert solved.exchange("D-E") == pytest.approx(10)
    assert [solved.price("D"), solved.price("E")] == pytest.approx([-50, -50 / 0.9])
    assert solved.welfare == pytest.approx(20 * 10 + 9 * 5 + 30 * 50)
    assert solved.results.status is Status.FEASIBLE
    assert solved.bound > solved.welfare + 1


def test_a_closed_direction_opens_again_once_prices_are_above_zero():
    """All-or-nothing 60 MW at -100 could only be burnt; without them A sells to B as ever."""
    said = market().line("A", "B", 100, loss=0.1).sells("A", 100, at=-50).buys("A", 30, at=10).buys("B", 20, at=10)
    solved = judged(said.block("k", "B", "supply", -100, 60))
    assert solved.ratio("k") == 0
    assert solved.exchange("A-B") == pytest.approx(20 / 0.9)
    assert solved.price("B") == pytest.approx(-50 / 0.9)


def test_tariffs_alone_never_close_a_direction():
    said = market().line("A", "B", 100, tariff=1).sells("A", 100, at=-50).buys("A", 20, at=10).buys("B", 9, at=5)
    solved = judged(said)
    assert solved.results.status is Status.OPTIMAL
    assert solved.price("B") == pytest.approx(-49)


def test_a_price_beyond_its_limit_is_cut_and_the_line_keeps_the_money():
    """B's buyer is worth (-500 + 5) / 0.9 = -550; the limit is -500."""
    said = market().line("A", "B", 100, loss=0.1, tariff=5).sells("A", 40, at=-500).buys("B", 9, at=-100)
    book = said.book()
    solved = ByHand(book, clear(book))
    assert [solved.price("A"), solved.price("B")] == pytest.approx([-500, -500])
    assert solved.exchange("A-B") == pytest.approx(10)


def test_tied_volume_is_greatest_across_a_tariff(clear):
    """10 in A and 12 in B are the same with a tariff of 2: all that both want is traded."""
    said = two_zones().line("A", "B", 100, tariff=2).sells("A", 100, at=10).buys("B", 50, at=12)
    solved = ByHand(book := said.book(), clear(book))
    assert solved.exchange("A-B") == pytest.approx(50)


def test_greatest_tied_volume_comes_before_equal_shares_across_losses(clear):
    """8 in A is 10 in B. Of 100 MW wanted in B, A's 100 bring 80: 120 MW are sold so, and fewer in any other way."""
    said = two_zones().line("A", "B", 200, loss=0.2).sells("A", 100, at=8).sells("B", 100, at=10).buys("B", 100, at=90)
    solved = ByHand(book := said.book(), clear(book))
    assert solved.results.decided.curve == pytest.approx([100, 100, 20], abs=1e-6)


def test_what_is_sent_and_what_arrives_are_rounded_each_and_balance(clear):
    said = two_zones().line("A", "B", 100, loss=0.03).sells("A", 100, at=8).buys("B", 33.3, at=90).buys("A", 10, at=90)
    results = clear(said.book())
    assert results.published.exchange.tolist() == [34.3]
    assert results.published.received.tolist() == [33.3]


def test_an_order_beside_a_line_with_losses_can_be_tried(clear):
    said = two_zones().line("A", "B", 100, loss=0.1).sells("A", 100, at=10).buys("B", 45, at=90)
    book = said.block("dear", "B", "supply", 40, 20).book()
    results = clear(book)
    assert results.published.block_ratio.tolist() == [0.0]
    found = what_if(book, results, "dear")
    assert found.welfare == pytest.approx(20 * (10 / 0.9 - 40))
    assert not found.is_legal
