"""The Iberian converter: small days whose every number is known, and every mistake by its rule."""

from datetime import date

import numpy as np
import pytest
from tests.formats.omie_day_files import header, hours_of, row, tiny_day, write_day

from walras.book.folder import read, write
from walras.book.hashing import market_hash
from walras.errors import BadInput
from walras.formats.omie import convert_omie, read_omie


@pytest.fixture
def tiny():
    return tiny_day()


def converted(tmp_path, tiny, **how):
    return convert_omie(write_day(tmp_path / "src", tiny, **how))


def mistakes(tmp_path, tiny):
    with pytest.raises(BadInput) as caught:
        converted(tmp_path, tiny)
    return caught.value.mistakes


# what is read


def test_simple_orders_become_curves_of_their_units(tmp_path, tiny):
    book = converted(tmp_path, tiny)
    c = book.curves
    assert c.name == ("11", "12", "13", "14")
    assert c.member == ("SUN1", "CITY", "LISB", "DOURO")
    assert c.side.tolist() == [1, -1, -1, 1]
    assert [book.cells.zones[z].name for z in c.grid] == ["ES", "ES", "PT", "PT"]
    first = (c.step_order <= 1) & (c.step_cell == 0)
    assert c.price_start[first].tolist() == [1000, 3000, 9025, 8000]
    assert c.quantity[first].tolist() == [205, 400, 250, 150]
    assert c.step_number[first].tolist() == [1, 2, 1, 2]


def test_steps_are_numbered_in_order_of_price(tmp_path, tiny):
    tiny["rows"][0] |= {"price": 31.0}
    c = converted(tmp_path, tiny).curves
    first = (c.step_order == 0) & (c.step_cell == 0)
    assert c.price_start[first].tolist() == [3000, 3100]
    assert c.step_number[first].tolist() == [1, 2]


def test_blocks_have_legs_a_ratio_and_groups(tmp_path, tiny):
    book = converted(tmp_path, tiny)
    b = book.blocks
    assert b.name == ("16-01", "16-02", "16-03")
    assert b.price.tolist() == [1500, 1800, 1800]
    assert b.min_acceptance_ratio.tolist() == [0.5, 1.0, 1.0]
    assert b.group.tolist() == [-1, 0, 0]
    assert b.group_name == ("16-group-01",)
    assert b.leg_cell[b.leg_order == 0].tolist() == [8, 9, 11]
    assert b.leg_quantity[b.leg_order == 0].tolist() == [140, 150, 170]


def test_orders_with_a_fixed_term_or_a_minimum_are_scalable_complex_orders(tmp_path, tiny):
    tiny["headers"].append(header(17, "GAS2", "V"))
    tiny["zones"].append(("GAS2", "PT"))
    tiny["rows"] += [row(17, 5, 33.0, 9.0), row(17, 6, 33.0, 9.0, minimum=4.0)]
    s = converted(tmp_path, tiny).scalables
    assert s.name == ("15", "17")
    assert s.fixed_term.tolist() == [1500.0, 0.0]
    assert s.step_cell[s.step_order == 1].tolist() == [28, 29]
    assert s.minimum_quantity.tolist() == [300] * 24 + [40]
    assert s.minimum_cell[s.minimum_order == 1].tolist() == [29]


def test_rows_of_one_order_may_be_legs_and_steps(tmp_path, tiny):
    tiny["rows"].append(row(16, 3, 12.0, 4.0))
    book = converted(tmp_path, tiny)
    assert "16" in book.curves.name
    assert book.blocks.count == 3


def test_capacities_are_seen_from_spain(tmp_path, tiny):
    book = converted(tmp_path, tiny)
    assert book.lines.name == ("ES-PT",)
    assert set(book.lines.capacity_forward) == {3960.0}
    assert set(book.lines.capacity_backward) == {3056.5}
    assert (set(book.borders.capacity_export), set(book.borders.capacity_import)) == ({1750.0}, {1300.0})


def test_france_trades_an_hour_at_the_mean_of_its_quarters(tmp_path, tiny):
    assert set(converted(tmp_path, tiny).borders.price) == {42.0}


def test_hourly_prices_of_france_stay_as_they_are(tmp_path, tiny):
    tiny["french"] = tiny["french"][::4]
    assert set(converted(tmp_path, tiny).borders.price) == {40.5}


def test_few_rows_of_a_period_beyond_the_day_are_dropped_and_said(tmp_path, tiny):
    tiny["rows"] += [row(14, t, 29.0 + k, 1.0, step=2 + k) for t in range(1, 25) for k in range(5)]
    plain = converted(tmp_path / "plain", tiny)
    tiny["rows"].insert(3, row(11, 25, 10.0, 0.1))
    found = read_omie(write_day(tmp_path / "src", tiny))
    assert found.notes == ("rows of period 25, which 2024-05-07 does not have, dropped: 1",)
    assert market_hash(found.book) == market_hash(plain)


