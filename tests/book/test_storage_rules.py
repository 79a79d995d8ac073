"""Storage orders in the folder: every mistake by its rule, empty fields, and what is read back."""

import pytest
from tests.builders import one_zone
from tests.folders import Folder

from walras.book.folder import read


@pytest.fixture
def folder(tmp_path):
    said = one_zone(hours=2).sells("A", 50, at=10).buys("A", 50, at=90)
    return Folder(tmp_path / "market", said.storage("b", "A", 10, 20, 1.5, start=4, end=2, fixed_term=3))


def test_empty_fields_mean_nothing_or_no_loss(folder):
    assert folder.mistakes() == ()
    empty = dict.fromkeys(("fixed_term_eur", "start_mwh", "end_mwh", "charge_efficiency", "hourly_loss"), "")
    folder.change("storage_orders", 1, discharge_efficiency="", **empty)
    found = read(folder.path).storages
    assert (found.fixed_term[0], found.start[0], found.end[0], found.hourly_loss[0]) == (0, 0, 0, 0)
    assert (found.charge_efficiency[0], found.discharge_efficiency[0]) == (1, 1)


MISTAKES = {
    "charging": ({"charge_mw": "-1"}, "quantity_not_negative"),
    "charging off the tick": ({"charge_mw": "1.05"}, "quantity_on_tick"),
    "the spread": ({"spread_eur_per_mwh": "-0.01"}, "spread_not_negative"),
    "the spread off the tick": ({"spread_eur_per_mwh": "0.001"}, "price_on_tick"),
    "the fixed term": ({"fixed_term_eur": "-1"}, "fixed_term_not_negative"),
    "the capacity": ({"capacity_mwh": "-1", "start_mwh": "0", "end_mwh": "0"}, "capacity_not_negative"),
    "the start": ({"start_mwh": "20.5"}, "level_within_capacity"),
    "the end": ({"end_mwh": "-0.5"}, "level_within_capacity"),
    "an end out of reach": ({"start_mwh": "0", "end_mwh": "20", "charge_efficiency": "0.9"}, "end_within_reach"),
    "efficiency": ({"charge_efficiency": "1.01"}, "efficiency_possible"),
    "the other efficiency": ({"discharge_efficiency": "0"}, "efficiency_possible"),
    "the loss": ({"hourly_loss": "1"}, "hourly_loss_possible"),
    "the zone": ({"zone": "X"}, "zone_known"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named(folder, name):
    fields, rule = MISTAKES[name]
    folder.change("storage_orders", 1, **fields)
    found = folder.mistakes()
    assert [m.rule for m in found] == [rule]
    assert found[0].where == "storage_orders row 1, order 'b'"


def test_losses_count_for_what_is_in_reach(folder):
    """Two hours of 10 MW at 0.9 from 4 MWh, 10 percent an hour: (4 x 0.9 + 9) x 0.9 + 9 = 20.34, full at 20."""
    folder.change("storage_orders", 1, charge_efficiency="0.9", hourly_loss="0.1", end_mwh="20")
    assert folder.mistakes() == ()
    folder.change("storage_orders", 1, start_mwh="3")
    assert [m.rule for m in folder.mistakes()] == ["end_within_reach"]


def test_names_are_unique_over_all_families(folder):
    folder.change("storage_orders", 1, order=folder.rows("curve_orders")[0]["order"])
    assert [m.rule for m in folder.mistakes()] == ["order_unique"]
