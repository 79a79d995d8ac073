"""What is wrong with the files of a market folder is said at once, with what, where, rule and fix."""

import polars as pl
import pytest
from tests.folders import Folder, every_family

from walras.book.folder import read, write
from walras.errors import BadInput, NewerFormat


def test_a_good_folder_has_no_mistake(folder):
    assert folder.mistakes() == ()


def test_no_folder_is_a_mistake(tmp_path):
    with pytest.raises(BadInput) as caught:
        read(tmp_path / "nowhere")
    assert [m.rule for m in caught.value.mistakes] == ["folder_present"]


def test_a_folder_of_a_newer_version_is_refused_before_anything_else(folder):
    folder.setting("version", "version = 2\nsomething_new = true").setting("currency", "currency = 7")
    with pytest.raises(NewerFormat) as caught:
        read(folder.path)
    (mistake,) = caught.value.mistakes
    assert mistake.rule == "version_known"
    assert mistake.where == "market.toml"
    assert "version 2" in mistake.what
    assert "newer release" in mistake.fix


@pytest.mark.parametrize(
    ("name", "line", "rule", "said"),
    [
        ("version", "version = 0", "version_known", "version 0"),
        ("version", 'version = "1"', "setting_type", "'1'"),
        ("format", 'format = "spreadsheet"', "format_known", "spreadsheet"),
        ("name", "", "setting_present", "name"),
        ("name", 'name = "x"\ncolour = "red"', "setting_known", "colour"),
        ("name", "name = [", "toml_readable", "cannot be read"),
        ("currency", 'currency = "euro"', "currency_code", "euro"),
        ("time_zone", 'time_zone = "Europe/Atlantis"', "time_zone_known", "Atlantis"),
        ("time_zone", 'time_zone = "../zones"', "time_zone_known", "../zones"),
        ("delivery_day", 'delivery_day = "2025-04-01"', "setting_type", "delivery_day"),
        ("delivery_day", "delivery_day = 2025-04-01T00:00:00Z", "setting_type", "delivery_day"),
        ("delivery_day", "delivery_day = 2014-12-31", "profile_validity", "2014-12-31"),
        ("rules_profile", 'rules_profile = "lunar"', "profile_known", "lunar"),
    ],
)
def test_wrong_settings_are_mistakes(folder, name, line, rule, said):
    mistake = folder.setting(name, line).mistake()
    assert mistake.rule == rule
    assert mistake.where.startswith("market.toml")
    assert said in mistake.what


def test_a_day_at_the_end_of_the_calendar_has_no_end(folder):
    assert "delivery_day" in [m.rule for m in folder.setting("delivery_day", "delivery_day = 9999-12-31").mistakes()]


def test_no_market_toml_is_a_mistake(folder):
    (folder.path / "market.toml").unlink()
    assert folder.mistake().rule == "toml_present"


@pytest.mark.parametrize("table", ["zones", "grids"])
def test_a_required_table_that_is_missing_is_a_mistake(folder, table):
    (folder.path / f"{table}.csv").unlink()
    mistake = folder.mistake()
    assert (mistake.rule, mistake.where) == ("table_present", table)


@pytest.mark.parametrize("table", ["zones", "grids", "curve_steps", "block_links"])
def test_an_empty_table_is_a_mistake(folder, table):
    file = folder.path / f"{table}.csv"
    file.write_text(file.read_text().splitlines()[0] + "\n")
    first = folder.mistakes()[0]
    assert (first.rule, first.where) == ("table_not_empty", table)


@pytest.mark.parametrize("end", ["csv", "parquet"])
def test_an_empty_file_is_a_mistake(folder, end):
    (folder.path / "curve_steps.csv").unlink()
    (folder.path / f"curve_steps.{end}").write_bytes(b"")
    mistake = folder.mistake()
    assert (mistake.rule, mistake.where) == ("table_readable", f"curve_steps.{end}")


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.97])
def test_a_truncated_parquet_file_is_a_mistake(tmp_path, kept):
    write(every_family().book(), tmp_path / "market")
    file = tmp_path / "market" / "curve_steps.parquet"
    content = file.read_bytes()
    file.write_bytes(content[: int(kept * len(content))])
    with pytest.raises(BadInput) as caught:
        read(tmp_path / "market")
    (mistake,) = caught.value.mistakes
    assert (mistake.rule, mistake.where) == ("table_readable", "curve_steps.parquet")


def test_a_file_that_is_not_what_its_name_says_is_a_mistake(folder):
    (folder.path / "curve_steps.csv").rename(folder.path / "curve_steps.parquet")
    assert folder.mistake().rule == "table_readable"


def test_bytes_that_are_no_text_are_a_mistake(folder):
    (folder.path / "block_links.csv").write_bytes(b"child,parent\n\xff\xfe,parent\n")
    assert folder.mistake().rule == "table_readable"


def test_a_row_with_too_many_fields_is_a_mistake(folder):
    file = folder.path / "block_links.csv"
    file.write_text(file.read_text() + "child,parent,uncle\n")
    assert folder.mistake().rule == "table_readable"


def test_both_formats_of_one_table_are_a_mistake(folder):
    pl.read_csv(folder.path / "zones.csv").write_parquet(folder.path / "zones.parquet")
    assert folder.mistake().rule == "one_file_a_table"


def test_an_unknown_table_is_a_mistake_and_other_files_are_not(folder):
    (folder.path / "README.md").write_text("Why this market.")
    (folder.path / "weather.csv").write_text("a\n1\n")
    mistake = folder.mistake()
    assert (mistake.rule, mistake.where) == ("table_known", "weather.csv")


