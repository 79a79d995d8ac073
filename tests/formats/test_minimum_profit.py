"""The converter of minimum-profit auctions: tables whose every number is known, and every mistake by its rule."""

import numpy as np
import pytest
from tests.formats.minimum_profit_tables import tiny_auction, write_auction

from walras.book.cells import Tick
from walras.book.folder import read, write
from walras.book.hashing import market_hash
from walras.errors import BadInput
from walras.formats.minimum_profit import convert_minimum_profit, read_minimum_profit


@pytest.fixture
def tables():
    return tiny_auction()


def converted(tmp_path, tables):
    return convert_minimum_profit(write_auction(tmp_path / "src", tables))


def mistakes(tmp_path, tables):
    with pytest.raises(BadInput) as caught:
        converted(tmp_path, tables)
    return caught.value.mistakes


# what is read


def test_areas_are_zones_and_periods_their_hours(tmp_path, tables):
    cells = converted(tmp_path, tables).cells
    assert [z.name for z in cells.zones] == ["5", "7"]
    assert cells.count == 6
    assert set(cells.minutes) == {60}


def test_ticks_are_as_fine_as_the_tables_need(tmp_path, tables):
    grid = converted(tmp_path, tables).cells.grids[0]
    assert grid.price_tick == Tick(1, 100_000)  # 8.63625
    assert grid.quantity_tick == Tick(1, 100)  # 0.6 x 40.1


def test_plain_tables_have_the_usual_ticks(tmp_path, tables):
    for row in tables["mp_hourly"][1:]:
        row[1:3] = ["9", "-40"]
    grid = converted(tmp_path, tables).cells.grids[0]
    assert (grid.price_tick, grid.quantity_tick) == (Tick(1, 100), Tick(1, 10))


def test_numbers_that_no_tick_holds_are_rounded_and_said(tmp_path, tables):
    tables["hourly_quad"][1][3] = f"{100 / 3}"
    found = read_minimum_profit(write_auction(tmp_path / "src", tables))
    assert found.notes == ("quantities rounded to 6 decimals: 1",)
    assert found.book.curves.quantity[found.book.curves.name.index("hourly-3")] == 33_333_333


def test_bids_below_zero_sell(tmp_path, tables):
    c = converted(tmp_path, tables).curves
    assert c.name[:3] == ("hourly-10", "hourly-11", "hourly-3")
    assert c.side[:3].tolist() == [1, -1, -1]
    assert c.step_cell[:3].tolist() == [5, 2, 3]
    assert c.quantity[:3].tolist() == [4500, 3000, 6030]
    assert c.price_start[:3].tolist() == [3_500_000, 8_000_000, 9_050_000]


def test_a_bid_may_be_interpolated(tmp_path, tables):
    tables["hourly_quad"][2][2] = "40"
    c = converted(tmp_path, tables).curves
    at = c.name.index("hourly-4")
    assert (c.price_start[at], c.price_end[at]) == (3_500_000, 4_000_000)


def test_minimum_ratios_become_minimum_powers(tmp_path, tables):
    s = converted(tmp_path, tables).scalables
    assert s.name == ("mp-1", "mp-2")
    assert s.grid.tolist() == [1, 0]
    assert s.fixed_term.tolist() == [2000.0, 0.0]
    assert s.step_number.tolist() == [1, 2] * 6
    assert s.quantity[:2].tolist() == [4010, 2000]
    assert s.minimum_quantity.tolist() == [2406] * 6
    assert s.minimum_cell.tolist() == [3, 4, 5, 0, 1, 2]


def test_of_equally_cheap_steps_the_one_with_the_minimum_comes_first(tmp_path, tables):
    tables["mp_hourly"][2][1] = "8.63625"
    tables["mp_hourly"][2][0], tables["mp_hourly"][1][0] = "4", "5"
    s = converted(tmp_path, tables).scalables
    assert s.quantity[:2].tolist() == [4010, 2000]