def test_many_rows_of_a_period_beyond_the_day_are_mistakes(tmp_path, tiny):
    tiny["rows"] += [row(11, 25, 10.0 + k, 0.1, step=k + 1) for k in range(3)]
    assert [m.rule for m in mistakes(tmp_path, tiny)] == ["period_inside_day"] * 3


def test_a_unit_without_a_zone_trades_in_spain_and_that_is_said(tmp_path, tiny):
    tiny["zones"] = [z for z in tiny["zones"] if z[0] != "LISB"]
    found = read_omie(write_day(tmp_path / "src", tiny))
    assert found.book.curves.grid.tolist() == [0, 0, 0, 1]
    assert found.notes == ("units not in participants_bidding_zones, taken to trade in ES: 1",)


def test_a_header_without_rows_is_left_out_and_said(tmp_path, tiny):
    tiny["headers"].append(header(99, "SUN1", "V"))
    found = read_omie(write_day(tmp_path / "src", tiny))
    assert "99" not in found.book.curves.name
    assert found.notes == ("orders of CAB without rows in DET, left out: 1",)


@pytest.mark.parametrize("day", [date(2025, 3, 30), date(2025, 10, 26)])
def test_days_of_daylight_saving_have_their_hours(tmp_path, day):
    book = converted(tmp_path, tiny_day(day))
    assert book.cells.count == 2 * hours_of(day)
    assert set(book.borders.price) == {42.0}


def test_lines_may_end_without_a_carriage_return(tmp_path, tiny):
    plain = converted(tmp_path / "plain", tiny)
    assert market_hash(converted(tmp_path, tiny, newline="\n")) == market_hash(plain)


def test_a_book_survives_its_market_folder(tmp_path, tiny):
    book = converted(tmp_path, tiny)
    write(book, tmp_path / "market")
    assert market_hash(read(tmp_path / "market")) == market_hash(book)


def test_the_tiny_day_clears(tmp_path, tiny, clear):
    results = clear(converted(tmp_path, tiny))
    assert np.isfinite(results.price).all()
    assert results.welfare > 0


def test_a_day_is_chosen_by_its_date(tmp_path, tiny):
    src = write_day(tmp_path / "src", tiny)
    write_day(src, tiny_day(date(2024, 5, 8)))
    with pytest.raises(BadInput, match="several days: 2024-05-07, 2024-05-08"):
        read_omie(src)
    assert read_omie(src, date(2024, 5, 8)).book.delivery_day == date(2024, 5, 8)


# what is wrong


def test_a_missing_folder_is_a_mistake(tmp_path):
    with pytest.raises(BadInput, match="no such folder"):
        convert_omie(tmp_path / "nowhere")


