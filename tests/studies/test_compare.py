"""A result beside published data: both sides to the cent, halves upwards."""

from datetime import UTC, datetime

import polars as pl
import pytest

from walras.errors import BadInput
from walras.studies.compare import compare, compare_tables

TIMES = [datetime(2024, 5, 6, 22, tzinfo=UTC), datetime(2024, 5, 6, 23, tzinfo=UTC)]


def prices(*values, zone="A"):
    return pl.DataFrame({
        "zone": [zone] * len(values),
        "mtu_start": pl.Series(TIMES[: len(values)], dtype=pl.Datetime("us", "UTC")),
        "price_eur_per_mwh": list(values),
    })  # fmt: skip


def test_both_sides_are_rounded_half_up_before_they_are_compared():
    found = compare_tables(prices(10.01, 95.03), None, prices(10.005, 95.03007))
    assert found.prices_equal == found.prices_total == 2


def test_a_half_cent_that_a_float_cannot_hold_still_goes_up():
    found = compare_tables(prices(1.01, 2.68), None, prices(1.005, 2.675))
    assert found.prices_equal == 2


def test_a_published_price_inside_our_interval_is_counted():
    ours = prices(10.0, 20.0).with_columns(
        price_low_eur_per_mwh=pl.Series([9.0, 19.0]), price_high_eur_per_mwh=pl.Series([11.0, 21.0])
    )
    found = compare_tables(ours, None, prices(11.004, 21.02))
    assert (found.prices_inside, found.prices_equal) == (1, 0)


def test_a_cent_apart_is_a_difference():
    found = compare_tables(prices(10.0, 95.03), None, prices(10.005, 95.034999))
    assert found.prices["difference"].to_list() == [-0.01, 0.0]
    assert found.prices_equal == 1
    assert found.price_mean_absolute_error == pytest.approx(0.005)


def test_published_zones_that_we_do_not_have_are_left_out_and_missing_ones_counted():
    found = compare_tables(prices(1.0, 2.0), None, pl.concat([prices(1.0), prices(5.0, 5.0, zone="ELSEWHERE")]))
    assert (found.prices_total, found.unmatched) == (1, 1)


def test_exchanges_have_a_mean_absolute_error():
    ours, theirs = (
        pl.DataFrame({"line": ["A-B"] * 2, "mtu_start": TIMES, "exchange_mw": v}) for v in ([5.0, -2.0], [4.0, -2.0])
    )
    found = compare_tables(prices(1.0), ours, prices(1.0), theirs)
    assert found.exchange_mean_absolute_error == 0.5


def test_a_block_decision_is_accepted_or_not():
    ours = pl.DataFrame({"order": ["a", "b", "c", "d"], "outcome": ["accepted", "curtailed", "rejected", "rejected"]})
    theirs = pl.DataFrame(
        {"order": ["a", "b", "c", "d"], "outcome": ["accepted", "accepted", "paradoxically_rejected", "accepted"]}
    )
    found = compare_tables(prices(1.0), None, prices(1.0), order_acceptances=ours, published_blocks=theirs)
    assert (found.blocks_equal, found.blocks_total) == (3, 4)


def test_times_in_csv_may_carry_any_offset(tmp_path):
    (tmp_path / "result").mkdir()
    prices(7.5).write_parquet(tmp_path / "result" / "prices.parquet")
    (tmp_path / "published.csv").write_text("zone,mtu_start,price\nA,2024-05-07T00:00:00+02:00,7.5\n")
    assert compare(tmp_path / "result", tmp_path / "published.csv").prices_equal == 1


def test_a_published_folder_brings_its_exchanges(tmp_path):
    lines = pl.DataFrame({"line": ["A-B"], "mtu_start": TIMES[:1], "exchange_mw": [1.25]})
    for name in ("result", "published"):
        (tmp_path / name).mkdir()
        prices(7.5).write_parquet(tmp_path / name / "prices.parquet")
        lines.write_parquet(tmp_path / name / "scheduled_exchanges.parquet")
    assert compare(tmp_path / "result", tmp_path / "published").exchange_mean_absolute_error == 0.0


def test_the_italian_tables_can_be_named_as_they_are(tmp_path):
    for name in ("result", "published"):
        (tmp_path / name).mkdir()
    prices(7.5).write_parquet(tmp_path / "result" / "prices.parquet")
    lines = pl.DataFrame({"line": ["A-B"], "mtu_start": TIMES[:1], "exchange_mw": [1.25]})
    lines.write_parquet(tmp_path / "result" / "scheduled_exchanges.parquet")
    head = "timestamp,delivery_day,period,"
    (tmp_path / "published" / "published-prices.csv").write_text(
        f"{head}zone,price_eur_per_mwh\n2024-05-07T00:00:00+02:00,2024-05-07,1,A,7.5\n"
    )
    (tmp_path / "published" / "published-flows.csv").write_text(
        f"{head}from_zone,to_zone,flow_mwh\n2024-05-07T00:00:00+02:00,2024-05-07,1,A,B,1.0\n"
    )
    found = compare(tmp_path / "result", tmp_path / "published")
    assert found.prices_equal == 1
    assert found.exchange_mean_absolute_error == 0.25


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("zone,mtu_start,price\nB,2024-05-06T22:00:00Z,7.5\n", "published_prices"),
        ("zone,price\nA,7.5\n", "published_columns"),
        ("zone,mtu_start,price_a,price_b\nA,2024-05-06T22:00:00Z,7.5,1\n", "published_columns"),
        ("zone,mtu_start,price\nA,yesterday,7.5\n", "published_columns"),
        ("zone,mtu_start,price\nA,2024-05-06T22:00:00Z,dear\n", "published_columns"),
        ("", "published_prices"),
    ],
)
def test_published_data_that_cannot_be_compared_are_a_mistake(tmp_path, text, rule):
    (tmp_path / "result").mkdir()
    prices(7.5).write_parquet(tmp_path / "result" / "prices.parquet")
    (tmp_path / "published.csv").write_text(text)
    with pytest.raises(BadInput) as caught:
        compare(tmp_path / "result", tmp_path / "published.csv")
    assert caught.value.mistakes[0].rule == rule


def test_folders_that_are_not_there_are_mistakes(tmp_path):
    with pytest.raises(BadInput, match="no table prices"):
        compare(tmp_path, tmp_path)
    prices(7.5).write_parquet(tmp_path / "prices.parquet")
    with pytest.raises(BadInput, match="no published prices"):
        compare(tmp_path, tmp_path / "nowhere")