def test_both_directions_make_one_line(tmp_path, tables):
    lines = converted(tmp_path, tables).lines
    assert lines.name == ("5-7",)
    assert set(lines.capacity_forward) == {11.5}
    assert set(lines.capacity_backward) == {20.0}


def test_a_book_survives_its_market_folder(tmp_path, tables):
    book = converted(tmp_path, tables)
    write(book, tmp_path / "market")
    assert market_hash(read(tmp_path / "market")) == market_hash(book)


def test_the_tiny_auction_clears(tmp_path, tables, clear):
    results = clear(converted(tmp_path, tables))
    assert np.isfinite(results.price).all()


# what is wrong


def test_a_missing_folder_is_a_mistake(tmp_path):
    with pytest.raises(BadInput, match="no such folder"):
        convert_minimum_profit(tmp_path / "nowhere")


def test_missing_tables_and_columns_and_unreadable_values_come_back_together(tmp_path, tables):
    del tables["periods"]
    tables["line_cap"][0][1] = "to"
    tables["mp_headers"][1][2] = "much"
    tables["mp_hourly"][3][4] = ""
    tables["hourly_quad"][2][1] = "nan"
    found = mistakes(tmp_path, tables)
    assert {(m.rule, m.where) for m in found} == {
        ("source_table", "periods"),
        ("source_columns", "line_cap"),
        ("source_values", "mp_headers row 1"),
        ("source_values", "mp_hourly row 3"),
        ("source_values", "hourly_quad row 2"),
    }


def test_an_empty_table_is_a_mistake(tmp_path, tables):
    tables["mp_hourly"] = tables["mp_hourly"][:1]
    assert ("source_table", "mp_hourly") in {(m.rule, m.where) for m in mistakes(tmp_path, tables)}


@pytest.mark.parametrize(
    ("table", "row", "column", "text", "rule"),
    [
        ("hourly_quad", 1, 0, "4", "duplicate_key"),
        ("hourly_quad", 1, 1, "3000.01", "price_limits"),
        ("hourly_quad", 2, 2, "30", "curve_monotone"),
        ("hourly_quad", 1, 2, "95", "curve_monotone"),
        ("hourly_quad", 1, 3, "0", "quantity_sign"),
        ("hourly_quad", 1, 4, "9", "zone_known"),
        ("hourly_quad", 1, 5, "4", "period_known"),
        ("periods", 1, 0, "0", "period_numbers"),
        ("mp_headers", 1, 0, "2", "duplicate_key"),
        ("mp_headers", 1, 1, "9", "zone_known"),
        ("mp_headers", 1, 1, "5", "order_one_zone"),
        ("mp_headers", 1, 0, "3", "order_has_rows"),
        ("mp_headers", 1, 0, "3", "order_known"),
        ("mp_headers", 1, 2, "-1", "fixed_term_not_negative"),
        ("mp_hourly", 1, 1, "-500.01", "price_limits"),
        ("mp_hourly", 1, 2, "5", "quantity_sign"),
        ("mp_hourly", 1, 3, "9", "period_known"),
        ("mp_hourly", 1, 5, "1.1", "min_acceptance_ratio"),
        ("mp_hourly", 2, 1, "8", "minimum_on_cheapest_step"),
        ("mp_hourly", 2, 5, "0.5", "minimum_on_cheapest_step"),
        ("line_cap", 1, 3, "-1", "capacity_not_negative"),
        ("hourly_quad", 1, 3, "1e300", "number_sensible"),
        ("line_cap", 1, 3, "1000000.5", "number_sensible"),
        ("areas", 1, 0, " ", "source_values"),
        ("line_cap", 1, 0, "5", "line_ends"),
        ("line_cap", 1, 2, "2", "duplicate_key"),
        ("line_cap", 1, 2, "2", "every_period"),
    ],
)
def test_a_value_that_breaks_a_rule_is_named(tmp_path, tables, table, row, column, text, rule):
    tables[table][row][column] = text
    found = mistakes(tmp_path, tables)
    assert all(m.what and m.where and m.fix for m in found)
    assert rule in {m.rule for m in found}
