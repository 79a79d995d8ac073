"""Italian tables become a book; what is wrong in them comes back as one list."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from tests.formats.gme_tables import hours_of, tiny_tables, write_tables

from walras.errors import BadInput
from walras.formats.gme import GmeSource, convert_gme, published_gme

DAY = date(2024, 5, 7)


@pytest.fixture
def tables():
    return tiny_tables(DAY)


def converted(tmp_path, tables, **options):
    return convert_gme(write_tables(tmp_path / "src", tables), DAY, **options)


def mistakes(tmp_path, tables, **options):
    with pytest.raises(BadInput) as caught:
        converted(tmp_path, tables, **options)
    return caught.value.mistakes


def test_zones_keep_the_publishers_names_and_have_24_hours(tmp_path, tables):
    book = converted(tmp_path, tables)
    assert [z.name for z in book.cells.zones] == ["A", "B"]
    assert book.cells.count == 48
    assert (book.currency, book.time_zone, book.delivery_day) == ("EUR", "Europe/Rome", DAY)


def test_periods_start_at_midnight_in_rome(tmp_path, tables):
    book = converted(tmp_path, tables)
    start = np.datetime64("1970-01-01T00:00") + np.timedelta64(int(book.cells.start[0]), "m")
    assert str(start) == "2024-05-06T22:00"


@pytest.mark.parametrize(("day", "hours"), [(date(2024, 3, 31), 23), (date(2024, 10, 27), 25)])
def test_days_of_daylight_saving_have_23_and_25_hours(tmp_path, day, hours):
    book = convert_gme(write_tables(tmp_path / "src", tiny_tables(day)), day)
    assert hours_of(day) == hours
    assert book.cells.count == 2 * hours
    assert np.all(np.diff(book.cells.start[:hours]) == 60)


def test_24_hours_on_a_25_hour_day_are_a_mistake(tmp_path):
    day = date(2024, 10, 27)
    tables = {n: [r for r in rows if r["period"] <= 24] for n, rows in tiny_tables(day).items()}
    with pytest.raises(BadInput) as caught:
        convert_gme(write_tables(tmp_path / "src", tables), day)
    assert "every_period" in {m.rule for m in caught.value.mistakes}


def test_a_25th_hour_on_a_24_hour_day_is_a_mistake(tmp_path, tables):
    tables["simple-bid-curves"][0]["period"] = 25
    (m,) = mistakes(tmp_path, tables)
    assert (m.rule, m.where) == ("period_inside_day", "simple-bid-curves row 1")


def test_supply_rises_and_demand_falls(tmp_path, tables):
    curves = converted(tmp_path, tables).curves
    assert curves.name == ("A-demand", "A-supply", "B-demand")
    assert curves.member == ("aggregated",) * 3
    assert curves.side.tolist() == [-1, 1, -1]
    first = {n: (curves.step_order == o) & (curves.step_cell == c) for o, (n, c) in
             enumerate([("A-demand", 0), ("A-supply", 0), ("B-demand", 24)])}  # fmt: skip
    assert curves.price_start[first["A-supply"]].tolist() == [1000, 3000]
    assert curves.quantity[first["A-supply"]].tolist() == [20_500, 40_000]
    assert curves.price_start[first["B-demand"]].tolist() == [9025, 8000]
    assert curves.step_number[first["B-demand"]].tolist() == [1, 2]
    assert np.array_equal(curves.price_start, curves.price_end)


def test_a_border_takes_the_price_outside_and_capacity_seen_from_inside(tmp_path, tables):
    b = converted(tmp_path, tables).borders
    assert b.name == ("A-FOREIGN", "B-ISLAND")
    assert b.neighbour == ("FOREIGN", "ISLAND")
    first, second = b.period_border == 0, b.period_border == 1
    assert set(b.capacity_export[first]) == {9.0}
    assert set(b.capacity_import[first]) == {7.0}
    assert set(b.capacity_export[second]) == {4.0}
    assert set(b.capacity_import[second]) == {6.0}
    assert b.price[first][0] == 20.12345
    assert b.price[second].tolist() == [25.0 + t for t in range(1, 25)]
    assert not b.is_fixed.any()
    assert np.isnan(b.exchange).all()


def test_edges_between_two_places_outside_are_ignored(tmp_path, tables):
    assert converted(tmp_path, tables).borders.count == 2


def test_published_exchanges_become_fixed_borders(tmp_path, tables):
    b = converted(tmp_path, tables, borders="exchanges").borders
    assert b.is_fixed.all()
    assert set(b.exchange[b.period_border == 0]) == {-3.25}
    assert set(b.exchange[b.period_border == 1]) == {1.5}
    assert np.isnan(b.price).all()


def test_lines_have_both_directions(tmp_path, tables):
    lines = converted(tmp_path, tables).lines
    assert lines.name == ("A-B",)
    assert set(lines.capacity_forward) == {50.0}
    assert set(lines.capacity_backward) == {30.0}
    assert lines.to_cell.tolist() == list(range(24, 48))


def test_blocks_are_whole_or_nothing_with_their_own_gaps(tmp_path, tables):
    blocks = converted(tmp_path, tables).blocks
    assert blocks.name == ("UC_LOAD_778", "UP_PLANT_1_777")
    assert blocks.member == ("UC_LOAD", "UP_PLANT_1")
    assert blocks.min_acceptance_ratio.tolist() == [1.0, 1.0]
    plant = blocks.leg_order == 1
    assert blocks.leg_cell[plant].tolist() == [2, 3, 5]
    assert blocks.leg_quantity[plant].tolist() == [3000, 4000, 6000]
    assert blocks.price.tolist() == [700, 2200]


def test_published_blocks_come_folded_into_the_other_curves(tmp_path, tables):
    tables["bid-curves"][0]["quantity_mwh"] = 99.0
    book = converted(tmp_path, tables, blocks="published")
    assert book.blocks.count == 0
    assert 99_000 in book.curves.quantity


def test_what_was_published_comes_back_in_utc_with_our_words(tmp_path, tables):
    published = published_gme(write_tables(tmp_path / "src", tables), DAY)
    assert published.prices.filter(zone="B")["price_eur_per_mwh"].unique().to_list() == [30.004]
    assert str(published.prices["mtu_start"][0]) == "2024-05-06 22:00:00+00:00"
    assert published.flows["line"].unique().to_list() == ["A-B"]
    assert dict(published.blocks.iter_rows()) == {
        "UC_LOAD_778": "paradoxically_rejected",
        "UP_PLANT_1_777": "accepted",
    }


def test_a_source_is_read_once_and_yields_its_days(tmp_path, tables):
    other = tiny_tables(date(2024, 5, 8))
    src = write_tables(tmp_path / "src", {n: tables[n] + other[n] for n in tables})
    source = GmeSource.read(src)
    assert source.days == (DAY, date(2024, 5, 8))
    assert [b.delivery_day for b in source.books()] == list(source.days)
    assert all(b.curves.step_count == 120 for b in source.books())


def test_plain_csv_reads_like_gzip(tmp_path, tables):
    plain = convert_gme(write_tables(tmp_path / "plain", tables, zipped=False), DAY)
    assert np.array_equal(plain.curves.quantity, converted(tmp_path, tables).curves.quantity)


# what is wrong


def test_a_missing_folder_is_a_mistake(tmp_path):
    with pytest.raises(BadInput, match="no such folder"):
        convert_gme(tmp_path / "nowhere", DAY)


def test_missing_tables_columns_and_days_come_back_together(tmp_path, tables):
    del tables["block-orders"]
    for row in tables["transfer-capacities"]:
        del row["max_flow_mwh"]
    for row in tables["published-prices"]:
        row["delivery_day"] = "2024-05-09"
    found = mistakes(tmp_path, tables)
    assert {(m.rule, m.where) for m in found} == {
        ("source_table", "block-orders"),
        ("source_columns", "transfer-capacities"),
        ("day_present", "published-prices"),
    }


def test_text_where_a_number_belongs_is_named_with_its_row(tmp_path, tables):
    tables["simple-bid-curves"] = [r | {"quantity_mwh": str(r["quantity_mwh"])} for r in tables["simple-bid-curves"]]
    tables["simple-bid-curves"][6]["quantity_mwh"] = "a lot"
    tables["simple-bid-curves"][8]["quantity_mwh"] = "1,5"
    found = mistakes(tmp_path, tables)
    assert [m.where for m in found] == ["simple-bid-curves row 7", "simple-bid-curves row 9"]
    assert "'a lot'" in found[0].what


def test_an_empty_value_and_a_nan_are_mistakes(tmp_path, tables):
    tables["block-orders"][1]["price_eur_per_mwh"] = None
    tables["simple-bid-curves"][2]["price_eur_per_mwh"] = float("nan")
    found = mistakes(tmp_path, tables)
    assert {m.where for m in found} == {"block-orders row 2", "simple-bid-curves row 3"}
    assert {m.rule for m in found} == {"source_values"}


def test_a_truncated_file_is_a_mistake(tmp_path, tables):
    src = write_tables(tmp_path / "src", tables)
    whole = (src / "block-orders.csv.gz").read_bytes()
    (src / "block-orders.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BadInput) as caught:
        convert_gme(src, DAY)
    assert {m.where.split()[0] for m in caught.value.mistakes} == {"block-orders"}


def test_the_same_table_twice_is_a_mistake(tmp_path, tables):
    write_tables(tmp_path / "src", tables)
    with pytest.raises(BadInput, match="there twice"):
        convert_gme(write_tables(tmp_path / "src", tables, zipped=False), DAY)


@pytest.mark.parametrize(
    ("table", "change", "rule"),
    [
        ("simple-bid-curves", {"zone": "NOWHERE"}, "zone_known"),
        ("simple-bid-curves", {"side": "both"}, "side_known"),
        ("simple-bid-curves", {"price_eur_per_mwh": 4000.01}, "price_limits"),
        ("simple-bid-curves", {"price_eur_per_mwh": -500.01}, "price_limits"),
        ("simple-bid-curves", {"price_eur_per_mwh": 10.001}, "on_tick"),
        ("simple-bid-curves", {"quantity_mwh": 1.0001}, "on_tick"),
        ("simple-bid-curves", {"quantity_mwh": -1.0}, "quantity_sign"),
        ("block-orders", {"zone": "B"}, "block_one_zone"),
        ("block-orders", {"side": "demand"}, "block_one_side"),
        ("block-orders", {"price_eur_per_mwh": 23.0}, "block_one_price"),
        ("block-orders", {"period": 4}, "period_once"),
        ("internal-transfer-capacities", {"forward_capacity_mwh": -1.0}, "capacity_not_negative"),
        ("internal-transfer-capacities", {"period": 2}, "period_once"),
        ("internal-transfer-capacities", {"to_zone": "A"}, "line_ends"),
        ("published-prices", {"zone": "FOREIGN"}, "period_once"),
        ("transfer-capacities", {"to_zone": "FOREIGN", "max_flow_mwh": -2.0}, "capacity_not_negative"),
        ("transfer-capacities", {"from_zone": "A", "to_zone": "MARS"}, "border_price"),
    ],
)
def test_a_row_that_breaks_a_rule_is_named(tmp_path, tables, table, change, rule):
    tables[table][0] |= change
    found = mistakes(tmp_path, tables)
    assert rule in {m.rule for m in found}
    assert all(m.what and m.where and m.fix for m in found)


def test_an_unparsable_day_is_a_mistake(tmp_path, tables):
    tables["block-orders"][0]["delivery_day"] = "7 May"
    (m,) = mistakes(tmp_path, tables)
    assert (m.rule, m.where) == ("source_values", "block-orders row 1")


def test_every_fold_of_accepted_blocks_sits_at_a_price_limit(italy):
    from walras.formats.gme_tables import read_tables

    tables = read_tables(italy, ["bid-curves", "simple-bid-curves"], [date(2025, 4, 1)])
    key = ["period", "zone", "side", "price_eur_per_mwh"]
    joined = tables["bid-curves"].join(tables["simple-bid-curves"], on=key, how="full", coalesce=True)
    changed = joined.filter(pl.col("quantity_mwh").ne_missing(pl.col("quantity_mwh_right")))
    at = set(changed.select("side", "price_eur_per_mwh").unique().iter_rows())
    assert at == {("supply", -500.0), ("demand", 4000.0)}
