"""The whole year of two states: every auction audited, every journal and the ledger found right; in docs/drills.md."""

from datetime import date

import pytest
from tests.drills import figures

from walras.studies.pairs.read import bundled_folder, read_pair
from walras.studies.pairs.supplies import read_supplies
from walras.studies.pairs.year import live_year
from walras.studies.pairs.year.summing import COLUMNS

DAYS, TEN_MINUTES = 365, 600


@pytest.mark.drill
def test_a_year_of_two_states_is_lived_within_ten_minutes():
    folder = bundled_folder("two-states")
    year = live_year(read_pair(folder), read_supplies(folder), date(2026, 1, 1), DAYS)
    assert sum(year.seconds.values()) < TEN_MINUTES
    assert set(year.tables) == {*COLUMNS, "money"}
    stated = {(s["contract"], s["year"]) for s in year.tables["statements"].iter_rows(named=True)}
    assert stated == {("gas-2026", 2026), ("fuel-2026", 2026)}
    invoices = year.tables["invoices"].filter(document="final invoice")
    assert invoices.height == 12 * 4
    (value,) = year.tables["value"].iter_rows(named=True)
    assert value["flat"] < value["earned"] <= value["foresight"]
    assert sum(year.summary["ledger"]["sums"].values()) == 0
    figures.note_year(year)
    print(year.summary["ledger"]["head"], dict(year.seconds))