def test_unknown_and_missing_columns_are_mistakes(folder):
    file = folder.path / "block_orders.csv"
    file.write_text(file.read_text().replace("price_eur_per_mwh", "price_usd_per_mwh"))
    assert {(m.rule, m.where) for m in folder.mistakes()} == {
        ("column_present", "block_orders"),
        ("column_known", "block_orders"),
    }


@pytest.mark.parametrize(
    ("table", "field", "value", "rule"),
    [
        ("curve_steps", "price_start_eur_per_mwh", "ten", "field_readable"),
        ("curve_steps", "price_start_eur_per_mwh", "10,5", "field_readable"),
        ("curve_steps", "step", "1.0", "field_readable"),
        ("curve_steps", "mtu_start", "2025-04-01 00:00:00", "field_readable"),
        ("curve_steps", "mtu_start", "2025-04-01T00:00:00+02:00", "field_readable"),
        ("curve_steps", "quantity_mw", "", "field_filled"),
        ("curve_steps", "order", "", "field_filled"),
        ("curve_steps", "quantity_mw", "NaN", "number_finite"),
        ("curve_steps", "quantity_mw", "-inf", "number_finite"),
        ("curve_steps", "quantity_mw", "1e300", "number_countable"),
        ("curve_steps", "minutes", "an hour", "field_readable"),
        ("zones", "latitude", "north", "field_readable"),
        ("border_periods", "exchange_mw", "inf", "number_finite"),
    ],
)
def test_a_field_that_cannot_be_used_is_a_mistake(folder, table, field, value, rule):
    row = len(folder.rows(table))
    mistake = folder.change(table, row, **{field: value}).mistakes()[0]
    assert mistake.rule == rule
    assert mistake.where.startswith(f"{table} row {row}")
    assert field.removesuffix("_eur_per_mwh") in mistake.what


@pytest.mark.parametrize(
    ("column", "dtype"),
    [("quantity_mw", pl.String), ("quantity_mw", pl.Float32), ("step", pl.Float64), ("order", pl.Binary)],
)
def test_a_wrong_column_type_is_a_mistake(tmp_path, column, dtype):
    write(every_family().book(), tmp_path / "market")
    file = tmp_path / "market" / "curve_steps.parquet"
    frame = pl.read_parquet(file)
    frame.with_columns(pl.col(column).cast(dtype)).write_parquet(file)
    with pytest.raises(BadInput) as caught:
        read(tmp_path / "market")
    (mistake,) = caught.value.mistakes
    assert (mistake.rule, mistake.where) == ("column_type", "curve_steps")
    assert repr(column) in mistake.what


def test_times_without_utc_are_a_wrong_column_type(tmp_path):
    write(every_family().book(), tmp_path / "market")
    file = tmp_path / "market" / "curve_steps.parquet"
    frame = pl.read_parquet(file)
    frame.with_columns(pl.col("mtu_start").dt.replace_time_zone(None)).write_parquet(file)
    with pytest.raises(BadInput) as caught:
        read(tmp_path / "market")
    assert [m.rule for m in caught.value.mistakes] == ["column_type"]


@pytest.mark.parametrize(
    "table",
    [
        "zones", "grids", "lines", "line_capacities", "borders", "border_periods", "curve_orders", "curve_steps",
        "block_orders", "block_legs", "block_links", "exclusive_groups", "flexible_orders", "scalable_orders",
        "scalable_steps", "scalable_minimums",
    ],
)  # fmt: skip
def test_a_repeated_row_is_a_mistake_in_every_table(folder, table):
    mistake = folder.add(table).mistake()
    assert mistake.rule == "duplicate_key"
    assert mistake.where.startswith(f"{table} row {len(folder.rows(table))}")


def test_equal_mistakes_are_listed_twenty_times_and_then_counted(tmp_path):
    folder = Folder(tmp_path / "market")
    rows = folder.rows("curve_steps")
    folder.save("curve_steps", [rows[0] | {"step": str(k + 1), "quantity_mw": "-1"} for k in range(30)])
    mistakes = [m for m in folder.mistakes() if m.rule == "quantity_not_negative"]
    assert len(mistakes) == 21
    assert mistakes[-1].where == "curve_steps"
    assert "10 more" in mistakes[-1].what
    assert "30 in all" in mistakes[-1].what


def test_mistakes_of_many_tables_come_back_together(folder):
    folder.setting("currency", 'currency = "eur"')
    folder.change("zones", 1, country="Italy")
    folder.change("grids", 2, quantity_tick_mw="0")
    folder.change("lines", 1, to_zone="Nowhere")
    folder.change("border_periods", 1, capacity_export_mw="-1")
    folder.change("curve_steps", folder.find("curve_steps", order="curve"), price_start_eur_per_mwh="10.001")
    folder.change("block_orders", folder.find("block_orders", order="parent"), min_acceptance_ratio="0")
    folder.change("flexible_orders", 1, price_eur_per_mwh="5000")
    folder.change("scalable_orders", 1, fixed_term_eur="-1")
    assert {m.rule for m in folder.mistakes()} == {
        "currency_code", "country_code", "tick_decimal", "zone_known", "capacity_not_negative", "price_on_tick",
        "min_acceptance_ratio", "price_limits", "fixed_term_not_negative",
    }  # fmt: skip


def test_what_follows_from_a_mistake_is_not_reported_as_well(folder):
    folder.change("grids", 1, price_tick_eur_per_mwh="-1")
    assert folder.mistake().where == "grids row 1, zone 'A'"
