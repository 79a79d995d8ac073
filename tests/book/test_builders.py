"""The words of `builders` mean what they say; what they build, the market folder can hold."""

import pytest
from tests.builders import market, on_tick, one_zone, tick, two_zones
from tests.folders import every_family

from walras.book.cells import Tick


def test_steps_of_one_order_and_hour_are_one_curve_in_order():
    book = one_zone().sells("A", 5, at=20, order="o").sells("A", 3, at=10, order="o").buys("A", 1, at=5).book()
    curves = book.curves
    assert curves.name == ("A-D0003", "o")
    assert curves.step_order.tolist() == [0, 1, 1]
    assert curves.step_number.tolist() == [1, 1, 2]
    assert curves.price_start.tolist() == [500, 1000, 2000]
    assert curves.side.tolist() == [-1, 1]


def test_demand_steps_begin_with_the_dearest():
    curves = one_zone().buys("A", 5, at=20, order="o").buys("A", 3, at=30, to=25, order="o").book().curves
    assert curves.price_start.tolist() == [3000, 2000]
    assert curves.price_end.tolist() == [2500, 2000]


def test_a_line_is_named_after_its_ends_and_equal_in_both_directions():
    lines = two_zones(20, hours=2).book().lines
    assert lines.name == ("A-B",)
    assert lines.capacity_forward.tolist() == lines.capacity_backward.tolist() == [20, 20]


def test_a_value_off_the_tick_is_refused():
    with pytest.raises(AssertionError, match="off the tick"):
        one_zone().sells("A", 1, at=10.005)


def test_ticks_are_exact_decimals():
    assert (tick(0.01), tick(0.05), tick(25.0), tick(1e-05)) == (
        Tick(1, 100),
        Tick(5, 100),
        Tick(25, 1),
        Tick(1, 100_000),
    )
    assert on_tick(70.12, tick(0.01)) == 7012


def test_every_word_together_makes_a_book_that_reads_back(folder):
    assert folder.mistakes() == ()
    book = every_family().book()
    assert (book.lines.count, book.borders.count, book.curves.count) == (1, 2, 2)
    assert (book.blocks.count, book.flexibles.count, book.scalables.count) == (4, 1, 2)


def test_more_zones_are_sorted_by_name():
    assert [z.name for z in market(("C", "A", "B")).book().cells.zones] == ["A", "B", "C"]
