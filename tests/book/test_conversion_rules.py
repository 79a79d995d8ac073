"""Conversions in the folder: every mistake by its rule, and what is read back."""

import pytest
from tests.builders import market
from tests.folders import Folder

from walras.book.folder import read


@pytest.fixture
def folder(tmp_path):
    """A gas plant that buys in an hour of gas, two hours of power; steps in the first hour only."""
    said = market(("G", "P"), 2, carriers={"G": "gas"}, horizons={"G": (0, 1)})
    said.sells("G", 50, at=10).buys("P", 50, at=90)
    return Folder(tmp_path / "market", said.scalable("ccgt", "P", 1, 5, [(0, 2, 10)]).converts("ccgt", "G", 0.5))


def test_a_conversion_is_read_back(folder):
    assert folder.mistakes() == ()
    found = read(folder.path).scalables.conversions
    assert (found.order.tolist(), found.grid.tolist(), found.efficiency.tolist()) == ([0], [0], [0.5])


MISTAKES = {
    "the order is demand": (("scalable_orders", {"side": "demand"}), "conversion_sells"),
    "it has a scheduled stop": (("scalable_orders", {"stop_mtus": "1"}), "conversion_without_stop"),
    "it buys what it sells": (
        ("conversions", {"input_zone": "P", "input_carrier": "electricity"}),
        "conversion_between_cells",
    ),
    "it makes more than it takes": (("conversions", {"efficiency": "1.1"}), "efficiency_possible"),
    "it makes nothing": (("conversions", {"efficiency": "0"}), "efficiency_possible"),
    "its efficiency is no number": (("conversions", {"efficiency": "nan"}), "number_finite"),
    "its share is no share": (("conversions", {"outside_share": "1.5"}), "outside_share_between"),
    "its zone is unknown": (("conversions", {"input_zone": "X"}), "zone_known"),
    "its carrier is unknown": (("conversions", {"input_carrier": "steam"}), "carrier_known"),
    "its zone has no such carrier": (("conversions", {"input_carrier": "hydrogen"}), "grid_known"),
    "its order is unknown": (("conversions", {"order": "ocgt"}), "order_known"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named(folder, name):
    (table, fields), rule = MISTAKES[name]
    folder.change(table, 1, **fields)
    found = folder.mistakes()
    assert [m.rule for m in found] == [rule]
    assert "row 1" in found[0].where


def test_steps_beyond_the_horizon_of_the_input_need_a_declared_share(folder):
    folder.add(
        "scalable_steps",
        order="ccgt",
        mtu_start="2025-04-01T01:00:00Z",
        step="1",
        price_eur_per_mwh="2.0",
        quantity_mw="5.0",
    )
    assert [m.rule for m in folder.mistakes()] == ["outside_share_declared"]
    assert "60 minutes" in folder.mistakes()[0].what
    folder.change("conversions", 1, outside_share="0.25")
    assert folder.mistakes() == ()


def test_a_conversion_stands_once(folder):
    folder.add("conversions", order="ccgt", input_zone="G", input_carrier="gas", efficiency="0.6")
    assert [m.rule for m in folder.mistakes()] == ["duplicate_key"]