def test_files_that_are_missing_twice_there_or_cut_off_come_back_together(tmp_path, tiny):
    src = write_day(tmp_path / "src", tiny)
    (src / "participants_bidding_zones.csv").unlink()
    (src / "DET_20240507.2").write_bytes((src / "DET_20240507.1").read_bytes())
    whole = (src / "CAB_20240507.1.gz").read_bytes()
    (src / "CAB_20240507.1.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput) as caught:
        convert_omie(src)
    assert [m.rule for m in caught.value.mistakes] == ["source_table"] * 3
    assert {m.where.split()[0] for m in caught.value.mistakes} == {
        "CAB_20240507.1.gz",
        "DET",
        "participants_bidding_zones",
    }


def test_a_line_of_another_length_is_named(tmp_path, tiny):
    src = write_day(tmp_path / "src", tiny)
    lines = (src / "DET_20240507.1").read_bytes().split(b"\r\n")
    lines[6] += b" "
    (src / "DET_20240507.1").write_bytes(b"\r\n".join(lines))
    with pytest.raises(BadInput) as caught:
        convert_omie(src)
    (m,) = caught.value.mistakes
    assert (m.rule, m.where) == ("line_length", "DET line 7")
    assert "61 characters, not 60" in m.what


@pytest.mark.parametrize("text", ["12.3.4", "1e3", "1 2", "--1", "", ".", "1.0005", "1,5"])
def test_a_field_that_is_no_number_is_named(tmp_path, tiny, text):
    tiny["rows"][6]["price"] = text
    (m,) = mistakes(tmp_path, tiny)
    assert (m.rule, m.where) == ("source_values", "DET line 7")
    assert "PrecEuro" in m.what


def test_twenty_equal_mistakes_are_listed_and_the_rest_counted(tmp_path, tiny):
    for r in tiny["rows"][:50]:
        r["price"] = 4000.01
    found = mistakes(tmp_path, tiny)
    assert len(found) == 21
    assert "50 in all" in found[-1].what


@pytest.mark.parametrize(
    ("at", "change", "rule"),
    [
        (0, {"price": -500.01}, "price_limits"),
        (0, {"price": 10.005}, "on_tick"),
        (0, {"quantity": "20.55"}, "on_tick"),
        (0, {"quantity": -1.0}, "quantity_not_negative"),
        (0, {"code": 77}, "order_known"),
        (0, {"period": 0}, "period_inside_day"),
        (0, {"step": 2}, "step_once"),
        (0, {"group": 1}, "group_of_blocks"),
        (0, {"ratio": 0.5}, "ratio_of_blocks"),
        (7, {"minimum": 1.0}, "minimum_on_first_step"),
        (6, {"minimum": 70.1}, "minimum_within_offer"),
        (-1, {"minimum": 1.0}, "minimum_of_steps"),
        (-1, {"price": 17.0}, "block_one_value"),
        (-1, {"ratio": 0.5}, "block_one_value"),
        (-1, {"group": 2}, "block_one_value"),
        (-1, {"step": 2}, "block_one_step"),
        (-1, {"period": 3}, "step_once"),
    ],
)
def test_a_row_that_breaks_a_rule_is_named(tmp_path, tiny, at, change, rule):
    tiny["rows"][at] |= change
    found = mistakes(tmp_path, tiny)
    assert {m.rule for m in found} == {rule}
    assert all(m.what and m.where.startswith("DET line") and m.fix for m in found)


def test_a_block_without_a_ratio_is_a_mistake(tmp_path, tiny):
    for r in tiny["rows"]:
        r["ratio"] = 0.0
    assert [m.rule for m in mistakes(tmp_path, tiny)] == ["min_acceptance_ratio"] * 3


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"cv": "X"}, "side_known"),
        ({"fixed": "-1.000"}, "fixed_term_not_negative"),
        ({"fixed": "5.000"}, "fixed_term_of_steps"),
        ({"code": 11}, "order_once"),
    ],
)
def test_a_header_that_breaks_a_rule_is_named(tmp_path, tiny, change, rule):
    tiny["headers"][0] |= change
    assert rule in {m.rule for m in mistakes(tmp_path, tiny)}


@pytest.mark.parametrize(
    ("zones", "rule"),
    [([("SUN1", "FR")], "zone_known"), ([("SUN1", "PT")], "zone_once"), ([("SUN1", "")], "source_values")],
)
def test_zones_of_units_are_checked(tmp_path, tiny, zones, rule):
    tiny["zones"] += zones
    assert rule in {m.rule for m in mistakes(tmp_path, tiny)}


@pytest.mark.parametrize(
    ("at", "text", "rule"),
    [
        (3, "3.056,0", "capacity_sign"),
        (6, "-1,0", "capacity_sign"),
        (6, "1.000.000,1", "number_sensible"),
        (6, "inf", "number_sensible"),
        (3, "many", "source_values"),
        (0, "25", "period_inside_day"),
        (0, "2", "period_once"),
        (1, "08/05/2024", "day_present"),
    ],
)
def test_a_capacity_that_breaks_a_rule_is_named(tmp_path, tiny, at, text, rule):
    tiny["capacities"][0][at] = text
    (m,) = mistakes(tmp_path, tiny)
    assert (m.rule, m.where.split(" line")[0]) == (rule, "capacidad_inter_pbc")


def test_missing_capacities_are_named(tmp_path, tiny):
    tiny["capacities"] = tiny["capacities"][:24] + tiny["capacities"][26:]
    (m,) = mistakes(tmp_path, tiny)
    assert m.rule == "every_period"
    assert m.what == "border 3 (France) has no capacity in period 1, 2"


@pytest.mark.parametrize(
    ("at", "text", "rule"),
    [(0, "07/05/2024 01:00:00 - ", "mtu_on_grid"), (1, "BZN|DE", "zone_known"), (3, "", "source_values"),
     (3, "1000000.5", "number_sensible"), (3, "nan", "number_sensible")],
)  # fmt: skip
def test_a_french_price_that_breaks_a_rule_is_named(tmp_path, tiny, at, text, rule):
    tiny["french"][2][at] = text
    assert rule in {m.rule for m in mistakes(tmp_path, tiny)}


def test_a_missing_french_price_is_a_mistake(tmp_path, tiny):
    del tiny["french"][-1]
    (m,) = mistakes(tmp_path, tiny)
    assert (m.rule, m.where) == ("every_period", "entsoe_fr_day_ahead_prices")
