"""The first difference of two results is found to the bit, and named by its row."""

from datetime import UTC, datetime

import polars as pl
import pytest
from tests.oversight.worked import worked

from walras.coupling.settings import Settings
from walras.oversight.replay import (
    Report,
    Step,
    cleared_again,
    differences,
    market_step,
    settings_step,
    summary_step,
    tables_step,
)

PRICE = "price_eur_per_mwh"


@pytest.fixture(scope="module")
def again():
    return cleared_again(worked(20)[0], Settings())


def changed(tables, name, column, row, value):
    column_of = tables[name][column].clone()
    column_of[row] = value
    return dict(tables) | {name: tables[name].with_columns(column_of)}


def test_the_same_twice(again):
    step, first = tables_step(again.tables, cleared_again(again.book, Settings()).tables)
    assert (step.verdict, first) == ("same", None)
    assert market_step(again.book, again.summary).verdict == "same"
    assert settings_step(Settings(), again.summary).verdict == "same"
    assert summary_step(again.summary, again.summary).verdict == "same"


def test_the_last_bit_of_a_price_is_found(again):
    price = again.tables["prices"][PRICE][1]
    stored = changed(again.tables, "prices", PRICE, 1, float(price) * (1 + 2**-52))
    step, first = tables_step(stored, again.tables)
    assert step.verdict == "different"
    assert (first.table, first.column, first.again) == ("prices", PRICE, "50.0")
    assert first.where == "row 2 (zone B, carrier electricity, mtu_start 2025-04-01T00:00:00Z)"
    assert str(first) in step.said


def test_an_order_is_named(again):
    stored = changed(again.tables, "curve_acceptances", "accepted_mw", 0, 1.0)
    found = next(differences(stored, again.tables))
    assert (found.table, found.stored) == ("curve_acceptances", "1.0")
    assert found.where.startswith("row 1 (order p, ")


def test_minus_zero_and_missing_values_are_other_values():
    one = {"t": pl.DataFrame({"v": [0.0, 1.0]})}
    assert next(differences(one, {"t": pl.DataFrame({"v": [-0.0, 1.0]})})).where == "row 1"
    assert next(differences(one, {"t": pl.DataFrame({"v": [0.0, None]})})).again == "None"
    assert next(differences(one, {"t": pl.DataFrame({"v": [None, 1.0]})})).again == "None", "missing is not 0.0"
    nan = {"t": pl.DataFrame({"v": [float("nan")]})}
    assert list(differences(nan, nan)) == []


def test_rows_tables_and_columns_that_are_not_there():
    at = datetime(2025, 4, 1, tzinfo=UTC)
    one = {"t": pl.DataFrame({"order": ["a", "b"], "mtu_start": [at, at]})}
    assert next(differences(one, {"t": one["t"].head(1)})).column == ""
    assert [d.stored for d in differences(one, {})] == ["is there"]
    assert next(differences(one, {"t": one["t"].rename({"order": "o"})})).where == "the columns"


def test_other_settings_and_figures_are_told(again):
    assert settings_step(Settings(gap=1.0), again.summary).verdict == "different"
    assert "welfare_eur" in summary_step(dict(again.summary) | {"welfare_eur": 1.0}, again.summary).said


def test_a_report_is_the_same_unless_a_step_differs():
    steps = (Step("a", "same", ""), Step("b", "not checked", ""))
    assert Report("s", 1, steps).is_same
    report = Report("s", 1, (*steps, Step("c", "different", "why")))
    assert not report.is_same
    assert report.to_json()["steps"][2] == {"name": "c", "verdict": "different", "said": "why"}
