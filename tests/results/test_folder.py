"""The result folder: what is written is read back, and what was changed in it is noticed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace

import numpy as np
import polars as pl
import pytest
from tests.builders import one_zone
from tests.results.by_hand import solve
from tests.results.rich import rich_book, rich_results

from walras.book.hashing import market_hash
from walras.errors import BadInput, NewerFormat
from walras.results.audit.folder import audit_folder
from walras.results.folder import read_results, write_results
from walras.results.hashing import result_hash
from walras.results.tables import results_tables

SETTINGS = {"gap": 0.01, "time_limit": None}


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "result"
    write_results(rich_book(), rich_results(), SETTINGS, path)
    return path


def edit(folder, table, **columns):
    file = folder / f"{table}.parquet"
    pl.read_parquet(file).with_columns(**columns).write_parquet(file)


def edit_summary(folder, **values):
    file = folder / "summary.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def mistakes_of(folder):
    with pytest.raises(BadInput) as caught:
        read_results(rich_book(), folder)
    return {m.rule for m in caught.value.mistakes}


def test_read_gives_back_what_was_written(folder):
    read, written = read_results(rich_book(), folder), rich_results()
    for noun in ("published", "certificate"):
        for f in fields(getattr(written, noun)):
            np.testing.assert_array_equal(getattr(getattr(read, noun), f.name), getattr(getattr(written, noun), f.name))
    np.testing.assert_array_equal(read.price, written.price)
    assert (read.status, read.welfare, read.bound) == (written.status, written.welfare, written.bound)
    assert read.decided is None


def test_untouched_folder_passes_the_audit(folder):
    assert audit_folder(rich_book(), folder) == []


def test_order_of_rows_means_nothing(folder):
    for table in ("prices", "curve_acceptances", "order_acceptances", "order_volumes"):
        pl.read_parquet(folder / f"{table}.parquet").reverse().write_parquet(folder / f"{table}.parquet")
    np.testing.assert_array_equal(read_results(rich_book(), folder).published.curve, rich_results().published.curve)


def test_folder_is_the_same_when_written_twice(folder, tmp_path):
    write_results(rich_book(), rich_results(), SETTINGS, tmp_path / "again", run={"host": "other"})
    assert (folder / "summary.json").read_bytes() == (tmp_path / "again" / "summary.json").read_bytes()


def test_writing_leaves_no_draft_behind_and_replaces_an_older_result(folder):
    write_results(rich_book(), rich_results(), {"gap": 1.0}, folder, csv=True)
    assert [p.name for p in folder.parent.iterdir()] == ["result"]
    header = (folder / "prices.csv").read_text().splitlines()[:2]
    assert header[0].startswith("zone,mtu_start,price_eur_per_mwh,")
    assert header[1].startswith("A,2025-04-01T00:00:00Z,20.0,")
    assert (folder / "certificate_prices.csv").read_text().startswith("zone,carrier,mtu_start,leaf,price_eur_per_mwh")


def test_writing_does_not_touch_a_folder_of_something_else(tmp_path):
    (tmp_path / "photo.txt").write_text("mine")
    with pytest.raises(BadInput, match="place_free"):
        write_results(rich_book(), rich_results(), SETTINGS, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["photo.txt"]


def test_summary_counts_and_hashes(folder):
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["counts"]["block"] == {
        "accepted": 4, "curtailed": 1, "rejected": 2, "paradoxically_rejected": 0, "paradoxically_accepted": 0,
    }  # fmt: skip
    assert summary["status"] == "optimal"
    assert summary["gap_eur"] == 0
    assert summary["market_hash"] == market_hash(rich_book())
    assert summary["curtailed_mwh"] == 0
    assert summary["settings"] == SETTINGS
    written = json.dumps(summary["settings"], sort_keys=True, separators=(",", ":")).encode()
    assert summary["settings_hash"] == hashlib.sha256(written).hexdigest()


def test_unserved_demand_at_the_limit_is_curtailed():
    book = one_zone().sells("A", 40, at=10).buys("A", 60, at=4000).fixed_border("A", "X", 0).book()
    rows = results_tables(book, solve(book))["curtailments"].rows()
    assert [(r[0], r[3], r[4]) for r in rows] == [("A", "demand", 20.0)]


def test_unmet_fixed_export_is_curtailed():
    book = one_zone().sells("A", 40, at=10).fixed_border("A", "X", 60).book()
    results = solve(book)
    assert results.price[0] == 4000
    assert [r[4] for r in results_tables(book, results)["curtailments"].rows()] == [20.0]


def test_hash_sees_every_number():
    tables = results_tables(rich_book(), rich_results())
    price = rich_results().price.copy()
    price[0] = np.nextafter(price[0], 100)
    assert result_hash(tables) != result_hash(results_tables(rich_book(), replace(rich_results(), price=price)))
    assert result_hash(tables) == result_hash(results_tables(rich_book(), rich_results()))


def test_missing_unknown_and_doubled_rows_come_back_together(folder):
    steps = pl.read_parquet(folder / "curve_acceptances.parquet")
    pl.concat([steps[1:], steps[5:6]]).write_parquet(folder / "curve_acceptances.parquet")
    edit(folder, "scheduled_exchanges", line=pl.lit("nowhere"))
    assert mistakes_of(folder) == {"result_row_present", "result_row_once", "result_row_known"}


def test_wrong_columns_are_mistakes(folder):
    edit(folder, "border_exchanges", exchange_mw=pl.lit("much"))
    prices = pl.read_parquet(folder / "certificate_prices.parquet").drop("price_eur_per_mwh")
    prices.write_parquet(folder / "certificate_prices.parquet")
    assert mistakes_of(folder) == {"result_column_type", "result_column_present"}


def test_missing_and_broken_files_are_mistakes(folder):
    (folder / "certificate_rents.parquet").unlink()
    (folder / "prices.parquet").write_bytes((folder / "prices.parquet").read_bytes()[:100])
    (folder / "summary.json").write_text("{")
    assert mistakes_of(folder) == {"result_table_present", "result_table_readable", "result_summary_readable"}


def test_exchanges_with_domains_must_be_there_and_must_be_the_market_s(folder):
    edit(folder, "domain_exchanges", zone=pl.lit("A"))
    assert mistakes_of(folder) == {"result_row_present", "result_row_known", "result_row_once"}
    (folder / "domain_exchanges.parquet").unlink()
    assert mistakes_of(folder) == {"result_table_present"}


def test_branches_without_room_must_all_be_listed(folder):
    table = pl.read_parquet(folder / "branch_flows.parquet")
    assert table.rows()[0][:2] == ("mesh", "EG")
    (folder / "branch_flows.parquet").unlink()
    assert {"table_agrees", "result_hash"} <= {v.rule for v in audit_folder(rich_book(), folder)}


def test_a_market_without_domains_has_no_tables_of_them(folder, tmp_path):
    book = one_zone().sells("A", 40, at=10).buys("A", 40, at=400).book()
    write_results(book, solve(book), SETTINGS, tmp_path / "plain")
    assert not {"domain_exchanges.parquet", "branch_flows.parquet"} & {p.name for p in (tmp_path / "plain").iterdir()}
    assert audit_folder(book, tmp_path / "plain") == []
    for name in ("branch_flows", "domain_exchanges"):
        (folder / f"{name}.parquet").rename(tmp_path / "plain" / f"{name}.parquet")
        if name == "branch_flows":
            assert "table_agrees" in {v.rule for v in audit_folder(book, tmp_path / "plain")}
    with pytest.raises(BadInput, match="result_row_known"):
        read_results(book, tmp_path / "plain")


def test_flexible_rows_that_are_not_whole_are_a_mistake(folder):
    volumes = pl.col("accepted_mw")
    edit(folder, "order_volumes", accepted_mw=pl.when(pl.col("order") == "flex").then(3.0).otherwise(volumes))
    assert "result_flexible_whole" in mistakes_of(folder)


def test_flexible_rows_of_nobody_are_a_mistake(folder):
    is_flexible = pl.col("kind") == "flexible"
    edit(folder, "order_volumes", order=pl.when(is_flexible).then(pl.lit("nobody")).otherwise(pl.col("order")))
    assert mistakes_of(folder) == {"result_row_known", "result_ratio"}


@pytest.mark.parametrize("kind", ["flexible", "unheard of", None])
def test_rows_of_another_kind_are_a_mistake(folder, kind):
    is_block = pl.col("kind") == "block"
    for table in ("order_volumes", "order_acceptances"):
        edit(folder, table, kind=pl.when(is_block).then(pl.lit(kind)).otherwise(pl.col("kind")))
    assert {"result_row_present", "result_row_known"} <= mistakes_of(folder)


@pytest.mark.parametrize("column", [{"leaf": pl.lit(1, dtype=pl.Int64)}, {"name": pl.lit("nobody")}])
def test_rents_of_another_leaf_or_of_nobody_are_a_mistake(folder, column):
    edit(folder, "certificate_rents", **column)
    assert mistakes_of(folder) == {"result_row_known"}


def test_posted_prices_of_another_leaf_are_a_mistake(folder):
    edit(folder, "certificate_prices", leaf=pl.lit(1, dtype=pl.Int64))
    assert mistakes_of(folder) == {"result_row_present", "result_row_known"}


def test_unknown_status_and_figures_are_mistakes(folder):
    edit_summary(folder, status="perfect", welfare_eur="much")
    assert mistakes_of(folder) == {"result_status", "result_summary_figure"}


def test_newer_version_is_refused(folder):
    edit_summary(folder, version=2)
    with pytest.raises(NewerFormat):
        audit_folder(rich_book(), folder)


@pytest.mark.parametrize(
    ("table", "column", "rule"),
    [
        ("net_positions", {"net_position_mw": pl.lit(1.0)}, "table_agrees"),
        ("order_acceptances", {"outcome": pl.lit("accepted")}, "table_agrees"),
        ("order_acceptances", {"surplus_eur": pl.lit(1.0)}, "table_agrees"),
        ("certificate_prices", {"price_eur_per_mwh": pl.lit(1.0)}, "bound_recomputed"),
        ("domain_exchanges", {"exchange_mw": pl.col("exchange_mw") * 0}, "balance"),
        ("branch_flows", {"flow_mw": pl.lit(1.0)}, "table_agrees"),
        ("prices", {"price_low_eur_per_mwh": pl.col("price_low_eur_per_mwh") - 1}, "result_hash"),
        ("curve_acceptances", {"accepted_mw": pl.col("accepted_mw") * 0}, "balance"),
    ],
)
def test_changed_tables_are_noticed(folder, table, column, rule):
    edit(folder, table, **column)
    assert rule in {v.rule for v in audit_folder(rich_book(), folder)}


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"gap_eur": 7.0}, "summary_agrees"),
        ({"welfare_published_eur": 7.0}, "summary_agrees"),
        ({"counts": {}}, "summary_agrees"),
        ({"curtailed_mwh": 3.0}, "summary_agrees"),
        ({"unheard_of": 3.0}, "summary_agrees"),
        ({"bound_eur": 3.0}, "bound_recomputed"),
        ({"market_hash": "0"}, "market_hash"),
        ({"settings": {"gap": 5.0, "time_limit": None}}, "settings_hash"),
        ({"settings": {"gap": "wide", "time_limit": None}}, "summary_agrees"),
        ({"settings": None}, "summary_agrees"),
        ({"settings_hash": "0"}, "settings_hash"),
        ({"result_hash": "0"}, "result_hash"),
    ],
)
def test_changed_figures_are_noticed(folder, values, rule):
    edit_summary(folder, **values)
    assert rule in {v.rule for v in audit_folder(rich_book(), folder)}


def test_csv_copies_must_say_what_the_tables_say(tmp_path):
    book = rich_book()
    path = tmp_path / "with-csv"
    write_results(book, rich_results(), {"gap": 0.01, "time_limit": None}, path, csv=True)
    assert audit_folder(book, path) == []
    file = path / "net_positions.csv"
    lines = file.read_text(encoding="utf-8").splitlines()
    fields = lines[1].split(",")
    lines[1] = ",".join([*fields[:-1], str(float(fields[-1]) + 0.1)])
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (path / "prices.csv").write_text("zone\nA\n", encoding="utf-8")
    found = {v.where: v for v in audit_folder(book, path)}
    assert set(found) == {"net_positions.csv", "prices.csv"}
    assert {v.rule for v in found.values()} == {"csv_agrees"}
    assert "net_position_mw" in found["net_positions.csv"].what
